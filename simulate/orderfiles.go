package simulate

import (
	"fmt"
	"slices"
	"time"
)

// inFiles says whether a shop's orders come as files: all shops but Tmall, which
// has its own API.
func inFiles(s *shop) bool { return s.ID != ShopTmall }

// orderSheets are the orders, lines and discounts of the shops without an API.
func (c *Company) orderSheets(asOf time.Time, without []string) (orders, lines, discounts *sheet) {
	orders = &sheet{name: "order", columns: []string{"shop_id", "order_id", "checkout_id", "order_kind", "status", "group_state",
		"risk_state", "id_space", "customer_ref", "placed_at",
		"paid_at", "shipped_at", "received_at", "closed_at", "shipping_paid_amount", "buyer_paid_amount", "currency", "seller_flag",
		"seller_memo", "room_id", "video_id", "author_id",
		"utm_source", "utm_medium", "utm_campaign", "click_id", "coupon_code", "is_oversold", "updated_at"}}
	lines = &sheet{name: "order_line", columns: []string{"shop_id", "order_id", "line_id", "item_id", "platform_sku_id", "sku_code",
		"title", "quantity", "is_gift", "list_amount",
		"seller_discount_amount", "platform_subsidy_amount", "creator_subsidy_amount", "payment_subsidy_amount",
		"seller_due_amount", "buyer_paid_goods_amount", "currency", "updated_at"}}
	discounts = &sheet{name: "order_discount", columns: []string{"shop_id", "order_id", "line_id", "promotion_id", "bearer",
		"amount", "is_bearer_assumed", "currency", "updated_at"}}
	for _, o := range c.orders {
		if !inFiles(o.Shop) || slices.Contains(without, o.Shop.ID) || o.Hidden || !reached(o.Placed, asOf) {
			continue
		}
		changed := c.instant(lastBefore(o.changes(), asOf), asOf)
		space, ref := o.Shop.Space, o.Buyer.in(o.Shop.Space)
		if o.Unknown || ref == "" {
			space, ref = "", ""
		}
		flag, memo := "", ""
		if reached(o.MemoAt, asOf) {
			flag, memo = o.Flag, o.Memo
		}
		orders.add(o.Shop.ID, o.ID, o.Checkout, o.Kind, o.status(asOf), o.Group, o.Risk, space, ref, c.instant(o.Placed, asOf),
			c.instant(o.Paid, asOf), c.instant(o.firstShipped(), asOf),
			c.instant(o.Received, asOf), c.instant(o.Closed, asOf), o.Postage.String(), o.buyerPaid().String(), o.Shop.Currency,
			flag, memo, o.RoomID, o.VideoID, o.AuthorID,
			o.UTM[0], o.UTM[1], o.UTM[2], o.ClickID, o.Coupon, fmt.Sprint(o.Oversold), changed)
		for _, l := range o.Lines {
			p := l.Listing.Product
			lines.add(o.Shop.ID, o.ID, l.ID, l.Listing.ItemID, l.Listing.PlatformID, p.SKU, p.Title, fmt.Sprint(l.Qty),
				fmt.Sprint(l.Gift), l.List.String(), (l.Item + l.Share).String(),
				l.Platform.String(), l.Creator.String(), l.Payment.String(), l.due().String(), l.paid().String(), o.Shop.Currency,
				changed)
			for _, part := range []struct {
				promotion, bearer string
				amount            Fen
			}{{"item", "seller", l.Item}, {"full-cut", "seller", l.Share}, {"subsidy", "platform", l.Platform}, {"author",
				"creator", l.Creator}, {"pay", "payment", l.Payment}} {
				if part.amount > 0 {
					discounts.add(o.Shop.ID, o.ID, l.ID, part.promotion, part.bearer, part.amount.String(), "false",
						o.Shop.Currency, changed)
				}
			}
		}
	}
	return orders, lines, discounts
}

func (c *Company) refundSheet(asOf time.Time) *sheet {
	s := &sheet{name: "refund", columns: []string{"shop_id", "refund_id", "line_id", "order_id", "kind", "status", "quantity",
		"buyer_amount", "clawback_amount", "shipping_amount", "borne_by",
		"applied_at", "succeeded_at", "returned_at", "returned_condition", "returned_quantity", "currency", "reason", "updated_at"}}
	for _, o := range c.orders {
		if !inFiles(o.Shop) {
			continue
		}
		for _, r := range o.Refunds {
			if !reached(r.Applied, asOf) {
				continue
			}
			status, condition, back := "applied", "", ""
			switch {
			case reached(r.Succeeded, asOf):
				status = "succeeded"
			case reached(r.Closed, asOf):
				status = "closed"
			}
			if reached(r.Returned, asOf) {
				condition, back = r.Condition, fmt.Sprint(r.BackQty)
			}
			s.add(o.Shop.ID, r.ID, r.Line.ID, o.ID, r.Kind, status, fmt.Sprint(r.Qty), r.Buyer.String(), r.Clawback.String(),
				r.Shipping.String(), r.BorneBy, c.instant(r.Applied, asOf),
				c.instant(r.Succeeded, asOf), c.instant(r.Returned, asOf), condition, back, o.Shop.Currency, r.Reason,
				c.instant(lastBefore(r.changes(), asOf), asOf))
		}
	}
	return s
}

