package cases_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/kinds"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/transform/conform"
	"github.com/heliu-data/heliu/transform/star"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// row is a landed record as its connector decodes it, with only the columns that matter.
type row map[string]string

// landedShop is one source's raw tables, filled by hand, and the star over them.
type landedShop struct {
	t       *testing.T
	dir     string
	session *duckdb.Session
	columns map[string][]warehouse.Column // by raw table
	files   map[string][]warehouse.File
	builder *pipelines.Builder
	landed  int // batches of all streams
}

func (l *landedShop) RawTables() []string { return slices.Sorted(maps.Keys(l.columns)) }

func (l *landedShop) Columns(_ context.Context, table string) ([]warehouse.Column, error) {
	return l.columns[table], nil
}

func (l *landedShop) Head(_ context.Context, table string) (string, error) {
	return strconv.Itoa(len(l.files[table])), nil
}

func (l *landedShop) Files(_ context.Context, table, since, head string) ([]warehouse.File, bool, error) {
	to, err := strconv.Atoi(head)
	if err != nil || since == "" {
		return l.files[table][:to], false, err
	}
	from, err := strconv.Atoi(since)
	return l.files[table][from:to], false, err
}

func (l *landedShop) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// newLandedShop opens a connector without its system; the shop is "s", its source too.
func newLandedShop(t *testing.T, connector string, given map[string]any, more ...models.Mapping) *landedShop {
	t.Helper()
	ctx := context.Background()
	l := &landedShop{t: t, dir: t.TempDir(), columns: map[string][]warehouse.Column{}, files: map[string][]warehouse.File{}}
	source, err := extract.Open(extract.Config{Name: "s", Connector: connector, Settings: given}, extract.Deps{Kinds: kinds.All(), Now: time.Now, PersonalKey: []byte("key")})
	l.check(err)
	t.Cleanup(func() { l.check(source.Close()) })
	for _, stream := range source.Streams() {
		l.columns[stream.Table] = stream.Columns
	}
	engine, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "500MB", Threads: 1, TempDir: t.TempDir()})
	l.check(err)
	t.Cleanup(func() { l.check(engine.Close()) })
	l.session, err = engine.Connect(ctx)
	l.check(err)
	t.Cleanup(func() { l.check(l.session.Close()) })
	dict, err := models.Load()
	l.check(err)
	shop := conform.Given{Entity: "shop", Stream: "shops", File: "heliu.yaml", Rows: []conform.GivenRow{{Line: 1, Values: map[string]string{"shop_id": "s",
		"platform": connector, "zone": "Asia/Shanghai", "currency": "CNY", "business_model": "pop", "sales_of_record": "platform"}}}}
	record, mappings := "platform", source.Mappings()
	for _, m := range more { // of an ERP that is the record of the shop's sales
		record, mappings = "erp", append(mappings, m)
		for _, f := range m.Fields {
			l.columns[m.Table] = append(l.columns[m.Table], warehouse.Column{Name: f.Name, Type: models.String})
		}
		l.columns[m.Table] = append(l.columns[m.Table], metaColumns()...)
	}
	if record == "erp" {
		for i, m := range mappings {
			mappings[i] = m.OfRecord(map[bool]string{true: source.Connector().Kind, false: "erp"}[m.Source == "s"], []string{"s"})
		}
	}
	plans, err := conform.Compile(dict, mappings, map[string]map[string]string{"s": source.Params()}, shop)
	l.check(err)
	list, err := sql.ParseFS(star.Embedded(), "sql", "transform/star")
	l.check(err)
	marts, err := sql.ParseFS(sql.Embedded(), "marts", "sql")
	l.check(err)
	steps, err := pipelines.ModelSteps(ctx, l.session, sql.WithReferences(dict, append(list, marts...)), nil)
	l.check(err)
	identity, err := identityStep(t.TempDir())
	l.check(err)
	graph, err := pipelines.NewGraph(append(append(steps, identity), pipelines.ConformSteps(plans)...), l.RawTables())
	l.check(err)
	l.check(settings(ctx, l.session, project{Timezone: "Asia/Shanghai", BaseCurrency: "CNY", Model: "last_non_direct"}))
	l.builder = &pipelines.Builder{Engine: engine, Graph: graph, Lake: l, Now: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Workers: 1}
	return l
}

