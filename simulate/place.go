package simulate

import (
	"fmt"
	"time"
)

// orderID gives a new order number in the shape of the shop's platform.
func (c *Company) orderID(s *shop) string {
	n := c.next()
	switch s.Platform {
	case "taobao":
		return fmt.Sprintf("%d", 4100000000000000000+n*1000) // above 2^53: never a float
	case "douyin":
		return fmt.Sprintf("%d", 6900000000000000000+n*1000)
	case "pinduoduo":
		return fmt.Sprintf("260618-%015d", n*1000)
	}
	return fmt.Sprintf("SO-%08d", n)
}

// number gives the lines their ids: on the platforms a single line has the
// order's own id.
func (o *order) number() {
	for i, l := range o.Lines {
		switch {
		case l.ID != "":
		case o.Shop.Platform == "site" || o.Shop.Platform == "pinduoduo":
			l.ID = fmt.Sprint(i + 1)
		case len(o.Lines) == 1:
			l.ID = o.ID
		default:
			l.ID = fmt.Sprintf("%s%03d", o.ID[:len(o.ID)-3], i+1)
		}
	}
}

// place turns what could be bought into an order with its money and stamps.
func (c *Company) place(d dice, w *want, bought []wantLine) *order {
	o := &order{Shop: w.Shop, ID: c.orderID(w.Shop), Kind: "normal", Buyer: w.Person, Placed: w.At, RoomID: w.Room}
	o.Receiver = w.Person.masked()
	o.OAID = oaid(w.Person, w.Shop, w.At)
	for _, b := range bought {
		l := c.listing(w.Shop.ID, b.Product)
		ln := &line{Listing: l, Qty: b.Qty, List: l.priceAt(w.At).Price * Fen(b.Qty)}
		if d.chance(20) {
			ln.Item = ln.List.part(5, 100)
		}
		o.Lines = append(o.Lines, ln)
	}
	if w.Shop.ID == ShopDouyin && d.chance(6) {
		o.Lines = append(o.Lines, &line{Listing: c.listing(w.Shop.ID, c.sku["GIFT01"]), Qty: 1, Gift: true})
	}
	o.number()
	o.shareDiscount(o.fullCut())
	c.subsidise(d, o)
	if d.chance(10) {
		o.Postage = 800
	}
	c.stamp(d, w, o)
	if d.chance(8) {
		o.Closed = w.At.Add(24 * time.Hour)
	} else {
		o.Paid = w.At.Add(d.span(20*time.Second, 15*time.Minute))
	}
	if w.Shop.ID == ShopTmall && d.chance(3) {
		o.Unknown = true
	}
	if !o.Paid.IsZero() && d.chance(2) {
		o.Flag, o.Memo, o.MemoAt = "yellow", "买家要求加急,尽快发出", o.Paid.Add(d.span(10*time.Minute, 3*time.Hour))
	}
	if o.Cause != nil && o.Cause.Ad != nil && !o.Paid.IsZero() {
		c.ads.claim(o.Cause.Ad, o.Cause.At, o.Paid, o.buyerPaid())
	}
	return c.addOrder(o)
}

// fullCut is the shop's 满300减30 on what the lines cost after their own
// discounts.
func (o *order) fullCut() Fen {
	var goods Fen
	for _, l := range o.Lines {
		goods += l.List - l.Item
	}
	return goods / 30000 * 3000
}

// shareDiscount spreads an order-level discount over the lines that are no
// gifts.
func (o *order) shareDiscount(total Fen) {
	var sold []*line
	var weights []int64
	for _, l := range o.Lines {
		if !l.Gift {
			sold, weights = append(sold, l), append(weights, int64(l.List-l.Item))
		}
	}
	for i, part := range share(total, weights) {
		sold[i].Share = part
	}
}

// subsidise lets others pay a part: Douyin's platform, the creator of the room,
// the payment channel.
func (c *Company) subsidise(d dice, o *order) {
	if o.Shop.ID != ShopDouyin {
		return
	}
	platform, payment := d.chance(50), d.chance(15)
	for _, l := range o.Lines {
		if l.Gift {
			continue
		}
		if platform {
			l.Platform = l.due().part(5, 100)
		}
		if o.RoomID != "" {
			l.Creator = l.due().part(2, 100)
		}
		if payment && l == o.Lines[0] {
			l.Payment = min(100, l.due()/10)
		}
	}
}

// stamp records where the buyer came from, as far as the shop's system can see,
// and makes the touch that caused the order.
func (c *Company) stamp(d dice, w *want, o *order) {
	if w.Room != "" {
		o.AuthorID = "author_xiaohe"
		o.Cause = c.addTouch(&touch{Person: w.Person, At: w.At.Add(-d.span(time.Minute, 30*time.Minute)), Kind: "live_view",
			Channel: "douyin_live", Shop: w.Shop, Room: w.Room, Listing: o.Lines[0].Listing})
		return
	}
	if w.Ad == nil {
		if d.chance(30) {
			c.visitOf(d, w.Shop, o.Lines[0].Listing, w.Person, w.At.Add(-d.span(time.Minute, 5*time.Hour)))
			o.TouchedBy++
		}
		return
	}
	o.Cause = c.clickOn(w.Ad, w.Person, w.At.Add(-d.span(2*time.Minute, 36*time.Hour)))
	o.TouchedBy++
	if w.Shop.Platform == "site" {
		o.UTM, o.ClickID = o.Cause.UTM, o.Cause.ClickID
		if d.chance(30) {
			o.Coupon = "SITE10"
		}
	}
}

// oaid is the receiver's id as Taobao gives it: it changes with the shop and
// the calendar week, and says nothing about a person.
func oaid(p *person, s *shop, when time.Time) string {
	year, week := when.ISOWeek()
	return fmt.Sprintf("1%016x%08x", hash64(fmt.Sprintf("oaid %d %s %d %d", p.Index, s.ID, year, week)),
		p.Index*2654435761&0xffffffff)
}
