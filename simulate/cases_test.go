package simulate

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// figures are the measures of one order by day, from the truth's own parts.
func figures(c *Company, name string, now time.Time) map[string]Fen {
	out := map[string]Fen{}
	for _, o := range c.orders {
		if o.Case != name || !reached(o.Paid, now) {
			continue
		}
		paid := o.Shop.day(o.Paid)
		if !o.Hidden {
			out["paid_amount "+paid] += o.buyerPaid()
			if o.isSale(now) {
				out["gross_sales "+paid] += o.due()
				out["gross_sales "] += o.due()
				out["net_sales "+paid] += o.due()
				out["net_sales "] += o.due()
				out["net_sales_order_day "+paid] += o.due() - o.refunded(now)
			}
		}
		for _, r := range o.Refunds {
			if reached(r.Succeeded, now) && o.isSale(now) {
				day := o.Shop.day(r.Succeeded)
				out["refunds "+day] += r.seller()
				out["net_sales "+day] -= r.seller()
				out["net_sales "] -= r.seller()
			}
		}
	}
	return out
}

// Every money figure that the cases list for an order is what the order gives.
func TestCaseFigures(t *testing.T) {
	c := tiny(t)
	known := map[string]bool{"paid_amount": true, "gross_sales": true, "refunds": true, "net_sales": true,
		"net_sales_order_day": true}
	checked := 0
	for _, f := range c.Truth(late(c)).Cases {
		if f.Kind != "order" || !known[f.Metric] {
			continue
		}
		if got := figures(c, f.Name, late(c))[f.Metric+" "+f.Date].String(); got != f.Value {
			t.Errorf("case %s, %s: %s on %q is %s, want %s", f.Case, f.Name, f.Metric, f.Date, got, f.Value)
		}
		checked++
	}
	if checked < 20 {
		t.Errorf("only %d figures checked", checked)
	}
}

func TestCase1BeforeTheRefund(t *testing.T) {
	c := tiny(t)
	eve := at(c.opts.CaseDay.AddDate(0, 0, 7), 0, 0, 0)
	if got := figures(c, "D1", eve)["net_sales_order_day 2026-06-18"]; got != 18000 {
		t.Errorf("order-day net sales before the refund: %s, want 180.00", got)
	}
	dir := t.TempDir()
	if _, err := c.WriteFiles(dir, late(c)); err != nil {
		t.Fatal(err)
	}
	for _, l := range readCSV(t, dir, "order_line.csv") {
		if l["order_id"] == c.CaseOrderID("D1") && l["sku_code"] == "C1-A" {
			got := strings.Join([]string{l["list_amount"], l["seller_discount_amount"], l["seller_due_amount"],
				l["platform_subsidy_amount"], l["creator_subsidy_amount"], l["buyer_paid_goods_amount"]}, " ")
			if got != "200.00 20.00 180.00 30.00 10.00 140.00" {
				t.Errorf("line a: %s", got)
			}
			return
		}
	}
	t.Error("no line of D1")
}

func TestCase2Wire(t *testing.T) {
	c := tiny(t)
	read := func(now time.Time, name string) map[string]any {
		_, body := serveAt(t, c, now).top(methodTrade, map[string]string{"fields": tradeFields, "tid": c.CaseOrderID(name)})
		return decode(t, body)["trade_fullinfo_get_response"].(map[string]any)["trade"].(map[string]any)
	}
	evening := at(c.opts.PresaleDay, 20, 30, 0)
	if trade := read(evening, "T1"); trade["step_trade_status"] != "FRONT_PAID_FINAL_NOPAID" ||
		trade["pay_time"] != "2026-05-24 20:06:00" || trade["step_paid_fee"] != "50.00" {
		t.Errorf("T1 after the deposit: %v", trade)
	}
	if trade := read(late(c), "T1"); trade["step_trade_status"] != "FRONT_PAID_FINAL_PAID" ||
		trade["pay_time"] != "2026-06-01 00:03:00" || trade["payment"] != "399.00" {
		t.Errorf("T1 after the balance: %v", trade)
	}
	if trade := read(late(c), "T2"); trade["status"] != "TRADE_CLOSED_BY_TAOBAO" || trade["end_time"] != "2026-06-04 10:00:00" {
		t.Errorf("T2: %v", trade)
	}
	clicks := map[string]int{}
	for e := range c.Events(c.opts.From, late(c)) {
		if e.AdID == c.caseIDs["K1"] || e.AdID == c.caseIDs["K2"] {
			clicks[e.AdID[len(e.AdID)-1:]+" "+e.At] = len(e.Phone)
		}
	}
	if clicks["1 2026-05-20T21:00:00+08:00"] == 0 || clicks["2 2026-05-30T21:00:00+08:00"] == 0 {
		t.Errorf("clicks: %v", clicks)
	}
}

