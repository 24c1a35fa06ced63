package whole

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/simulate"
)

func holdAgainstTruth(t *testing.T, p *project) {
	truth, marts := p.company.Truth(p.company.now()), p.published(t)
	shopDays(t, truth, marts)
	orders(t, truth, marts)
	spend(t, truth, marts)
	demand(t, truth, marts)
	stock(t, truth, marts)
	dirt(t, truth, p.warehouse(t))
}

// figures are amounts by name and key, so that a table of the truth and one of the marts can be held together.
type figures map[string]string

func (f figures) differ(t *testing.T, what string, want figures) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: the truth has no figure", what)
	}
	names := slices.Collect(maps.Keys(want))
	for name := range f {
		if _, known := want[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	wrong := 0
	for _, name := range names {
		if f[name] != want[name] {
			if wrong++; wrong <= 12 {
				t.Errorf("%s: %s: the warehouse shows %q, the truth is %q", what, name, f[name], want[name])
			}
		}
	}
	if wrong > 12 {
		t.Errorf("%s: %d of %d figures differ", what, wrong, len(names))
	}
}

// table reads a query's rows as figures: the last column is the figure, those before it are its name. Zero is nothing.
func table(t *testing.T, db *sql.DB, query string) figures {
	t.Helper()
	out := figures{}
	for _, row := range rows(t, db, query) {
		if value := row[len(row)-1]; !isZero(value) {
			out[strings.Join(row[:len(row)-1], " ")] = value
		}
	}
	return out
}

func isZero(text string) bool {
	n, err := strconv.ParseFloat(text, 64)
	return err == nil && n == 0
}

// add notes an amount of the truth; zero is nothing.
func (f figures) add(value simulate.Fen, name ...string) {
	if value != 0 {
		f[strings.Join(name, " ")] = yuan(value)
	}
}

func (f figures) count(value int, name ...string) {
	if value != 0 {
		f[strings.Join(name, " ")] = strconv.Itoa(value)
	}
}

func yuan(f simulate.Fen) string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	return fmt.Sprintf("%s%d.%02d00", sign, f/100, f%100)
}

// shopDays: per shop and local day, every measure that the truth has (DOMAIN.md 1.6).
func shopDays(t *testing.T, truth *simulate.Truth, marts *sql.DB) {
	t.Helper()
	want := figures{}
	for _, d := range truth.ShopDays {
		want.count(d.OrdersPlaced, d.ShopID, d.Day, "placed_orders")
		want.add(d.PlacedAmount, d.ShopID, d.Day, "placed_amount")
		want.count(d.PaidOrders, d.ShopID, d.Day, "paid_orders")
		want.add(d.PaidAmount, d.ShopID, d.Day, "paid_amount")
		want.add(d.GrossSales, d.ShopID, d.Day, "gross_sales_amount")
		want.add(d.Refunds, d.ShopID, d.Day, "refunds_amount")
		want.add(d.NetSales, d.ShopID, d.Day, "net_sales_amount")
		want.add(d.NetSalesOrderDay, d.ShopID, d.Day, "net_sales_order_day_amount")
	}
	got := figures{}
	for _, measure := range []string{"placed_orders", "placed_amount", "paid_orders", "paid_amount", "gross_sales_amount", "refunds_amount",
		"net_sales_amount", "net_sales_order_day_amount"} {
		maps.Copy(got, table(t, marts, `select shop_id, business_date::varchar, '`+measure+`', sum(`+measure+`)::varchar
			from mart.sales_daily group by all`))
	}
	got.differ(t, "mart.sales_daily", want)
}

// orders: class, sale and order-day net of every order.
func orders(t *testing.T, truth *simulate.Truth, marts *sql.DB) {
	t.Helper()
	want := figures{}
	for _, o := range truth.Orders {
		want[o.ShopID+" "+o.OrderID] = fmt.Sprintf("%s %t %s %s %s", o.Class, o.IsSale, yuan(o.SellerDue), yuan(o.BuyerPaid), yuan(o.Net))
	}
	got := table(t, marts, `select shop_id, order_id, sale_class || ' ' || is_sale || ' ' || seller_due_amount || ' ' || buyer_paid_amount
		|| ' ' || net_sales_order_day_amount from star.fct_order left join star.dim_shop using (shop_key)`)
	got.differ(t, "star.fct_order", want)
}

