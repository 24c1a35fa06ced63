package simulate

import (
	"fmt"
	"testing"
	"time"
)

func TestStockNeverLies(t *testing.T) {
	for name, opts := range map[string]Options{"tiny": Tiny(), "small": Small(),
		"november": Living(Day("2026-11-22"), 500), "seed 7": {Seed: 7, Orders: 400},
		"long": {Orders: 900, From: Day("2026-05-10"), To: Day("2026-08-31"), CaseDay: Day("2026-06-18"), PresaleDay: Day("2026-05-24")}, "far cases": {Orders: 30,
			From: Day("2026-08-19"), To: Day("2026-09-02")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := New(opts)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.stock.series {
				for i, l := range s.Levels {
					if l.OnHand < 0 || l.Locked < 0 || l.Picked < 0 || l.Purchase < 0 || l.Transfer < 0 {
						t.Errorf("%s in %s at %s: %+v", s.Product.SKU, s.Warehouse, s.Times[i], l)
					}
				}
			}
			for _, o := range c.orders {
				for _, l := range o.Lines {
					var back Fen
					for _, r := range o.Refunds {
						if r.Line == l {
							back += r.seller()
						}
					}
					if back > l.due() || l.paid() < 0 || (l.Gift && l.due() != 0) {
						t.Errorf("order %s %s: due %s, refunded %s, paid %s", o.Shop.ID, o.ID, l.due(), back, l.paid())
					}
				}
			}
		})
	}
}

// The heroes run out while ads for them go on, and the demand that was lost is
// known.
func TestPlantedStockOuts(t *testing.T) {
	c, err := New(Small())
	if err != nil {
		t.Fatal(err)
	}
	truth := c.Truth(c.Now())
	spent := map[string]Fen{}
	for _, o := range truth.StockOuts {
		if o.To.Sub(o.From) > 48*time.Hour || o.To.IsZero() {
			spent[o.SKU] += o.Spend
		}
	}
	for _, sku := range []string{"HL001", "HL002"} {
		if spent[sku] == 0 {
			t.Errorf("%s: %+v; want a long time out of stock with ads on", sku, spent)
		}
	}
	lost := map[string]int{}
	for _, d := range truth.Demand {
		lost[d.SKU] += d.Lost
		if d.Demanded != d.Sold+d.Lost {
			t.Errorf("%+v does not add up", d)
		}
	}
	if lost["HL001"] < 10 || lost["HL002"] < 10 {
		t.Errorf("lost units: %v", lost)
	}
	oversold := 0
	for _, o := range c.orders {
		if o.Oversold {
			oversold++
		}
	}
	if oversold == 0 {
		t.Error("no order was sold beyond the stock")
	}
}

// Who asks for the stock every ten minutes knows nearly what the company knows; who asks by night knows of less, and
// never of a time in which the company had stock.
func TestStockOutsByAsking(t *testing.T) {
	c := tiny(t)
	end := late(c)
	every := func(step time.Duration) []time.Time {
		var list []time.Time
		for now := c.opts.From; now.Before(end); now = now.Add(step) {
			list = append(list, now)
		}
		return append(list, end)
	}
	truth := c.Truth(end).StockOuts
	within := func(o StockOut) bool {
		for _, real := range truth {
			if real.SKU == o.SKU && real.ShopID == o.ShopID && !o.From.Before(real.From) && (real.To.IsZero() || real.To.After(o.From)) {
				return true
			}
		}
		return false
	}
	often, nightly := c.StockOuts(every(10*time.Minute)), c.StockOuts(every(24*time.Hour))
	if len(truth) == 0 || len(nightly) == 0 || len(often) < len(nightly) {
		t.Errorf("%d times out of stock, %d by asking often, %d by night", len(truth), len(often), len(nightly))
	}
	var known, found Fen
	for _, o := range truth {
		known += o.Spend
	}
	for _, o := range often {
		if found += o.Spend; !within(o) {
			t.Errorf("%+v: the company had stock then", o)
		}
	}
	for _, o := range nightly {
		if !within(o) {
			t.Errorf("by night: %+v: the company had stock then", o)
		}
	}
	if found < known*9/10 || found > known*11/10 {
		t.Errorf("asking often finds %s of spend while out, the truth is %s", found, known)
	}
}

// Opening plus the moves that the ERP serves is the level that it serves.
func TestMovesExplainLevels(t *testing.T) {
	c := tiny(t)
	k := serveAt(t, c, late(c))
	sum := map[string]int{}
	add := func(doc map[string]any, sign int, field string) {
		for _, one := range doc["items"].([]any) {
			item := one.(map[string]any)
			var n int
			if _, err := fmt.Sscan(fmt.Sprint(item[field]), &n); err != nil {
				t.Fatal(err)
			}
			sum[fmt.Sprint(doc["wms_co_id"], " ", item["sku_id"])] += sign * n
		}
	}
	for _, doc := range k.allJushuitan("orders/out/simple/query", "datas") {
		add(doc, -1, "qty")
	}
	for _, doc := range k.allJushuitan("purchasein/query", "datas") {
		add(doc, 1, "qty")
	}
	for _, doc := range k.allJushuitan("other/inout/query", "datas") {
		add(doc, 1, "qty")
	}
	for _, doc := range latest(k.allJushuitan("allocate/query", "datas"), "io_id") {
		switch {
		case doc["type"] == "调拨出":
			add(doc, -1, "qty")
		case doc["status"] == "Confirmed":
			add(doc, 1, "qty")
		}
	}
	for _, doc := range latest(k.allJushuitan("refund/single/query", "datas"), "as_id") {
		add(doc, 1, "r_qty")
	}
	for _, row := range k.allJushuitan("inventory/query", "inventorys") {
		key := fmt.Sprint(row["wms_co_id"], " ", row["sku_id"])
		if got := fmt.Sprint(sum[key]); got != fmt.Sprint(row["qty"]) {
			t.Errorf("%s: moves give %s, the level is %v", key, got, row["qty"])
		}
	}
}