func TestCase3InTheERP(t *testing.T) {
	c := tiny(t)
	k := serveAt(t, c, late(c))
	var got []string
	units := map[string]int{}
	for _, doc := range latest(k.allJushuitan("orders/single/query", "orders"), "o_id") {
		if so := doc["so_id"]; so != c.CaseOrderID("P1") && so != c.CaseOrderID("P2") {
			continue
		}
		items := doc["items"].([]any)
		got = append(got, fmt.Sprintf("%s %d", doc["status"], len(items)))
		if doc["status"] == "Sent" {
			for _, one := range items {
				item := one.(map[string]any)
				var n int
				if _, err := fmt.Sscan(fmt.Sprint(item["qty"]), &n); err != nil {
					t.Fatal(err)
				}
				units[fmt.Sprint(item["sku_id"], " ", item["src_combine_sku_id"], " ", item["seller_income_amount"], " ",
					doc["wms_co_id"])] += n
			}
		}
	}
	statuses := map[string]int{}
	for _, one := range got {
		statuses[strings.Fields(one)[0]]++
	}
	if len(got) != 5 || statuses["Merged"] != 2 || statuses["Split"] != 1 || statuses["Sent"] != 2 {
		t.Errorf("documents: %v", got)
	}
	want := map[string]int{"C3-A C3-KIT 150.00 20001": 2, "C3-A <nil> 80.00 20001": 1, "C3-G <nil> 0.00 20001": 1,
		"C3-B C3-KIT 149.99 20002": 4}
	if fmt.Sprint(units) != fmt.Sprint(want) {
		t.Errorf("items sent: %v, want %v", units, want)
	}
	stock := map[string]int{}
	for _, s := range c.stockTruth(late(c)) { // the last day of each
		stock[s.SKU] = s.Available
	}
	if stock["C3-A"] != 5 || stock["C3-B"] != 7 {
		t.Errorf("available after: A %d, B %d; want 5 and 7", stock["C3-A"], stock["C3-B"])
	}
}

func TestCase4(t *testing.T) {
	c := tiny(t)
	day := date(c.opts.CaseDay)
	claimed := func(now time.Time) string {
		rows := serveAt(t, c, now).report(AdAccountCase4, `["stat_time_day","cdp_project_id"]`, day, day)
		metrics := rows[0]["metrics"].(map[string]any)
		return fmt.Sprintf("%d row %v %v", len(rows), metrics["stat_cost"], metrics["in_app_pay_gmv"])
	}
	if first, second := claimed(c.opts.CaseDay.AddDate(0, 0, 2)), claimed(late(c)); first != "1 row 200.00 600.00" ||
		second != "1 row 200.00 650.00" {
		t.Errorf("claims: %s then %s", first, second)
	}
	rows := serveAt(t, c, late(c)).report(AdAccountCase4, `["stat_time_day","cdp_promotion_id"]`, day, day)
	if len(rows) != 2 || rows[0]["metrics"].(map[string]any)["stat_cost"] != "120.00" {
		t.Errorf("ads: %v", rows)
	}
	var total float64
	for _, s := range c.Truth(late(c)).Spend {
		if s.Day != day || s.Account == AdAccount || s.Account == AdAccountCase5 {
			continue
		}
		rate := 1.0
		if s.Currency == "USD" {
			rate = 7.1
		}
		total += float64(s.Spend) / 100 * rate
	}
	if math.Abs(total-358.733) > 1e-9 {
		t.Errorf("spend of the case's accounts: %.4f, want 358.7330", total)
	}
	for _, s := range c.Truth(late(c)).ShopDays {
		if s.ShopID == ShopLive && s.Day == day && (s.PaidOrders != 10 || s.GrossSales != 100000) {
			t.Errorf("live shop: %+v", s)
		}
	}
}

