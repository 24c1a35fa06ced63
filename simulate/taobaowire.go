package simulate

import (
	"encoding/json"
	"fmt"
	"time"
)

// topWire writes one record as Taobao does.
func (c *Company) topWire(r record) any {
	switch thing := r.Thing.(type) {
	case *order:
		return c.tradeWire(thing, r.at())
	case *orderRefund:
		return c.refundWire(thing.order, thing.refund, r.at())
	case *listing:
		return c.itemWire(thing, r.at())
	case garbage:
		return thing.body(r.at())
	}
	return nil
}

func tradeStatus(status string) string {
	return map[string]string{"unpaid": "WAIT_BUYER_PAY", "deposit_paid": "WAIT_BUYER_PAY", "paid": "WAIT_SELLER_SEND_GOODS",
		"part_shipped": "SELLER_CONSIGNED_PART", "shipped": "WAIT_BUYER_CONFIRM_GOODS", "received": "TRADE_FINISHED",
		"closed_refunded": "TRADE_CLOSED", "closed_unpaid": "TRADE_CLOSED_BY_TAOBAO"}[status]
}

// tradeWire is an order as trades.sold.increment.get shows it at an instant.
func (c *Company) tradeWire(o *order, now time.Time) object {
	body := object{"tid": json.Number(o.ID), "status": tradeStatus(o.status(now)), "type": "fixed", "created": c.clock(o.Placed),
		"modified": c.clock(now),
		"payment":  o.buyerPaid().String(), "total_fee": o.listTotal().String(), "post_fee": o.Postage.String(),
		"discount_fee": (o.listTotal() - o.due()).String(), "adjust_fee": "0.00", "received_payment": "0.00",
		"seller_nick": "合流防晒旗舰店",
		"trade_from":  "WAP,WAP", "has_buyer_message": false, "receiver_mobile": o.Receiver, "oaid": o.OAID,
		"seller_flag": flagCode(""), "tid_str": o.ID}
	set(body, "pay_time", c.known(o.Paid, now))
	set(body, "consign_time", c.known(o.firstShipped(), now))
	if reached(o.Received, now) {
		body["received_payment"] = o.buyerPaid().String()
	}
	for _, end := range []time.Time{o.Received, o.Closed} {
		set(body, "end_time", c.known(end, now))
	}
	if !o.Deposit.IsZero() {
		body["type"] = "step"
		switch {
		case reached(o.Paid, now):
			body["step_trade_status"], body["step_paid_fee"] = "FRONT_PAID_FINAL_PAID", o.buyerPaid().String()
		case reached(o.Deposit, now):
			body["step_trade_status"], body["step_paid_fee"] = "FRONT_PAID_FINAL_NOPAID", o.DepositOf.String()
			body["pay_time"] = c.clock(o.Deposit) // the platform shows the deposit's time here
		default:
			body["step_trade_status"], body["step_paid_fee"] = "FRONT_NOPAID_FINAL_NOPAID", "0.00"
		}
	}
	if o.Buyer != nil {
		body["receiver_state"], body["receiver_city"] = o.Buyer.Province, o.Buyer.City
		body["receiver_name"], body["buyer_nick"] = mask(o.Buyer.Name), "~"+mask(o.Buyer.Name)+"~"
		if !o.Unknown {
			body["buyer_open_uid"] = o.Buyer.taobaoID()
		}
	}
	if reached(o.MemoAt, now) {
		body["seller_memo"], body["seller_flag"] = o.Memo, flagCode(o.Flag)
	}
	set(body, "buyer_message", o.BuyerMemo)
	lines := make([]any, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = c.tradeLine(o, l, now)
	}
	body["orders"] = object{"order": lines}
	if promotions := tradePromotions(o); len(promotions) > 0 {
		body["promotion_details"] = object{"promotion_detail": promotions}
	}
	return body
}

func (o *order) listTotal() Fen {
	var total Fen
	for _, l := range o.Lines {
		total += l.List
	}
	return total
}

