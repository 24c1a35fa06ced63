//go:build real

package real

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changes is what staff did between two runs.
type changes struct {
	orders  []string // shop/order of those that were changed
	shipped string   // shop/order of the sale that the ERP shipped
}

// change cancels, refunds, places and pays orders in the shops, and ships a sale in the ERP.
func change(t *testing.T, p *wholeProject, web *MedusaShop, web2 *VendureShop, erp *TrytonERP) changes {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	orders, err := web.Orders(ctx)
	must(err)
	open := slices.IndexFunc(orders, func(o MedusaOrder) bool { return len(o.Payments) == 0 && o.Status == "pending" })
	paid := slices.IndexFunc(orders, func(o MedusaOrder) bool { return len(o.Payments) > 0 && o.Refunded == 0 })
	if open < 0 || paid < 0 {
		t.Fatal("the shop has no order left to cancel or to refund")
	}
	must(web.Cancel(ctx, orders[open].ID))
	must(web.Refund(ctx, orders[paid].Payments[0], 2.5))
	placed, err := web.Place(ctx, orders[0], "whole@example.com")
	must(err)
	others, err := web2.Orders(ctx)
	must(err)
	standing := slices.IndexFunc(others, func(o VendureOrder) bool { return o.State == "PaymentAuthorized" || o.State == "PaymentSettled" })
	if standing < 0 {
		t.Fatal("the second shop has no order left to cancel")
	}
	must(web2.Cancel(ctx, others[standing].ID))
	p.pos.refund(t, 5)
	p.counter.pay(t, 8)
	p.counter.sales += 2*(8+3)*100 + 25
	waiting, err := erp.Waiting(ctx)
	must(err)
	if len(waiting) == 0 {
		t.Fatal("the ERP has nothing left to ship")
	}
	_, order, _ := strings.Cut(strings.TrimSuffix(waiting[0].Origins, "]"), "[")
	must(erp.Ship(ctx, waiting[0].ID))
	done := changes{shipped: "web/" + order, orders: []string{
		"web/" + orders[open].ID, "web/" + orders[paid].ID, "web/" + placed, "web2/" + others[standing].ID, "pos/5", "counter/8"}}
	t.Logf("changed %v, shipped %s", done.orders, done.shipped)
	return done
}

// runTimes are columns that say when something was read, not what.
var runTimes = []string{"seen_at", "as_of_at", "updated_at"}

// readings are tables whose every row is of one reading of the stock, which is read whole by each run.
var readings = []string{"star.stock_snapshot", "star.stock_projection"}

// exactlyTheChanges compares two publications table by table: every row that differs must be of what was changed.
func exactlyTheChanges(t *testing.T, first, second string, done changes) {
	db := opened(t, "duckdb", "")
	db.SetMaxOpenConns(1) // what is attached is the connection's
	changed := slices.Sorted(slices.Values(done.orders))
	all := "'" + strings.Join(append(slices.Clone(changed), done.shipped), "', '") + "'"
	for _, statement := range []string{"attach '" + first + "' as old (read_only)", "attach '" + second + "' as new (read_only)",
		`create temp table named as select fct_order.order_key, dim_shop.shop_id || '/' || fct_order.order_id as name
			from new.star.fct_order inner join new.star.dim_shop on fct_order.shop_key = dim_shop.shop_key`,
		`create temp table known as select distinct day, shop_key from (
			select unnest([business_date, order_paid_date]) as day, shop_key, order_key from new.star.fct_order_event) as event
			inner join named on event.order_key = named.order_key where name in (` + all + `)`,
		`create temp table goods as select distinct product_key, name from new.star.fct_order_line
			inner join named on fct_order_line.order_key = named.order_key where name in (` + all + `)`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
	touched := map[string][]string{} // by table: the orders whose rows differ
	for _, x := range tablesOf(t, db, "where table_catalog = 'new' and table_schema in ('mart', 'star') order by 1, 2, ordinal_position") {
		if slices.Contains(readings, x.name) {
			continue
		}
		differ, day, has := x.differ()
		switch {
		case has["order_key"]:
			for _, row := range texts(t, db, "select distinct coalesce(name, 'no order') from "+differ+" as d left join named on d.order_key = named.order_key order by 1") {
				touched[x.name] = append(touched[x.name], row[0])
			}
		case has["product_key"]:
			none(t, db, x.name, "from "+differ+" as d where product_key not in (select product_key from goods)")
		case day != "" && has["shop_key"]:
			none(t, db, x.name, "from "+differ+" as d where not exists (select 1 from known where known.day = d."+day+" and known.shop_key = d.shop_key)")
		case day != "":
			none(t, db, x.name, "from "+differ+" as d where not exists (select 1 from known where known.day = d."+day+")")
		case x.name == "star.dim_customer" || x.name == "star.customer_identity": // the buyer of the new order
			if n := number(t, db, "select count(*) from "+differ); n > 2 {
				t.Errorf("%s: %d rows differ, one buyer is new", x.name, n)
			}
		default:
			none(t, db, x.name, "from "+differ+" as d")
		}
	}
	if d := cmp.Diff(changed, touched["star.fct_order"]); d != "" {
		t.Errorf("orders that differ (-changed +found):\n%s", d)
	}
	if d := cmp.Diff([]string{done.shipped}, touched["star.fct_shipment_line"]); d != "" {
		t.Errorf("shipments that differ (-shipped +found):\n%s", d)
	}
	for name, orders := range touched {
		for _, order := range orders {
			if order != done.shipped && !slices.Contains(changed, order) {
				t.Errorf("%s: order %s differs, which nobody touched", name, order)
			}
		}
	}
	shipped := texts(t, db, "select cast(product_key as varchar) from goods where name = '"+done.shipped+"' order by product_key")
	if d := cmp.Diff(shipped, texts(t, db, `select distinct cast(d.product_key as varchar) from new.star.fct_stock_daily as d inner join old.star.fct_stock_daily as o
		on d.product_key = o.product_key and d.warehouse_key = o.warehouse_key and d.stock_date = o.stock_date where d.on_hand_sellable_qty < o.on_hand_sellable_qty order by d.product_key`)); d != "" {
		t.Errorf("goods with less stock (-shipped +found):\n%s", d)
	}
	sold := texts(t, db, "select distinct shop_id from ((from new.mart.sales_daily except from old.mart.sales_daily)) as d inner join new.star.dim_shop on d.shop_key = dim_shop.shop_key order by 1")
	if d := cmp.Diff([][]string{{"counter"}, {"pos"}, {"web"}, {"web2"}}, sold); d != "" {
		t.Errorf("shops whose days differ (-changed +found):\n%s", d)
	}
}

// differ selects the rows that only one of the two publications has, run times apart; day is the table's first date.
func (x table) differ() (query, day string, has map[string]bool) {
	var list []string
	has = map[string]bool{}
	for _, c := range x.columns {
		if !slices.Contains(runTimes, c.name) {
			list = append(list, c.name)
		}
		if c.kind == "DATE" && day == "" {
			day = c.name
		}
		has[c.name] = true
	}
	columns := strings.Join(list, ", ")
	return fmt.Sprintf("((select %[1]s from old.%[2]s except all select %[1]s from new.%[2]s) union all (select %[1]s from new.%[2]s except all select %[1]s from old.%[2]s))", columns, x.name), day, has
}

// none reports rows that should not differ.
func none(t *testing.T, db *sql.DB, name, from string) {
	t.Helper()
	if rows := texts(t, db, "select columns(*)::varchar "+from+" limit 4"); len(rows) > 0 {
		t.Errorf("%s differs where nothing was changed: %v", name, rows)
	}
}
