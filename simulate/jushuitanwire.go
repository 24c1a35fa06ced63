package simulate

import (
	"fmt"
	"time"
)

// erpWire writes one record as the ERP's call does.
func (c *Company) erpWire(path string, r record) any {
	now := r.at()
	switch thing := r.Thing.(type) {
	case *erpOrder:
		if path == "orders/out/simple/query" {
			return c.outWire(thing, now)
		}
		return c.erpOrderWire(thing, now)
	case *stockSeries:
		return c.inventoryWire(thing, now)
	case *product:
		if path == "combine/sku/query" {
			return c.comboWire(thing, now)
		}
		return c.skuWire(thing, now)
	case *purchase:
		if path == "purchasein/query" {
			return c.receiptWire(thing)
		}
		return c.purchaseWire(thing, now)
	case *erpReturn:
		return c.returnWire(thing, now)
	case *allocation:
		return c.allocationWire(thing, now)
	case *stockChange:
		return object{"io_id": thing.Ref, "type": "盘点", "status": "Confirmed", "io_date": c.clock(thing.At),
			"modified":  c.clock(thing.At),
			"wms_co_id": warehouseNumber(thing.Warehouse), "items": []any{object{"ioi_id": thing.Ref + "-1",
				"sku_id": thing.Product.SKU, "qty": thing.Delta.OnHand}}}
	case garbage:
		return thing.body(now)
	}
	return nil
}

// erpOrderWire is a document as orders/single/query shows it.
func (c *Company) erpOrderWire(e *erpOrder, now time.Time) object {
	o, status := e.Orders[0], e.status(now)
	var paid Fen
	items := make([]any, len(e.Items))
	for i, item := range e.Items {
		items[i] = c.erpItemWire(e, item, now)
		paid += item.Paid
	}
	body := object{"o_id": e.ID, "so_id": o.ID, "shop_id": o.Shop.ERPID, "shop_name": o.Shop.Title, "status": status,
		"shop_status": tradeStatus(o.status(now)),
		"type":        e.Type, "order_date": c.clock(o.Placed), "pay_date": c.clock(o.Paid), "created": c.clock(e.Created),
		"modified": c.clock(now), "ts": now.Unix(),
		"pay_amount": paid.String(), "amount": paid.String(), "paid_amount": paid.String(), "freight": "0.00",
		"currency":  o.Shop.Currency,
		"wms_co_id": warehouseNumber(e.Warehouse), "items": items, "labels": "", "receiver_state": "",
		"receiver_mobile": o.Receiver}
	if len(e.Orders) > 1 {
		body["merge_so_id"] = e.Orders[0].ID + "," + e.Orders[1].ID
	}
	if o.Buyer != nil && !o.Unknown {
		body["shop_buyer_id"] = mask(o.Buyer.Name)
		body["buyer_id"] = 70000000 + o.Buyer.Index
		body["receiver_state"] = o.Buyer.Province
	}
	if status == "Sent" {
		body["send_date"], body["l_id"], body["logistics_company"] = c.clock(e.Shipped), e.Number, e.Carrier
	}
	return body
}

func (c *Company) erpItemWire(e *erpOrder, item erpItem, now time.Time) object {
	price := "0.00"
	if item.Qty > 0 {
		price = (item.Due / Fen(item.Qty)).String()
	}
	body := object{"oi_id": item.ID, "sku_id": item.Product.SKU, "i_id": item.Product.SPU, "name": item.Product.Title,
		"qty": item.Qty, "price": price,
		"base_price": item.Product.Price.String(), "amount": item.Due.String(), "item_pay_amount": item.Paid.String(),
		"buyer_paid_amount":    item.Paid.String(),
		"seller_income_amount": item.Due.String(), "is_gift": item.Gift, "raw_so_id": item.Order.ID, "item_status": e.status(now),
		"refund_qty": 0}
	if now.After(c.halfway()) { // the ERP's upgrade: pieces become text
		body["qty"] = fmt.Sprint(item.Qty)
	}
	if item.Line != nil {
		body["outer_oi_id"], body["shop_sku_id"], body["shop_i_id"] = item.Line.ID, item.Line.Listing.PlatformID,
			item.Line.Listing.ItemID
		for _, r := range item.Order.Refunds {
			if r.Line == item.Line && reached(r.Applied, now) && r.Kind == "unshipped" {
				body["refund_id"], body["refund_status"], body["refund_qty"] = r.ID, "waiting", item.Qty
				if reached(r.Succeeded, now) {
					body["refund_status"] = "success"
				}
			}
		}
	}
	if item.Combine != nil {
		body["src_combine_sku_id"], body["sku_type"] = item.Combine.SKU, "combine"
	}
	return body
}

