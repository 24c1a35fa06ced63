package simulate

import (
	"fmt"
	"time"
)

// caseSpend is case 4: spend, levels, units, claims on one day.
func (c *Company) caseSpend() {
	c.beginCase("4", "spend, levels, units, claims")
	day := c.opts.CaseDay
	p := c.caseProduct("C4-A", "案例直播商品", 10000, 3000, WarehouseEast, 15)
	l := c.sells(ShopLive, p)
	project := &adNode{Account: AdAccountCase4, Level: "campaign", ID: "7300000000000004001", Title: "案例4项目", Campaign: "CASE4",
		Created: at(day.AddDate(0, 0, -1), 10, 0, 0)}
	c.ads.accounts = append(c.ads.accounts, AdAccountCase4)
	c.ads.projects = append(c.ads.projects, project)
	for i, cost := range []Fen{12000, 8000} {
		ad := &adNode{Account: AdAccountCase4, Level: "ad", ID: fmt.Sprintf("740000000000000400%d", i+1), Parent: project,
			Campaign: "CASE4",
			Title:    fmt.Sprintf("案例4广告%d", i+1), Listing: l, Created: at(day.AddDate(0, 0, -1), 11, 0, i)}
		c.ads.ads = append(c.ads.ads, ad)
		weights := make([]int64, 24)
		for h, w := range hourWeights() {
			weights[h] = int64(w)
		}
		for h, part := range share(cost, weights) {
			c.ads.hours = append(c.ads.hours, &adHour{Ad: ad, Day: day, Hour: h, Cost: part, Shown: int64(part),
				Clicks: int64(part) / 100})
		}
		if i == 0 {
			c.ads.claims = append(c.ads.claims,
				adClaim{Ad: ad, Day: day, SeenAt: at(day.AddDate(0, 0, 1), 1, 0, 0), Orders: 6, Amount: 60000},
				adClaim{Ad: ad, Day: day, SeenAt: at(day.AddDate(0, 0, 6), 1, 0, 0), Orders: 1, Amount: 5000})
		}
	}
	for i := range 10 {
		buyer := c.newcomer(fmt.Sprintf("直播买家%d", i+1), fmt.Sprintf("137000004%02d", i), false)
		paid := at(day, 20, 10+i, 0)
		o := c.caseOrder(fmt.Sprintf("Q%d", i+1), ShopLive, buyer, paid.Add(-time.Minute), paid, &line{Listing: l, Qty: 1})
		c.sendAll(o, at(day.AddDate(0, 0, 1), 14, i, 0))
		if i < 4 {
			o.RoomID = "7390000000000004001"
		}
	}
	date := day.Format(time.DateOnly)
	c.expect("Ocean Engine", "account", AdAccountCase4, date, "spend", Fen(20000))
	c.expect("all accounts", "day", date, date, "spend_cny", "358.7330")
	c.expect("Ocean Engine", "account", AdAccountCase4, date, "claimed_amount", Fen(65000))
	c.expect("Ocean Engine", "account", AdAccountCase4, date, "claim_restated_by", Fen(5000))
	c.expect("live", "shop", ShopLive, date, "gross_sales", Fen(100000))
	c.expect("live", "shop", ShopLive, date, "proved_by_room", Fen(40000))
	c.expect("live", "shop", ShopLive, date, "unattributed", Fen(60000))
	c.expect("live", "shop", ShopLive, date, "roas", "2.7876")
}

// caseStock is case 5: what stock can carry.
func (c *Company) caseStock() {
	c.beginCase("5", "what stock can carry")
	day := c.opts.CaseDay
	a := c.caseProduct("C5-A", "案例库存商品 A", 8900, 3000, WarehouseEast, 0)
	l := c.sells(ShopTmall, a)
	c.stock = &stockBook{}
	c.stock.put(stockChange{At: at(c.begin().AddDate(0, 0, -5), 8, 30, 0), Warehouse: WarehouseEast, Product: a, Kind: "adjust",
		Ref:   "C5-OPEN-W1",
		Delta: stockLevel{OnHand: 120, Locked: 100, Picked: 40, Virtual: 500, Defective: 5, Returns: 12, Receiving: 30}})
	c.stock.put(stockChange{At: at(c.begin().AddDate(0, 0, -5), 8, 30, 0), Warehouse: WarehouseSouth, Product: a, Kind: "adjust",
		Ref:   "C5-OPEN-W2",
		Delta: stockLevel{OnHand: 20}})
	c.transfers = append(c.transfers, &transfer{ID: "790001", Product: a, Qty: 20, From: WarehouseSouth, To: WarehouseEast,
		Sent: at(day.AddDate(0, 0, -1), 15, 0, 0), Due: at(day, 10, 0, 0), Arrived: at(day, 10, 0, 0)})
	order := c.buy(a, 200, at(day.AddDate(0, 0, -9), 9, 0, 0), at(day.AddDate(0, 0, 2), 9, 0, 0), at(day.AddDate(0, 0, 2), 14, 0,
		0))
	project := &adNode{Account: AdAccountCase5, Level: "campaign", ID: "7300000000000005001", Title: "案例5项目", Campaign: "CASE5",
		Created: at(day.AddDate(0, 0, -1), 10, 0, 0)}
	ad := &adNode{Account: AdAccountCase5, Level: "ad", ID: "7400000000000005001", Parent: project, Campaign: "CASE5",
		Title: "案例5广告", Listing: l,
		Created: at(day.AddDate(0, 0, -1), 11, 0, 0)}
	c.ads.accounts = append(c.ads.accounts, AdAccountCase5)
	c.ads.projects, c.ads.ads = append(c.ads.projects, project), append(c.ads.ads, ad)
	for h := range 24 {
		c.ads.hours = append(c.ads.hours, &adHour{Ad: ad, Day: day, Hour: h, Cost: 1000, Shown: 500, Clicks: 10})
	}
	date := day.Format(time.DateOnly)
	for metric, value := range map[string]string{"available": "10", "source_available_qty": "520", "cover_days": "0.17",
		"hours_out":   "12",
		"units_short": "30", "spend_at_stake": "120.00", "stop_hours": "4,18", "resume_hours": "10",
		"inbound_purchase": fmt.Sprint(order.Qty)} {
		c.expect("A in W1", "sku", a.SKU, date, metric, value)
	}
}

