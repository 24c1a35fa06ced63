package simulate

import (
	"cmp"
	"slices"
	"time"
)

// erpOrder is a fulfilment document of the ERP. Merged and split ones stay in
// its lists beside those that took over their goods.
type erpOrder struct {
	ID        int64
	Type      string // 普通订单, 换货订单, 补发订单
	Orders    []*order
	Warehouse string
	Created   time.Time
	States    []erpState
	Items     []erpItem
	Carrier   string
	Number    string
	Shipped   time.Time
}

type erpState struct {
	At     time.Time
	Status string
}

type erpItem struct {
	ID      int64
	Order   *order
	Line    *line // nil: added by the ERP
	Product *product
	Combine *product // the bundle it came from
	Qty     int
	Gift    bool
	Due     Fen
	Paid    Fen
}

// status is the ERP's status at an instant; empty before it exists.
func (e *erpOrder) status(now time.Time) string {
	status := ""
	for _, s := range e.States {
		if !s.At.After(now) {
			status = s.Status
		}
	}
	return status
}

func (e *erpOrder) changes() []time.Time {
	var all []time.Time
	for _, s := range e.States {
		all = append(all, s.At)
	}
	return distinct(all)
}

// erpReturn is an after-sales document of the ERP, one for each warehouse that
// takes goods back.
type erpReturn struct {
	ID        int64
	Type      string // 普通退货, 换货, 仅退款
	Order     *order
	Refund    *refund
	Warehouse string
	Items     []piece // stock SKUs, never bundles
	Amount    Fen
	Created   time.Time
	Received  time.Time
	Sellable  bool
}

// fulfil makes the ERP's documents for every paid order that it serves.
func (c *Company) fulfil() {
	groups := map[*order][]*order{}
	var heads []*order
	for _, o := range c.orders {
		if o.Paid.IsZero() || o.Hidden || o.Shop.ID == ShopSiteUS {
			continue
		}
		head := o
		for head.MergedWith != nil {
			head = head.MergedWith
		}
		if head == o {
			heads = append(heads, o)
		}
		groups[head] = append(groups[head], o)
	}
	slices.SortStableFunc(heads, func(a, b *order) int { return a.Paid.Compare(b.Paid) })
	for _, head := range heads {
		c.fulfilGroup(groups[head])
	}
	for _, o := range c.orders {
		for _, r := range o.Refunds {
			c.returnFor(o, r)
		}
	}
	slices.SortStableFunc(c.erp, func(a, b *erpOrder) int { return cmp.Compare(a.ID, b.ID) })
}

// fulfilGroup makes the documents of orders that leave together: one each, one
// merged when there are several, one a parcel when there are several parcels.
func (c *Company) fulfilGroup(group []*order) {
	var all []erpItem
	last := group[0].Paid
	var docs []*erpOrder
	for _, o := range group {
		doc := c.erpDoc(o.Paid, []*order{o}, orderItems(o))
		docs = append(docs, doc)
		all = append(all, doc.Items...)
		last = later(last, o.Paid)
	}
	current := docs[0]
	if len(docs) > 1 {
		merged := last.Add(10 * time.Minute)
		for _, doc := range docs {
			doc.States = append(doc.States, erpState{merged, "Merged"})
		}
		current = c.erpDoc(merged, group, all)
	}
	parcels := distinctParcels(group)
	if len(parcels) == 0 { // nothing to send: a price link, or an order under risk control
		return
	}
	if cancelled := group[0]; parcels[0].Shipped.IsZero() {
		current.States = append(current.States, erpState{cancelled.Refunds[len(cancelled.Refunds)-1].Succeeded, "Cancelled"})
		return
	}
	if len(parcels) == 1 {
		current.send(parcels[0])
		return
	}
	split := current.Created.Add(30 * time.Minute)
	current.States = append(current.States, erpState{split, "Split"})
	for _, number := range parcels {
		var items []erpItem
		for _, item := range current.Items {
			if item.leavesIn(number.Number) {
				items = append(items, item)
			}
		}
		c.erpDoc(split, group, items).send(number)
	}
}

