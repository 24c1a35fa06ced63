package pipelines_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func checked(t *testing.T, texts map[string]string) *pipelines.Checked {
	t.Helper()
	lake := newFolderLake(t, t.TempDir(), smallRaw)
	c, err := pipelines.Check(context.Background(), pipelines.Given{Graph: graphOf(t, texts, lake), Lake: lake,
		Prepare: func(ctx context.Context, s *duckdb.Session) error {
			return s.Exec(ctx, "create table ops.project (timezone varchar)")
		}})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	return c
}

func TestCheckTypesEveryModelWithoutData(t *testing.T) {
	good := model("table", "", "select order_key as a, amount from star.fct_order")
	c := checked(t, map[string]string{
		"star/sql/fct_order.sql": strings.Replace(smallStar["star/sql/fct_order.sql"], "grain: [a]", "grain: [order_key]", 1),
		"sql/good.sql":           good,
		"sql/huge.sql":           model("table", "", "select 1 as a,\n  sum(order_key) as keys from star.fct_order"),
		"sql/broken.sql":         model("table", "", "select 1 as a,\n  amount + paid_date as x\nfrom star.fct_order"),
		"sql/below.sql":          model("table", "", "select * from mart.broken"),
		"sql/days.sql":           model("{incremental: amount}", "", "select 1 as a, amount from star.fct_order"),
		"sql/lies.sql":           model("{keys: order_key, partition_by: amount}", "", "select 1 as a, order_key, amount from star.fct_order"),
		"sql/lies_not.sql":       model("{keys: order_key, partition_by: day}", "", "select 1 as a, order_key from star.fct_order"),
		"sql/grain.sql":          model("table", "", "select 1 as b from ops.project"),
		"sql/audit.sql":          strings.Replace(good, "*/", "audits:\n  - {unique: [a]}\n  - {sql: select * from mart.audit where nothing > 1}\n*/", 1),
	})
	for _, want := range []string{
		"sql/huge.sql:6: column keys has the type hugeint, which tables may not have: cast it",
		"sql/broken.sql:7: Binder Error: No function matches the given name and argument types '+(DECIMAL(18,4), DATE)'. You might need to add explicit type casts.",
		"sql/days.sql:4: materialize: amount must be a DATE, it is DECIMAL(18,4)",
		"sql/lies.sql:4: materialize: amount must be a DATE, it is DECIMAL(18,4)",
		"sql/lies_not.sql:4: materialize: the SELECT gives no column day",
		"sql/grain.sql:2: grain: the SELECT gives no column a",
		"sql/audit.sql:7: audit sql(select * from mart.audit where nothing > 1): Binder Error",
	} {
		if !strings.Contains(c.Problems.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if len(c.Problems) != 7 {
		t.Errorf("%d problems, want 7:\n%v", len(c.Problems), c.Problems)
	}
}

func TestLintRefusesWhatTheEnginesAnswerDifferently(t *testing.T) {
	refused := map[string]string{
		"7 / 2":                                                     "write cast(a as double)",
		"sum(amount) / count(*)":                                    "write cast(a as double)",
		"any_value(order_key)":                                      "depends on the order of rows",
		"max_by(order_key, paid_date)":                              "ties are broken by chance",
		"string_agg('a', ',')":                                      "lists over unbounded input",
		"greatest(1, max(order_key))":                               "with a null",
		"concat('a', 'b')":                                          "use ||",
		"max(amount::double)":                                       "a::type is DuckDB's only",
		"cast(max(paid_date) as varchar(3))":                        "does not in DuckDB",
		"decimal '1.23'":                                            "literal has another scale",
		"max(paid_date) < '2026-01-01' and 1 = 1":                   "", // an aggregate hides the column: not seen
		"max(paid_date) + interval '7 days'":                        "interval '7' day",
		"timestamp '2026-01-01 00:00:00 UTC'":                       "drops the zone",
		"max(order_key) // 2":                                       "only DuckDB has it",
		"regexp_replace('a', 'b', '')":                              "Trino all",
		"current_date":                                              "must not depend on the clock",
		"avg(amount)":                                               "rounded by Trino",
		"approx_percentile(amount, 0.5)":                            "in its own way",
		"extract(dow from max(paid_date))":                          "numbered from 0",
		"substr('abc', 0, 2)":                                       "first character is 1",
		"regexp_extract('a', 'b')":                                  "without a match",
		"json_extract_scalar('{}', '$.\"a b\"')":                    "by one engine only",
		"cast(cast(max(amount) as double) * 0.5 as bigint)":         "rounded to even",
		"cast(cast(max(amount) as double) * 0.5 as decimal(18, 4))": "rounded differently",
		"max(cast(paid_date as timestamp) at time zone 'UTC' at time zone 'Asia/Shanghai')":  "local time for DuckDB",
		"max(at_timezone(cast(paid_date as timestamp) at time zone 'UTC', 'Asia/Shanghai'))": "local time for DuckDB",
	}
	texts := map[string]string{"star/sql/fct_order.sql": smallStar["star/sql/fct_order.sql"]}
	file := map[string]string{}
	n := 0
	for expression := range refused {
		n++
		name := fmt.Sprintf("sql/m%d.sql", n)
		file[name] = expression
		texts[name] = model("table", "", "-- any_value(x) / 2 in a comment, 'any_value(y)' in a text\nselect 1 as a, "+expression+" as x from star.fct_order")
	}
	whole := map[string]string{
		"sql/w1.sql": "select order_key as a from star.fct_order qualify row_number() over (order by order_key) = 1",
		"sql/w2.sql": "select * exclude (amount), order_key as a from star.fct_order",
		"sql/w3.sql": "select order_key as a, count(*) as n from star.fct_order group by all",
		"sql/w4.sql": "select order_key as a, row_number() over (partition by order_key) as n from star.fct_order",
		"sql/w5.sql": "select o.order_key as a from star.fct_order as o asof join star.fct_order as p on o.order_key >= p.order_key",
		"sql/w6.sql": "select order_key as a from star.fct_order where paid_date < '2026-01-01'",
		"sql/w8.sql": "select order_key as a, min(amount) filter (where amount > 1) over (partition by order_key) as n from star.fct_order",
		"sql/w7.sql": "select distinct on (order_key) order_key as a from star.fct_order",
	}
	for name, text := range whole {
		texts[name] = model("table", "", text)
	}
	texts["sql/fine.sql"] = model("table", "", `select o.order_key as a, cast(sum(o.amount) as double) / nullif(count(*), 0) as mean,
  cast((1000 - mod(1000, 7)) / 7 as bigint) as whole, row_number() over (order by o.order_key) as n, max(o.paid_date) filter (where o.amount > 1) as d,
  cast(round(cast(sum(o.amount) as double) * 0.5, 4) as decimal(18, 4)) as half, avg(cast(o.amount as double)) as each, max(cast(cast(o.paid_date as timestamp) at time zone 'UTC' at time zone 'Asia/Shanghai' as date)) as there
from star.fct_order as o where o.paid_date < date '2026-01-01' group by o.order_key`)
	found := map[string]string{}
	for _, p := range checked(t, texts).Problems {
		if strings.Contains(p.Message, "not portable") {
			found[p.File] += p.Message + "\n"
			if p.Line != 6 && p.Line != 7 {
				t.Errorf("%s:%d: not the line of the mistake", p.File, p.Line)
			}
		}
	}
	for name, expression := range file {
		if want := refused[expression]; want == "" && found[name] != "" || !strings.Contains(found[name], want) {
			t.Errorf("%s: found %q, want %q", expression, found[name], want)
		}
	}
	for name, text := range whole {
		if found[name] == "" {
			t.Errorf("taken: %s", text)
		}
	}
	if found["sql/fine.sql"] != "" {
		t.Errorf("refused: %s", found["sql/fine.sql"])
	}
}

func TestLineageGoesDownToTheRawColumns(t *testing.T) {
	c := checked(t, smallStar)
	nodes, err := c.Lineage(context.Background(), "mart.customer", "")
	check(t, err)
	var paths []string
	var walk func(n *pipelines.Node, path string)
	walk = func(n *pipelines.Node, path string) {
		path += " < " + n.Table + "." + n.Column
		if len(n.From) == 0 {
			paths = append(paths, strings.TrimPrefix(path, " < "))
		}
		for _, from := range n.From {
			walk(from, path)
		}
	}
	for _, n := range nodes[1:] {
		walk(n, "")
	}
	want := []string{
		"mart.customer.first_paid_date < star.dim_customer.first_paid_date < star.fct_order.paid_date < raw.s__orders.paid_date",
		"mart.customer.amount < mart.paid.amount < star.fct_order.amount < raw.s__orders.amount",
		"mart.customer.touches < star.fct_touch.touch_id < raw.s__touches.touch_id",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range [][2]string{{"mart.customers", ""}, {"mart.customer", "spend"}} {
		if _, err := c.Lineage(context.Background(), wrong[0], wrong[1]); err == nil {
			t.Errorf("lineage of %v was found", wrong)
		}
	}
}

// A count of rows comes from no column, but from the rows of what is read, down to the raw tables.
func TestLineageOfACountOfRows(t *testing.T) {
	texts := maps.Clone(smallStar)
	texts["sql/days.sql"] = model("table", "", "select paid_date, count(*) as orders from star.fct_order join mart.paid using (paid_date) group by 1")
	nodes, err := checked(t, texts).Lineage(context.Background(), "mart.days", "orders")
	check(t, err)
	seen := map[string]bool{}
	var walk func(n *pipelines.Node)
	walk = func(n *pipelines.Node) {
		for _, from := range n.From {
			seen[n.Table+"."+n.Column+" < "+from.Table+"."+from.Column] = true
			walk(from)
		}
	}
	walk(nodes[0])
	want := map[string]bool{"mart.days.orders < star.fct_order.*": true, "mart.days.orders < mart.paid.*": true, "mart.paid.* < star.fct_order.*": true, "star.fct_order.* < raw.s__orders.*": true}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

// Who asks of one table is told of what it is made from, whatever else is wrong; what it is made from is checked.
func TestCheckOfOneTableLooksAtNothingElse(t *testing.T) {
	texts := maps.Clone(smallStar)
	texts["sql/wrong.sql"] = model("table", "", "select nothing as x from star.fct_order")
	texts["sql/below.sql"] = model("table", "", "select x from mart.wrong")
	lake := newFolderLake(t, t.TempDir(), smallRaw)
	for table, want := range map[string][]string{"": {"sql/total.sql", "sql/wrong.sql"}, "mart.customer": {"sql/customer.sql"}, "mart.wrong": {"sql/wrong.sql"}, "mart.below": {"sql/wrong.sql"}, "mart.nope": nil} {
		c, err := pipelines.Check(context.Background(), pipelines.Given{Graph: graphOf(t, texts, lake), Lake: lake, Table: table})
		check(t, err)
		told := map[string]bool{}
		for _, p := range c.Problems {
			told[p.File] = true
		}
		for _, file := range []string{"sql/customer.sql", "sql/total.sql", "sql/wrong.sql"} {
			if table != "" && told[file] != slices.Contains(want, file) || slices.Contains(want, file) && !told[file] {
				t.Errorf("check of %q tells of %v, want %v", table, told, want)
			}
		}
		if table == "mart.customer" {
			nodes, err := c.Lineage(context.Background(), table, "amount")
			if err != nil || len(nodes) != 1 || len(nodes[0].From) != 1 {
				t.Errorf("lineage: %v %v", nodes, err)
			}
		}
		check(t, c.Close())
	}
}

func TestAuditsGiveTheBadRows(t *testing.T) {
	lake := landSome(t)
	audits := "audits:\n  - {unique: [customer_key]}\n  - {not_null: [paid_date]}\n  - {accepted: {customer_key: [1]}}\n  - {conserves: amount, with: star.fct_order.amount}\n" +
		"  - {conserves: amount, with: star.fct_order.amount * 2}\n  - {sql: select * from mart.m where amount > 25}\n*/"
	b, done := newBuilder(t, parseModels(t, map[string]string{
		"star/sql/fct_order.sql": smallStar["star/sql/fct_order.sql"],
		"sql/m.sql":              strings.Replace(model("table", "", "select * from star.fct_order"), "*/", audits, 1),
	}), lake)
	defer done()
	build(t, b, pipelines.Selection{})
	results, err := b.Audit(context.Background(), pipelines.Selection{})
	check(t, err)
	want := []int64{1, 1, 2, 0, 1, 1}
	for i, r := range results {
		if r.Err != nil || r.Bad != want[i] || r.Passed() != (want[i] == 0) || int64(len(r.Samples)) != want[i] || r.Line != 6+i {
			t.Errorf("%s (line %d): %d bad rows %v, error %v; want %d", r.Name, r.Line, r.Bad, r.Samples, r.Err, want[i])
		}
	}
	if len(results) != len(want) {
		t.Errorf("%d results", len(results))
	}
}

// An input with several days drives nothing until the header says which of them does.
func TestCheckInsistsOnTheDrivingDay(t *testing.T) {
	texts := map[string]string{
		"star/sql/two.sql":  strings.Replace(model("{incremental: paid_date}", "{raw.s__orders: paid_date}", "select order_key, paid_date, paid_date + interval '1' day as x, cast(paid_date as date) as due_date from raw.s__orders"), "grain: [a]", "grain: [order_key]", 1),
		"sql/silent.sql":    model("{incremental: paid_date}", "", "select 1 as a, paid_date from star.two"),
		"sql/half.sql":      model("{incremental: paid_date}", "{star.fct_order: paid_date}", "select 1 as a, o.paid_date from star.two as t inner join star.fct_order as o using (order_key)"),
		"sql/wrong.sql":     model("{incremental: paid_date}", "{star.two: pay_date}", "select 1 as a, paid_date from star.two"),
		"sql/said.sql":      model("{incremental: paid_date}", "{star.two: due_date}", "select 1 as a, paid_date from star.two"),
		"sql/any.sql":       model("{incremental: paid_date}", "{star.two: all}", "select 1 as a, paid_date from star.two"),
		"sql/one.sql":       model("{incremental: paid_date}", "", "select 1 as a, paid_date from star.fct_order"),
		"sql/whole.sql":     model("table", "", "select 1 as a, paid_date from star.two"),
		"star/sql/keep.sql": smallStar["star/sql/fct_order.sql"],
	}
	texts["star/sql/fct_order.sql"] = strings.Replace(texts["star/sql/keep.sql"], "grain: [a]", "grain: [order_key]", 1)
	delete(texts, "star/sql/keep.sql")
	var got []string
	for _, p := range checked(t, texts).Problems {
		if !strings.Contains(p.Message, "has the type timestamp") {
			got = append(got, p.Error())
		}
	}
	want := []string{
		"sql/half.sql:5: inputs: star.two has the days paid_date, due_date; say which of them drives this model, as in inputs: {star.two: paid_date}, or all if a change of any row rebuilds it",
		"sql/silent.sql:4: inputs: star.two has the days paid_date, due_date; say which of them drives this model, as in inputs: {star.two: paid_date}, or all if a change of any row rebuilds it",
		"sql/wrong.sql:5: inputs.star.two: it has no column pay_date; its days are: paid_date, due_date",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