// spend of record: by ad entity and day with the campaign it is for, and by campaign and day in the mart.
func spend(t *testing.T, truth *simulate.Truth, marts *sql.DB) {
	t.Helper()
	want, byCampaign := figures{}, map[string]simulate.Fen{}
	for _, d := range truth.Spend {
		want.add(d.Spend, d.Platform, d.Account, d.ID, d.Day, d.Campaign)
		if d.Currency == "CNY" {
			byCampaign[d.Day+" "+d.Campaign] += d.Spend
		}
	}
	got := table(t, marts, `select platform, account_id, ad_entity_id, report_date::varchar, coalesce(campaign_code, ''),
		sum(spend_reported_amount)::varchar from star.fct_ad_spend_daily left join star.dim_campaign using (campaign_key)
		where is_of_record group by all`)
	got.differ(t, "star.fct_ad_spend_daily", want)
	want = figures{}
	for name, value := range byCampaign {
		want.add(value, name)
	}
	got = table(t, marts, `select spend_date::varchar, coalesce(campaign_code, ''), (sum(spend_reported_amount)
		- coalesce((select sum(spend_reported_amount * base_rate) from star.fct_ad_spend_daily as foreign_spend
			where foreign_spend.is_of_record and foreign_spend.currency <> 'CNY' and foreign_spend.report_date = spend_date
			and foreign_spend.campaign_key = campaign_roi.campaign_key), 0))::decimal(18, 4)::varchar
		from mart.campaign_roi group by spend_date, campaign_key, campaign_code`)
	got.differ(t, "mart.campaign_roi", want)
}

// demand: units of paid orders and gifts by stock SKU, over all days. What a customer could not have, no system knows.
func demand(t *testing.T, truth *simulate.Truth, marts *sql.DB) {
	t.Helper()
	sold, gifts := map[string]int{}, map[string]int{}
	for _, d := range truth.Demand {
		sold[d.SKU] += d.Sold
		gifts[d.SKU] += d.Gifts
	}
	want := figures{}
	for sku, units := range sold {
		want.count(units, sku, "units")
		want.count(gifts[sku], sku, "gifts")
	}
	got := table(t, marts, `select sku_code, 'units', sum(demand_units - gift_units)::varchar from star.product_demand_daily
		left join star.dim_product using (product_key) group by all`)
	maps.Copy(got, table(t, marts, `select sku_code, 'gifts', sum(gift_units)::varchar from star.product_demand_daily
		left join star.dim_product using (product_key) group by all`))
	got.differ(t, "star.product_demand_daily", want)
}

// stock: what is available at the last midnight in all warehouses that sell, and on the plan of the day that it opens.
func stock(t *testing.T, truth *simulate.Truth, marts *sql.DB) {
	t.Helper()
	today := truth.AsOf.Format("2006-01-02")
	last := truth.AsOf.AddDate(0, 0, -1).Format("2006-01-02")
	want := figures{}
	for _, s := range truth.Stock {
		if s.Day == last {
			want.count(s.Available, s.SKU)
		}
	}
	got := table(t, marts, `select sku_code, sum(available_qty)::bigint::varchar from star.fct_stock_daily
		left join star.dim_product using (product_key) inner join star.dim_warehouse using (warehouse_key)
		where stock_date = '`+last+`' and is_sellable_kind group by all`)
	got.differ(t, "star.fct_stock_daily", want)
	got = table(t, marts, `select sku_code, sum(available_qty)::bigint::varchar from mart.stock_demand
		where plan_date = '`+today+`' group by all`)
	got.differ(t, "mart.stock_demand", want)
}

