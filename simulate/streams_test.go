package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// late is an instant by which everything of a tiny company has happened.
func late(c *Company) time.Time { return c.opts.To.AddDate(0, 2, 0) }

func count(t *testing.T, c *Company, now time.Time, stream string) StreamCount {
	t.Helper()
	for _, row := range c.Truth(now).Streams {
		if row.Stream == stream {
			return row
		}
	}
	t.Fatalf("no stream %s in the truth", stream)
	return StreamCount{}
}

// tradeFields are the top-level fields a connector asks for.
const tradeFields = "tid,status,type,payment,post_fee,created,modified,pay_time,end_time,step_trade_status,step_paid_fee,seller_flag,seller_memo,buyer_open_uid,orders,promotion_details"

const refundFields = "refund_id,tid,oid,status,refund_fee,end_time,modified,dispute_type,num,good_return_time,has_good_return"

func TestEveryPageSizeReadsEverything(t *testing.T) {
	c := tiny(t)
	for _, now := range []time.Time{c.Now(), late(c)} {
		k := serveAt(t, c, now)
		for _, size := range []int{3, 100} {
			for method, names := range map[string][4]string{methodTrades: {"trades", "trade", tradeFields, "tid"},
				methodRefunds: {"refunds", "refund", refundFields, "refund_id"}} {
				got, want := k.allTop(method, names[0], names[1], names[2], size), count(t, c, now, "taobao/"+method)
				keys := map[string]bool{}
				for _, record := range got {
					if key, ok := record[names[3]]; ok && fmt.Sprint(key)[:4] != "9990" {
						keys[fmt.Sprint(key)] = true
					}
				}
				if len(got) != want.Total || len(keys) != want.Things {
					t.Errorf("%s by %d: %d records, %d things; the truth says %d, %d", method, size, len(got), len(keys),
						want.Total, want.Things)
				}
			}
		}
		for path, list := range map[string]string{"orders/single/query": "orders", "orders/out/simple/query": "datas",
			"inventory/query": "inventorys", "sku/query": "datas", "combine/sku/query": "datas",
			"purchase/query": "datas", "purchasein/query": "datas", "refund/single/query": "datas", "allocate/query": "datas",
			"other/inout/query": "datas"} {
			if got, want := len(k.allJushuitan(path, list)), count(t, c, now, "jushuitan/"+path).Total; got != want || got == 0 {
				t.Errorf("%s: %d records, the truth says %d", path, got, want)
			}
		}
	}
}

// Every record served is a thing's newest version, or planted dirt.
func TestCountsAddUp(t *testing.T) {
	c := tiny(t)
	for _, now := range []time.Time{c.opts.CaseDay, c.Now(), late(c)} {
		for _, s := range c.Truth(now).Streams {
			if s.Total != s.Things+s.Duplicates+s.Stale+s.Malformed {
				t.Errorf("at %s: %+v does not add up", now, s)
			}
		}
	}
}

func TestAdReportCounts(t *testing.T) {
	c := tiny(t)
	k := serveAt(t, c, c.Now())
	for name, dimensions := range map[string]string{"campaign daily": `["stat_time_day","cdp_project_id"]`,
		"ad daily": `["stat_time_day","cdp_project_id","cdp_promotion_id"]`} {
		got := 0
		for _, account := range c.ads.accounts {
			got += len(k.report(account, dimensions, date(c.begin()), date(c.opts.To)))
		}
		if want := count(t, c, c.Now(), "oceanengine/v3.0/report/custom/get "+name).Total; got != want {
			t.Errorf("%s: %d rows, the truth says %d", name, got, want)
		}
	}
}

