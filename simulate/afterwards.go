package simulate

import (
	"fmt"
	"time"
)

// ship decides from which warehouses an order leaves and when; two orders of
// one buyer within three hours may leave as one parcel.
func (c *Company) ship(d dice, shelf *shelf, o *order) {
	leave := o.Paid.Add(d.span(6*time.Hour, 40*time.Hour))
	if o.Oversold {
		leave = later(leave, shelf.covered(o).Add(5*time.Hour))
	}
	byHome := map[string]*parcel{}
	for _, l := range o.Lines {
		for _, piece := range l.Listing.Product.pieces(l.Qty) {
			home := piece.Product.Home
			p := byHome[home]
			if p == nil {
				p = &parcel{Warehouse: home, Shipped: leave.Add(time.Duration(len(o.Parcels)) * 24 * time.Hour),
					Carrier: "顺丰速运",
					Number:  fmt.Sprintf("SF%011d", c.next())}
				byHome[home] = p
				o.Parcels = append(o.Parcels, p)
			}
			p.Items = append(p.Items, parcelItem{Line: l, Product: piece.Product, Qty: piece.Qty, Gift: l.Gift})
		}
	}
	if o.Shop.ID == ShopTmall && d.chance(8) {
		if p := byHome[WarehouseEast]; p != nil { // where the gifts lie
			p.Items = append(p.Items, parcelItem{Product: c.sku["GIFT01"], Qty: 1, Gift: true})
		}
	}
	who := personShop{o.Buyer, o.Shop}
	if before := shelf.last[who]; before != nil && canMerge(before, o) {
		o.Parcels[0].Shipped, o.Parcels[0].Number = before.Parcels[0].Shipped, before.Parcels[0].Number
		o.MergedWith = before
		delete(shelf.last, who)
	} else {
		shelf.last[who] = o
	}
	o.settleShipping(d)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

type personShop struct {
	person *person
	shop   *shop
}

func canMerge(before, o *order) bool {
	return o.Paid.Sub(before.Paid) < 3*time.Hour && len(o.Parcels) == 1 && len(before.Parcels) == 1 &&
		!o.Oversold && !before.Oversold && len(before.Refunds) == 0 &&
		o.Parcels[0].Warehouse == before.Parcels[0].Warehouse && before.Parcels[0].Shipped.After(o.Paid.Add(time.Hour))
}

// settleShipping derives the order's own times from its parcels.
func (o *order) settleShipping(d dice) {
	for _, p := range o.Parcels {
		o.Shipped = later(o.Shipped, p.Shipped)
	}
	o.Received = o.Shipped.Add(d.span(7*24*time.Hour, 10*24*time.Hour))
}

// cancelShipping takes back what had not left.
func (o *order) cancelShipping() {
	o.Shipped, o.Received = time.Time{}, time.Time{}
	for _, p := range o.Parcels {
		p.Shipped = time.Time{}
	}
}

// refundSome lets some buyers ask for their money: before shipping, after a
// return, without one, or in vain.
func (c *Company) refundSome(d dice, o *order) {
	shared := o.MergedWith != nil
	switch pick := d.IntN(100); {
	case pick < 4 && !shared:
		applied := o.Paid.Add(d.span(10*time.Minute, 100*time.Minute))
		if !applied.Add(2 * time.Hour).Before(o.firstShipped()) {
			return
		}
		for i, l := range o.Lines {
			if l.Gift {
				continue
			}
			r := o.refund(l, "unshipped", l.Qty, applied.Add(time.Duration(i)*time.Second))
			r.Succeeded = applied.Add(time.Duration(30*60+i) * time.Second)
			r.Reason = "不想要了"
		}
		if o.Shop.Platform != "taobao" { // Taobao's refund_fee cannot be told apart
			o.Refunds[0].Shipping = o.Postage
		}
		o.cancelShipping()
	case pick < 11:
		l := o.Lines[d.IntN(len(o.Lines))]
		if l.Gift {
			return
		}
		r := o.refund(l, "return_refund", 1+d.IntN(l.Qty), o.Shipped.Add(d.span(3*24*time.Hour, 9*24*time.Hour)))
		r.Returned = r.Applied.Add(d.span(2*24*time.Hour, 4*24*time.Hour))
		r.Succeeded = r.Returned.Add(d.span(time.Hour, 30*time.Hour))
		if d.chance(15) { // money first, goods later
			r.Succeeded = r.Applied.Add(2 * time.Hour)
		}
		r.Condition, r.BackQty, r.Reason = "sellable", r.Qty, "质量与描述不符"
		if d.chance(20) {
			r.Condition = "defective"
		}
	case pick < 13:
		l := o.Lines[0]
		r := o.refund(l, "refund_only", 0, o.Shipped.Add(d.span(3*24*time.Hour, 6*24*time.Hour)))
		r.Buyer, r.Clawback = l.paid().part(20, 100), 0
		r.Succeeded = r.Applied.Add(d.span(time.Hour, 20*time.Hour))
		r.Reason = "商品破损"
	case pick < 15:
		r := o.refund(o.Lines[0], "return_refund", o.Lines[0].Qty, o.Shipped.Add(d.span(24*time.Hour, 5*24*time.Hour)))
		r.Closed = r.Applied.Add(d.span(24*time.Hour, 72*time.Hour))
		r.Reason = "拍错了"
	}
}

// refund opens a case on a line for some pieces; its money is their part of the
// line, the last pieces taking the rest.
func (o *order) refund(l *line, kind string, qty int, applied time.Time) *refund {
	r := &refund{Line: l, Kind: kind, Qty: qty, BorneBy: "seller", Applied: applied,
		ID: fmt.Sprintf("88%s%02d", tail(o.ID, 14), len(o.Refunds)+1)}
	if qty > 0 {
		r.Buyer = l.paid().part(int64(qty), int64(l.Qty))
		r.Clawback = l.subsidy().part(int64(qty), int64(l.Qty))
	}
	o.Refunds = append(o.Refunds, r)
	return r
}

// tail gives the last digits of an id.
func tail(id string, n int) string {
	digits := make([]byte, 0, n)
	for i := len(id) - 1; i >= 0 && len(digits) < n; i-- {
		if id[i] >= '0' && id[i] <= '9' {
			digits = append([]byte{id[i]}, digits...)
		}
	}
	return string(digits)
}
