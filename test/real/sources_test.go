//go:build real

package real

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
)

func components(t *testing.T) Components {
	t.Helper()
	c, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func streams(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0]
}

// The first shop: an order changed, one cancelled, one placed, one payment refunded; the second read finds exactly those.
func TestMedusa(t *testing.T) {
	ctx, c, b := context.Background(), components(t), newBench(t)
	s := b.open(t, extract.Config{Name: "web", Connector: "medusa", Settings: map[string]any{"base_url": c.Medusa, "email": c.MedusaUser, "password": c.MedusaSecret}})
	shop, err := OpenMedusa(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	orders, err := shop.Orders(ctx)
	if err != nil {
		t.Fatal(err)
	}
	first := b.readAll(t, s)
	if n := first["orders"].Landed; n != int64(len(orders)) || n < 20 {
		t.Fatalf("%d orders landed, the shop has %d", n, len(orders))
	}
	const versions, payments = "select distinct id, cast(updated_at as varchar) from orders", "select distinct id, cast(updated_at as varchar) from payments"
	before, paidBefore := b.rows(t, s, versions), b.rows(t, s, payments)
	money := b.rows(t, s, "select cast(sum(item_total + shipping_total) as varchar), (select cast(sum(line_subtotal) as varchar) from order_lines) from orders")
	var total float64
	for _, o := range orders {
		total += o.Total
	}
	if want := fmt.Sprintf("%.4f", total); money[0][0] != want || money[0][1] != want {
		t.Errorf("orders add up to %s, their lines to %s, the shop says %s", money[0][0], money[0][1], want)
	}
	plain := b.rows(t, s, "select count(*) from orders where email like '%@%' or phone like '1%'")
	if plain[0][0] != "0" {
		t.Errorf("%s orders show a phone number or an e-mail address", plain[0][0])
	}

	if err := shop.ChangeEmail(ctx, orders[2].ID, fmt.Sprintf("changed%d@example.com", time.Now().UnixNano())); err != nil {
		t.Fatal(err)
	}
	unpaid := slices.IndexFunc(orders, func(o MedusaOrder) bool { return len(o.Payments) == 0 && o.Status == "pending" })
	if unpaid < 0 {
		t.Fatal("the shop has no unpaid order left to cancel")
	}
	if err := shop.Cancel(ctx, orders[unpaid].ID); err != nil {
		t.Fatal(err)
	}
	placed, err := shop.Place(ctx, orders[0], "new@example.com")
	if err != nil {
		t.Fatal(err)
	}
	paid := slices.IndexFunc(orders, func(o MedusaOrder) bool { return len(o.Payments) > 0 && o.Refunded == 0 })
	if paid < 0 {
		t.Fatal("the shop has no paid order left to refund")
	}
	if err := shop.Refund(ctx, orders[paid].Payments[0], 1.5); err != nil {
		t.Fatal(err)
	}
	b.later()
	b.readAll(t, s)
	want := []string{orders[2].ID, orders[unpaid].ID, orders[paid].ID, placed}
	slices.Sort(want)
	if d := cmp.Diff(slices.Compact(want), changed(before, b.rows(t, s, versions))); d != "" {
		t.Errorf("changed orders (-want +got):\n%s", d)
	}
	if got := changed(paidBefore, b.rows(t, s, payments)); len(got) > 0 {
		t.Errorf("changed payments %v, though a refund does not touch its payment", got)
	}
	refunds := b.rows(t, s, "select distinct id, cast(refund_amount as varchar) from refunds where id = '"+orders[paid].ID+"'")
	if d := cmp.Diff([][]string{{orders[paid].ID, "1.5000"}}, refunds); d != "" {
		t.Errorf("refunds (-want +got):\n%s", d)
	}
}

// The second shop: an order cancelled; the second read finds exactly that.
func TestVendure(t *testing.T) {
	ctx, c, b := context.Background(), components(t), newBench(t)
	s := b.open(t, extract.Config{Name: "web2", Connector: "vendure", Settings: map[string]any{"base_url": c.Vendure, "user": c.VendureUser, "password": c.VendurePass}})
	shop, err := OpenVendure(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	orders, err := shop.Orders(ctx)
	if err != nil {
		t.Fatal(err)
	}
	first := b.readAll(t, s)
	if n := first["orders"].Landed; n != int64(len(orders)) || n < 15 {
		t.Fatalf("%d orders landed, the shop has %d", n, len(orders))
	}
	if n := first["variants"].Landed; n < 54 {
		t.Errorf("%d variants landed", n)
	}
	const versions = "select distinct id, cast(updated_at as varchar) from orders"
	before := b.rows(t, s, versions)
	var cents int64
	for _, o := range orders {
		cents += o.TotalWithTax
	}
	if got, want := b.rows(t, s, "select cast(sum(total_with_tax) as varchar) from orders")[0][0], fmt.Sprintf("%d.%02d00", cents/100, cents%100); got != want {
		t.Errorf("orders add up to %s, the shop says %s", got, want)
	}

	open := slices.IndexFunc(orders, func(o VendureOrder) bool { return o.State == "PaymentAuthorized" || o.State == "PaymentSettled" })
	if err := shop.Cancel(ctx, orders[open].ID); err != nil {
		t.Fatal(err)
	}
	b.later()
	b.readAll(t, s)
	if d := cmp.Diff([]string{orders[open].ID}, changed(before, b.rows(t, s, versions))); d != "" {
		t.Errorf("changed orders (-want +got):\n%s", d)
	}
	state := b.rows(t, s, "select state from orders where id = '"+orders[open].ID+"' order by updated_at desc limit 1")
	if state[0][0] != "Cancelled" {
		t.Errorf("state %v", state)
	}
}

// The ERP, by its API: a sale shipped; the second read finds exactly its shipment, its moves and the stock without it.
func TestTryton(t *testing.T) {
	c, b := components(t), newBench(t)
	s := b.open(t, extract.Config{Name: "erp", Connector: "tryton", Settings: map[string]any{"base_url": c.Tryton, "user": c.TrytonUser, "password": c.TrytonPass, "shop": "web", "warehouses": []any{"5"}}})
	shipTwice(t, b, s, c, "write_date")
}

// The same ERP by SQL.
func TestTrytonSQL(t *testing.T) {
	c, b := components(t), newBench(t)
	s := b.open(t, extract.Config{Name: "erp_sql", Connector: "tryton_sql", Settings: map[string]any{"dsn": c.Postgres + "/tryton?sslmode=disable", "shop": "web"}})
	shipTwice(t, b, s, c, "changed_at")
}

// shipTwice reads the ERP, ships a sale, reads again, and compares both readings with what the ERP itself says. version
// is the column that tells when a record was changed.
func shipTwice(t *testing.T, b *bench, s *extract.Source, c Components, version string) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	erp, err := OpenTryton(ctx, c)
	must(err)
	shipments, moves := "select distinct cast(id as varchar), cast("+version+" as varchar) from shipments", "select distinct cast(id as varchar), cast("+version+" as varchar) from moves"
	const stock = "select code, cast(sum(quantity) as decimal(18, 4))::varchar from stock_levels where _extracted_at = (select max(_extracted_at) from stock_levels) group by code order by code"
	first := b.readAll(t, s)
	if first["moves"].Landed < 80 || first["shipments"].Landed < 20 {
		t.Fatalf("landed %+v", first)
	}
	held, err := erp.Stock(ctx, 5)
	must(err)
	if d := cmp.Diff(stockRows(held), b.rows(t, s, stock)); d != "" || len(held) != 5 {
		t.Errorf("stock (-ERP +lake):\n%s", d)
	}
	waiting, err := erp.Waiting(ctx)
	must(err)
	if len(waiting) == 0 {
		t.Fatal("the ERP has nothing left to ship")
	}
	ship := waiting[0]
	before, movesBefore := b.rows(t, s, shipments), b.rows(t, s, moves)
	must(erp.Ship(ctx, ship.ID))
	shipped, err := erp.Moves(ctx, ship.ID)
	must(err)
	var ids []string
	for _, m := range shipped {
		ids = append(ids, fmt.Sprint(m.ID))
		if m.ToCustomer() {
			held[m.SKU] -= m.Quantity
		}
	}
	slices.Sort(ids)
	b.later()
	b.readAll(t, s)
	if d := cmp.Diff([]string{fmt.Sprint(ship.ID)}, changed(before, b.rows(t, s, shipments))); d != "" {
		t.Errorf("changed shipments (-want +got):\n%s", d)
	}
	if d := cmp.Diff(ids, changed(movesBefore, b.rows(t, s, moves))); d != "" || len(ids) < 2 {
		t.Errorf("changed moves (-of shipment %d +got):\n%s", ship.ID, d)
	}
	if d := cmp.Diff(stockRows(held), b.rows(t, s, stock)); d != "" {
		t.Errorf("stock (-before less what was shipped +lake):\n%s", d)
	}
}

// stockRows writes quantities by SKU as the query of shipTwice gives them.
func stockRows(held map[string]float64) (rows [][]string) {
	for _, code := range slices.Sorted(maps.Keys(held)) {
		rows = append(rows, []string{code, fmt.Sprintf("%.4f", held[code])})
	}
	return rows
}

// The grocery data, where its folder stands beside the checkout.
func TestGroceryData(t *testing.T) {
	folder, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", "completejourney"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		fmt.Println("the folder shared/data/completejourney is not beside the checkout: the grocery data was not read")
		return
	}
	b := newBench(t)
	b.dir = folder
	s := b.open(t, extract.Config{Name: "grocery", Connector: "files", Settings: map[string]any{}, Streams: streams(t, `
transactions:
  path: transactions_sample.parquet
  key: [basket_id, product_id]
  fields: {household_id: string, store_id: string, basket_id: string, product_id: string, quantity: decimal, sales_value: double, retail_disc: double, coupon_disc: double, coupon_match_disc: double, week: integer, transaction_timestamp: timestamp}
products:
  path: products.parquet
  key: [product_id]
  fields: {product_id: string, manufacturer_id: string, department: string, brand: string, product_category: string, product_type: string, package_size: string}
`)})
	first := b.readAll(t, s)
	if first["transactions"].Landed != 75_000 || first["products"].Landed != 92_331 {
		t.Errorf("landed %+v", first)
	}
	const sums = "select cast(sum(cast(sales_value as decimal(18,4))) as varchar), cast(count(distinct household_id) as varchar), cast(count(transaction_timestamp) as varchar) from "
	want := texts(t, opened(t, "duckdb", ""), sums+"read_parquet('"+filepath.Join(folder, "transactions_sample.parquet")+"')")
	if d := cmp.Diff(want, b.rows(t, s, sums+"transactions")); d != "" || want[0][2] != "75000" {
		t.Errorf("sums (-files +lake):\n%s", d)
	}
	again := b.readAll(t, s)
	if again["transactions"].Read != 0 {
		t.Errorf("read again: %+v", again)
	}
}
