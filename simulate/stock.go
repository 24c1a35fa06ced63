package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// stockLevel is what the ERP says of one SKU in one warehouse.
type stockLevel struct {
	OnHand, Locked, Picked, Virtual, Defective, Returns, Receiving, Purchase, Transfer int
}

func (l stockLevel) plus(d stockLevel) stockLevel {
	return stockLevel{l.OnHand + d.OnHand, l.Locked + d.Locked, l.Picked + d.Picked, l.Virtual + d.Virtual,
		l.Defective + d.Defective,
		l.Returns + d.Returns, l.Receiving + d.Receiving, l.Purchase + d.Purchase, l.Transfer + d.Transfer}
}

// stockChange is one change of one level; a change of OnHand is a move.
type stockChange struct {
	At        time.Time
	Warehouse string
	Product   *product
	Delta     stockLevel
	Kind, Ref string // of the move: sale, return, purchase, transfer, adjust
	Order     *order
}

// stockSeries is one SKU in one warehouse over time.
type stockSeries struct {
	Warehouse string
	Product   *product
	Times     []time.Time
	Levels    []stockLevel // after each time
}

func (s *stockSeries) at(now time.Time) (stockLevel, bool) {
	level, _, ok := s.since(now)
	return level, ok
}

// since is the level at an instant and when it became that.
func (s *stockSeries) since(now time.Time) (stockLevel, time.Time, bool) {
	n, exact := slices.BinarySearchFunc(s.Times, now, time.Time.Compare)
	if exact {
		n++
	}
	if n == 0 {
		return stockLevel{}, time.Time{}, false
	}
	return s.Levels[n-1], s.Times[n-1], true
}

// stockBook is all of it.
type stockBook struct {
	changes []stockChange
	series  []*stockSeries
}

// keepStock plays orders, purchases, transfers and returns into levels.
func (c *Company) keepStock() {
	if c.stock == nil {
		c.stock = &stockBook{}
	}
	b := c.stock
	for _, p := range c.purchases {
		b.put(stockChange{At: p.Ordered, Warehouse: p.Warehouse, Product: p.Product, Delta: stockLevel{Purchase: p.Qty}})
		if !p.Received.IsZero() {
			b.put(stockChange{At: p.Received, Warehouse: p.Warehouse, Product: p.Product, Kind: "purchase", Ref: p.LineID,
				Delta: stockLevel{Purchase: -p.Qty, OnHand: p.Qty}})
		}
	}
	for _, t := range c.transfers {
		b.put(stockChange{At: t.Sent, Warehouse: t.From, Product: t.Product, Delta: stockLevel{OnHand: -t.Qty}, Kind: "transfer",
			Ref: t.ID})
		b.put(stockChange{At: t.Sent, Warehouse: t.To, Product: t.Product, Delta: stockLevel{Transfer: t.Qty}})
		b.put(stockChange{At: t.Arrived, Warehouse: t.To, Product: t.Product, Delta: stockLevel{OnHand: t.Qty, Transfer: -t.Qty},
			Kind: "transfer", Ref: t.ID})
	}
	for _, o := range c.orders {
		if o.Hidden || o.Shop.ID == ShopSiteUS {
			continue
		}
		b.lockAndShip(o)
		for _, r := range o.Refunds {
			b.takeBack(o, r)
		}
	}
	b.add()
}

func (b *stockBook) put(change stockChange) { b.changes = append(b.changes, change) }

func (b *stockBook) lockAndShip(o *order) {
	if o.Paid.IsZero() {
		return
	}
	for _, p := range o.Parcels {
		for i, item := range p.Items {
			ref := fmt.Sprintf("%s-%s-%d", p.Number, o.ID, i)
			b.put(stockChange{At: o.Paid, Warehouse: p.Warehouse, Product: item.Product, Delta: stockLevel{Locked: item.Qty}})
			if p.Shipped.IsZero() {
				freed := o.Refunds[len(o.Refunds)-1].Succeeded
				b.put(stockChange{At: freed, Warehouse: p.Warehouse, Product: item.Product, Delta: stockLevel{Locked: -item.Qty}})
				continue
			}
			picking := later(o.Paid, p.Shipped.Add(-2*time.Hour))
			b.put(stockChange{At: picking, Warehouse: p.Warehouse, Product: item.Product, Delta: stockLevel{Picked: item.Qty}})
			b.put(stockChange{At: p.Shipped, Warehouse: p.Warehouse, Product: item.Product, Kind: "sale", Ref: ref, Order: o,
				Delta: stockLevel{OnHand: -item.Qty, Locked: -item.Qty, Picked: -item.Qty}})
		}
	}
}

func (b *stockBook) takeBack(o *order, r *refund) {
	if r.Returned.IsZero() {
		return
	}
	for _, piece := range r.Line.Listing.Product.pieces(r.BackQty) {
		change := stockChange{At: r.Returned, Warehouse: piece.Product.Home, Product: piece.Product, Order: o}
		if r.Condition == "sellable" {
			change.Delta.OnHand, change.Kind, change.Ref = piece.Qty, "return", r.ID+"-"+piece.Product.SKU
		} else {
			change.Delta.Defective = piece.Qty
		}
		b.put(change)
	}
}

// add sums the changes into series.
func (b *stockBook) add() {
	slices.SortStableFunc(b.changes, func(x, y stockChange) int { return x.At.Compare(y.At) })
	byKey := map[string]*stockSeries{}
	for _, change := range b.changes {
		key := change.Warehouse + "\x1f" + change.Product.SKU
		s := byKey[key]
		if s == nil {
			s = &stockSeries{Warehouse: change.Warehouse, Product: change.Product}
			byKey[key] = s
			b.series = append(b.series, s)
		}
		level := change.Delta
		if n := len(s.Levels); n > 0 {
			level = s.Levels[n-1].plus(change.Delta)
			if s.Times[n-1].Equal(change.At) {
				s.Levels[n-1] = level
				continue
			}
		}
		s.Times, s.Levels = append(s.Times, change.At), append(s.Levels, level)
	}
	slices.SortFunc(b.series, func(x, y *stockSeries) int {
		return strings.Compare(x.Warehouse+"\x1f"+x.Product.SKU, y.Warehouse+"\x1f"+y.Product.SKU)
	})
}
