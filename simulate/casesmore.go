package simulate

import (
	"fmt"
	"time"
)

// caseBuyers is section 6's cases about who a buyer is.
func (c *Company) caseBuyers() {
	day := c.opts.CaseDay.AddDate(0, 0, -8)
	p := c.caseProduct("C6-B", "案例买家商品", 6000, 1500, WarehouseEast, 60)
	l := c.sells(ShopTmall, p)
	n := 0
	sell := func(name string, buyer *person, placed time.Time) *order {
		n++
		o := c.caseOrder(name, ShopTmall, buyer, placed, placed.Add(time.Minute), &line{Listing: l, Qty: 1})
		c.sendAll(o, placed.Add(26*time.Hour))
		return o
	}
	c.beginCase("6.1", "two buyers 138****1234 are two customers")
	first, second := c.newcomer("郑凯", "13811111234", true), c.newcomer("郑恺", "13822221234", true)
	sell("M1", first, at(day, 9, 0, 0))
	sell("M2", second, at(day, 9, 30, 0))
	c.expect("M1,M2", "customer", first.taobaoID()+" "+second.taobaoID(), "", "customers", 2)

	c.beginCase("6.2", "one receiver, two weeks, two OAIDs: no join, no split")
	same := c.newcomer("吴邪", "13700000701", false)
	sell("O1", same, at(day, 10, 0, 0))
	sell("O2", same, at(day.AddDate(0, 0, 7), 10, 0, 0))
	c.expect("O1,O2", "customer", same.taobaoID(), "", "customers", 1)

	c.beginCase("6.3", "orders without a buyer are no customer")
	pl := c.sells(ShopPinduoduo, p)
	for i := range 12 {
		placed := at(day.AddDate(0, 0, i%5), 11, i, 0)
		o := c.caseOrder(fmt.Sprintf("N%d", i+1), ShopPinduoduo, nil, placed, placed.Add(time.Minute), &line{Listing: pl, Qty: 1})
		o.Kind, o.Group, o.Unknown = "group_buy", "formed", true
		c.sendAll(o, placed.Add(26*time.Hour))
	}
	c.expect("N1..N12", "shop", ShopPinduoduo, "", "customers", 0)

	c.beginCase("6.4", "a first order refunded before shipping is no acquisition; three orders at one checkout are one purchase")
	who := c.newcomer("霍秀秀", "13700000702", true)
	f1 := sell("F1", who, at(day, 13, 0, 0))
	r := f1.refund(f1.Lines[0], "unshipped", 1, at(day, 13, 30, 0))
	r.Succeeded, r.Reason = at(day, 14, 0, 0), "拍错了"
	f1.cancelShipping()
	f2 := sell("F2", who, at(day.AddDate(0, 0, 2), 13, 0, 0))
	c.expect("F1", "order", f1.ID, "", "is_first_order_shop", false)
	c.expect("F2", "order", f2.ID, "", "is_first_order_shop", true)
	once := c.newcomer("解雨臣", "13700000703", true)
	for i := range 3 {
		placed := at(day, 16, 0, i)
		o := c.caseOrder(fmt.Sprintf("CK%d", i+1), ShopSite, once, placed, at(day, 16, 2, 0), &line{Listing: c.sells(ShopSite, p),
			Qty: 1})
		o.Checkout = "chk-000001"
		c.sendAll(o, placed.Add(26*time.Hour))
	}
	c.expect("CK1..CK3", "customer", once.siteID(), "", "purchases", 1)
}