// caseMoney is section 6's price protection, compensation, and old refund.
func (c *Company) caseMoney() {
	day := c.opts.CaseDay.AddDate(0, 0, -3)
	c.beginCase("6.7", "price protection; compensation by the platform")
	p := c.caseProduct("C6-P", "案例价保商品", 20000, 6000, WarehouseEast, 10)
	pp := c.caseOrder("PP1", ShopSite, c.newcomer("许知远", "13700000601", true), at(day, 14, 0, 0), at(day, 14, 1, 0),
		&line{Listing: c.sells(ShopSite, p), Qty: 1})
	c.sendAll(pp, at(day.AddDate(0, 0, 1), 15, 0, 0))
	r := pp.refund(pp.Lines[0], "price_protection", 0, at(day.AddDate(0, 0, 4), 9, 0, 0))
	r.Buyer, r.Succeeded, r.Reason = 2000, at(day.AddDate(0, 0, 4), 9, 30, 0), "价保"
	c.expect("PP1", "order", pp.ID, pp.Shop.day(r.Succeeded), "net_sales", Fen(-2000))
	c.expect("PP1", "order", pp.ID, "", "units_returned", 0)
	cp := c.caseOrder("CP1", ShopDouyin, c.newcomer("方小雨", "13700000602", false), at(day, 15, 0, 0), at(day, 15, 1, 0),
		&line{Listing: c.sells(ShopDouyin, p), Qty: 1})
	c.sendAll(cp, at(day.AddDate(0, 0, 1), 15, 30, 0))
	r = cp.refund(cp.Lines[0], "compensation", 0, at(day.AddDate(0, 0, 5), 9, 0, 0))
	r.Buyer, r.BorneBy, r.Succeeded, r.Reason = 1500, "platform", at(day.AddDate(0, 0, 5), 10, 0, 0), "平台赔付"
	c.expect("CP1", "order", cp.ID, "", "net_sales", Fen(20000))

	c.beginCase("6.9", "a refund of an order older than the history")
	past := at(c.begin().AddDate(0, 0, -60), 12, 0, 0)
	old := c.caseOrder("OLD1", ShopTmall, c.newcomer("老顾客", "13700000603", true), past, past.Add(time.Minute),
		&line{Listing: c.sells(ShopTmall, p), Qty: 1})
	old.Hidden = true
	r = old.refund(old.Lines[0], "refund_only", 0, at(day, 9, 0, 0))
	r.Buyer, r.Succeeded, r.Reason = 3000, at(day, 11, 0, 0), "商品破损"
	c.expect("OLD1", "order", old.ID, old.Shop.day(r.Succeeded), "net_sales", Fen(-3000))
	c.expect("OLD1", "order", old.ID, "", "net_sales_order_day", Fen(0))

	c.beginCase("6.8", "USD sold at 7.1000, refunded at 7.2000")
	u := c.caseProduct("C6-U", "案例海外商品", 10000, 3000, WarehouseEast, 0)
	sold := at(c.opts.CaseDay.AddDate(0, 0, -10), 12, 0, 0)
	u1 := c.caseOrder("U1", ShopSiteUS, c.newcomer("Emily Chen", "13700000604", false), sold, sold.Add(time.Minute),
		&line{Listing: c.sells(ShopSiteUS, u), Qty: 1})
	r = u1.refund(u1.Lines[0], "refund_only", 0, at(c.opts.CaseDay.AddDate(0, 0, 4), 10, 0, 0))
	r.Buyer, r.Succeeded, r.Reason = 10000, at(c.opts.CaseDay.AddDate(0, 0, 5), 12, 0, 0), "changed mind"
	c.expect("U1", "order", u1.ID, "", "net_sales_cny", Fen(0))
	c.expect("U1", "order", u1.ID, "", "fx_difference", Fen(-1000))
}
