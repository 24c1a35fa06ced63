package simulate

import (
	"cmp"
	"slices"
	"time"
)

// Truth is what a warehouse over this company must show at an instant. It is
// computed from the company's own history, never from what the servers wrote.
// Amounts are in the shop's currency; days are the shop's local days.
type Truth struct {
	AsOf      time.Time      `json:"as_of"`
	ShopDays  []ShopDay      `json:"shop_days"`
	Orders    []OrderTruth   `json:"orders"`
	Demand    []SKUDemand    `json:"demand"`
	Stock     []SKUStock     `json:"stock"`
	StockOuts []StockOut     `json:"stock_outs"`
	Spend     []SpendDay     `json:"spend"`
	Effects   []CampaignPull `json:"effects"`
	Customers []Identity     `json:"customers"`
	Touches   []TouchTruth   `json:"touches"`
	Streams   []StreamCount  `json:"streams"`
	Cases     []CaseFigure   `json:"cases"`
}

// ShopDay is one shop on one local day, with the measures of DOMAIN.md 1.6.
type ShopDay struct {
	ShopID           string `json:"shop_id"`
	Day              string `json:"day"`
	Currency         string `json:"currency"`
	OrdersPlaced     int    `json:"orders_placed"`
	PlacedAmount     Fen    `json:"placed_amount"`
	PaidOrders       int    `json:"paid_orders"`
	PaidAmount       Fen    `json:"paid_amount"`
	GrossSales       Fen    `json:"gross_sales"`
	Refunds          Fen    `json:"refunds"`
	NetSales         Fen    `json:"net_sales"`
	NetSalesOrderDay Fen    `json:"net_sales_order_day"`
}

// OrderTruth is one platform order.
type OrderTruth struct {
	ShopID    string `json:"shop_id"`
	OrderID   string `json:"order_id"`
	Case      string `json:"case"`
	Kind      string `json:"kind"`
	Class     string `json:"class"`    // sale, not_sale, pending; an excluded or unpaid order is no sale, one not yet paid pending
	Excluded  string `json:"excluded"` // exclusion_rule effect
	IsSale    bool   `json:"is_sale"`  // class sale, not excluded, paid in full
	Status    string `json:"status"`
	PlacedDay string `json:"placed_day"`
	PaidDay   string `json:"paid_day"`
	BuyerPaid Fen    `json:"buyer_paid"`
	SellerDue Fen    `json:"seller_due"`
	Refunds   Fen    `json:"refunds"`             // seller side, succeeded so far
	Net       Fen    `json:"net_sales_order_day"` // 0 unless is_sale
	Person    int    `json:"person"`              // 0: the platform tells no buyer
	Space     string `json:"id_space"`            // of the buyer's id
	Touches   int    `json:"touches"`
	CausedBy  string `json:"caused_by"` // event id of the touch that made it; empty: organic
	Campaign  string `json:"campaign"`  // campaign_code of that touch's ad
	AdID      string `json:"ad_id"`
	RoomID    string `json:"room_id"`
}

// Truth gives the answers as of an instant.
func (c *Company) Truth(asOf time.Time) *Truth {
	return &Truth{AsOf: asOf, ShopDays: c.shopDays(asOf), Orders: c.orderTruths(asOf), Demand: c.demandTruth(asOf),
		Stock:     c.stockTruth(asOf),
		StockOuts: c.stockOuts(asOf), Spend: c.spendTruth(asOf), Effects: c.effects(asOf), Customers: c.identities(asOf),
		Touches: c.touchTruth(asOf), Streams: c.streamCounts(asOf), Cases: c.cases}
}

// class is DOMAIN.md 1.4 at an instant.
func (o *order) class(now time.Time) string {
	switch o.Kind {
	case "exchange", "resend", "sample", "zero", "gift_only", "difference_link", "recharge", "service":
		return "not_sale"
	}
	switch {
	case o.Group == "failed":
		return "not_sale"
	case o.Group == "forming" || o.Risk == "held":
		return "pending"
	case o.Forfeited && reached(o.Closed, now):
		return "not_sale"
	case reached(o.Deposit, now) && !reached(o.Paid, now):
		return "pending"
	}
	return "sale"
}

