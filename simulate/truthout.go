package simulate

import (
	"maps"
	"slices"
	"time"
)

// StockOut is a time in which a SKU could not be sold in a shop: none of the
// warehouses had a piece available.
type StockOut struct {
	SKU    string    `json:"sku_code"`
	ShopID string    `json:"shop_id"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`    // zero: still out
	Spend  Fen       `json:"spend"` // ad money on the SKU's listings in the shop in that time, whole hours by their overlap, of the days that are over
}

// levelAt is what one warehouse has available of a SKU from an instant on.
type levelAt struct {
	at    time.Time
	free  int
	place int // of the warehouse
}

// StockOuts are the times out of stock that a reader can know of who asks for
// the stock at these instants (in order, the last one being now): the ERP tells
// each level as it is then, and since when. What was before the levels of the
// first answer, nobody tells; so nothing is out before the last of these.
func (c *Company) StockOuts(asked []time.Time) []StockOut {
	var out []StockOut
	bySKU := c.seriesBySKU()
	for _, sku := range slices.Sorted(maps.Keys(bySKU)) {
		var told []levelAt
		var knownFrom time.Time
		for i, s := range bySKU[sku] {
			for n, now := range asked {
				level, since, ok := s.since(now)
				if !ok {
					continue
				}
				if n == 0 {
					knownFrom = later(knownFrom, since)
				}
				told = append(told, levelAt{since, level.OnHand - level.Locked - c.tooOld(s, level, since), i})
			}
		}
		out = append(out, c.inShops(sku, gaps(told, len(bySKU[sku]), knownFrom), asked[len(asked)-1])...)
	}
	return out
}

// stockOuts are all times out of stock, as the company itself knows them.
// Before its first pieces came a SKU is not out, it is not there yet.
func (c *Company) stockOuts(asOf time.Time) []StockOut {
	var out []StockOut
	bySKU := c.seriesBySKU()
	for _, sku := range slices.Sorted(maps.Keys(bySKU)) {
		var all []levelAt
		var stocked time.Time
		for i, s := range bySKU[sku] {
			for n, t := range s.Times {
				if t.After(asOf) {
					break
				}
				if s.Levels[n].OnHand > 0 && (stocked.IsZero() || t.Before(stocked)) {
					stocked = t
				}
				all = append(all, levelAt{t, s.Levels[n].OnHand - s.Levels[n].Locked - c.tooOld(s, s.Levels[n], t), i})
			}
		}
		if !stocked.IsZero() {
			out = append(out, c.inShops(sku, gaps(all, len(bySKU[sku]), stocked), asOf)...)
		}
	}
	return out
}

// gaps are the times from an instant on in which no place has any; the last may have no end.
func gaps(levels []levelAt, places int, from time.Time) [][2]time.Time {
	slices.SortStableFunc(levels, func(a, b levelAt) int { return a.at.Compare(b.at) })
	free := make([]int, places)
	var out [][2]time.Time
	open := false
	for i, l := range levels {
		free[l.place] = l.free
		if i+1 < len(levels) && levels[i+1].at.Equal(l.at) || l.at.Before(from) {
			continue
		}
		isOut := slices.Max(free) <= 0
		switch {
		case isOut && !open:
			out = append(out, [2]time.Time{l.at})
		case !isOut && open:
			out[len(out)-1][1] = l.at
		}
		open = isOut
	}
	return out
}

// inShops repeats the times for every shop, since all are served by the same warehouses, with its ads' money.
func (c *Company) inShops(sku string, times [][2]time.Time, asOf time.Time) []StockOut {
	var out []StockOut
	for _, shop := range c.shops {
		for _, t := range times {
			o := StockOut{SKU: sku, ShopID: shop.ID, From: t[0], To: t[1]}
			o.Spend = c.spendOn(o, asOf)
			out = append(out, o)
		}
	}
	return out
}

// spendOn is the ad money on a SKU's listings in a shop while it was out, of the days whose report there is.
func (c *Company) spendOn(o StockOut, asOf time.Time) Fen {
	end := at(asOf.In(c.zone), 0, 0, 0)
	if !o.To.IsZero() && o.To.Before(end) {
		end = o.To
	}
	var seconds int64 // fen times seconds
	for _, h := range c.ads.between(at(o.From.In(c.zone), 0, 0, 0), end) {
		if h.Ad.Listing == nil || h.Ad.Listing.Product.SKU != o.SKU || h.Ad.Listing.Shop.ID != o.ShopID {
			continue
		}
		from, to := later(h.start(), o.From), h.start().Add(time.Hour)
		if end.Before(to) {
			to = end
		}
		if over := to.Sub(from); over > 0 {
			seconds += int64(h.costAt(asOf)) * int64(over/time.Second)
		}
	}
	return Fen((seconds + 1800) / 3600)
}