func TestCase5(t *testing.T) {
	c := tiny(t)
	k := serveAt(t, c, c.opts.CaseDay)
	answer := k.jushuitan("inventory/query", object{"page_index": 1, "page_size": 100, "sku_ids": "C5-A"})
	got := map[string]string{}
	for _, row := range answer["data"].(map[string]any)["inventorys"].([]any) {
		r := row.(map[string]any)
		got[fmt.Sprint(r["warehouse_code"])] = fmt.Sprintf("%v %v %v %v %v %v %v %v %v", r["qty"], r["order_lock"], r["pick_lock"],
			r["virtual_qty"], r["defective_qty"], r["return_qty"], r["in_qty"], r["purchase_qty"], r["allocate_qty"])
	}
	if got["W1"] != "120 100 40 500 5 12 30 200 20" {
		t.Errorf("W1 at midnight: %q", got["W1"])
	}
	if !strings.HasPrefix(got["W2"], "0 0 ") {
		t.Errorf("W2 at midnight: %q", got["W2"])
	}
	for _, s := range c.stockTruth(c.opts.CaseDay) {
		if s.SKU == "C5-A" && s.Day == date(c.opts.CaseDay.AddDate(0, 0, -1)) && s.Available != 10 {
			t.Errorf("at midnight: %+v, want 10 available", s)
		}
	}
	rows := serveAt(t, c, late(c)).report(AdAccountCase5, `["stat_time_hour","cdp_promotion_id"]`, date(c.opts.CaseDay),
		date(c.opts.CaseDay))
	if len(rows) != 24 || rows[5]["metrics"].(map[string]any)["stat_cost"] != "10.00" {
		t.Errorf("hours: %d, %v", len(rows), rows)
	}
}

func TestSection6(t *testing.T) {
	c := tiny(t)
	dir := t.TempDir()
	if _, err := c.WriteFiles(dir, late(c)); err != nil {
		t.Fatal(err)
	}
	masked, checkouts, unknown := 0, 0, 0
	for _, m := range readCSV(t, dir, "customer.csv") {
		if m["phone"] == "138****1234" {
			masked++
		}
	}
	for _, o := range readCSV(t, dir, "order.csv") {
		if o["checkout_id"] == "chk-000001" {
			checkouts++
		}
		if o["shop_id"] == ShopPinduoduo && o["customer_ref"] == "" {
			unknown++
		}
	}
	if masked != 2 || checkouts != 3 || unknown != 14 {
		t.Errorf("masked %d, one checkout %d, unknown buyers %d", masked, checkouts, unknown)
	}
	oaids := map[string]bool{}
	for _, name := range []string{"O1", "O2"} {
		oaids[c.byID[ShopTmall+"\x1f"+c.CaseOrderID(name)].OAID] = true
	}
	if len(oaids) != 2 {
		t.Error("two weeks should show two OAIDs")
	}
	var sold, back string
	for _, f := range c.Truth(late(c)).Cases {
		if f.Metric == "fx_difference" {
			back = f.Value
		}
		if f.Metric == "net_sales_cny" {
			sold = f.Value
		}
	}
	u1 := c.byID[ShopSiteUS+"\x1f"+c.CaseOrderID("U1")]
	if c.usdRate(u1.Paid) != 71000 || c.usdRate(u1.Refunds[0].Succeeded.In(u1.Shop.loc)) != 72000 || sold != "0.00" ||
		back != "-10.00" {
		t.Errorf("rates %d and %d, net %s, difference %s", c.usdRate(u1.Paid), c.usdRate(u1.Refunds[0].Succeeded), sold, back)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*.csv")); len(names) < 25 {
		t.Errorf("files: %v", names)
	}
	listed := serveAt(t, c, late(c)).ocean("v3.0/promotion/list/", map[string]string{"advertiser_id": AdAccount, "page": "1",
		"page_size": "100"})
	if strings.Contains(string(encode(listed)), c.ads.ads[4].ID) {
		t.Error("the deleted ad is still in the list")
	}
}