// stockOuts: what can be known of them from the stock as it was each morning, with what ads spent meanwhile.
func stockOuts(t *testing.T, c *company, marts *sql.DB) {
	t.Helper()
	want := figures{}
	for _, o := range c.StockOuts(c.mornings) {
		until := ""
		if !o.To.IsZero() {
			until = o.To.UTC().Format(time.DateTime)
		}
		want[strings.Join([]string{o.SKU, o.ShopID, o.From.UTC().Format(time.DateTime)}, " ")] = until + " " + yuan(o.Spend)
	}
	got := table(t, marts, `select sku_code, shop_id, strftime(from_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S'),
		coalesce(strftime(to_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S'), '') || ' ' || round(spend_while_out_amount, 2)::decimal(18, 4)::varchar
		from mart.stock_out`)
	got.differ(t, "mart.stock_out", want)
}

// dirt: the planted records that stand for nothing are kept out with a reason, all of them and nothing else.
func dirt(t *testing.T, truth *simulate.Truth, warehouse *sql.DB) {
	t.Helper()
	names := map[string]string{"taobao/taobao.trades.sold.increment.get": "tmall.orders", "taobao/taobao.refunds.receive.get": "tmall.refunds",
		"jushuitan/orders/single/query": "erp.orders", "oceanengine/v3.0/report/custom/get ad daily": "ads.spend_promotions"}
	want := figures{"office.marketing_cost": "2"} // an unknown currency and an amount in words
	for _, s := range truth.Streams {
		if s.Malformed > 0 {
			want[names[s.Stream]] = strconv.Itoa(s.Malformed)
		}
	}
	kept := []string{"select source || '.' || stream as name, rejected_count as records from ops.receipts"}
	for _, row := range rows(t, warehouse, `select table_name from duckdb_tables() where schema_name = 'quarantine' and not ends_with(table_name, '__aside')
		and table_name in (select table_name from duckdb_columns() where schema_name = 'quarantine' and column_name = '_source')`) {
		kept = append(kept, `select _source || '.' || _stream, count(*) from quarantine."`+row[0]+`" group by 1`)
	}
	got := table(t, warehouse, "select name, sum(records)::bigint::varchar from ("+strings.Join(kept, " union all ")+") group by 1")
	got.differ(t, "rejected and quarantined", want)
}

// countsAreTheSources: the receipts of a first run say what each stream holds, and every one agrees.
func countsAreTheSources(t *testing.T, p *project) {
	t.Helper()
	now := p.company.now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()) // the ad reports are read of whole days
	names := map[string]string{"jushuitan/allocate/query": "erp allocations", "jushuitan/combine/sku/query": "erp bundles",
		"jushuitan/inventory/query": "erp inventory", "jushuitan/orders/out/simple/query": "erp outs", "jushuitan/orders/single/query": "erp orders",
		"jushuitan/other/inout/query": "erp adjustments", "jushuitan/purchase/query": "erp purchases", "jushuitan/purchasein/query": "erp receipts",
		"jushuitan/refund/single/query": "erp returns", "jushuitan/sku/query": "erp skus", "taobao/taobao.items.onsale.get": "tmall listings",
		"taobao/taobao.refunds.receive.get": "tmall refunds", "taobao/taobao.trades.sold.increment.get": "tmall orders"}
	reports := map[string]string{"ad daily": "ads spend_promotions", "ad hourly": "ads spend_promotions_hourly",
		"campaign daily": "ads spend_projects", "campaign hourly": "ads spend_projects_hourly"}
	want := figures{}
	for _, s := range p.company.Truth(p.company.now()).Streams {
		if name := names[s.Stream]; name != "" {
			want.count(s.Total, name)
		}
	}
	for _, s := range p.company.Truth(midnight).Streams {
		if report, found := strings.CutPrefix(s.Stream, "oceanengine/v3.0/report/custom/get "); found {
			want.count(s.Total, reports[report])
		}
	}
	got := table(t, p.warehouse(t), `select source, stream, sum(source_count)::bigint::varchar from ops.receipts
		where is_agreed and source <> 'office' and stream not in ('accounts', 'projects', 'promotions', 'shops', 'warehouses', 'events') group by all`)
	got.differ(t, "ops.receipts", want)
	for _, row := range rows(t, p.warehouse(t), "select source, stream, batch_id from ops.receipts where is_proved and not is_agreed") {
		t.Errorf("the receipt of %v does not agree in a green run", row)
	}
}
