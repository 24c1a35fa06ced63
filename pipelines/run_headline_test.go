package pipelines

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Each model credits the same sales, and yuan and dollars are no sum: a headline adds the chosen model's rows only, in
// the project's currency.
func TestHeadlinesAddTheChosenModelInTheProjectsCurrency(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dict, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := duckdb.Open(ctx, duckdb.Config{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(ctx, `create schema mart; create schema ops;
create table ops.chosen_attribution_model as select 'linear' as model;
create table mart.credits as select * from (values ('first', 100.00, 710.00), ('linear', 60.00, 426.00), ('linear', 40.00, 40.00)) t(model, credited_net_amount, credited_net_base_amount);
create table mart.sales as select 7 as orders_paid, 0.5 as coverage;`); err != nil {
		t.Fatal(err)
	}
	step := func(name string, passports map[string]string) Step {
		m := sql.Model{Schema: "mart", Name: name, Header: sql.Header{Columns: map[string]sql.Column{}}}
		for column, passport := range passports {
			m.Header.Columns[column] = sql.Column{Passport: passport}
		}
		return &ModelStep{Model: m}
	}
	g, err := NewGraph([]Step{
		step("credits", map[string]string{"credited_net_amount": "credited_net_sales"}),
		step("sales", map[string]string{"orders_paid": "orders_paid", "coverage": "coverage"}),
		step("not_there", nil),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{job: &Job{Dictionary: dict}, engine: engine}
	list, err := r.headlines(ctx, g)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, h := range list {
		for _, f := range h.Figures {
			got[h.Table] = append(got[h.Table], f.Column+" "+f.Value)
		}
	}
	want := map[string][]string{"mart.credits": {"credited_net_base_amount 466"}, "mart.sales": {"orders_paid 7"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
}
