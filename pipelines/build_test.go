package pipelines_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/pipelines"
)

func landSome(t *testing.T) *folderLake {
	lake := newFolderLake(t, t.TempDir(), smallRaw)
	lake.land(t, "raw.s__orders", []string{"(1, 1, date '2026-05-03', 30, 1)", "(2, 2, date '2026-05-05', 20, 1)", "(3, 2, null, 5, 1)"})
	lake.land(t, "raw.s__touches", []string{"('a', 1, '2026-05-02T10:00:00')", "('b', 2, '2026-05-05T10:00:00')"})
	lake.land(t, "raw.s__products", []string{"(1, 'tea')", "(2, 'cup')"})
	lake.land(t, "raw.s__prices", []string{"(1, date '2026-05-01', 3)"})
	return lake
}

func TestOnlyWhatChangedIsBuilt(t *testing.T) {
	lake := landSome(t)
	b, done := newBuilder(t, parseModels(t, smallStar), lake)
	defer done()
	for _, s := range build(t, b, pipelines.Selection{}).Steps {
		if s.Status != pipelines.Built || s.Why != "new" {
			t.Errorf("first build: %s %s %s", s.Name, s.Status, s.Why)
		}
	}
	lake.land(t, "raw.s__orders", []string{"(2, 2, date '2026-05-05', 21, 2)", "(1, 1, date '2026-05-03', 30, 2)"})
	report := build(t, b, pipelines.Selection{})
	type row struct {
		Status pipelines.Status
		Mode   string
		Ranges []string
		Keys   int64
	}
	want := map[string]row{
		"star.fct_order":    {pipelines.Built, "keys", nil, 2},                               // both orders were seen again …
		"mart.daily":        {pipelines.Built, "days", []string{"2026-05-05…2026-05-05"}, 0}, // … but only one differs
		"mart.rolling":      {pipelines.Built, "days", []string{"2026-05-05…2026-05-11"}, 0},
		"mart.journey":      {pipelines.Unchanged, "days", []string{"2026-05-05…2026-05-08"}, 0},
		"star.dim_customer": {pipelines.Unchanged, "keys", nil, 1},
		"mart.customer":     {pipelines.Built, "keys", nil, 1},
		"mart.paid":         {pipelines.Built, "view", nil, 0},
		"mart.total":        {pipelines.Built, "full", nil, 0},
		"star.fct_touch":    {pipelines.Skipped, "", nil, 0},
		"star.product":      {pipelines.Skipped, "", nil, 0},
	}
	for name, w := range want {
		s := step(t, report, name)
		if diff := cmp.Diff(w, row{s.Status, s.Mode, s.Ranges, s.Keys}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	plan, err := b.Plan(context.Background(), pipelines.Selection{})
	check(t, err)
	for _, p := range plan {
		if p.Run {
			t.Errorf("planned with nothing new: %s %s", p.Name, p.Why)
		}
	}
}

func TestAChangedDefinitionIsBuiltAnewWithWhatDependsOnIt(t *testing.T) {
	lake := landSome(t)
	path := filepath.Join(t.TempDir(), "w.duckdb")
	b, done := newBuilderAt(t, path, parseModels(t, smallStar), lake)
	build(t, b, pipelines.Selection{})
	done()
	texts := map[string]string{}
	for name, text := range smallStar {
		texts[name] = strings.Replace(text, "where paid_date is not null", "where paid_date is not null and amount > 25", 1)
	}
	b, done = newBuilderAt(t, path, parseModels(t, texts), lake)
	defer done()
	report := build(t, b, pipelines.Selection{})
	for name, want := range map[string]string{"mart.paid": "definition changed", "mart.from_view": "definition changed", "mart.total": "definition changed", "mart.daily": "nothing new"} {
		if s := step(t, report, name); s.Why != want {
			t.Errorf("%s: %q, want %q", name, s.Why, want)
		}
	}
	if diff := cmp.Diff([]string{"{'orders': 1, 'amount': 30.0000}"}, contents(t, b, "mart.total")); diff != "" {
		t.Error(diff)
	}
}

func TestAFailureBlocksWhatDependsOnItAndNothingElse(t *testing.T) {
	lake := landSome(t)
	texts := map[string]string{}
	for name, text := range smallStar {
		texts[name] = text
	}
	texts["sql/daily.sql"] = model("{incremental: paid_date}", "{star.fct_order: paid_date}", "\nselect paid_date, cast('many' as bigint) as orders,\n  sum(amount) as amount from star.fct_order group by paid_date")
	b, done := newBuilder(t, parseModels(t, texts), lake)
	defer done()
	report, err := b.Build(context.Background(), pipelines.Selection{})
	if err == nil || !strings.Contains(err.Error(), "build mart.daily: ") || !strings.Contains(err.Error(), "many") {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]pipelines.Status{"mart.daily": pipelines.Failed, "mart.rolling": pipelines.Blocked, "mart.customer": pipelines.Built} {
		if s := step(t, report, name); s.Status != want {
			t.Errorf("%s is %s, want %s", name, s.Status, want)
		}
	}
	b.Graph = graphOf(t, smallStar, lake)
	build(t, b, pipelines.Selection{})
	whole, doneToo := newBuilder(t, parseModels(t, smallStar), lake)
	defer doneToo()
	build(t, whole, pipelines.Selection{})
	for _, table := range smallTables {
		if diff := cmp.Diff(contents(t, whole, table), contents(t, b, table)); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
	}
}

func graphOf(t *testing.T, texts map[string]string, lake *folderLake) *pipelines.Graph {
	t.Helper()
	steps, err := stepsOf(t, texts)
	check(t, err)
	g, err := pipelines.NewGraph(steps, lake.RawTables())
	check(t, err)
	return g
}

func TestLostHistoryIsReadAgainWhole(t *testing.T) {
	lake := landSome(t)
	b, done := newBuilder(t, parseModels(t, smallStar), lake)
	defer done()
	build(t, b, pipelines.Selection{})
	lake.land(t, "raw.s__touches", []string{"('c', 1, '2026-05-09T10:00:00')"})
	lake.lost["raw.s__touches"] = 2
	s := step(t, build(t, b, pipelines.Selection{}), "star.fct_touch")
	if s.Mode != "full" || s.Rows != 3 {
		t.Errorf("%s, %d rows; want a full build of 3", s.Mode, s.Rows)
	}
}
