package simulate

import (
	"cmp"
	"slices"
	"time"
)

// SKUStock is a stock SKU at the end of a day (the company's midnight), both
// selling warehouses together. Case 5's SKU is left out: its figures, with
// expiry, stand among the cases.
type SKUStock struct {
	SKU       string `json:"sku_code"`
	Day       string `json:"day"`
	OnHand    int    `json:"on_hand"`
	Locked    int    `json:"order_locked"`
	Available int    `json:"available"` // on hand less locked; below 0 when oversold
}

// StockOut is a time in which a SKU's available pieces were 0 or fewer.
type StockOut struct {
	SKU   string    `json:"sku_code"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`    // zero: still out
	Spend Fen       `json:"spend"` // ad money on the SKU's listings in that time, whole hours by their overlap
}

// supply is a SKU over time, both warehouses together.
type supply struct {
	product *product
	times   []time.Time
	levels  []stockLevel
}

func (c *Company) supplies() []*supply {
	by := map[*product]*supply{}
	var out []*supply
	for _, change := range c.stock.changes { // sorted by time
		p := change.Product
		if p.SKU == "C5-A" {
			continue
		}
		s := by[p]
		if s == nil {
			s = &supply{product: p}
			by[p] = s
			out = append(out, s)
		}
		level := change.Delta
		if n := len(s.levels); n > 0 {
			level = s.levels[n-1].plus(change.Delta)
			if s.times[n-1].Equal(change.At) {
				s.levels[n-1] = level
				continue
			}
		}
		s.times, s.levels = append(s.times, change.At), append(s.levels, level)
	}
	slices.SortFunc(out, func(a, b *supply) int { return cmp.Compare(a.product.SKU, b.product.SKU) })
	return out
}

func (c *Company) stockTruth(asOf time.Time) []SKUStock {
	var out []SKUStock
	for _, s := range c.supplies() {
		i := 0
		level := stockLevel{}
		for day := c.opts.From; !day.AddDate(0, 0, 1).After(asOf); day = day.AddDate(0, 0, 1) {
			for ; i < len(s.times) && s.times[i].Before(day.AddDate(0, 0, 1)); i++ {
				level = s.levels[i]
			}
			out = append(out, SKUStock{s.product.SKU, date(day), level.OnHand, level.Locked, level.OnHand - level.Locked})
		}
	}
	return out
}

func (c *Company) stockOuts(asOf time.Time) []StockOut {
	var out []StockOut
	for _, s := range c.supplies() {
		var open *StockOut
		stocked := false // before the first pieces came a SKU is not out, it is not there yet
		for i, t := range s.times {
			if t.After(asOf) {
				break
			}
			free := s.levels[i].OnHand - s.levels[i].Locked
			stocked = stocked || s.levels[i].OnHand > 0
			switch {
			case free <= 0 && stocked && open == nil:
				open = &StockOut{SKU: s.product.SKU, From: t}
			case free > 0 && open != nil:
				open.To = t
				out, open = append(out, *open), nil
			}
		}
		if open != nil {
			out = append(out, *open)
		}
	}
	for i := range out {
		out[i].Spend = c.spendOn(out[i], asOf)
	}
	return out
}

// spendOn is the ad money on a SKU's listings while it was out.
func (c *Company) spendOn(o StockOut, asOf time.Time) Fen {
	end := asOf
	if !o.To.IsZero() {
		end = o.To
	}
	var total Fen
	for _, h := range c.ads.between(at(o.From.In(c.zone), 0, 0, 0), end) {
		if h.Ad.Listing == nil || h.Ad.Listing.Product.SKU != o.SKU {
			continue
		}
		from, to := later(h.start(), o.From), h.start().Add(time.Hour)
		if end.Before(to) {
			to = end
		}
		if over := to.Sub(from); over > 0 {
			total += h.costAt(asOf).part(int64(over/time.Second), 3600)
		}
	}
	return total
}
