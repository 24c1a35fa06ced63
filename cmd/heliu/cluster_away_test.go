package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/pipelines"
)

// A run whose sources were read and whose cluster is not there says, as one whose build failed does, that nothing went out.
func TestAClusterThatIsAwayPublishesNothing(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for lang, want := range map[string]string{"en": "\nNothing was published: the cluster that builds the models could not be reached\n", "zh": "\n未发布: 无法连接构建模型的集群\n"} {
		dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
		write(t, dir, map[string]string{"orders.csv": "id,state,made,total\n1,paid,2026-06-18 20:00:00,1.00\n"})
		var out bytes.Buffer
		a := &app{world: world{out: &out, err: &bytes.Buffer{}, now: time.Now, env: func(string) (string, bool) { return "", false }}, lang: langOf(lang), dir: dir, logFormat: "text"}
		p, err := a.load()
		if err != nil {
			t.Fatal(err)
		}
		p.Warehouse = project.Warehouse{Location: "trino://heliu@127.0.0.1:1/iceberg"} // nothing listens there; a file of the project would need object storage beside it
		j, err := pipelines.Open(p, a.vault, a.deps())
		if err != nil {
			t.Fatal(err)
		}
		result, err := j.Run(t.Context(), pipelines.Everything("run"))
		if closing := j.Close(); closing != nil {
			t.Error(closing)
		}
		if err = a.finish(result, err); pipelines.ExitCode(err) != 1 || !strings.Contains(out.String(), want) || !lineWith(out.String(), "old.orders", a.say("agrees", "一致")) {
			t.Errorf("%s: %v\n%s", lang, err, out.String())
		}
	}
}