// outWire is a sent document as orders/out/simple/query shows it.
func (c *Company) outWire(e *erpOrder, now time.Time) object {
	items := make([]any, len(e.Items))
	for i, item := range e.Items {
		row := object{"ioi_id": item.ID + 40000000, "oi_id": item.ID, "sku_id": item.Product.SKU, "i_id": item.Product.SPU,
			"name": item.Product.Title, "qty": item.Qty,
			"sale_amount": item.Due.String(), "is_gift": item.Gift, "raw_so_id": item.Order.ID}
		if item.Line != nil {
			row["outer_oi_id"] = item.Line.ID
		}
		if item.Combine != nil {
			row["combine_sku_id"] = item.Combine.SKU
		}
		items[i] = row
	}
	return object{"io_id": e.ID + 30000000, "o_id": e.ID, "so_id": e.Orders[0].ID, "shop_id": e.Orders[0].Shop.ERPID,
		"status": "Confirmed", "io_date": c.clock(e.Shipped),
		"created": c.clock(e.Created), "modified": c.clock(now), "ts": now.Unix(), "wms_co_id": warehouseNumber(e.Warehouse),
		"l_id": e.Number, "logistics_company": e.Carrier, "items": items}
}

func (c *Company) inventoryWire(s *stockSeries, now time.Time) object {
	level, _ := s.at(now)
	return object{"sku_id": s.Product.SKU, "i_id": s.Product.SPU, "name": s.Product.Title,
		"wms_co_id": warehouseNumber(s.Warehouse), "warehouse_code": s.Warehouse, "qty": level.OnHand,
		"order_lock": level.Locked, "pick_lock": level.Picked, "virtual_qty": level.Virtual, "purchase_qty": level.Purchase,
		"return_qty": level.Returns, "in_qty": level.Receiving,
		"defective_qty": level.Defective, "allocate_qty": level.Transfer, "min_qty": 0, "max_qty": 0, "modified": c.clock(now),
		"ts": now.Unix(), "batchs": c.lots(s, level)}
}

// lots splits the pieces on hand over batches with their expiry.
func (c *Company) lots(s *stockSeries, level stockLevel) []any {
	if level.OnHand <= 0 {
		return []any{}
	}
	long := object{"batch_no": "LOT-" + s.Product.SKU + "-A", "qty": level.OnHand, "expiration_date": "2028-06-30"}
	if !c.hasOldLot(s, level) {
		return []any{long}
	}
	long["qty"] = level.OnHand - oldLotPieces
	return []any{long, object{"batch_no": "LOT-C5-A-B", "qty": oldLotPieces, "expiration_date": c.oldLotExpires().Format(time.DateOnly)}}
}

// oldLotPieces of case 5's SKU in the east are a lot that expires soon.
const oldLotPieces = 10

func (c *Company) hasOldLot(s *stockSeries, level stockLevel) bool {
	return s.Product.SKU == "C5-A" && s.Warehouse == WarehouseEast && level.OnHand > oldLotPieces
}

func (c *Company) oldLotExpires() time.Time { return c.opts.CaseDay.AddDate(0, 0, 12) }

func (c *Company) skuWire(p *product, now time.Time) object {
	return object{"sku_id": p.SKU, "i_id": p.SPU, "name": p.Title, "short_name": p.Title, "category": p.Category, "brand": p.Brand,
		"unit": p.Unit, "sale_price": p.Price.String(),
		"cost_price": p.Cost.String(), "sku_type": "normal", "enabled": 1, "shelf_life": p.ShelfDays,
		"reject_lifecycle": p.MinRemainDays, "supplier_id": 1, "created": c.clock(now), "modified": c.clock(now),
		"ts": now.Unix()}
}

func (c *Company) comboWire(p *product, now time.Time) object {
	items := make([]any, len(p.Bundle))
	for i, part := range p.Bundle {
		items[i] = object{"src_sku_id": part.Product.SKU, "qty": part.Quantity, "sale_price": part.Product.Reference.String()}
	}
	return object{"sku_id": p.SKU, "i_id": p.SPU, "name": p.Title, "short_name": p.Title, "category": p.Category, "brand": p.Brand,
		"unit": p.Unit, "sale_price": p.Price.String(), "enabled": 1, "created": c.clock(now), "modified": c.clock(now),
		"ts": now.Unix(), "items": items}
}