// memberSheet is the CRM: clear phones and e-mails, written as people write
// them, beside the ids that each platform binds to them; and planted traps.
func (c *Company) memberSheet(asOf time.Time) *sheet {
	s := &sheet{name: "customer", columns: []string{"id_space", "customer_ref", "phone", "email", "member_programme", "member_id",
		"member_level", "province", "city", "first_seen_at", "updated_at"}}
	seen := c.firstSeen()
	for _, p := range c.people {
		for _, space := range []string{SpaceTaobao, SpaceDouyin, SpaceSite, SpaceUS} {
			first, bought := seen[p][space]
			if !bought || !reached(first, asOf) || (!p.Member && space != SpaceSite && space != SpaceUS) {
				continue
			}
			phone, email := p.writtenPhone(space), p.writtenEmail(space)
			programme, member := "", ""
			if p.Member {
				programme, member = "heliu-club", p.MemberID
			}
			when := c.instant(first, asOf)
			s.add(space, p.in(space), phone, email, programme, member, p.Level, p.Province, p.City, when, when)
		}
	}
	return s
}

// firstSeen is when each person was first seen in each id space.
func (c *Company) firstSeen() map[*person]map[string]time.Time {
	out := map[*person]map[string]time.Time{}
	for _, o := range c.orders {
		if o.Buyer == nil || o.Unknown || o.Hidden || o.Shop.Space == "" {
			continue
		}
		if out[o.Buyer] == nil {
			out[o.Buyer] = map[string]time.Time{}
		}
		if first, known := out[o.Buyer][o.Shop.Space]; !known || o.Placed.Before(first) {
			out[o.Buyer][o.Shop.Space] = o.Placed
		}
	}
	return out
}

// trap says which unusable contact the CRM holds for the person in a space.
func (p *person) trap(space string) string {
	switch {
	case p.Phone == "13811111234" || p.Phone == "13822221234":
		return "masked"
	case p.Index < 900000 && space == SpaceTaobao && p.Index%37 == 3:
		return "virtual"
	case p.Index < 900000 && space == SpaceDouyin && p.Index%23 == 5:
		return "own"
	}
	return ""
}

// shopPhone is the company's own service number: nobody's phone.
const shopPhone = "4008001234"

func (p *person) writtenPhone(space string) string {
	switch p.trap(space) {
	case "masked":
		return p.masked()
	case "virtual":
		return fmt.Sprintf("1701234%04d转%04d", p.Index%7, p.Index%9000+1000)
	case "own":
		return shopPhone
	}
	switch p.Index % 4 {
	case 1:
		return "+86 " + p.Phone[:3] + "-" + p.Phone[3:7] + "-" + p.Phone[7:]
	case 2:
		return p.Phone[:3] + " " + p.Phone[3:7] + " " + p.Phone[7:]
	}
	return p.Phone
}

func (p *person) writtenEmail(space string) string {
	switch {
	case p.trap(space) != "":
		return ""
	case p.Index%5 == 0:
		return " B" + p.Email[1:len(p.Email)-len("example.com")] + "Example.COM"
	case p.Index%3 == 0:
		return ""
	}
	return p.Email
}

func (c *Company) consentSheet(asOf time.Time) *sheet {
	s := &sheet{name: "consent", columns: []string{"id_space", "customer_ref", "channel", "purpose", "is_given", "given_at",
		"source", "updated_at"}}
	seen := c.firstSeen()
	for _, p := range c.people {
		for _, space := range []string{SpaceTaobao, SpaceDouyin, SpaceSite, SpaceUS} {
			if first, bought := seen[p][space]; bought && reached(first, asOf) && p.Member {
				when := c.instant(first, asOf)
				s.add(space, p.in(space), "all", "identity", fmt.Sprint(p.consents()), when, "入会协议", when)
			}
		}
	}
	return s
}

// consents says whether the person lets identities be joined: all but every
// twentieth member.
func (p *person) consents() bool { return p.Index%20 != 7 }
