package duckdb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Each case: a statement over star.o(order_key, paid_date, amount, customer_key, tags) and star.c(customer_key, city), and
// the origins of its columns, columns separated by semicolons.
var lineageCases = map[string][2]string{
	"plain":       {"select amount * 2 as a, paid_date from star.o where order_key > 1", "o.amount; o.paid_date"},
	"cte twice":   {"with x as (select * from star.o) select a.amount, b.paid_date from x as a inner join x as b on a.order_key = b.order_key", "o.amount; o.paid_date"},
	"group":       {"select city, sum(o.amount) as s, count(*) as n from star.o inner join star.c on o.customer_key = c.customer_key group by city", "c.city; o.amount; "},
	"window":      {"select order_key, sum(amount) over (partition by customer_key order by paid_date) as s from star.o", "o.order_key; o.amount o.customer_key o.paid_date"},
	"exists":      {"select order_key from star.o where exists (select 1 from star.c where c.customer_key = o.customer_key)", "o.order_key"},
	"not in":      {"select order_key from star.o where customer_key not in (select customer_key from star.c)", "o.order_key"},
	"correlated":  {"select o.order_key, (select max(c.city) from star.c where c.customer_key = o.customer_key) as city from star.o", "o.order_key; c.city"},
	"union":       {"select amount as v, order_key from star.o union all select customer_key, 1 from star.c", "c.customer_key o.amount; o.order_key"},
	"recursive":   {"with recursive t as (select order_key, amount from star.o union all select order_key, amount from t where amount < 1) select * from t", "o.order_key; o.amount"},
	"lateral":     {"select o.order_key, u.tag from star.o cross join unnest(o.tags) as u(tag)", "o.order_key; o.tags"},
	"case":        {"select case when city = 'a' then 1 end as x, 'b' as k from star.c", "c.city; "},
	"view":        {"select total from star.v", "o.amount"},
	"except":      {"select customer_key from star.o except select customer_key from star.c", "c.customer_key o.customer_key"},
	"distinct":    {"select distinct city from star.c order by city limit 3", "c.city"},
	"rollup":      {"select city, count(distinct customer_key) as n from star.c group by rollup (city)", "c.city; c.customer_key"},
	"values":      {"select v.a, c.city from star.c cross join (values (1), (2)) as v(a)", "; c.city"},
	"left join":   {"select coalesce(o.customer_key, c.customer_key) as k from star.o full outer join star.c on o.customer_key = c.customer_key", "c.customer_key o.customer_key"},
	"key63 macro": {"select key63(city) as k from star.c", "c.city"},
}

func TestLineageOfEveryShape(t *testing.T) {
	ctx := context.Background()
	s := open(t, duckdb.Config{})
	for _, statement := range []string{"create schema star",
		"create table star.o (order_key bigint, paid_date date, amount decimal(18,4), customer_key bigint, tags varchar[])",
		"create table star.c (customer_key bigint, city varchar)",
		"create view star.v as select customer_key, sum(amount) as total from star.o group by customer_key"} {
		if err := s.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range lineageCases {
		columns, err := s.Lineage(ctx, c[0])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var found []string
		for _, column := range columns {
			var from []string
			for _, o := range column.From {
				from = append(from, strings.TrimPrefix(o.Table, "star.")+"."+o.Column)
			}
			found = append(found, strings.Join(from, " "))
		}
		if got := strings.Join(found, "; "); got != c[1] {
			t.Errorf("%s: %q, want %q", name, got, c[1])
		}
	}
}

func TestTablesAreThoseOfTheTextWithoutItsOwn(t *testing.T) {
	s := open(t, duckdb.Config{})
	refs, err := s.Tables(context.Background(), "with a as (select * from star.o), b as (select * from a)\nselect * from b left join mart.m on true where exists (select 1 from ops.k) and (select max(x) from star.o) > 1")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(refs); got != "[{star o 25} {mart m 83} {ops k 126}]" {
		t.Errorf("tables %s", got)
	}
	for text, want := range map[string]string{"select from": "syntax error", "select 1; select 2": "one SELECT", "create table t (i int)": "SELECT"} {
		if _, err := s.Tables(context.Background(), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}
