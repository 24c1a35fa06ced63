package pipelines_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func stepsOf(t *testing.T, texts map[string]string) ([]pipelines.Step, error) {
	t.Helper()
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Config{})
	check(t, err)
	s, err := e.Connect(ctx)
	check(t, err)
	steps, err := pipelines.ModelSteps(ctx, s, parseModels(t, texts), nil)
	check(t, s.Close())
	check(t, e.Close())
	return steps, err
}

func TestCirclesMissingInputsAndTablesMadeTwiceAreAllReported(t *testing.T) {
	steps, err := stepsOf(t, map[string]string{
		"sql/a.sql":         model("table", "", "select * from mart.b"),
		"sql/b.sql":         model("table", "", "select 1 as x\nfrom mart.a"),
		"sql/c.sql":         model("table", "", "select *\nfrom star.orders"),
		"sql/order.sql":     model("table", "", "select 1 as x"),
		"sql/self.sql":      model("table", "", "select 1 as x"),
		"sub/sql/order.sql": model("table", "", "select 2 as x"),
	})
	check(t, err)
	_, err = pipelines.NewGraph(steps, nil)
	for _, want := range []string{
		"table mart.order is made twice: by mart.order (sql/order.sql) and by mart.order (sub/sql/order.sql)",
		"sql/c.sql:7: mart.c reads star.orders, which nothing makes; is it mart.order?",
		"a circle: mart.a (sql/a.sql) → mart.b (sql/b.sql) → mart.a",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s\nin: %v", want, err)
		}
	}
}

func TestMistakesOfTheTextNameTheirLine(t *testing.T) {
	_, err := stepsOf(t, map[string]string{
		"sql/a.sql": model("table", "", "select 1 as x,\n  from where"),
		"sql/b.sql": model("table", "", "select *\nfrom fct_order"),
		"sql/c.sql": model("{incremental: d}", "{star.nothing: d}", "select * from star.fct_order"),
	})
	for _, want := range []string{"sql/a.sql:7: ", "sql/b.sql:7: table fct_order is named without its schema", "sql/c.sql:5: inputs: the model does not read star.nothing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s\nin: %v", want, err)
		}
	}
}

func TestSelectionsFollowTheGraph(t *testing.T) {
	lake := newFolderLake(t, t.TempDir(), smallRaw)
	b, done := newBuilder(t, parseModels(t, smallStar), lake)
	defer done()
	for _, c := range []struct {
		words string
		want  []string
	}{
		{"daily", []string{"mart.daily"}},
		{"+daily", []string{"star.fct_order", "mart.daily"}},
		{"daily+", []string{"mart.daily", "mart.rolling"}},
		{"star.pr*", []string{"star.product", "star.price"}},
	} {
		plan, err := b.Plan(context.Background(), pipelines.Selection{Models: strings.Fields(c.words)})
		check(t, err)
		var got []string
		for _, p := range plan {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.words, diff)
		}
	}
	if _, err := b.Plan(context.Background(), pipelines.Selection{Models: []string{"dayly"}}); err == nil {
		t.Error("a model that does not exist was selected")
	}
}
