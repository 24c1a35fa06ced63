package simulate

import (
	"maps"
	"slices"
	"time"
)

// SKUStock is a stock SKU at the end of a day (the company's midnight), both
// selling warehouses together.
type SKUStock struct {
	SKU       string `json:"sku_code"`
	Day       string `json:"day"`
	OnHand    int    `json:"on_hand"`
	Locked    int    `json:"order_locked"`
	TooOld    int    `json:"unsellable_expiry"` // of those on hand, too close to their expiry
	Available int    `json:"available"`         // on hand less locked and too old; below 0 when oversold
}

func (c *Company) stockTruth(asOf time.Time) []SKUStock {
	bySKU := c.seriesBySKU()
	var out []SKUStock
	for _, sku := range slices.Sorted(maps.Keys(bySKU)) {
		for day := c.opts.From; !day.AddDate(0, 0, 1).After(asOf); day = day.AddDate(0, 0, 1) {
			row := SKUStock{SKU: sku, Day: date(day)}
			for _, s := range bySKU[sku] {
				level, _ := s.at(day.AddDate(0, 0, 1).Add(-time.Nanosecond))
				row.OnHand += level.OnHand
				row.Locked += level.Locked
				row.TooOld += c.tooOld(s, level, day)
			}
			row.Available = row.OnHand - row.Locked - row.TooOld
			out = append(out, row)
		}
	}
	return out
}

func (c *Company) seriesBySKU() map[string][]*stockSeries {
	out := map[string][]*stockSeries{}
	for _, s := range c.stock.series {
		out[s.Product.SKU] = append(out[s.Product.SKU], s)
	}
	return out
}

// tooOld is how many pieces on hand expire sooner than the product may at a customer's: case 5's second lot (lots).
func (c *Company) tooOld(s *stockSeries, level stockLevel, day time.Time) int {
	if !c.hasOldLot(s, level) || !c.oldLotExpires().Before(day.AddDate(0, 0, s.Product.MinRemainDays)) {
		return 0
	}
	return oldLotPieces
}
