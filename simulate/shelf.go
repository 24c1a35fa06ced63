package simulate

import (
	"fmt"
	"slices"
	"time"
)

// purchase is goods bought from a supplier. Received may be after Promised:
// that is how the heroes run out.
type purchase struct {
	ID                string
	LineID            string
	Product           *product
	Qty               int
	Cost              Fen
	Warehouse         string
	Ordered, Promised time.Time
	Received          time.Time
	Supplier          string
}

// transfer is goods moved from one warehouse to another under one id.
type transfer struct {
	ID                 string
	Product            *product
	Qty                int
	From, To           string
	Sent, Due, Arrived time.Time
}

// shelf is what customers can buy while the demand is played: pieces on hand
// less pieces sold, over all warehouses.
type shelf struct {
	free      map[*product]int
	purchases []*purchase
	pending   []shelfChange // sorted by time
	last      map[personShop]*order
}

type shelfChange struct {
	at      time.Time
	product *product
	qty     int
}

func newShelf(purchases []*purchase) *shelf {
	s := &shelf{free: map[*product]int{}, purchases: purchases, last: map[personShop]*order{}}
	for _, p := range purchases {
		s.add(shelfChange{p.Received, p.Product, p.Qty})
	}
	return s
}

func (s *shelf) add(change shelfChange) {
	i, _ := slices.BinarySearchFunc(s.pending, change, func(a, b shelfChange) int { return a.at.Compare(b.at) })
	s.pending = slices.Insert(s.pending, i, change)
}

// until plays all that comes in up to an instant.
func (s *shelf) until(now time.Time) {
	n := 0
	for ; n < len(s.pending) && !s.pending[n].at.After(now); n++ {
		s.free[s.pending[n].product] += s.pending[n].qty
	}
	s.pending = s.pending[n:]
}

func (s *shelf) has(p *product, qty int) bool {
	for _, piece := range p.pieces(qty) {
		if s.free[piece.Product] < piece.Qty {
			return false
		}
	}
	return true
}

// take removes an order's pieces and notes when some come back.
func (s *shelf) take(o *order) {
	for _, p := range o.Parcels {
		for _, item := range p.Items {
			s.free[item.Product] -= item.Qty
			if p.Shipped.IsZero() && len(o.Refunds) > 0 {
				s.add(shelfChange{o.Refunds[len(o.Refunds)-1].Succeeded, item.Product, item.Qty})
			}
		}
	}
	for _, r := range o.Refunds {
		if r.Condition == "sellable" && !r.Returned.IsZero() {
			for _, piece := range r.Line.Listing.Product.pieces(r.BackQty) {
				s.add(shelfChange{r.Returned, piece.Product, piece.Qty})
			}
		}
	}
}

// covered is when goods for an oversold order will be there.
func (s *shelf) covered(o *order) time.Time {
	ready := o.Paid
	for _, l := range o.Lines {
		for _, piece := range l.Listing.Product.pieces(l.Qty) {
			for _, p := range s.purchases {
				if p.Product == piece.Product && p.Received.After(o.Paid) && s.free[piece.Product] < piece.Qty {
					ready = later(ready, p.Received)
				}
			}
		}
	}
	return ready
}

// planStock buys goods for the demand to come: enough of most, too late of the
// heroes.
func (c *Company) planStock(wants []want) {
	total := map[*product]int{}
	for _, w := range wants {
		for _, l := range w.Lines {
			for _, piece := range l.Product.pieces(l.Qty) {
				total[piece.Product] += piece.Qty
			}
		}
	}
	span := c.opts.To.Sub(c.opts.From) + 24*time.Hour
	part := func(percent int) time.Time {
		return c.opts.From.Add(span * time.Duration(percent) / 100).Truncate(time.Hour)
	}
	for i, p := range c.products {
		if len(p.Bundle) > 0 {
			continue
		}
		n := total[p] + 4
		first, second, promised, received := n*70/100+6, n*60/100+6, part(40), part(41)
		switch {
		case p.SKU == "GIFT01":
			first, second = c.opts.Orders/4+40, c.opts.Orders/8+40
		case p.Hero:
			first, promised, received = n*(25+8*i)/100, part(38), part(56+4*i)
			second = n * 70 / 100
		}
		c.buy(p, first, c.begin().AddDate(0, 0, -6), c.opts.From.AddDate(0, 0, -2), at(c.opts.From.AddDate(0, 0, -1), 9, i, 0))
		c.buy(p, second, c.opts.From.AddDate(0, 0, 3), promised, received.Add(time.Duration(i)*time.Minute))
	}
	c.moveStock(part(50))
}

func (c *Company) buy(p *product, qty int, ordered, promised, received time.Time) *purchase {
	n := len(c.purchases) + 1
	b := &purchase{ID: fmt.Sprintf("%d", 500000+n), LineID: fmt.Sprintf("%d", 5000000+n*10), Product: p, Qty: qty, Cost: p.Cost,
		Warehouse: p.Home, Ordered: ordered, Promised: promised, Received: received, Supplier: fmt.Sprintf("S%02d", 1+n%4)}
	c.purchases = append(c.purchases, b)
	return b
}

// moveStock sends a few pieces from the east to the south and one back.
func (c *Company) moveStock(when time.Time) {
	for i, p := range c.products[3:5] {
		c.transfers = append(c.transfers, &transfer{ID: fmt.Sprintf("%d", 700001+i), Product: p, Qty: 2, From: p.Home,
			To:   other(p.Home),
			Sent: when.Add(time.Duration(i) * time.Hour), Due: when.AddDate(0, 0, 2),
			Arrived: when.Add(time.Duration(46+i) * time.Hour)})
	}
}

func other(warehouse string) string {
	if warehouse == WarehouseEast {
		return WarehouseSouth
	}
	return WarehouseEast
}