// caseKinds is section 6's and 1.4's orders that are no sales, and the
// exchange.
func (c *Company) caseKinds() {
	day := c.opts.CaseDay.AddDate(0, 0, -5)
	a := c.caseProduct("C6-X", "案例换货商品 A", 8800, 2000, WarehouseEast, 10)
	b := c.caseProduct("C6-Y", "案例换货商品 B", 8800, 2000, WarehouseEast, 10)
	c.beginCase("6.5", "exchange of A for B of equal price")
	x := c.caseOrder("X1", ShopTmall, c.newcomer("张起灵", "13700000801", true), at(day, 10, 0, 0), at(day, 10, 1, 0),
		&line{Listing: c.sells(ShopTmall, a), Qty: 1})
	c.sendAll(x, at(day, 20, 0, 0))
	r := x.refund(x.Lines[0], "exchange", 1, at(day.AddDate(0, 0, 4), 9, 0, 0))
	r.Buyer, r.Clawback, r.Reason = 0, 0, "换颜色"
	r.Returned, r.Condition, r.BackQty = at(day.AddDate(0, 0, 7), 9, 0, 0), "sellable", 1
	r.Succeeded = r.Returned.Add(time.Hour)
	sent := at(day.AddDate(0, 0, 7), 16, 0, 0)
	c.exchange(x, r, b, sent)
	c.expect("X1", "order", x.ID, "", "net_sales", Fen(8800))
	c.expect("X1", "sku", a.SKU, x.Shop.day(r.Returned), "stock_delta", 1)
	c.expect("X1", "sku", b.SKU, x.Shop.day(sent), "stock_delta", -1)

	c.beginCase("6.6", "brushing by rule, staff purchase, difference link, sample, zero order, failed group, risk control")
	plain := func(name, shopID string, p *product, qty int) *order {
		placed := at(day.AddDate(0, 0, 1), 9, len(c.caseIDs), 0)
		o := c.caseOrder(name, shopID, c.newcomer("案例"+name, fmt.Sprintf("1370000%04d", 8100+len(c.people)%800), false), placed,
			placed.Add(time.Minute),
			&line{Listing: c.sells(shopID, p), Qty: qty})
		return o
	}
	br := plain("BR1", ShopTmall, a, 1)
	br.Flag, br.Memo, br.MemoAt, br.Excluded = "red", "补单 勿发正品", br.Paid.Add(20*time.Minute), "brushing"
	c.parcel(br, WarehouseEast, at(day.AddDate(0, 0, 1), 18, 0, 0), parcelItem{Line: br.Lines[0], Product: a, Qty: 1})
	br.Shipped = br.Parcels[0].Shipped
	br.Received = br.Shipped.AddDate(0, 0, 5)
	c.expect("BR1", "order", br.ID, br.Shop.day(br.Paid), "paid_amount", Fen(8800))
	c.expect("BR1", "order", br.ID, "", "net_sales", Fen(0))
	st := plain("ST1", ShopTmall, a, 1)
	st.Flag, st.Memo, st.MemoAt, st.Excluded = "purple", "员工内购", st.Paid.Add(time.Hour), "staff"
	c.sendAll(st, at(day.AddDate(0, 0, 2), 10, 0, 0))
	link := c.caseProduct("LINK01", "补差价专拍", 100, 0, WarehouseEast, 0)
	dl := plain("DL1", ShopTmall, link, 5)
	dl.Excluded = "other_income" // Taobao names no kind: the rule on the SKU tells
	c.sendAll(dl, at(day.AddDate(0, 0, 2), 10, 0, 0))
	dl.Parcels = nil
	sm := plain("SM1", ShopDouyin, a, 1)
	sm.Kind, sm.Lines[0].Item = "sample", sm.Lines[0].List
	c.sendAll(sm, at(day.AddDate(0, 0, 2), 11, 0, 0))
	ze := plain("ZE1", ShopSite, a, 1)
	ze.Kind, ze.Lines[0].Item = "zero", ze.Lines[0].List
	c.sendAll(ze, at(day.AddDate(0, 0, 2), 11, 30, 0))
	gb := plain("GB1", ShopPinduoduo, a, 1)
	gb.Kind, gb.Group, gb.Buyer, gb.Unknown = "group_buy", "failed", nil, true
	rr := gb.refund(gb.Lines[0], "unshipped", 1, gb.Paid.Add(24*time.Hour))
	rr.Succeeded, rr.Reason = gb.Paid.Add(25*time.Hour), "拼团失败"
	c.sendAll(gb, gb.Paid)
	gb.cancelShipping()
	rk := plain("RK1", ShopPinduoduo, a, 1)
	rk.Kind, rk.Group, rk.Risk, rk.Buyer, rk.Unknown = "group_buy", "formed", "held", nil, true
	for _, name := range []string{"ST1", "DL1", "SM1", "ZE1", "GB1", "RK1"} {
		c.expect(name, "order", c.caseIDs[name], "", "gross_sales", Fen(0))
	}
}

