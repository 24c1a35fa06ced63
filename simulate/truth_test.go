package simulate

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func yuan(t *testing.T, value any) Fen {
	t.Helper()
	n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		t.Fatal(err)
	}
	if n < 0 {
		return -yuan(t, -n)
	}
	return Fen(n*100 + 0.5)
}

// sums are a shop's measures by day, as a warehouse would have them.
type sums map[string]*[4]Fen // paid_amount, gross_sales, refunds, net_sales_order_day

func (s sums) on(day string) *[4]Fen {
	if s[day] == nil {
		s[day] = &[4]Fen{}
	}
	return s[day]
}

func compareDays(t *testing.T, c *Company, now time.Time, shopID string, got sums) {
	t.Helper()
	days := 0
	for _, want := range c.Truth(now).ShopDays {
		if want.ShopID != shopID {
			continue
		}
		days++
		have := [4]Fen{want.PaidAmount, want.GrossSales, want.Refunds, want.NetSalesOrderDay}
		if *got.on(want.Day) != have {
			t.Errorf("%s on %s: the wire gives %v, the truth %v", shopID, want.Day, *got.on(want.Day), have)
		}
		delete(got, want.Day)
	}
	for day, value := range got {
		if *value != [4]Fen{} {
			t.Errorf("%s on %s: %v, of which the truth knows nothing", shopID, day, *value)
		}
	}
	if days == 0 {
		t.Errorf("the truth has no day of %s", shopID)
	}
}

// latest keeps the newest version of each record, as conform does.
func latest(records []map[string]any, key string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, record := range records {
		id, ok := record[key]
		if !ok || strings.HasPrefix(fmt.Sprint(id), "9990") {
			continue
		}
		name := fmt.Sprint(id)
		if old := out[name]; old == nil || fmt.Sprint(old["modified"]) < fmt.Sprint(record["modified"]) {
			out[name] = record
		}
	}
	return out
}

// The Tmall shop's wire, read as DOMAIN.md says, gives the truth's figures.
func TestTaobaoWireYieldsTruth(t *testing.T) {
	c := tiny(t)
	for _, now := range []time.Time{c.opts.CaseDay, c.Now(), late(c)} {
		k, got := serveAt(t, c, now), sums{}
		refunds := map[string][]map[string]any{}
		for _, r := range latest(k.allTop(methodRefunds, "refunds", "refund", refundFields, 100), "refund_id") {
			refunds[fmt.Sprint(r["tid"])] = append(refunds[fmt.Sprint(r["tid"])], r)
		}
		trades := latest(k.allTop(methodTrades, "trades", "trade", tradeFields, 100), "tid")
		for tid, all := range refunds {
			if trades[tid] == nil { // older than the history
				for _, r := range all {
					if r["status"] == "SUCCESS" {
						got.on(fmt.Sprint(r["end_time"])[:10])[2] += yuan(t, r["refund_fee"])
					}
				}
			}
		}
		for tid, trade := range trades {
			step := fmt.Sprint(trade["step_trade_status"])
			if trade["pay_time"] == nil || strings.HasSuffix(step, "FINAL_NOPAID") {
				continue
			}
			day := got.on(fmt.Sprint(trade["pay_time"])[:10])
			day[0] += yuan(t, trade["payment"])
			var due Fen
			link := false
			for _, one := range trade["orders"].(map[string]any)["order"].([]any) {
				line := one.(map[string]any)
				due += yuan(t, line["divide_order_fee"])
				link = link || line["outer_sku_id"] == "LINK01"
			}
			memo := fmt.Sprint(trade["seller_memo"])
			if link || strings.Contains(memo, "内购") || (strings.Contains(memo, "补单") &&
				fmt.Sprint(trade["seller_flag"]) == "1") {
				continue
			}
			day[1] += due
			day[3] += due
			for _, r := range refunds[tid] {
				if r["status"] == "SUCCESS" {
					got.on(fmt.Sprint(r["end_time"])[:10])[2] += yuan(t, r["refund_fee"])
					day[3] -= yuan(t, r["refund_fee"])
				}
			}
		}
		compareDays(t, c, now, ShopTmall, got)
	}
}

func readCSV(t *testing.T, dir, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		record := map[string]string{}
		for i, cell := range row {
			record[rows[0][i]] = cell
		}
		out = append(out, record)
	}
	return out
}

