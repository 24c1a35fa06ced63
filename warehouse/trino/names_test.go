package trino

import "testing"

func TestResolve(t *testing.T) {
	t.Parallel()
	n := names{
		views: map[string]string{
			"star.fct_order": `select * from iceberg.star.fct_order where day >= date '2026-11-01'`,
			"star.shop_day":  `select * from star.fct_order as o, star.dim_shop`,
			"pool":           `select * from heliu_rows`,
		},
		kept: map[string]string{"heliu_rows": "iceberg.scratch.r1"},
	}
	n.views["mart.noted"] = "select 1 -- one"
	cases := map[string]string{
		`select * from star.fct_order`:   `select * from (select * from iceberg.star.fct_order where day >= date '2026-11-01') as "fct_order"`,
		`select * from star.fct_order o`: `select * from (select * from iceberg.star.fct_order where day >= date '2026-11-01') o`,
		`select fct_order.x from "star"."fct_order" as f inner join star.dim_shop on f.a = dim_shop.a`: `select fct_order.x from (select * from iceberg.star.fct_order where day >= date '2026-11-01') as f inner join star.dim_shop on f.a = dim_shop.a`,
		`select count(*) from temp.heliu_rows where k in (select k from heliu_rows)`:                   `select count(*) from iceberg.scratch.r1 as "heliu_rows" where k in (select k from iceberg.scratch.r1 as "heliu_rows")`,
		`select pool.*, 'from pool' as t from pool -- from pool`:                                       `select pool.*, 'from pool' as t from (select * from iceberg.scratch.r1 as "heliu_rows") as "pool" -- from pool`,
		`select * from iceberg.star.fct_order`:                                                         `select * from iceberg.star.fct_order`,
		`select extract(year from day), a is distinct from b, pool from x, pool`:                       `select extract(year from day), a is distinct from b, pool from x, (select * from iceberg.scratch.r1 as "heliu_rows") as "pool"`,
		`with pool2 as (select 1) select * from pool2 union all select * from (pool cross join y)`:     `with pool2 as (select 1) select * from pool2 union all select * from ((select * from iceberg.scratch.r1 as "heliu_rows") as "pool" cross join y)`,
		`select 1 from a inner join b on a.x = b.x, pool where 1 in (1, pool)`:                         `select 1 from a inner join b on a.x = b.x, (select * from iceberg.scratch.r1 as "heliu_rows") as "pool" where 1 in (1, pool)`,
		`select 1 from mart.noted`:    "select 1 from (select 1 -- one\n) as \"noted\"",
		`select 1 from star.shop_day`: `select 1 from (select * from (select * from iceberg.star.fct_order where day >= date '2026-11-01') as o, star.dim_shop) as "shop_day"`,
		`select * from unnest(sequence(1, 2)) as u(x), lateral (select * from pool)`: `select * from unnest(sequence(1, 2)) as u(x), lateral (select * from (select * from iceberg.scratch.r1 as "heliu_rows") as "pool")`,
	}
	for statement, want := range cases {
		got, err := n.resolve(statement)
		if err != nil || got != want {
			t.Errorf("%s\n got %s\nwant %s (%v)", statement, got, want, err)
		}
	}
	circle := names{views: map[string]string{"a.b": "select * from a.c", "a.c": "select * from a.b"}}
	if _, err := circle.resolve("select * from a.b"); err == nil {
		t.Error("views that name each other in a circle were resolved")
	}
}