func TestSameOptionsSameBytes(t *testing.T) {
	first, second := tiny(t), tiny(t)
	other, err := New(Options{Seed: 2, Orders: 60, From: Tiny().From, To: Tiny().To})
	if err != nil {
		t.Fatal(err)
	}
	bytesOf := func(c *Company) map[string][]byte {
		dir := t.TempDir()
		if _, err := c.WriteFiles(dir, c.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.WriteTruth(filepath.Join(dir, "truth"), c.Now()); err != nil {
			t.Fatal(err)
		}
		out := map[string][]byte{}
		for _, pattern := range []string{"*.*", "truth/*.*"} {
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				key, _ := filepath.Rel(dir, name)
				out[key] = text
			}
		}
		k := serveAt(t, c, c.Now())
		out["trades"] = encode(k.allTop(methodTrades, "trades", "trade", tradeFields, 10))
		out["erp"] = encode(k.allJushuitan("orders/single/query", "orders"))
		out["ads"] = encode(k.report(AdAccount, `["stat_time_day","cdp_promotion_id"]`, date(c.opts.From), date(c.opts.To)))
		var events []Event
		for e := range c.Events(c.opts.From, c.Now()) {
			events = append(events, e)
		}
		out["events"] = encode(events)
		return out
	}
	a, b, differs := bytesOf(first), bytesOf(second), bytesOf(other)
	if len(a) < 40 {
		t.Errorf("only %d things compared", len(a))
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s differs between two runs of the same options", name)
		}
	}
	if bytes.Equal(a["trades"], differs["trades"]) {
		t.Error("another seed gives the same trades")
	}
}

// What was served yesterday is still there today, in a state that is no older;
// nothing of the future is served.
func TestAsOfIsMonotonic(t *testing.T) {
	c := tiny(t)
	modified := func(now time.Time) map[string]string {
		out := map[string]string{}
		for _, trade := range serveAt(t, c, now).allTop(methodTrades, "trades", "trade", "tid,modified", 100) {
			if tid, ok := trade["tid"].(json.Number); ok {
				out[tid.String()] = max(out[tid.String()], trade["modified"].(string))
			}
		}
		return out
	}
	before, after := modified(c.Now()), modified(c.Now().AddDate(0, 0, 1))
	fresh, moved := 0, 0
	for tid, when := range after {
		old, known := before[tid]
		switch {
		case !known:
			fresh++
		case when > old:
			moved++
		case when < old:
			t.Errorf("trade %s went back from %s to %s", tid, old, when)
		}
		if when > c.clock(c.Now().AddDate(0, 0, 1)) {
			t.Errorf("trade %s is from the future: %s", tid, when)
		}
	}
	for tid := range before {
		if after[tid] == "" {
			t.Errorf("trade %s is gone a day later", tid)
		}
	}
	if fresh == 0 || moved == 0 {
		t.Errorf("a day later: %d new, %d changed; want some of both", fresh, moved)
	}
}

func TestDirtIsPlanted(t *testing.T) {
	c, err := New(Small())
	if err != nil {
		t.Fatal(err)
	}
	trades := count(t, c, c.Now(), "taobao/"+methodTrades)
	if trades.Malformed != 5 || trades.Duplicates < 5 || trades.Stale < 5 {
		t.Errorf("trades: %+v", trades)
	}
	k := serveAt(t, c, c.Now())
	kinds := map[string]int{}
	for _, day := range []time.Time{c.halfway().AddDate(0, 0, -3), c.halfway().AddDate(0, 0, 3)} {
		_, body := k.top(methodTrades, map[string]string{"fields": "tid,orders", "start_modified": c.clock(day),
			"end_modified": c.clock(day.AddDate(0, 0, 1)), "page_size": "50"})
		for _, trade := range decode(t,
			body)["trades_sold_increment_get_response"].(map[string]any)["trades"].(map[string]any)["trade"].([]any) {
			if trade, ok := trade.(map[string]any); ok {
				line := trade["orders"].(map[string]any)["order"].([]any)[0].(map[string]any)
				kinds[fmt.Sprintf("%T", line["num"])]++
			}
		}
	}
	if kinds["json.Number"] == 0 || kinds["string"] == 0 {
		t.Errorf("num never changes its type: %v", kinds)
	}
	if n, _ := strconv.ParseInt(c.CaseOrderID("T1"), 10, 64); n < 1<<53 {
		t.Errorf("trade ids should be above 2^53: %d", n)
	}
}
