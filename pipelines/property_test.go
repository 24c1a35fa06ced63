package pipelines_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse"
)

var smallRaw = map[string][]warehouse.Column{
	"raw.s__orders": {column("order_key", models.Key), column("customer_key", models.Key), column("paid_date", models.Date),
		column("amount", models.Money), column("seen", models.Integer)},
	"raw.s__touches":  {column("touch_id", models.String), column("customer_key", models.Key), column("touch_at", models.String)},
	"raw.s__prices":   {column("price_key", models.Key), column("valid_from_date", models.Date), column("price", models.Money)},
	"raw.s__products": {column("product_key", models.Key), column("title", models.String)},
}

// smallStar has a model of every kind, and views and windows between them.
var smallStar = map[string]string{
	"star/sql/fct_order.sql": model("{keys: order_key}", "", `
select order_key, customer_key, paid_date, amount
from (select orders.*, row_number() over (partition by order_key order by seen desc, amount desc, paid_date desc nulls last, customer_key desc) as newest
    from raw.s__orders as orders) where newest = 1 and amount >= 0`),
	"star/sql/fct_touch.sql": model("{append: raw.s__touches}", "", `
select touch_id, customer_key, cast(left(touch_at, 10) as date) as touch_date from raw.s__touches where touch_id <> 'bad'`),
	"star/sql/dim_customer.sql": model("{keys: customer_key}", "", `
select customer_key, min(paid_date) as first_paid_date, count(*) as orders from star.fct_order group by customer_key`),
	"star/sql/price.sql": model("{keys: price_key}", "", `
select price_key, valid_from_date, max(price) as price from raw.s__prices group by price_key, valid_from_date`),
	"star/sql/product.sql": model("table", "", `
select product_key, max(title) as title from raw.s__products group by product_key`),
	"sql/paid.sql": model("view", "", `
select order_key, customer_key, paid_date, amount from star.fct_order where paid_date is not null`),
	"sql/daily.sql": model("{incremental: paid_date}", "{star.fct_order: paid_date}", `
select paid_date, count(*) as orders, sum(amount) as amount from star.fct_order group by paid_date`),
	"sql/rolling.sql": model("{incremental: paid_date, look_back: 6 days}", "", `
select paid_date, sum(amount) over (order by paid_date range between interval 6 day preceding and current row) as amount_7d from mart.daily where paid_date is not null`),
	"sql/from_view.sql": model("{incremental: paid_date}", "{star.fct_order: paid_date}", `
select paid_date, count(distinct customer_key) as customers from mart.paid group by paid_date`),
	"sql/customer.sql": model("{keys: customer_key}", "", `
select c.customer_key, c.first_paid_date, sum(p.amount) as amount, count(t.touch_id) as touches
from star.dim_customer as c left join mart.paid as p on p.customer_key = c.customer_key
left join star.fct_touch as t on t.customer_key = c.customer_key group by c.customer_key, c.first_paid_date`),
	"sql/journey.sql": model("{incremental: paid_date, look_back: 3 days}", "{star.fct_order: paid_date, star.fct_touch: touch_date}", `
select o.order_key, o.paid_date, count(t.touch_id) as touches from mart.paid as o
left join star.fct_touch as t on t.customer_key = o.customer_key and t.touch_date between o.paid_date - interval 3 day and o.paid_date
group by o.order_key, o.paid_date`),
	"sql/priced.sql": model("{incremental: paid_date}", "{star.fct_order: paid_date, star.price: {from: valid_from_date}}", `
select o.order_key, o.paid_date, (select max(p.price) from star.price as p where p.valid_from_date <= o.paid_date) as price from mart.paid as o`),
	"sql/matched.sql": model("{keys: order_key}", "{star.product: {match: {product_key: customer_key}}}", `
select o.order_key, o.customer_key, p.title from star.fct_order as o left join star.product as p on p.product_key = o.customer_key`),
	"sql/reach.sql": model("{incremental: paid_date}", "{star.fct_order: paid_date, star.fct_touch: {column: touch_date, look_back: 3 days}, star.product: {match: {product_key: customer_key}}}", `
select o.order_key, o.customer_key, o.paid_date, max(p.title) as title, count(t.touch_id) as touches from mart.paid as o
left join star.product as p on p.product_key = o.customer_key
left join star.fct_touch as t on t.customer_key = o.customer_key and t.touch_date between o.paid_date - interval 3 day and o.paid_date
group by o.order_key, o.customer_key, o.paid_date`),
	"sql/total.sql": model("table", "", `
select count(*) as orders, sum(amount) as amount from mart.paid`),
	"sql/listed.sql": model("{incremental: paid_date}", "{star.fct_order: paid_date}", `
select o.paid_date, count(p.product_key) as listed from mart.paid as o left join star.product as p on p.product_key = o.customer_key group by o.paid_date`),
}