// land writes records of a stream as one batch.
func (l *landedShop) land(stream string, rows ...row) {
	l.t.Helper()
	table := stream
	if !strings.Contains(stream, ".") {
		table = "raw.s__" + stream
	}
	var selects []string
	for _, r := range rows {
		given := maps.Clone(r)
		for name, value := range map[string]string{"_source": strings.Split(strings.TrimPrefix(table, "raw."), "__")[0], "_stream": stream, "_batch_id": strconv.Itoa(len(l.files[table])), "_extracted_at": fmt.Sprintf("2026-07-01 00:00:%02d+00", l.landed)} {
			given[name] = value
		}
		var cells []string
		for _, c := range l.columns[table] {
			typ, err := c.Type.SQL()
			l.check(err)
			value := "null"
			if _, ok := given[c.Name]; ok {
				value = duckdb.Text(given[c.Name])
			}
			cells = append(cells, fmt.Sprintf("cast(%s as %s) as %s", value, typ, c.Name))
			delete(given, c.Name)
		}
		if len(given) > 0 {
			l.t.Fatalf("%s has no columns %v", table, given)
		}
		selects = append(selects, "select "+strings.Join(cells, ", "))
	}
	path := filepath.Join(l.dir, fmt.Sprintf("%s-%d.parquet", stream, len(l.files[table])))
	l.check(l.session.Exec(context.Background(), fmt.Sprintf("copy (%s) to %s (format parquet)", strings.Join(selects, " union all "), duckdb.Text(path))))
	l.files[table] = append(l.files[table], warehouse.File{Path: path})
	l.landed++
}

