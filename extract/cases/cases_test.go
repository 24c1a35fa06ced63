package cases_test

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/cases"
	"github.com/heliu-data/heliu/extract/kinds"
)

var update = flag.Bool("update", false, "write what came into the cases' CSV files")

func runner() *cases.Runner {
	return &cases.Runner{Kinds: kinds.All(), Connectors: []fs.FS{extract.Embedded()}, Update: *update}
}

// TestCases runs every case of every connector that comes with Heliu and is read over HTTP.
func TestCases(t *testing.T) {
	t.Parallel()
	names, err := extract.ConnectorNames(extract.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		con, err := extract.LoadConnector(name, kinds.All(), extract.Embedded())
		if err != nil {
			t.Error(err)
			continue
		}
		folders, err := cases.Folders(filepath.Join("..", "connectors", name))
		if err != nil {
			t.Fatal(err)
		}
		if con.Via != "rest" {
			continue
		}
		if len(folders) == 0 {
			t.Logf("the connector %s has no cases; it is proved against its real system only", name)
		}
		for _, dir := range folders {
			t.Run(name+"/"+filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				c, err := cases.Load(dir)
				if err != nil {
					t.Fatal(err)
				}
				if err := runner().Run(context.Background(), name, c, t.TempDir()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestRunnerSeesMistakes runs a case that must fail in everything that a case can say.
func TestRunnerSeesMistakes(t *testing.T) {
	t.Parallel()
	c, err := cases.Load(filepath.Join("testdata", "must_fail"))
	if err != nil {
		t.Fatal(err)
	}
	r := runner()
	r.Update = false
	err = r.Run(context.Background(), "taobao", c, t.TempDir())
	if err == nil {
		t.Fatal("the case passed")
	}
	for _, want := range []string{`asks for page_no "1", want "2"`, "1 of 2 answers were never asked for", `no error, want "some error"`, "receipt (-want +got)", "rows of orders", "rejected (-want +got)", "waits (-want +got)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the runner does not say %q in\n%v", want, err)
		}
	}
}

// TestRecordedRunsAgain records a read of one system and replays it as a case, with no secret in its files.
func TestRecordedRunsAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := cases.Load(filepath.Join("..", "connectors", "taobao", "cases", "session_expires"))
	if err != nil {
		t.Fatal(err)
	}
	recorder := &cases.Recorder{Next: cases.Replay(c), Dir: dir, Redact: extract.NewRedactor([]string{"session-2", "refresh-2"}).Text}
	s, err := extract.Open(extract.Config{Name: "s", Connector: "taobao", Settings: map[string]any{"app_key": "app_key", "app_secret": "app_secret", "session": "session",
		"refresh_token": "refresh", "token_url": "https://oauth.example/token"}}, extract.Deps{Kinds: kinds.All(), PersonalKey: []byte("k"), Transport: recorder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Test(context.Background()); err != nil {
		t.Fatal(err)
	}
	answers, err := recorder.Answers()
	if err != nil {
		t.Fatal(err)
	}
	if want := "answers:\n    - file: answer_1.json\n    - file: answer_2.json\n    - file: answer_3.json\n"; answers != want {
		t.Errorf("answers are\n%swant\n%s", answers, want)
	}
	token, err := os.ReadFile(filepath.Join(dir, "answer_2.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(token), "session-2") || !strings.Contains(string(token), "***") {
		t.Errorf("the recorded token answer is %s", token)
	}
}