func (c *Company) tradeLine(o *order, l *line, now time.Time) object {
	product := l.Listing.Product
	body := object{"oid": json.Number(l.ID), "num_iid": json.Number(l.Listing.ItemID), "sku_id": l.Listing.PlatformID,
		"outer_iid":    product.SPU,
		"outer_sku_id": product.SKU, "title": product.Title, "num": l.Qty, "price": (l.List / Fen(l.Qty)).String(),
		"total_fee": (l.List - l.Item).String(), "discount_fee": l.Item.String(), "adjust_fee": "0.00",
		"payment":           (l.List - l.Item).String(),
		"part_mjz_discount": l.Share.String(), "divide_order_fee": l.due().String(), "status": tradeStatus(o.status(now)),
		"refund_status": "NO_REFUND", "is_oversold": o.Oversold, "cid": 50011980, "sku_properties_name": "规格:标准"}
	if now.After(c.halfway()) { // the platform's upgrade: numbers become strings
		body["num_iid"], body["num"] = l.Listing.ItemID, fmt.Sprint(l.Qty)
	}
	for _, r := range o.Refunds {
		if r.Line == l && reached(r.Applied, now) {
			body["refund_id"], body["refund_status"] = r.ID, refundStatus(r, now)
		}
	}
	return body
}

// tradePromotions lists discounts; Taobao does not say who bears them.
func tradePromotions(o *order) []any {
	var out []any
	var shared Fen
	for _, l := range o.Lines {
		shared += l.Share
		if l.Item > 0 {
			out = append(out, object{"id": json.Number(l.ID), "promotion_name": "单品优惠", "discount_fee": l.Item.String(),
				"promotion_desc": "单品优惠:省" + l.Item.String() + "元", "promotion_id": "Item-" + l.Listing.ItemID})
		}
	}
	if shared > 0 {
		out = append(out, object{"id": json.Number(o.ID), "promotion_name": "满300减30", "discount_fee": shared.String(),
			"promotion_desc": "满300减30,上不封顶", "promotion_id": "mjs-30030"})
	}
	return out
}

func refundStatus(r *refund, now time.Time) string {
	switch {
	case reached(r.Succeeded, now):
		return "SUCCESS"
	case reached(r.Closed, now):
		return "CLOSED"
	case reached(r.Returned, now):
		return "WAIT_SELLER_CONFIRM_GOODS"
	case r.Kind == "return_refund" || r.Kind == "exchange":
		return "WAIT_BUYER_RETURN_GOODS"
	}
	return "WAIT_SELLER_AGREE"
}

// refundWire is a refund as refunds.receive.get shows it at an instant.
func (c *Company) refundWire(o *order, r *refund, now time.Time) object {
	types := map[string]string{"return_refund": "REFUND_AND_RETURN", "exchange": "TAOBAO_EXCHANGE"}
	body := object{"refund_id": r.ID, "tid": json.Number(o.ID), "oid": json.Number(r.Line.ID), "status": refundStatus(r, now),
		"created":  c.clock(r.Applied),
		"modified": c.clock(now), "refund_fee": (r.Buyer + r.Shipping).String(), "total_fee": r.Line.List.String(),
		"payment": (r.Line.paid() - r.Buyer).String(),
		"reason":  r.Reason, "num": r.Qty, "num_iid": json.Number(r.Line.Listing.ItemID), "outer_id": r.Line.Listing.Product.SKU,
		"title":           r.Line.Listing.Product.Title,
		"has_good_return": r.Kind == "return_refund" || r.Kind == "exchange", "good_status": "BUYER_NOT_RECEIVED",
		"order_status": tradeStatus(o.status(now)),
		"dispute_type": "REFUND", "refund_phase": "onsale", "price": (r.Line.List / Fen(r.Line.Qty)).String()}
	if kind := types[r.Kind]; kind != "" {
		body["dispute_type"] = kind
	}
	if reached(o.Shipped, r.Applied) {
		body["good_status"] = "BUYER_RECEIVED"
	}
	if reached(o.Received, r.Applied) {
		body["refund_phase"] = "aftersale"
	}
	if reached(r.Returned, now) {
		body["good_status"], body["good_return_time"] = "BUYER_RETURNED_GOODS", c.clock(r.Returned)
	}
	set(body, "end_time", c.known(r.Succeeded, now))
	set(body, "end_time", c.known(r.Closed, now))
	if o.Buyer != nil && !o.Unknown {
		body["buyer_open_uid"] = o.Buyer.taobaoID()
	}
	return body
}