func (c *Company) erpDoc(created time.Time, orders []*order, items []erpItem) *erpOrder {
	e := &erpOrder{ID: 11000000 + c.next(), Type: "普通订单", Orders: orders, Created: created,
		States: []erpState{{created, "WaitConfirm"}}}
	for _, item := range items {
		item.ID = 22000000 + c.next()
		e.Items = append(e.Items, item)
		e.Warehouse = item.Product.Home
	}
	c.erp = append(c.erp, e)
	return e
}

// send books the parcel on the document.
func (e *erpOrder) send(p *parcel) {
	e.Warehouse, e.Carrier, e.Number, e.Shipped = p.Warehouse, p.Carrier, p.Number, p.Shipped
	if picking := e.Created.Add(time.Hour); picking.Before(p.Shipped) {
		e.States = append(e.States, erpState{picking, "Delivering"})
	}
	e.States = append(e.States, erpState{p.Shipped, "Sent"})
}

// orderItems are an order's stock pieces with their part of the line's money.
func orderItems(o *order) []erpItem {
	var out []erpItem
	money := map[*line][][2]Fen{}
	for _, l := range o.Lines {
		money[l] = splitLine(l)
	}
	for _, l := range o.Lines {
		for i, piece := range l.Listing.Product.pieces(l.Qty) {
			item := erpItem{Order: o, Line: l, Product: piece.Product, Qty: piece.Qty, Gift: l.Gift,
				Due: money[l][i][0], Paid: money[l][i][1]}
			if len(l.Listing.Product.Bundle) > 0 {
				item.Combine = l.Listing.Product
			}
			out = append(out, item)
		}
	}
	for _, p := range o.Parcels {
		for _, item := range p.Items {
			if item.Line == nil {
				out = append(out, erpItem{Order: o, Product: item.Product, Qty: item.Qty, Gift: true})
			}
		}
	}
	return out
}

// splitLine shares a line's money over its components by reference price times
// quantity; ties go to the smaller SKU.
func splitLine(l *line) [][2]Fen {
	pieces := l.Listing.Product.pieces(l.Qty)
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(pieces[a].Product.SKU, pieces[b].Product.SKU) })
	weights := make([]int64, len(pieces))
	for i, n := range order {
		weights[i] = int64(pieces[n].Product.Reference) * int64(pieces[n].Qty)
	}
	due, paid := share(l.due(), weights), share(l.paid(), weights)
	out := make([][2]Fen, len(pieces))
	for i, n := range order {
		out[n] = [2]Fen{due[i], paid[i]}
	}
	return out
}

func distinctParcels(group []*order) []*parcel {
	var out []*parcel
	for _, o := range group {
		for _, p := range o.Parcels {
			if !slices.ContainsFunc(out, func(q *parcel) bool { return q.Number == p.Number }) {
				out = append(out, p)
			}
		}
	}
	return out
}

// leavesIn says whether the item's goods are in the parcel of that number.
func (i *erpItem) leavesIn(number string) bool {
	for _, p := range i.Order.Parcels {
		if p.Number != number {
			continue
		}
		for _, item := range p.Items {
			if item.Line == i.Line && item.Product == i.Product {
				return true
			}
		}
	}
	return false
}

// returnFor writes the ERP's side of a refund that brings goods back or money
// only. The money stands on the first document.
func (c *Company) returnFor(o *order, r *refund) {
	if o.Hidden || o.Shop.ID == ShopSiteUS || !r.Closed.IsZero() || r.Kind == "unshipped" || r.Kind == "exchange" {
		return
	}
	c.addReturns(o, r, map[bool]string{true: "普通退货", false: "仅退款"}[r.Kind == "return_refund"], r.Buyer)
}

func (c *Company) addReturns(o *order, r *refund, kind string, amount Fen) {
	for _, home := range []string{WarehouseEast, WarehouseSouth} {
		var items []piece
		for _, item := range r.Line.Listing.Product.pieces(r.BackQty) {
			if item.Product.Home == home {
				items = append(items, item)
			}
		}
		if len(items) == 0 {
			continue
		}
		c.returns = append(c.returns, &erpReturn{ID: 33000000 + c.next(), Type: kind, Order: o, Refund: r, Warehouse: home, Items: items,
			Amount: amount, Created: r.Applied, Received: r.Returned, Sellable: r.Condition == "sellable"})
		amount = 0
	}
}
