//go:build trino

package whole

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// given is a setting of the servers under test, without which nothing is proved.
func given(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: make test-trino starts the servers and sets it", name)
	}
	return value
}

// emptyLake forgets every table of the catalog that the cluster reads, and gives the place of a lake of the test's own.
func emptyLake(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("pgx", given(t, "HELIU_TRINO_CATALOG"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, row := range rows(t, db, "select table_name from information_schema.tables where table_schema = 'public' and (table_name like 'iceberg%' or table_name like 'heliu%')") {
		if _, err := db.ExecContext(context.Background(), "delete from "+row[0]); err != nil {
			t.Fatal(err)
		}
	}
	return "s3://" + given(t, "HELIU_TRINO_S3_BUCKET") + "/" + strings.ToLower(regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(t.Name(), "-"))
}

// inLake puts the project's lake into the object storage.
func (p *project) inLake(t *testing.T, place string) {
	t.Helper()
	p.env["TEST_CATALOG"], p.env["TEST_S3_KEY"], p.env["TEST_S3_SECRET"] = given(t, "HELIU_TRINO_CATALOG"), given(t, "HELIU_TRINO_S3_KEY"), given(t, "HELIU_TRINO_S3_SECRET")
	p.rewrite(t, "currency: CNY\n", fmt.Sprintf("currency: CNY\nlake:\n  location: %s\n  catalog: ${TEST_CATALOG}\n  s3: {endpoint: %q, path_style: true, access_key: \"${TEST_S3_KEY}\", secret_key: \"${TEST_S3_SECRET}\"}\n",
		place, given(t, "HELIU_TRINO_S3")))
}

// computes changes the one line of the project's file that says what computes its warehouse.
func (p *project) computes(t *testing.T, warehouse string) {
	t.Helper()
	file := filepath.Join(p.dir, "heliu.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^warehouse: .*\n`)
	if line.Match(text) {
		text = line.ReplaceAllLiteral(text, []byte("warehouse: "+warehouse+"\n"))
	} else {
		text = append([]byte("warehouse: "+warehouse+"\n"), text...)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *project) rewrite(t *testing.T, old, text string) {
	t.Helper()
	file := filepath.Join(p.dir, "heliu.yaml")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(was), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(was), old, text, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

const onDuckDB = "duckdb:./warehouse.duckdb"

// Both engines make the same of one lake, in a full build and after one more day; a project changes its engine by one
// line, and back. A run that is killed at any point of a build on Trino is completed by the next one, and no reader sees a
// part of it. The parts follow each other on one lake, since a build on a cluster takes its time.
func TestTrino(t *testing.T) {
	c := newCompany(t)
	p := newProject(t, c) // on one machine
	p.inLake(t, emptyLake(t))
	q := newProject(t, c) // another program on the same lake
	q.inLake(t, placeOf(t, p))
	t.Run("refusals", func(t *testing.T) { refused(t, q) })

	q.computes(t, given(t, "HELIU_TRINO"))
	p.run(t).want(t, 0)
	q.run(t).want(t, 0)
	before := q.shown(t)
	same(t, "a full build on Trino", before, p.shown(t))
	same(t, "what Trino kept out", q.keptOut(t, recordFile), p.keptOut(t, "warehouse.duckdb"))

	c.sleep(1)
	for _, point := range []string{"build.prepared", "build.bound", "build.computed", "build.begun", "build.logged", "build.deleted", "build.written", "build.state", "build.committed", "build.pruned", "build.brought"} {
		if !q.crash(t, point, "run") {
			t.Errorf("no run came to %s", point)
		}
		same(t, "killed at "+point+": what readers see", q.shown(t), before)
	}
	p.run(t).want(t, 0)
	q.run(t).want(t, 0)
	same(t, "one more day on Trino, killed at every point before", q.shown(t), p.shown(t))

	t.Run("disturbed", func(t *testing.T) { disturbed(t, q) })
	t.Run("cluster killed", func(t *testing.T) { clusterKilled(t, q) })

	p.run(t).want(t, 0)
	next := p.shown(t)
	same(t, "after all that", q.shown(t), next)
	p.computes(t, given(t, "HELIU_TRINO"))
	p.run(t).want(t, 0)
	same(t, "a project of one machine changed to Trino", p.shown(t), next)
	t.Run("two builders", func(t *testing.T) { twoBuilders(t, p, q) })
	t.Run("recorded", func(t *testing.T) { recorded(t, p) })
	p.computes(t, onDuckDB)
	c.sleep(1)
	p.run(t).want(t, 0)
	same(t, "changed back, a day later", p.shown(t), p.rebuilt(t))
}

// recordFile is what a program keeps beside a cluster.
var recordFile = filepath.Join(".heliu", "record.duckdb")

// keptOut is what stands in quarantine.
func (p *project) keptOut(t *testing.T, file string) dump {
	return p.dumped(t, file, []string{"quarantine"})
}

// placeOf reads the place of a project's lake.
func placeOf(t *testing.T, p *project) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "heliu.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^  location: (\S+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the project names no place for its lake")
	}
	if _, err := url.Parse(string(found[1])); err != nil {
		t.Fatal(err)
	}
	return string(found[1])
}
