package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// CaseFigure is one figure that DOMAIN.md's worked cases fix, where this
// company shows it.
type CaseFigure struct {
	Case   string `json:"case"`   // "1", "2", …, "6.4"
	Name   string `json:"name"`   // the id in DOMAIN.md: D1, T1, …
	Kind   string `json:"kind"`   // order, sku, account, shop, customer, session, campaign
	Key    string `json:"key"`    // that thing's id in this company
	Date   string `json:"date"`   // the shop's day; empty: over all time
	Metric string `json:"metric"` // gross_sales, net_sales, units_sold, …
	Value  string `json:"value"`
}

func (c *Company) expect(name, kind, key, date, metric string, value any) {
	text := fmt.Sprint(value)
	if money, ok := value.(Fen); ok {
		text = money.String()
	}
	number := c.cases[len(c.cases)-1].Case
	c.cases = append(c.cases, CaseFigure{number, name, kind, key, date, metric, text})
}

// beginCase opens the list of a case's figures with its title.
func (c *Company) beginCase(number, title string) {
	c.cases = append(c.cases, CaseFigure{Case: number, Name: title, Kind: "title"})
}

// plantCases adds the fixed cases of DOMAIN.md, sections 5 and 6.
func (c *Company) plantCases() {
	c.caseSubsidy()
	c.casePresale()
	c.caseBundle()
	c.caseSpend()
	c.caseStock()
	c.caseBuyers()
	c.caseMoney()
	c.caseKinds()
	c.caseShow()
	c.caseElsewhere()
	c.sortCases()
}

// sortCases puts each case's figures in one order, its title first.
func (c *Company) sortCases() {
	rank, group := map[string]int{}, 0
	for _, f := range c.cases {
		if f.Kind == "title" {
			group++
			rank[f.Case] = group
		}
	}
	text := func(f CaseFigure) string {
		if f.Kind == "title" {
			return ""
		}
		return strings.Join([]string{f.Name, f.Date, f.Kind, f.Key, f.Metric}, "\x1f")
	}
	slices.SortStableFunc(c.cases, func(a, b CaseFigure) int {
		return cmp.Or(cmp.Compare(rank[a.Case], rank[b.Case]), cmp.Compare(text(a), text(b)))
	})
}

// caseProduct makes a SKU that only a case sells, with stock bought before the
// first day.
func (c *Company) caseProduct(sku, title string, price, cost Fen, home string, stock int) *product {
	p := c.addProduct(&product{SKU: sku, SPU: "SPU-" + sku, Title: title, Category: "防晒", Brand: "合流", Unit: "件", VAT: 13,
		Price: price, Cost: cost, Reference: price, ShelfDays: 1095, MinRemainDays: 30, Home: home, Case: true})
	if stock > 0 {
		c.buy(p, stock, c.begin().AddDate(0, 0, -6), c.begin().AddDate(0, 0, -5), at(c.begin().AddDate(0, 0, -5), 8, 0, 0))
	}
	return p
}

// caseOrder places an order of fixed lines; times other than placed and paid
// are the case's own business.
func (c *Company) caseOrder(name, shopID string, buyer *person, placed, paid time.Time, lines ...*line) *order {
	s := c.shop[shopID]
	o := &order{Shop: s, ID: c.orderID(s), Kind: "normal", Buyer: buyer, Placed: placed, Paid: paid, Lines: lines, Case: name}
	for _, l := range lines {
		if l.Listing != nil && l.List == 0 && !l.Gift {
			l.List = l.Listing.Price * Fen(l.Qty)
		}
	}
	if buyer != nil {
		o.Receiver, o.OAID = buyer.masked(), oaid(buyer, s, placed)
	}
	o.number()
	c.caseIDs[name] = o.ID
	return c.addOrder(o)
}

// sells lists the product in a shop, once.
func (c *Company) sells(shopID string, p *product) *listing {
	if l := c.listing(shopID, p); l != nil {
		return l
	}
	return c.list(c.shop[shopID], p, at(c.begin().AddDate(0, 0, -7), 12, 0, 0))
}

// sendAll ships every line of the order from its home, in one parcel each
// warehouse, and lets the buyer confirm nine days later.
func (c *Company) sendAll(o *order, shipped time.Time) {
	byHome := map[string]*parcel{}
	for _, l := range o.Lines {
		for _, piece := range l.Listing.Product.pieces(l.Qty) {
			p := byHome[piece.Product.Home]
			if p == nil {
				p = c.parcel(o, piece.Product.Home, shipped)
				byHome[piece.Product.Home] = p
			}
			p.Items = append(p.Items, parcelItem{Line: l, Product: piece.Product, Qty: piece.Qty, Gift: l.Gift})
		}
	}
	o.Shipped, o.Received = shipped, shipped.AddDate(0, 0, 9)
}

