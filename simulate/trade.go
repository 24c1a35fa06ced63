package simulate

import (
	"slices"
	"time"
)

// want is one attempt to buy; the stock decides whether it becomes an order.
type want struct {
	At     time.Time
	Shop   *shop
	Person *person
	Ad     *adNode // the ad that made the person come; nil: organic
	Room   string
	Lines  []wantLine
	Order  *order // nil when nothing could be bought
}

type wantLine struct {
	Product *product
	Qty     int
	Lost    bool
}

// trade draws all demand, plans the stock for it, and lets the customers buy.
func (c *Company) trade() {
	d := newDice(c.opts.Seed, "demand")
	wants := c.drawDemand(d)
	c.planStock(wants)
	shelf := newShelf(c.purchases)
	buy := newDice(c.opts.Seed, "buying")
	for i := range wants {
		c.try(buy, shelf, &wants[i])
	}
	c.demand = wants
	c.browse(newDice(c.opts.Seed, "browsing"))
}

func (c *Company) drawDemand(d dice) []want {
	days, weights := []time.Time{}, []int{}
	for day := c.opts.From; !day.After(c.opts.To); day = day.AddDate(0, 0, 1) {
		weight := 10
		if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
			weight = 13
		}
		if isBigDay(c, day) {
			weight = 30
		}
		days, weights = append(days, day), append(weights, weight)
	}
	var buyers []*person
	wants := make([]want, c.opts.Orders)
	for i := range wants {
		day := days[d.weighted(weights)]
		w := want{At: at(day, d.weighted(hourWeights()), d.IntN(60), d.IntN(60))}
		w.Shop = c.shop[[]string{ShopTmall, ShopDouyin, ShopSite}[d.weighted([]int{62, 23, 15})]]
		w.Person = c.people[d.IntN(len(c.people))]
		if len(buyers) > 0 && d.chance(35) {
			w.Person = buyers[d.IntN(len(buyers))]
		}
		buyers = append(buyers, w.Person)
		if show := c.ads.sessionOn(day); w.Shop.ID == ShopDouyin && show != nil && d.chance(60) {
			w.At = show.Start.Add(d.span(time.Minute, 170*time.Minute))
			w.Room = show.Rooms[0]
		}
		if i < 3 { // the last day always brings something new to each shop
			w.At, w.Shop = at(c.opts.To, 9+3*i, d.IntN(60), d.IntN(60)), c.shop[[]string{ShopTmall, ShopDouyin, ShopSite}[i]]
			w.Room = ""
		}
		if i > 3 && d.chance(4) { // forgot something: again within two hours
			before := wants[i-1]
			w = want{At: before.At.Add(d.span(15*time.Minute, 100*time.Minute)), Shop: before.Shop, Person: before.Person}
		}
		ads := c.ads.adsFor(w.Shop, w.At)
		if w.Room == "" && len(ads) > 0 && d.chance(35) {
			w.Ad = ads[d.IntN(len(ads))]
		}
		w.Lines = c.basket(d, w.Ad)
		wants[i] = w
	}
	slices.SortStableFunc(wants, func(a, b want) int { return a.At.Compare(b.At) })
	return wants
}

// basket is one to three different products; an ad's product comes first.
func (c *Company) basket(d dice, ad *adNode) []wantLine {
	weights := make([]int, len(c.products))
	for i, p := range c.products {
		weights[i] = p.Weight
	}
	var out []wantLine
	if ad != nil {
		out = append(out, wantLine{Product: ad.Listing.Product, Qty: 1 + d.weighted([]int{70, 22, 8})})
	}
	for n := 1 + d.weighted([]int{60, 28, 12}); len(out) < n; {
		p := c.products[d.weighted(weights)]
		if slices.ContainsFunc(out, func(l wantLine) bool { return l.Product == p }) {
			continue
		}
		out = append(out, wantLine{Product: p, Qty: 1 + d.weighted([]int{70, 22, 8})})
	}
	return out
}

// try lets one customer buy what the shelf holds. A listing that lags behind
// the stock sells a few pieces that are not there.
func (c *Company) try(d dice, shelf *shelf, w *want) {
	shelf.until(w.At)
	var bought []wantLine
	oversold := false
	for i := range w.Lines {
		l := &w.Lines[i]
		over := d.chance(4)
		if !shelf.has(l.Product, l.Qty) {
			if !over {
				l.Lost = true
				continue
			}
			oversold = true
		}
		bought = append(bought, *l)
	}
	if len(bought) == 0 {
		if w.Ad != nil {
			c.clickOn(w.Ad, w.Person, w.At.Add(-d.span(time.Minute, 20*time.Minute)))
		}
		return
	}
	o := c.place(d, w, bought)
	o.Oversold = oversold
	w.Order = o
	if o.Paid.IsZero() {
		return
	}
	c.ship(d, shelf, o)
	c.refundSome(d, o)
	shelf.take(o)
}

// browse adds the journeys that end in no order, and the touches that were on
// the way of an order without being its cause.
func (c *Company) browse(d dice) {
	for _, o := range slices.Clone(c.orders) {
		if o.Buyer == nil {
			continue
		}
		for range d.weighted([]int{50, 35, 15}) {
			when := o.Placed.Add(-d.span(time.Hour, 20*24*time.Hour))
			if when.Before(c.opts.From) {
				continue
			}
			ads := c.ads.adsFor(o.Shop, when)
			if o.Buyer.Ad && len(ads) > 0 && d.chance(40) {
				ad := ads[d.IntN(len(ads))]
				t := c.clickOn(ad, o.Buyer, when)
				if o.Cause == nil && !o.Paid.IsZero() && o.Placed.Sub(when) < 7*24*time.Hour {
					c.ads.claim(ad, t.At, o.Paid, o.buyerPaid())
				}
			} else {
				c.visitOf(d, o.Shop, o.Lines[0].Listing, o.Buyer, when)
			}
			o.TouchedBy++
		}
	}
	days := int(c.opts.To.Sub(c.opts.From).Hours()/24) + 1
	for range c.opts.Orders {
		p := c.people[d.IntN(len(c.people))]
		s := c.shop[[]string{ShopTmall, ShopSite}[d.IntN(2)]]
		when := at(c.opts.From.AddDate(0, 0, d.IntN(days)), d.weighted(hourWeights()), d.IntN(60), d.IntN(60))
		if ads := c.ads.adsFor(s, when); p.Ad && len(ads) > 0 && d.chance(50) {
			c.clickOn(ads[d.IntN(len(ads))], p, when)
		} else {
			c.visitOf(d, s, c.listing(s.ID, c.products[d.IntN(len(c.products))]), p, when)
		}
	}
}