// The order files of the other shops do the same, line by line.
func TestOrderFilesYieldTruth(t *testing.T) {
	c, now := tiny(t), time.Time{}
	now = late(c)
	dir := t.TempDir()
	if _, err := c.WriteFiles(dir, now); err != nil {
		t.Fatal(err)
	}
	got, paidOn, sale := map[string]sums{}, map[string]string{}, map[string]bool{}
	for id := range c.shop {
		got[id] = sums{}
	}
	dayOf := func(shop, text string) string {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return c.shop[shop].day(when)
	}
	for _, o := range readCSV(t, dir, "order.csv") {
		if o["paid_at"] == "" {
			continue
		}
		key, day := o["shop_id"]+o["order_id"], dayOf(o["shop_id"], o["paid_at"])
		paidOn[key] = day
		sale[key] = o["order_kind"] != "sample" && o["order_kind"] != "zero" && o["group_state"] != "failed" &&
			o["risk_state"] != "held"
		got[o["shop_id"]].on(day)[0] += yuan(t, o["buyer_paid_amount"])
	}
	for _, l := range readCSV(t, dir, "order_line.csv") {
		due := yuan(t, l["list_amount"]) - yuan(t, l["seller_discount_amount"])
		if due != yuan(t, l["seller_due_amount"]) {
			t.Errorf("line %s: list less discount is %s, due says %s", l["line_id"], due, l["seller_due_amount"])
		}
		if paid := due - yuan(t, l["platform_subsidy_amount"]) - yuan(t, l["creator_subsidy_amount"]) - yuan(t,
			l["payment_subsidy_amount"]); paid != yuan(t, l["buyer_paid_goods_amount"]) {
			t.Errorf("line %s: due less subsidies is %s, paid says %s", l["line_id"], paid, l["buyer_paid_goods_amount"])
		}
		if key := l["shop_id"] + l["order_id"]; sale[key] {
			got[l["shop_id"]].on(paidOn[key])[1] += due
			got[l["shop_id"]].on(paidOn[key])[3] += due
		}
	}
	for _, r := range readCSV(t, dir, "refund.csv") {
		key := r["shop_id"] + r["order_id"]
		if r["status"] != "succeeded" || r["borne_by"] != "seller" || !sale[key] {
			continue
		}
		lost := yuan(t, r["buyer_amount"]) + yuan(t, r["clawback_amount"])
		got[r["shop_id"]].on(dayOf(r["shop_id"], r["succeeded_at"]))[2] += lost
		got[r["shop_id"]].on(paidOn[key])[3] -= lost
	}
	for id := range c.shop {
		if id != ShopTmall {
			compareDays(t, c, now, id, got[id])
		}
	}
}

// The ad reports of the days that are over give the truth's spend on both levels.
func TestAdWireYieldsTruth(t *testing.T) {
	c := tiny(t)
	for _, now := range []time.Time{c.Now(), late(c)} {
		k, want := serveAt(t, c, now), map[string]Fen{}
		for _, day := range c.Truth(now).Spend {
			if day.Platform == "oceanengine" {
				want[day.Account+day.Day+day.ID] += day.Spend
			}
		}
		for dimensions, id := range map[string]string{`["stat_time_day","cdp_project_id"]`: "cdp_project_id",
			`["stat_time_day","cdp_project_id","cdp_promotion_id"]`: "cdp_project_id"} {
			got := map[string]Fen{}
			for _, account := range c.ads.accounts {
				for _, row := range k.report(account, dimensions, date(c.begin()), date(now.In(c.zone).AddDate(0, 0, -1))) {
					keys, metrics := row["dimensions"].(map[string]any), row["metrics"].(map[string]any)
					if metrics["stat_cost"] != "N/A" {
						got[account+fmt.Sprint(keys["stat_time_day"])+fmt.Sprint(keys[id])] += yuan(t, metrics["stat_cost"])
					}
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: spend differs from the truth", dimensions)
			}
		}
	}
}

// The platform's own daily report, in GBK, agrees with the truth's paid amount.
func TestTrafficFile(t *testing.T) {
	c, dir := tiny(t), t.TempDir()
	if _, err := c.WriteFiles(dir, late(c)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "sycm_traffic_daily.csv")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := simplifiedchinese.GBK.NewDecoder().Bytes(text)
	if err != nil || !strings.HasPrefix(string(plain), "统计日期,") || strings.HasPrefix(string(text), "统计日期,") {
		t.Fatalf("not GBK: %v %.60s", err, plain)
	}
	if err := os.WriteFile(name, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	paid := map[string]string{}
	for _, day := range c.Truth(late(c)).ShopDays {
		if day.ShopID == ShopTmall {
			paid[day.Day] = day.PaidAmount.String()
		}
	}
	checked := 0
	for _, row := range readCSV(t, dir, "sycm_traffic_daily.csv") {
		if row["流量来源"] != "" {
			continue
		}
		if want := paid[row["统计日期"]]; row["支付金额"] != want && (want != "" || row["支付金额"] != "0.00") {
			t.Errorf("%s: the platform says %s, the truth %s", row["统计日期"], row["支付金额"], want)
		}
		checked++
	}
	if checked < 40 {
		t.Errorf("%d days", checked)
	}
}

func TestTruthFiles(t *testing.T) {
	c, dir := tiny(t), t.TempDir()
	names, err := c.WriteTruth(dir, c.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 12 {
		t.Errorf("files: %v", names)
	}
	text, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		ShopDays []struct {
			Paid string `json:"paid_amount"`
		} `json:"shop_days"`
	}
	if err := json.Unmarshal(text, &back); err != nil || len(back.ShopDays) == 0 || !strings.Contains(back.ShopDays[0].Paid, ".") {
		t.Errorf("truth.json: %v %v", err, back.ShopDays)
	}
	if rows := readCSV(t, dir, "cases.csv"); len(rows) < 60 {
		t.Errorf("%d case figures", len(rows))
	}
}