var smallTables = []string{"star.fct_order", "star.fct_touch", "star.dim_customer", "star.price", "star.product", "mart.paid", "mart.daily", "mart.rolling",
	"mart.from_view", "mart.customer", "mart.journey", "mart.priced", "mart.total", "mart.listed", "mart.matched", "mart.reach"}

// Invariant 5: whatever landed in whatever order and however it was cut into builds, the tables are those of one build
// of everything.
func TestAnyOrderOfIncrementsEqualsAFullRebuild(t *testing.T) {
	list := parseModels(t, smallStar)
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "heliu-property")
		check(r, err)
		defer os.RemoveAll(dir)
		lake := newFolderLake(r, dir, smallRaw)
		b, done := newBuilder(r, list, lake)
		defer done()
		seen := 0
		for range rapid.IntRange(1, 6).Draw(r, "builds") {
			for range rapid.IntRange(0, 3).Draw(r, "batches") {
				landRandom(r, lake, &seen)
			}
			sel := pipelines.Selection{}
			if rapid.IntRange(0, 5).Draw(r, "partial") == 0 && seen > 0 {
				sel.Models = []string{"+mart.daily"}
			}
			build(r, b, sel)
		}
		build(r, b, pipelines.Selection{})
		whole, doneToo := newBuilder(r, list, lake)
		defer doneToo()
		build(r, whole, pipelines.Selection{Full: true})
		for _, table := range smallTables {
			if diff := cmp.Diff(contents(r, whole, table), contents(r, b, table)); diff != "" {
				r.Fatalf("%s: full (-) and incremental (+) differ:\n%s", table, diff)
			}
		}
		for _, s := range build(r, b, pipelines.Selection{}).Steps {
			if s.Status != pipelines.Skipped {
				r.Fatalf("nothing is new, but %s ran: %s", s.Name, s.Why)
			}
		}
	})
}

func landRandom(r *rapid.T, lake *folderLake, seen *int) {
	day := func() string {
		d := rapid.IntRange(0, 40).Draw(r, "day")
		if d == 0 {
			return "null"
		}
		return fmt.Sprintf("date '2026-05-01' + %d", d)
	}
	key := func() int { return rapid.IntRange(1, 6).Draw(r, "key") }
	n := rapid.IntRange(1, 5).Draw(r, "rows")
	rows := make([]string, n)
	*seen++
	switch rapid.IntRange(0, 5).Draw(r, "table") {
	case 0:
		for i := range rows {
			rows[i] = fmt.Sprintf("('%s', %d, '2026-05-%02dT10:00:00')", rapid.SampledFrom([]string{"a", "b", "bad"}).Draw(r, "id"), key(), rapid.IntRange(1, 28).Draw(r, "day"))
		}
		lake.land(r, "raw.s__touches", rows)
	case 1:
		for i := range rows {
			rows[i] = fmt.Sprintf("(%d, date '2026-05-01' + %d, %d)", key(), rapid.IntRange(1, 40).Draw(r, "from"), rapid.IntRange(1, 9).Draw(r, "price"))
		}
		lake.land(r, "raw.s__prices", rows)
	case 2:
		for i := range rows {
			rows[i] = fmt.Sprintf("(%d, '%d')", key(), key())
		}
		lake.land(r, "raw.s__products", rows)
	default:
		for i := range rows {
			customer := fmt.Sprint(key())
			if rapid.IntRange(0, 9).Draw(r, "anonymous") == 0 {
				customer = "null"
			}
			rows[i] = fmt.Sprintf("(%d, %s, %s, %d, %d)", rapid.IntRange(1, 15).Draw(r, "order"), customer, day(), rapid.IntRange(-1, 9).Draw(r, "amount"), rapid.IntRange(0, *seen).Draw(r, "seen"))
		}
		lake.land(r, "raw.s__orders", rows)
	}
}