// classStated is the class with what keeps an order out of the sales: a rule, or no payment.
func (o *order) classStated(now time.Time) string {
	class := o.class(now)
	switch {
	case o.excludedAt(now) != "" || o.status(now) == "closed_unpaid":
		return "not_sale"
	case class == "sale" && !reached(o.Paid, now):
		return "pending"
	}
	return class
}

// isSale says whether the order's money is sales: paid, a sale, not excluded.
func (o *order) isSale(now time.Time) bool {
	return reached(o.Paid, now) && o.class(now) == "sale" && o.excludedAt(now) == ""
}

// excludedAt is the rule's effect, once what it looks at is there.
func (o *order) excludedAt(now time.Time) string {
	if o.Memo != "" && !reached(o.MemoAt, now) {
		return ""
	}
	return o.Excluded
}

func (c *Company) shopDays(asOf time.Time) []ShopDay {
	days := map[[2]string]*ShopDay{}
	on := func(s *shop, when time.Time) *ShopDay {
		key := [2]string{s.ID, s.day(when)}
		if days[key] == nil {
			days[key] = &ShopDay{ShopID: s.ID, Day: key[1], Currency: s.Currency}
		}
		return days[key]
	}
	for _, o := range c.orders {
		if !o.Hidden && reached(o.Placed, asOf) {
			day := on(o.Shop, o.Placed)
			day.OrdersPlaced++
			day.PlacedAmount += o.buyerPaid()
		}
		if !o.Hidden && reached(o.Paid, asOf) {
			day := on(o.Shop, o.Paid)
			day.PaidOrders++
			day.PaidAmount += o.buyerPaid()
			if o.isSale(asOf) {
				day.GrossSales += o.due()
				day.NetSalesOrderDay += o.due() - o.refunded(asOf)
			}
		}
		for _, r := range o.Refunds {
			if reached(r.Succeeded, asOf) && o.isSale(asOf) {
				on(o.Shop, r.Succeeded).Refunds += r.seller()
			}
		}
	}
	out := make([]ShopDay, 0, len(days))
	for _, day := range days {
		day.NetSales = day.GrossSales - day.Refunds
		out = append(out, *day)
	}
	slices.SortFunc(out, func(a, b ShopDay) int { return cmp.Or(cmp.Compare(a.ShopID, b.ShopID), cmp.Compare(a.Day, b.Day)) })
	return out
}

// refunded is what refunds took from our sales of the order so far.
func (o *order) refunded(now time.Time) Fen {
	var total Fen
	for _, r := range o.Refunds {
		if reached(r.Succeeded, now) {
			total += r.seller()
		}
	}
	return total
}

func (c *Company) orderTruths(asOf time.Time) []OrderTruth {
	var out []OrderTruth
	for _, o := range c.orders {
		if o.Hidden || !reached(o.Placed, asOf) {
			continue
		}
		row := OrderTruth{ShopID: o.Shop.ID, OrderID: o.ID, Case: o.Case, Kind: o.Kind, Class: o.classStated(asOf),
			Excluded: o.excludedAt(asOf), IsSale: o.isSale(asOf), Status: o.status(asOf),
			PlacedDay: o.Shop.day(o.Placed), BuyerPaid: o.buyerPaid(), SellerDue: o.due(), Refunds: o.refunded(asOf),
			Touches: o.TouchedBy, RoomID: o.RoomID}
		if reached(o.Paid, asOf) {
			row.PaidDay = o.Shop.day(o.Paid)
		}
		if row.IsSale {
			row.Net = row.SellerDue - row.Refunds
		}
		if o.Buyer != nil && !o.Unknown {
			row.Person, row.Space = o.Buyer.Index, o.Shop.Space
		}
		if o.Cause != nil {
			row.CausedBy = o.Cause.ID
			if o.Cause.Ad != nil {
				row.Campaign, row.AdID = o.Cause.Ad.Campaign, o.Cause.Ad.ID
			}
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b OrderTruth) int {
		return cmp.Or(cmp.Compare(a.ShopID, b.ShopID), cmp.Compare(a.OrderID, b.OrderID))
	})
	return out
}
