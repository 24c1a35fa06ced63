// Package cases_test builds the star and the marts from the rows that an analyst wrote down, and compares.
//
// A case is a folder: case.yaml says what it is about (and may set the project's settings), given/<entity>.csv holds the
// rows of the entities with only the columns that matter, expect/<schema>.<table>.csv the rows expected of a table with
// only the columns that matter, or expect/<name>.csv those of the query in expect/<name>.sql, or in queries/<name>.sql where cases share it. Doubles are compared to
// four places. Run with -update to write what was found.
package cases_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/transform/conform"
	"github.com/heliu-data/heliu/transform/star"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

var update = flag.Bool("update", false, "write the expected files anew")

// caseFile is case.yaml.
type caseFile struct {
	Title    map[string]string `yaml:"title"`
	Wrong    []string          `yaml:"wrong"` // wrong answers that the case catches
	Project  project           `yaml:"project"`
	MustFail []string          `yaml:"must_fail"` // expected files that must not agree: tests the runner
	Audits   []string          `yaml:"audits"`    // models whose audits must find something
}

type project struct {
	Timezone     string `yaml:"timezone"`
	BaseCurrency string `yaml:"base_currency"`
	Model        string `yaml:"attribution_model"`
}

func TestCases(t *testing.T) {
	t.Parallel()
	f := found(t)
	folders, err := filepath.Glob("*/case.yaml")
	if err != nil || len(folders) < 5 {
		t.Fatalf("cases: %v, %v", folders, err)
	}
	for _, path := range folders {
		dir := filepath.Dir(path)
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			c := readCase(t, path)
			whole := newHouse(t, f, dir, c)
			whole.build(t, 0)
			whole.compare(t)
			whole.audit(t)
			halves := newHouse(t, f, dir, c)
			halves.build(t, 1)
			halves.build(t, 2)
			want, got := whole.contents(t), halves.contents(t)
			for _, table := range sortedKeys(want) {
				if diff := cmp.Diff(want[table], got[table]); diff != "" {
					t.Errorf("%s: built in two halves it differs from one build (-one +halves):\n%s", table, diff)
				}
			}
		})
	}
}

// Every model types over empty tables, gives what its header and its declaration in models/star say, and is portable.
func TestModelsCheck(t *testing.T) {
	t.Parallel()
	const dir = "spend_levels_claims"
	f := found(t)
	h := newHouse(t, f, dir, readCase(t, dir+"/case.yaml"))
	checked, err := pipelines.Check(context.Background(), pipelines.Given{Graph: h.builder.Graph, Lake: h.lake, Dictionary: f.dict, Mappings: h.lake.mappings(),
		Prepare: func(ctx context.Context, s *duckdb.Session) error { return settings(ctx, s, h.c.Project) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range checked.Problems {
		t.Error(p)
	}
	if err := checked.Close(); err != nil {
		t.Fatal(err)
	}
}

func readCase(t *testing.T, path string) caseFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := caseFile{Project: project{Timezone: "Asia/Shanghai", BaseCurrency: "CNY", Model: "last_non_direct"}}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if c.Title["en"] == "" || c.Title["zh"] == "" {
		t.Fatalf("%s: title needs en and zh", path)
	}
	return c
}

// house is one warehouse in memory for one case.
type house struct {
	dir     string
	c       caseFile
	lake    *givenLake
	builder *pipelines.Builder
	session *duckdb.Session
	built   pipelines.Selection // what the case expects something of, and all that it comes from
	tables  []string            // the models among it
}

// foundation is what all houses stand on: the dictionary, and the parsed models.
type foundation struct {
	dict   *models.Dictionary
	models []pipelines.Step
}

func found(t *testing.T) foundation {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dict, err := models.Load()
	check(err)
	list, err := sql.ParseFS(star.Embedded(), "sql", "transform/star")
	check(err)
	marts, err := sql.ParseFS(sql.Embedded(), "marts", "sql")
	check(err)
	engine, err := duckdb.Open(ctx, duckdb.Config{TempDir: t.TempDir()})
	check(err)
	session, err := engine.Connect(ctx)
	check(err)
	steps, err := pipelines.ModelSteps(ctx, session, sql.WithReferences(dict, append(list, marts...)), nil)
	check(err)
	check(session.Close())
	check(engine.Close())
	return foundation{dict, steps}
}

func newHouse(t *testing.T, f foundation, dir string, c caseFile) *house {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	engine, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "500MB", Threads: 1, TempDir: t.TempDir()})
	check(err)
	t.Cleanup(func() { check(engine.Close()) })
	session, err := engine.Connect(ctx)
	check(err)
	t.Cleanup(func() { check(session.Close()) })
	given, err := readGiven(f.dict, dir)
	check(err)
	h := &house{dir: dir, c: c, session: session, lake: &givenLake{dir: t.TempDir(), session: session, dict: f.dict, given: given, files: map[string][]warehouse.File{}}}
	plans, err := conform.Compile(f.dict, h.lake.mappings(), nil)
	check(err)
	steps := pipelines.ConformSteps(plans)
	identity, err := identityStep(dir)
	check(err)
	steps = append(steps, identity)
	graph, err := pipelines.NewGraph(append(steps, f.models...), h.lake.RawTables())
	check(err)
	check(settings(ctx, session, c.Project))
	check(rejected(ctx, session, dir))
	h.built, err = expected(dir)
	check(err)
	h.builder = &pipelines.Builder{Engine: engine, Graph: graph, Lake: h.lake, Now: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Workers: 1}
	return h
}