// see builds and holds what a query gives against rows of texts.
func (l *landedShop) see(query string, want ...string) {
	l.t.Helper()
	if _, err := l.builder.Build(context.Background(), pipelines.Selection{Models: []string{"+mart.sales_daily"}}); err != nil {
		l.t.Fatal(err)
	}
	rows, err := l.session.Rows(context.Background(), "select cast(x as varchar) from ("+query+") as x order by 1")
	l.check(err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var text string
		l.check(rows.Scan(&text))
		got = append(got, text)
	}
	l.check(rows.Err())
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

// Of a Douyin presale the phases say what is paid: pay_time may be the deposit's. A balance that is never paid makes the
// deposit other income, and no sale.
func TestDouyinDepositIsNoSale(t *testing.T) {
	t.Parallel()
	shop := newLandedShop(t, "douyin", map[string]any{"app_key": "k", "app_secret": "s", "access_token": "a"})
	const (
		deposit = `{"current_phase":1,"total_phase":2,"pay_success":true,"phase_pay_time":1779624360,"phase_pay_amount":5000}` // 2026-05-24 20:06 in Shanghai
		open    = `{"current_phase":2,"total_phase":2,"pay_success":false,"phase_pay_time":0,"phase_pay_amount":34900}`
		balance = `{"current_phase":2,"total_phase":2,"pay_success":true,"phase_pay_time":1780243380,"phase_pay_amount":34900}` // 2026-06-01 00:03
	)
	order := func(id, status, paid, updated, phases string) row {
		return row{"order_id": id, "order_status": status, "trade_type": "0", "create_time": "2026-05-24 12:05:00+00", "pay_time": paid,
			"update_time": updated, "pay_amount": "399.00", "post_amount": "0", "order_phase_list": phases}
	}
	line := func(id string) row {
		return row{"order_id": id, "parent_order_id": id, "line_id": id, "product_id": "7001", "sku_id": "8001", "code": "A", "item_num": "1", "sum_amount": "449.00",
			"pay_amount": "399.00", "shop_cost_amount": "50.00", "only_platform_cost_amount": "0", "author_cost_amount": "0", "promotion_pay_amount": "0",
			"create_time": "2026-05-24 12:05:00+00", "update_time": "2026-05-24 12:06:00+00"}
	}
	const atDeposit, atBalance, later = "2026-05-24 12:06:00+00", "2026-05-31 16:03:00+00", "2026-06-04 04:00:00+00"
	shop.land("orders",
		order("forfeited", "1", atDeposit, atDeposit, "["+deposit+","+open+"]"), order("balanced", "1", atDeposit, atDeposit, "["+deposit+","+open+"]"),
		order("waiting", "1", atDeposit, atDeposit, "["+deposit+","+open+"]"), order("plain", "2", atDeposit, atDeposit, "[]"),
		order("odd", "2", atDeposit, atDeposit, "["+balance+","+deposit+"]"))
	lines := []row{line("forfeited"), line("balanced"), line("waiting"), line("plain"), line("odd")}
	for i := range lines {
		delete(lines[i], "order_id")
		delete(lines[i], "create_time")
	}
	shop.land("order_lines", lines...)
	shop.see("select order_id, order_kind, status, sale_class, paid_date, deposit_paid_date, deposit_amount from star.fct_order where order_id <> 'plain'",
		"{'order_id': balanced, 'order_kind': presale, 'status': deposit_paid, 'sale_class': pending, 'paid_date': NULL, 'deposit_paid_date': 2026-05-24, 'deposit_amount': 50.0000}",
		"{'order_id': forfeited, 'order_kind': presale, 'status': deposit_paid, 'sale_class': pending, 'paid_date': NULL, 'deposit_paid_date': 2026-05-24, 'deposit_amount': 50.0000}",
		"{'order_id': waiting, 'order_kind': presale, 'status': deposit_paid, 'sale_class': pending, 'paid_date': NULL, 'deposit_paid_date': 2026-05-24, 'deposit_amount': 50.0000}")
	shop.land("orders", order("forfeited", "4", atDeposit, later, "["+deposit+","+open+"]"), order("balanced", "2", atBalance, atBalance, "["+deposit+","+balance+"]"))
	shop.see("select order_id, status, sale_class, paid_date, deposit_amount from star.fct_order",
		"{'order_id': balanced, 'status': paid, 'sale_class': sale, 'paid_date': 2026-06-01, 'deposit_amount': 50.0000}",
		"{'order_id': forfeited, 'status': closed_unpaid, 'sale_class': not_sale, 'paid_date': NULL, 'deposit_amount': 50.0000}",
		"{'order_id': plain, 'status': paid, 'sale_class': sale, 'paid_date': 2026-05-24, 'deposit_amount': 0.0000}",
		"{'order_id': waiting, 'status': deposit_paid, 'sale_class': pending, 'paid_date': NULL, 'deposit_amount': 50.0000}")
	shop.see("select business_date, paid_amount, gross_sales_amount, deposits_received_amount, other_income_amount from mart.sales_daily",
		"{'business_date': 2026-05-24, 'paid_amount': 399.0000, 'gross_sales_amount': 399.0000, 'deposits_received_amount': 150.0000, 'other_income_amount': 0.0000}",
		"{'business_date': 2026-06-01, 'paid_amount': 399.0000, 'gross_sales_amount': 399.0000, 'deposits_received_amount': 0.0000, 'other_income_amount': 0.0000}",
		"{'business_date': 2026-06-04, 'paid_amount': 0.0000, 'gross_sales_amount': 0.0000, 'deposits_received_amount': 0.0000, 'other_income_amount': 50.0000}")
	shop.see("select natural_id, reason from quarantine.order",
		"{'natural_id': s/odd, 'reason': 'status: a code that the code table does not have: a presale whose first phase is not 1; check: deposit_paid_at <= paid_at'}")
}

// Vendure hides what was paid once an order is cancelled: the days that are over keep what was read before.
func TestVendureCancelLeavesThePaidDay(t *testing.T) {
	t.Parallel()
	shop := newLandedShop(t, "vendure", map[string]any{"user": "u", "password": "p", "base_url": "http://127.0.0.1:1"})
	order := func(state, total, withTax, shipping, updated string) row {
		return row{"id": "1", "state": state, "currency_code": "CNY", "total": total, "total_with_tax": withTax, "shipping": shipping,
			"created_at": "2026-06-01 02:00:00+00", "placed_at": "2026-06-01 02:00:00+00", "updated_at": updated}
	}
	line := func(quantity, price, updated string) row {
		return row{"id": "1", "line_id": "1", "quantity": quantity, "placed_quantity": "2", "unit_price": "50.00", "line_price": price, "prorated_line_price": price,
			"currency_code": "CNY", "sku": "A", "product_id": "1", "variant_id": "1", "title": "A", "updated_at": updated}
	}
	const day1, day2 = "2026-06-01 02:00:00+00", "2026-06-02 02:00:00+00"
	shop.land("orders", order("PaymentSettled", "105.00", "125.00", "5.00", day1))
	shop.land("order_lines", line("2", "100.00", day1))
	const query = "select business_date, paid_amount, gross_sales_amount from mart.sales_daily where paid_amount <> 0"
	const want = "{'business_date': 2026-06-01, 'paid_amount': 125.0000, 'gross_sales_amount': 100.0000}"
	shop.see(query, want)
	shop.land("orders", order("Cancelled", "0", "0", "0", day2))
	shop.land("order_lines", line("0", "0", day2))
	shop.see(query, want)
	shop.see("select tax_collected_amount, shipping_paid_amount, platform_paid_amount, unexplained_amount from star.fct_order",
		"{'tax_collected_amount': 20.0000, 'shipping_paid_amount': 5.0000, 'platform_paid_amount': 125.0000, 'unexplained_amount': 0.0000}")
}

// A captured payment does not touch its order, anything else does: of the two rows that tell of an order, the newer one
// counts, and reading only one of them again changes nothing.
func TestMedusaPaymentAndOrderReadApart(t *testing.T) {
	t.Parallel()
	shop := newLandedShop(t, "medusa", map[string]any{"email": "u", "password": "p", "base_url": "http://127.0.0.1:1"})
	const placed, captured, edited = "2026-06-01 02:00:00+00", "2026-06-01 02:10:00+00", "2026-06-01 03:00:00+00"
	order := func(id, payment, fulfilment, updated string) row {
		return row{"id": id, "status": "pending", "payment_status": payment, "fulfillment_status": fulfilment, "currency_code": "cny", "item_total": "100.00",
			"shipping_total": "0", "shipping_subtotal": "0", "tax_total": "0", "created_at": placed, "updated_at": updated,
			"captured_at": captured}
	}
	payment := func(id, orderUpdated string) row {
		return row{"id": "p" + id, "order_id": id, "order_status": "pending", "order_currency": "cny", "order_item_total": "100.00", "order_shipping_total": "0",
			"order_shipping": "0", "order_tax": "0", "order_fulfillments": "[]", "order_created_at": placed, "order_updated_at": orderUpdated,
			"captured_at": captured, "updated_at": captured}
	}
	shop.land("orders", order("captured", "not_paid", "not_fulfilled", placed), order("edited", "captured", "partially_shipped", edited))
	shop.land("payments", payment("captured", placed), payment("edited", edited))
	for _, id := range []string{"captured", "edited"} {
		shop.land("order_lines", row{"id": id, "line_id": id, "variant_sku": "A", "quantity": "1", "line_subtotal": "100.00", "currency_code": "cny", "updated_at": placed})
	}
	const query = "select order_id, status, cast(paid_at as varchar) as paid_at from star.fct_order"
	want := []string{"{'order_id': captured, 'status': paid, 'paid_at': '2026-06-01 02:10:00+00'}", "{'order_id': edited, 'status': part_shipped, 'paid_at': '2026-06-01 02:10:00+00'}"}
	shop.see(query, want...)
	shop.land("orders", order("captured", "captured", "not_fulfilled", placed), order("edited", "captured", "partially_shipped", edited))
	shop.see(query, want...)
	shop.land("payments", payment("captured", placed), payment("edited", edited))
	shop.see(query, want...)
}

func metaColumns() []warehouse.Column {
	return []warehouse.Column{{Name: "_source", Type: models.String}, {Name: "_stream", Type: models.String}, {Name: "_batch_id", Type: models.String}, {Name: "_extracted_at", Type: models.Timestamp}}
}

// The sales of a shop whose record is the ERP are the ERP's, and each is counted once though the platform shows it too.
func TestSalesOfRecord(t *testing.T) {
	t.Parallel()
	as := func(entity, table string, fields ...string) models.Mapping {
		m := models.Mapping{Source: "erp", Stream: table, Table: "raw.erp__" + table, Entity: entity, File: "heliu.yaml", Line: 1}
		for _, f := range fields {
			m.Fields = append(m.Fields, models.MappedField{Name: f, Expr: f, Line: 1})
		}
		return m
	}
	shop := newLandedShop(t, "vendure", map[string]any{"user": "u", "password": "p", "base_url": "http://127.0.0.1:1"},
		as("order", "sales", "shop_id", "order_id", "status", "placed_at", "paid_at", "buyer_paid_amount", "currency", "updated_at"),
		as("order_line", "sale_lines", "shop_id", "order_id", "line_id", "sku_code", "quantity", "list_amount", "seller_discount_amount", "seller_due_amount", "buyer_paid_goods_amount", "currency", "updated_at"))
	const at = "2026-06-01 02:00:00+00"
	sale := func(shop, id, amount string) (order, line row) {
		return row{"shop_id": shop, "order_id": id, "status": "paid", "placed_at": at, "paid_at": at, "buyer_paid_amount": amount, "currency": "CNY", "updated_at": at},
			row{"shop_id": shop, "order_id": id, "line_id": "1", "sku_code": "A", "quantity": "2", "list_amount": amount, "seller_discount_amount": "0", "seller_due_amount": amount, "buyer_paid_goods_amount": amount, "currency": "CNY", "updated_at": at}
	}
	first, firstLine := sale("s", "1", "90.00")
	other, otherLine := sale("elsewhere", "7", "10.00")
	shop.land("raw.erp__sales", first, other)
	shop.land("raw.erp__sale_lines", firstLine, otherLine)
	shop.land("orders",
		row{"id": "1", "state": "PaymentSettled", "currency_code": "CNY", "total": "100.00", "total_with_tax": "100.00", "shipping": "0", "created_at": at, "placed_at": at, "updated_at": "2026-06-02 02:00:00+00"},
		row{"id": "2", "state": "PaymentSettled", "currency_code": "CNY", "total": "100.00", "total_with_tax": "100.00", "shipping": "0", "created_at": at, "placed_at": at, "updated_at": at})
	for _, id := range []string{"1", "2"} {
		shop.land("order_lines", row{"id": id, "line_id": "1", "quantity": "2", "placed_quantity": "2", "unit_price": "50.00", "line_price": "100.00", "prorated_line_price": "100.00",
			"currency_code": "CNY", "sku": "A", "product_id": "1", "variant_id": "1", "title": "A", "updated_at": at})
	}
	shop.see("select order_id, gross_sales_amount from star.fct_order", "{'order_id': 1, 'gross_sales_amount': 90.0000}")
	shop.see("select paid_orders, gross_sales_amount from mart.sales_daily", "{'paid_orders': 1, 'gross_sales_amount': 90.0000}")
}