func (c *Company) parcel(o *order, warehouse string, shipped time.Time, items ...parcelItem) *parcel {
	p := &parcel{Warehouse: warehouse, Shipped: shipped, Carrier: "顺丰速运", Number: fmt.Sprintf("SF%011d", c.next()),
		Items: items}
	o.Parcels = append(o.Parcels, p)
	return p
}

// newcomer is a person that no generated order knows.
func (c *Company) newcomer(name, phone string, member bool) *person {
	p := &person{Index: 900000 + len(c.people), Name: name, Province: "上海", City: "上海市", Phone: phone, Member: member,
		Level: "普通"}
	p.Email = fmt.Sprintf("case%06d@example.com", p.Index)
	p.Visitor, p.MemberID = fmt.Sprintf("v-case%06d", p.Index), fmt.Sprintf("M%07d", p.Index)
	c.people = append(c.people, p)
	return p
}

// caseSubsidy is case 1: subsidy, partial return, gift.
func (c *Company) caseSubsidy() {
	c.beginCase("1", "subsidy, partial return, gift")
	day := c.opts.CaseDay
	a := c.caseProduct("C1-A", "案例防晒霜 A", 10000, 4000, WarehouseEast, 12)
	g := c.caseProduct("C1-G", "案例赠品 G", 0, 600, WarehouseEast, 12)
	o := c.caseOrder("D1", ShopDouyin, c.newcomer("沈佳宜", "13700000101", true), at(day, 23, 48, 10), at(day, 23, 50, 0),
		&line{Listing: c.sells(ShopDouyin, a), Qty: 2, List: 20000, Item: 2000, Platform: 3000, Creator: 1000},
		&line{Listing: c.sells(ShopDouyin, g), Qty: 1, Gift: true})
	c.sendAll(o, at(day.AddDate(0, 0, 1), 16, 0, 0))
	r := o.refund(o.Lines[0], "return_refund", 1, at(day.AddDate(0, 0, 6), 10, 0, 0))
	r.Succeeded, r.Returned = at(day.AddDate(0, 0, 7), 11, 0, 0), at(day.AddDate(0, 0, 10), 15, 0, 0)
	r.Condition, r.BackQty, r.Reason = "sellable", 1, "过敏"
	paid, back, home := o.Shop.day(o.Paid), o.Shop.day(r.Succeeded), o.Shop.day(r.Returned)
	for metric, value := range map[string]Fen{"paid_amount": 14000, "gross_sales": 18000, "refunds": 0, "net_sales": 18000,
		"net_sales_order_day": 9000} {
		c.expect("D1", "order", o.ID, paid, metric, value)
	}
	c.expect("D1", "order", o.ID, back, "refunds", Fen(9000))
	c.expect("D1", "order", o.ID, back, "net_sales", Fen(-9000))
	c.expect("R1", "refund", r.ID, back, "clawback_amount", Fen(2000))
	c.expect("D1", "sku", a.SKU, home, "stock_delta", 1)
	c.expect("D1", "order", o.ID, "", "units_sold", 2)
	c.expect("D1", "order", o.ID, "", "units_returned", 1)
	c.expect("D1", "order", o.ID, "", "gifts", 1)
	c.expect("D1", "order", o.ID, "", "product_cost", Fen(4600))
}

// casePresale is case 2: presale over midnight and month end, attribution.
func (c *Company) casePresale() {
	c.beginCase("2", "presale over midnight, month end and attribution")
	day := c.opts.PresaleDay
	balance := time.Date(day.Year(), day.Month()+1, 1, 0, 3, 0, 0, day.Location())
	forfeit := time.Date(day.Year(), day.Month()+1, 4, 10, 0, 0, 0, day.Location())
	x := c.caseProduct("C2-X", "案例预售精华", 44900, 9000, WarehouseEast, 10)
	l := c.sells(ShopTmall, x)
	buyer := c.newcomer("顾晓晨", "13700000201", true)
	t1 := c.caseOrder("T1", ShopTmall, buyer, at(day, 20, 5, 0), balance, &line{Listing: l, Qty: 1, Item: 5000})
	t2 := c.caseOrder("T2", ShopTmall, c.newcomer("陆一鸣", "13700000202", false), at(day, 20, 5, 0), time.Time{}, &line{Listing: l,
		Qty: 1, Item: 5000})
	for _, o := range []*order{t1, t2} {
		o.Kind, o.Deposit, o.DepositOf = "presale", at(day, 20, 6, 0), 5000
	}
	t2.Closed, t2.Forfeited = forfeit, true
	c.sendAll(t1, at(balance, 15, 0, 0))
	project := c.ads.projects[0]
	for i, when := range []time.Time{at(day.AddDate(0, 0, -4), 21, 0, 0), at(balance.AddDate(0, 0, -2), 21, 0, 0)} {
		name := fmt.Sprintf("K%d", i+1)
		ad := &adNode{Account: AdAccount, Level: "ad", ID: fmt.Sprintf("7400000000000090%d", i+1), Parent: project,
			Campaign: project.Campaign,
			Title:    "预售精华-" + name, Listing: l, Created: at(day.AddDate(0, 0, -6), 10, 0, i)}
		c.ads.ads = append(c.ads.ads, ad)
		c.caseIDs[name] = ad.ID
		click := c.clickOn(ad, buyer, when)
		if i == 0 {
			t1.Cause, t1.TouchedBy = click, 1
		}
	}
	placed, paid, gone := t1.Shop.day(t1.Placed), t1.Shop.day(t1.Paid), t1.Shop.day(forfeit)
	c.expect("T1+T2", "sku", x.SKU, placed, "orders_placed", 2)
	c.expect("T1+T2", "sku", x.SKU, placed, "deposits_received", Fen(10000))
	c.expect("T1+T2", "sku", x.SKU, placed, "paid_amount", Fen(0))
	c.expect("T1+T2", "sku", x.SKU, placed, "gross_sales", Fen(0))
	c.expect("T1+T2", "sku", x.SKU, placed, "presale_commitment", 2)
	c.expect("T1", "order", t1.ID, paid, "paid_amount", Fen(39900))
	c.expect("T1", "order", t1.ID, paid, "gross_sales", Fen(39900))
	c.expect("T1", "order", t1.ID, paid, "net_sales_order_day", Fen(39900))
	c.expect("T2", "order", t2.ID, gone, "other_income", Fen(5000))
	c.expect("T2", "order", t2.ID, gone, "net_sales", Fen(0))
	c.expect("K1", "ad", c.caseIDs["K1"], paid, "credited", Fen(39900))
	c.expect("K2", "ad", c.caseIDs["K2"], paid, "credited", Fen(0))
}

