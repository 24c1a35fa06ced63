package simulate

import (
	"fmt"
	"time"
)

// streams are the timelines that the servers page through.
type streams struct {
	trades, refunds, items          timeline // taobao
	orders, outs, inventory, skus   timeline // jushuitan
	combos, buys, receipts, returns timeline
	allocations, others             timeline
	douyin                          timeline
}

// garbage is a planted record that stands for nothing.
type garbage struct{ body func(at time.Time) any }

// newStreams lays the company's history out as each vendor serves it.
func newStreams(c *Company) *streams {
	s := &streams{}
	for _, o := range c.orders {
		switch {
		case o.Hidden:
		case o.Shop.ID == ShopTmall:
			s.trades.add(o.ID, o, o.changes(), markFor(o.ID, 29, 31))
		case o.Shop.ID == ShopDouyin:
			s.douyin.add(o.ID, o, o.changes(), markFor(o.ID, 37, 41))
		}
		for _, r := range o.Refunds {
			if o.Shop.ID == ShopTmall {
				s.refunds.add(r.ID, &orderRefund{o, r}, r.changes(), markFor(r.ID, 17, 19))
			}
		}
	}
	for _, l := range c.listings {
		if l.Shop.ID == ShopTmall {
			var changes []time.Time
			for _, change := range l.Prices {
				changes = append(changes, change.At)
			}
			s.items.add(l.ItemID, l, changes, clean)
		}
	}
	s.addERP(c)
	for i, body := range brokenTrades(c) {
		s.trades.records = append(s.trades.records, record{At: c.brokenAt(i).Unix(), Key: fmt.Sprintf("broken%d", i),
			Dirt: malformed, Thing: garbage{body}})
	}
	s.refunds.records = append(s.refunds.records, record{At: at(c.opts.CaseDay.AddDate(0, 0, -2), 12, 0, 0).Unix(), Key: "broken",
		Dirt: malformed, Thing: garbage{brokenRefund(c)}})
	for i, body := range brokenERPOrders(c) {
		s.orders.records = append(s.orders.records, record{At: c.brokenAt(i + 5).Unix(), Key: fmt.Sprintf("broken%d", i),
			Dirt: malformed, Thing: garbage{body}})
	}
	for _, t := range s.all() {
		t.sort()
	}
	return s
}

// brokenAt spreads the planted garbage over the days.
func (c *Company) brokenAt(i int) time.Time {
	return at(c.opts.From.AddDate(0, 0, 2+3*i), 3, 17, i)
}

// halfway is when the fields that change their type do so.
func (c *Company) halfway() time.Time {
	return c.opts.From.Add(c.opts.To.Sub(c.opts.From) / 2)
}

// markFor plants stale and repeated records by the hash of their key.
func markFor(key string, staleEvery, twiceEvery uint64) dirt {
	switch h := hash64("dirt " + key); {
	case h%staleEvery == 0:
		return stale
	case h%twiceEvery == 0:
		return duplicate
	}
	return clean
}

type orderRefund struct {
	order  *order
	refund *refund
}

func (s *streams) addERP(c *Company) {
	for _, e := range c.erp {
		key := fmt.Sprint(e.ID)
		s.orders.add(key, e, e.changes(), markFor(key, 43, 47))
		if !e.Shipped.IsZero() {
			s.outs.add(key, e, []time.Time{e.Shipped}, clean)
		}
	}
	for _, series := range c.stock.series {
		s.inventory.add(series.Warehouse+"\x1f"+series.Product.SKU, series, series.Times, clean)
	}
	for i, p := range c.products {
		added := at(c.begin().AddDate(0, 0, -7), 9, i%60, i/60)
		if len(p.Bundle) > 0 {
			s.combos.add(p.SKU, p, []time.Time{added}, clean)
			continue
		}
		s.skus.add(p.SKU, p, []time.Time{added}, markFor(p.SKU, 1<<63, 13))
	}
	for _, p := range c.purchases {
		s.buys.add(p.ID, p, distinct([]time.Time{p.Ordered, p.Ordered.Add(3 * time.Hour), p.Received}), clean)
		if !p.Received.IsZero() {
			s.receipts.add(p.ID, p, []time.Time{p.Received}, clean)
		}
	}
	for _, r := range c.returns {
		s.returns.add(fmt.Sprint(r.ID), r, distinct([]time.Time{r.Created, r.Received}), clean)
	}
	for _, t := range c.transfers {
		s.allocations.add(t.ID+"-1", &allocation{t, false}, []time.Time{t.Sent}, clean)
		s.allocations.add(t.ID+"-2", &allocation{t, true}, distinct([]time.Time{t.Sent, t.Arrived}), clean)
	}
	for i := range c.stock.changes {
		if change := &c.stock.changes[i]; change.Kind == "adjust" {
			s.others.add(change.Ref, change, []time.Time{change.At}, clean)
		}
	}
}

type allocation struct {
	*transfer
	in bool
}

func (s *streams) all() map[string]*timeline {
	return map[string]*timeline{
		"taobao/" + methodTrades: &s.trades, "taobao/" + methodRefunds: &s.refunds, "taobao/" + methodItems: &s.items,
		"jushuitan/orders/single/query": &s.orders, "jushuitan/orders/out/simple/query": &s.outs,
		"jushuitan/inventory/query": &s.inventory,
		"jushuitan/sku/query":       &s.skus, "jushuitan/combine/sku/query": &s.combos, "jushuitan/purchase/query": &s.buys,
		"jushuitan/purchasein/query": &s.receipts, "jushuitan/refund/single/query": &s.returns,
		"jushuitan/allocate/query": &s.allocations, "jushuitan/other/inout/query": &s.others, "douyin/order.searchList": &s.douyin,
	}
}