// exchange books the second parcel of an exchange in the ERP.
func (c *Company) exchange(o *order, r *refund, instead *product, sent time.Time) {
	created := r.Returned.Add(30 * time.Minute)
	doc := &erpOrder{ID: 11000000 + c.next(), Type: "换货订单", Orders: []*order{o}, Warehouse: instead.Home, Created: created,
		States: []erpState{{created, "WaitConfirm"}, {sent, "Sent"}}, Carrier: "顺丰速运", Number: fmt.Sprintf("SF%011d", c.next()),
		Shipped: sent,
		Items:   []erpItem{{ID: 22000000 + c.next(), Order: o, Line: o.Lines[0], Product: instead, Qty: 1}}}
	c.erp = append(c.erp, doc)
	c.addReturns(o, r, "换货", 0)
	c.stock.put(stockChange{At: created, Warehouse: instead.Home, Product: instead, Delta: stockLevel{Locked: 1}})
	c.stock.put(stockChange{At: sent, Warehouse: instead.Home, Product: instead, Kind: "sale", Ref: doc.Number, Order: o,
		Delta: stockLevel{OnHand: -1, Locked: -1}})
}

// caseShow is section 6's live show over midnight with a restart.
func (c *Company) caseShow() {
	c.beginCase("6.10", "live show 22:00 to 01:30 with a restart: one session, two rooms, two paid days")
	day := c.opts.CaseDay.AddDate(0, 0, -2)
	rooms := []string{"7390000000000006001", "7390000000000006002"}
	show := &liveSession{ID: "LS-NIGHT", Title: "跨夜专场", Anchor: "小流", Shop: c.shop[ShopDouyin], Rooms: rooms,
		Start: at(day, 22, 0, 0), End: at(day.AddDate(0, 0, 1), 1, 30, 0), SlotFee: 80000}
	c.ads.sessions = append(c.ads.sessions, show)
	p := c.sku["C6-B"]
	for i, paid := range []time.Time{at(day, 23, 30, 0), at(day.AddDate(0, 0, 1), 0, 40, 0)} {
		name := fmt.Sprintf("L%d", i+1)
		o := c.caseOrder(name, ShopDouyin, c.newcomer("夜场买家", fmt.Sprintf("1370000090%d", i), false), paid.Add(-time.Minute),
			paid, &line{Listing: c.sells(ShopDouyin, p), Qty: 2})
		o.RoomID, o.AuthorID = rooms[i], "author_xiaoliu"
		c.sendAll(o, paid.Add(20*time.Hour))
		c.expect(name, "order", o.ID, o.Shop.day(paid), "net_sales_order_day", Fen(12000))
	}
	c.expect("LS-NIGHT", "session", show.ID, "", "net_sales_order_day", Fen(24000))
}

// caseElsewhere notes the figures of section 6 that the generated part already
// carries: a deleted ad that keeps its spend, a slot fee without orders.
func (c *Company) caseElsewhere() {
	c.beginCase("6.11", "a deleted ad keeps its spend under its last name; a slot fee with no orders is a cost")
	gone := c.ads.ads[4]
	var spend Fen
	for _, h := range c.ads.hours {
		if h.Ad == gone {
			spend += h.costAt(c.opts.To.AddDate(1, 0, 0))
		}
	}
	c.expect("deleted ad", "ad", gone.ID, "", "spend", spend)
	c.expect("deleted ad", "ad", gone.ID, "", "title", gone.NewTitle)
	c.expect("slot fee", "campaign", "2026-SLOT", "", "cost", Fen(500000))
	c.expect("slot fee", "campaign", "2026-SLOT", "", "roi", "-1")
}