func (c *Company) purchaseWire(p *purchase, now time.Time) object {
	status := "WaitConfirm"
	switch {
	case reached(p.Received, now):
		status = "Finished"
	case reached(p.Ordered.Add(3*time.Hour), now):
		status = "Confirmed"
	}
	return object{"po_id": p.ID, "po_date": c.clock(p.Ordered), "status": status, "supplier_id": p.Supplier,
		"seller": "供应商" + p.Supplier, "wms_co_id": warehouseNumber(p.Warehouse),
		"modified": c.clock(now), "ts": now.Unix(), "items": []any{object{"poi_id": p.LineID, "sku_id": p.Product.SKU, "qty": p.Qty,
			"price": p.Cost.String(), "plan_arrive_date": c.clock(p.Promised)}}}
}

func (c *Company) receiptWire(p *purchase) object {
	return object{"io_id": "9" + p.ID, "po_id": p.ID, "type": "采购入库", "status": "Confirmed", "io_date": c.clock(p.Received),
		"modified": c.clock(p.Received), "ts": p.Received.Unix(),
		"wms_co_id": warehouseNumber(p.Warehouse), "supplier_id": p.Supplier, "items": []any{object{"ioi_id": "9" + p.LineID,
			"poi_id": p.LineID, "sku_id": p.Product.SKU, "qty": p.Qty,
			"cost_price": p.Cost.String(), "cost_amount": (p.Cost * Fen(p.Qty)).String()}}}
}

func (c *Company) returnWire(r *erpReturn, now time.Time) object {
	status, good := "WaitConfirm", "BUYER_NOT_RECEIVED"
	if reached(r.Received, now) || r.Received.IsZero() {
		status = "Confirmed"
	}
	if reached(r.Received, now) {
		good = "SELLER_RECEIVED"
	}
	items := make([]any, len(r.Items))
	for i, item := range r.Items {
		received, bad := 0, 0
		switch {
		case reached(r.Received, now) && r.Sellable:
			received = item.Qty
		case reached(r.Received, now):
			bad = item.Qty
		}
		amount := Fen(0)
		if i == 0 {
			amount = r.Amount
		}
		items[i] = object{"asi_id": r.ID*10 + int64(i), "sku_id": item.Product.SKU, "qty": item.Qty, "r_qty": received,
			"defective_qty": bad, "amount": amount.String(), "type": "退货"}
	}
	return object{"as_id": r.ID, "outer_as_id": r.Refund.ID, "as_date": c.clock(r.Created), "so_id": r.Order.ID,
		"shop_id": r.Order.Shop.ERPID, "type": r.Type, "status": status, "good_status": good, "refund": r.Amount.String(),
		"created": c.clock(r.Created), "modified": c.clock(now), "ts": now.Unix(), "wms_co_id": warehouseNumber(r.Warehouse),
		"items": items}
}

func (c *Company) allocationWire(a *allocation, now time.Time) object {
	kind, from, to, id, status := "调拨出", a.From, a.To, a.ID+"1", "Confirmed"
	if a.in {
		kind, from, to, id = "调拨入", a.To, a.From, a.ID+"2"
		if !reached(a.Arrived, now) {
			status = "WaitConfirm"
		}
	}
	return object{"io_id": id, "link_io_id": a.ID, "type": kind, "status": status, "wms_co_id": warehouseNumber(from),
		"link_wms_co_id": warehouseNumber(to), "io_date": c.clock(now),
		"plan_arrive_date": c.clock(a.Due), "modified": c.clock(now), "ts": now.Unix(), "items": []any{object{"ioi_id": id + "0",
			"sku_id": a.Product.SKU, "qty": a.Qty}}}
}

// brokenERPOrders are documents that no reader may take for documents.
func brokenERPOrders(c *Company) []func(time.Time) any {
	base := func(now time.Time) object {
		return object{"o_id": 99000001, "so_id": "9990000000000000009", "shop_id": 10001, "status": "WaitConfirm",
			"type": "普通订单", "order_date": c.clock(now), "modified": c.clock(now),
			"pay_amount": "1.00", "items": []any{}}
	}
	return []func(time.Time) any{
		func(now time.Time) any { b := base(now); b["order_date"] = "2026-13-45 00:00:00"; return b },
		func(now time.Time) any { b := base(now); b["o_id"] = nil; return b },
	}
}