// itemWire is a listing as items.onsale.get and items.inventory.get show it.
func (c *Company) itemWire(l *listing, now time.Time) object {
	state, product := l.priceAt(now), l.Product
	approve := "onsale"
	if !state.OnSale {
		approve = "instock"
	}
	return object{"num_iid": json.Number(l.ItemID), "title": product.Title, "outer_id": product.SPU, "price": state.Price.String(),
		"num": 999, "cid": 50011980,
		"approve_status": approve, "list_time": c.clock(l.Prices[0].At), "created": c.clock(l.Prices[0].At),
		"modified": c.clock(now), "seller_cids": product.Category,
		"skus": object{"sku": []any{object{"sku_id": json.Number(l.PlatformID), "outer_id": product.SKU,
			"price": state.Price.String(), "quantity": 999,
			"status": "normal", "properties_name": "规格:标准", "modified": c.clock(now)}}}}
}

func set(body object, key, value string) {
	if value != "" {
		body[key] = value
	}
}

// mask hides a name as the platforms do.
func mask(name string) string {
	runes := []rune(name)
	return string(runes[:1]) + "**"
}

func flagCode(colour string) int {
	return map[string]int{"": 0, "red": 1, "yellow": 2, "green": 3, "blue": 4, "purple": 5}[colour]
}

// brokenTrades are records that no reader may take for orders.
func brokenTrades(c *Company) []func(time.Time) any {
	base := func(tid string, now time.Time) object {
		return object{"tid": json.Number(tid), "status": "WAIT_SELLER_SEND_GOODS", "payment": "10.00", "post_fee": "0.00",
			"created":  c.clock(now.Add(-time.Hour)),
			"modified": c.clock(now), "pay_time": c.clock(now.Add(-time.Hour)), "buyer_open_uid": "AAGbroken",
			"orders": object{"order": []any{object{"oid": json.Number(tid), "num": 1, "price": "10.00", "divide_order_fee": "10.00",
				"part_mjz_discount": "0.00",
				"outer_sku_id":      "HL001", "title": "坏记录"}}}}
	}
	return []func(time.Time) any{
		func(now time.Time) any { b := base("9990000000000000001", now); b["payment"] = "12.3.4"; return b },
		func(now time.Time) any { b := base("9990000000000000002", now); delete(b, "tid"); return b },
		func(now time.Time) any {
			b := base("9990000000000000003", now)
			b["created"] = "0000-00-00 00:00:00"
			return b
		},
		func(now time.Time) any { return "不是对象" },
		func(now time.Time) any { // an order without lines
			b := base("9990000000000000005", now)
			b["status"] = "TRADE_CLOSED_BY_TAOBAO"
			delete(b, "orders")
			delete(b, "pay_time")
			return b
		},
	}
}

// brokenRefund takes fifteen times what its line was sold for: case 6.1's first
// order keeps its money.
func brokenRefund(c *Company) func(time.Time) any {
	return func(now time.Time) any {
		o := c.byID[ShopTmall+"\x1f"+c.caseIDs["M1"]]
		r := &refund{ID: "9990000000000000101", Line: o.Lines[0], Kind: "refund_only", Buyer: 90000, Applied: now.Add(-time.Hour),
			Succeeded: now, Reason: "商品破损"}
		return c.refundWire(o, r, now)
	}
}
