//go:build real

package real

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changes is what staff did between two runs.
type changes struct {
	orders  []string           // shop/order of those that were changed
	placed  string             // the id of the one that is new, of a buyer nobody has seen before
	shipped string             // shop/order of the sale that the ERP shipped
	goods   map[string]float64 // pieces by SKU that left with it
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
	placed, err := web.Place(ctx, orders[0], fmt.Sprintf("whole%d@example.com", p.now.UnixNano()))
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
	moves, err := erp.Moves(ctx, waiting[0].ID)
	must(err)
	done := changes{placed: placed, shipped: "web/" + order, goods: map[string]float64{}, orders: []string{
		"web/" + orders[open].ID, "web/" + orders[paid].ID, "web/" + placed, "web2/" + others[standing].ID, "pos/5", "counter/8"}}
	for _, m := range moves {
		if m.ToCustomer() {
			done.goods[m.SKU] += m.Quantity
		}
	}
	t.Logf("changed %v, shipped %s: %v", done.orders, done.shipped, done.goods)
	return done
}

// runTimes are columns that say when something was read, not what; the key of a reading of the stock holds its instant.
var runTimes = []string{"seen_at", "as_of_at", "updated_at", "stock_level_key"}

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
		differ, day, has := x.differ()
		switch {
		case x.name == "star.stock_snapshot": // every run reads the whole stock and adds it: see stockIsLess
		case x.name == "star.dim_customer": // the buyer of the new order, and nobody else
			want := texts(t, db, "select 'new', customer_key, id_space from new.star.fct_order inner join new.star.dim_customer using (customer_key) where order_id = '"+done.placed+"'")
			got := texts(t, db, "select 'new', customer_key, id_space from (from new.star.dim_customer except all from old.star.dim_customer) union all select 'old', customer_key, id_space from (from old.star.dim_customer except all from new.star.dim_customer)")
			if d := cmp.Diff(want, got); d != "" || len(want) != 1 {
				t.Errorf("customers (-the new buyer +that differ):\n%s", d)
			}
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
	stockIsLess(t, db, done)
	sold := texts(t, db, "select distinct dim_shop.shop_id from ((from new.mart.sales_daily except from old.mart.sales_daily)) as d inner join new.star.dim_shop on d.shop_key = dim_shop.shop_key order by 1")
	if d := cmp.Diff([][]string{{"counter"}, {"pos"}, {"web"}, {"web2"}}, sold); d != "" {
		t.Errorf("shops whose days differ (-changed +found):\n%s", d)
	}
}

// stockIsLess compares the stock of the two publications: less by what was shipped, and by nothing else.
func stockIsLess(t *testing.T, db *sql.DB, done changes) {
	want := [][]string{}
	for _, sku := range slices.Sorted(maps.Keys(done.goods)) {
		want = append(want, []string{sku, fmt.Sprintf("%.4f", done.goods[sku])})
	}
	const less = `select sku_code, cast(o.on_hand_sellable_qty - n.on_hand_sellable_qty as varchar) from %s as o inner join %s as n
		on o.product_key = n.product_key and o.warehouse_key = n.warehouse_key and %s
		inner join new.star.dim_product on n.product_key = dim_product.product_key where o.on_hand_sellable_qty <> n.on_hand_sellable_qty order by 1`
	if d := cmp.Diff(want, texts(t, db, fmt.Sprintf(less, "old.star.fct_stock_daily", "new.star.fct_stock_daily", "o.stock_date = n.stock_date"))); d != "" {
		t.Errorf("stock of the day (-shipped +less):\n%s", d)
	}
	const old, added = "old.star.stock_snapshot", "(from new.star.stock_snapshot except all from old.star.stock_snapshot)"
	none(t, db, "star.stock_snapshot", "from (from "+old+" except all from new.star.stock_snapshot)")
	if d := cmp.Diff(want, texts(t, db, fmt.Sprintf(less, "(from "+old+" qualify as_of_at = max(as_of_at) over ())", added, "o.batch_no = n.batch_no"))); d != "" {
		t.Errorf("readings of the stock (-shipped +less):\n%s", d)
	}
	const goods = "select warehouse_key, product_key, batch_no from "
	before, after := texts(t, db, goods+old+" order by all"), texts(t, db, goods+added+" order by all")
	if d := cmp.Diff(before, after); d != "" || len(before) != 5 || number(t, db, "select count(distinct as_of_at) from "+added) != 1 {
		t.Errorf("a reading is of all goods at one instant (-first run +second):\n%s", d)
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