// settings are what the project's file says to the models.
func settings(ctx context.Context, s *duckdb.Session, p project) error {
	return s.Exec(ctx, fmt.Sprintf(`create schema if not exists ops;
create or replace table ops.project as select 'case' as name, %s as timezone, %s as base_currency, %s as attribution_model,
    30 as attribution_window_days, 7 as attribution_half_life_days, cast(0.3 as double) as coverage_threshold,
    28 as demand_window_days, 3 as low_cover_days, 60 as high_cover_days;
create table if not exists ops.rejected_window (source varchar, stream varchar, window_from timestamp with time zone,
    window_to timestamp with time zone, read_at timestamp with time zone, record_count bigint);
create or replace table ops.chosen_attribution_model as select attribution_model as model from ops.project;`,
		duckdb.Text(p.Timezone), duckdb.Text(p.BaseCurrency), duckdb.Text(p.Model)))
}

var tableName = regexp.MustCompile(`\b(star|mart)\.[a-z_]+`)

// expected selects the tables that the case expects something of; the daily sales belong to every case.
func expected(dir string) (pipelines.Selection, error) {
	sel := pipelines.Selection{Models: []string{"+mart.sales_daily"}}
	paths, err := filepath.Glob(filepath.Join(dir, "expect", "*.csv"))
	if err != nil {
		return sel, err
	}
	for _, path := range paths {
		names := strings.TrimSuffix(filepath.Base(path), ".csv")
		if !strings.Contains(names, ".") {
			if names, err = question(path); err != nil {
				return sel, err
			}
		}
		for _, table := range tableName.FindAllString(names, -1) {
			if !slices.Contains(sel.Models, "+"+table) {
				sel.Models = append(sel.Models, "+"+table)
			}
		}
	}
	return sel, nil
}

// build lands a batch and builds.
func (h *house) build(t *testing.T, batch int) {
	t.Helper()
	if err := h.lake.land(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	report, err := h.builder.Build(context.Background(), h.built)
	if err != nil {
		t.Fatal(err)
	}
	h.tables = h.tables[:0]
	for _, s := range report.Steps {
		if strings.HasPrefix(s.Name, "star.") || strings.HasPrefix(s.Name, "mart.") {
			h.tables = append(h.tables, s.Name)
		}
	}
}

// audit runs all audits; those that the case names must find something, the others nothing.
func (h *house) audit(t *testing.T) {
	t.Helper()
	results, err := h.builder.Audit(context.Background(), h.built)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, r := range results {
		found[r.Model] = found[r.Model] || !r.Passed()
		if !r.Passed() && !slices.Contains(h.c.Audits, r.Model) {
			t.Errorf("audit %s of %s (%s:%d): %d bad rows %v %v", r.Name, r.Model, r.File, r.Line, r.Bad, r.Samples, r.Err)
		}
	}
	for _, model := range h.c.Audits {
		if !found[model] {
			t.Errorf("no audit of %s found anything, one must", model)
		}
	}
}