// caseBundle is case 3: bundle, merge, split.
func (c *Company) caseBundle() {
	c.beginCase("3", "bundle, merge, split")
	day := c.opts.CaseDay.AddDate(0, 0, -1)
	a := c.caseProduct("C3-A", "案例组件 A", 8000, 2000, WarehouseEast, 8)
	b := c.caseProduct("C3-B", "案例组件 B", 4000, 1000, WarehouseSouth, 11)
	g := c.caseProduct("C3-G", "案例组件赠品 G", 0, 500, WarehouseEast, 10)
	a.Reference, b.Reference = 6000, 3000
	kit := c.caseProduct("C3-KIT", "案例组合装 KIT", 15000, 4000, "", 0)
	kit.Bundle = []component{{a, 1}, {b, 2}}
	buyer := c.newcomer("苏沐橙", "13700000301", true)
	p1 := c.caseOrder("P1", ShopTmall, buyer, at(day, 10, 0, 0), at(day, 10, 2, 0), &line{Listing: c.sells(ShopTmall, kit), Qty: 2,
		Item: 1})
	p2 := c.caseOrder("P2", ShopTmall, buyer, at(day, 10, 20, 0), at(day, 10, 21, 0), &line{Listing: c.sells(ShopTmall, a), Qty: 1})
	p2.MergedWith = p1
	o4, o5 := at(c.opts.CaseDay, 9, 0, 0), at(c.opts.CaseDay.AddDate(0, 0, 1), 9, 0, 0)
	east := c.parcel(p1, WarehouseEast, o4, parcelItem{Line: p1.Lines[0], Product: a, Qty: 2}, parcelItem{Product: g, Qty: 1,
		Gift: true})
	c.parcel(p1, WarehouseSouth, o5, parcelItem{Line: p1.Lines[0], Product: b, Qty: 4})
	c.parcel(p2, WarehouseEast, o4, parcelItem{Line: p2.Lines[0], Product: a, Qty: 1}).Number = east.Number
	p1.Shipped, p1.Received, p2.Shipped, p2.Received = o5, o5.AddDate(0, 0, 8), o4, o4.AddDate(0, 0, 8)
	paid := p1.Shop.day(p1.Paid)
	c.expect("P1", "order", p1.ID, paid, "gross_sales", Fen(29999))
	c.expect("P2", "order", p2.ID, paid, "gross_sales", Fen(8000))
	c.expect("P1", "component", a.SKU, paid, "seller_due", Fen(15000))
	c.expect("P1", "component", b.SKU, paid, "seller_due", Fen(14999))
	c.expect("P2", "component", a.SKU, paid, "seller_due", Fen(8000))
	for sku, units := range map[string]int{a.SKU: 3, b.SKU: 4, g.SKU: 1, kit.SKU: 0} {
		c.expect("P1+P2", "sku", sku, "", "demand_units", units)
	}
	c.expect("P1+P2", "sku", a.SKU, "", "available_after", 5)
	c.expect("P1+P2", "sku", b.SKU, "", "available_after", 7)
	c.expect("P1+P2", "sku", kit.SKU, "", "sellable_sets_after", 3)
	c.expect("P1+P2", "order", p1.ID, "", "packages", 2)
}
