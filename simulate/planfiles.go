package simulate

import (
	"fmt"
	"slices"
	"time"
)

// saved is when the planning files were last saved, before the first day.
func (c *Company) saved() string {
	return at(c.begin().AddDate(0, 0, -3), 18, 0, 0).Format(time.RFC3339)
}

func (c *Company) shopSheet() *sheet {
	s := &sheet{name: "shop", columns: []string{"shop_id", "title", "platform", "zone", "currency", "business_model",
		"sales_of_record", "legal_entity"}}
	for _, one := range c.shops {
		s.add(one.ID, one.Title, one.Platform, one.Zone, one.Currency, one.Model, one.Record, one.Entity)
	}
	return s
}

// Our campaigns. A project belongs to the campaign from its first membership
// day on; the site's project joined ten days late, so its first spend is
// unmapped.
func (c *Company) campaignSheets() (campaigns, members *sheet) {
	campaigns = &sheet{name: "campaign", columns: []string{"campaign_code", "title", "starts_on", "ends_on", "owner", "goal",
		"updated_at"}}
	members = &sheet{name: "campaign_member", columns: []string{"campaign_code", "member_kind", "platform", "account_id",
		"member_id", "valid_from_on", "valid_to_on", "updated_at"}}
	from, to := date(c.opts.From.AddDate(0, 0, -3)), date(c.opts.To.AddDate(0, 0, 30))
	for _, row := range [][3]string{{"2026-618-SUN", "2026-618 防晒", "拉新与爆发"}, {"2026-SKIN", "护肤日常", "稳定投产"},
		{"2026-LIVE", "抖音直播", "直播成交"}, {"2026-SITE", "官网拉新", "会员增长"},
		{"CASE4", "案例4", "口径核对"}, {"CASE5", "案例5", "库存联动"}, {"2026-SLOT", "坑位合作", "曝光"}} {
		campaigns.add(row[0], row[1], from, to, "市场部", row[2], c.saved())
	}
	for _, p := range c.ads.projects {
		members.add(p.Campaign, "ad_campaign", "oceanengine", p.Account, p.ID, date(c.joined(p)), "", c.saved())
	}
	for _, show := range c.ads.sessions {
		members.add("2026-LIVE", "live_session", "douyin", "", show.ID, date(show.Start), "", c.saved())
		for _, room := range show.Rooms {
			members.add("2026-LIVE", "room", "douyin", "", room, date(show.Start), "", c.saved())
		}
	}
	return campaigns, members
}

// joined is the day from which a project belongs to its campaign.
func (c *Company) joined(project *adNode) time.Time {
	if project.Campaign == "2026-SITE" {
		return c.opts.From.AddDate(0, 0, 10)
	}
	return c.begin().AddDate(0, 0, -3)
}

func (c *Company) sessionSheets(asOf time.Time) (sessions, rooms *sheet) {
	sessions = &sheet{name: "live_session", columns: []string{"live_session_id", "shop_id", "platform", "creator_id", "anchor",
		"is_own", "title", "planned_start_at", "planned_end_at", "started_at",
		"ended_at", "slot_fee_amount", "commission_rate", "currency", "updated_at"}}
	rooms = &sheet{name: "live_session_room", columns: []string{"platform", "room_id", "live_session_id", "started_at", "ended_at",
		"updated_at"}}
	for _, show := range c.ads.sessions {
		if show.Start.After(asOf) {
			continue
		}
		updated := c.instant(lastBefore([]time.Time{show.Start, show.End}, asOf), asOf)
		sessions.add(show.ID, show.Shop.ID, "douyin", "creator-own", show.Anchor, "true", show.Title, c.instant(show.Start, asOf),
			show.End.In(c.zone).Format(time.RFC3339), c.instant(show.Start, asOf),
			c.instant(show.End, asOf), show.SlotFee.String(), "0", "CNY", updated)
		part := show.End.Sub(show.Start) / time.Duration(len(show.Rooms))
		for i, room := range show.Rooms {
			start := show.Start.Add(time.Duration(i) * part)
			if reached(start, asOf) {
				rooms.add("douyin", room, show.ID, c.instant(start, asOf), c.instant(start.Add(part), asOf), updated)
			}
		}
	}
	return sessions, rooms
}

// usdRate is yuan for a dollar in ten-thousandths: 7.1000 up to two days after
// the case day, 7.2000 from the third on.
func (c *Company) usdRate(day time.Time) int {
	if day.Before(c.opts.CaseDay.AddDate(0, 0, 3)) {
		return 71000
	}
	return 72000
}

func (c *Company) rateSheet(asOf time.Time) *sheet {
	s := &sheet{name: "exchange_rate", columns: []string{"from_currency", "to_currency", "rate", "rate_date", "kind", "updated_at"}}
	for day := c.begin().AddDate(0, 0, -61); !day.After(asOf); day = day.AddDate(0, 0, 1) {
		rate := c.usdRate(day)
		s.add("USD", "CNY", fmt.Sprintf("%d.%04d", rate/10000, rate%10000), date(day), "central_parity", at(day, 9, 15,
			0).Format(time.RFC3339))
	}
	return s
}

// costSheet is what each SKU costs before VAT; one cost rises in the middle.
func (c *Company) costSheet(asOf time.Time) *sheet {
	s := &sheet{name: "product_cost", columns: []string{"sku_code", "cost_amount", "currency", "tax_included", "method",
		"valid_from_on", "valid_to_on", "updated_at"}}
	from, middle := c.begin().AddDate(0, 0, -70), c.halfway()
	for _, p := range c.products {
		if len(p.Bundle) > 0 {
			continue
		}
		if p.SKU != "HL003" || middle.After(asOf) {
			s.add(p.SKU, p.Cost.String(), "CNY", "false", "standard", date(from), "", c.saved())
			continue
		}
		changed := at(middle, 9, 0, 0).Format(time.RFC3339)
		s.add(p.SKU, p.Cost.String(), "CNY", "false", "standard", date(from), date(middle.AddDate(0, 0, -1)), changed)
		s.add(p.SKU, (p.Cost + 250).String(), "CNY", "false", "standard", date(middle), "", changed)
	}
	return s
}

func (c *Company) vatSheet() *sheet {
	s := &sheet{name: "vat_rate", columns: []string{"sku_code", "rate", "valid_from_on", "updated_at"}}
	for _, p := range c.products {
		s.add(p.SKU, fmt.Sprintf("0.%02d", p.VAT), date(c.begin().AddDate(0, 0, -70)), c.saved())
	}
	return s
}

func (c *Company) feeSheet() *sheet {
	s := &sheet{name: "fee_rule", columns: []string{"shop_id", "category", "fee_type", "rate", "amount", "currency",
		"valid_from_on", "valid_to_on", "updated_at"}}
	from := date(c.begin().AddDate(0, 0, -70))
	for _, one := range c.shops {
		if one.Model == "pop" {
			s.add(one.ID, "", "platform_fee", "0.05", "", "", from, "", c.saved())
		}
		s.add(one.ID, "", "payment_fee", "0.006", "", "", from, "", c.saved())
		s.add(one.ID, "", "freight", "", "3.50", one.Currency, from, "", c.saved())
	}
	return s
}

// settlementSheet is the platforms' bills: a day after the buyer confirmed, the
// goods' money less refunds so far, and the platform's fee.
func (c *Company) settlementSheet(asOf time.Time) *sheet {
	s := &sheet{name: "settlement_line", columns: []string{"shop_id", "bill_id", "settlement_line_id", "order_id", "line_id",
		"fee_type", "amount", "currency", "settled_at", "updated_at"}}
	for _, o := range c.orders {
		settled := o.Received.AddDate(0, 0, 1)
		if o.Received.IsZero() || o.Hidden || o.Shop.Model != "pop" || !reached(settled, asOf) {
			continue
		}
		for _, l := range o.Lines {
			if l.Gift {
				continue
			}
			amount := l.due()
			for _, r := range o.Refunds {
				if r.Line == l && reached(r.Succeeded, settled) {
					amount -= r.seller()
				}
			}
			when, bill := c.instant(settled, asOf), "B"+settled.In(o.Shop.loc).Format("20060102")
			s.add(o.Shop.ID, bill, o.ID+"-"+l.ID+"-1", o.ID, l.ID, "goods", amount.String(), o.Shop.Currency, when, when)
			s.add(o.Shop.ID, bill, o.ID+"-"+l.ID+"-2", o.ID, l.ID, "platform_fee", (-amount.part(5, 100)).String(), o.Shop.Currency,
				when, when)
		}
	}
	return s
}

func (c *Company) promotionSheet() *sheet {
	s := &sheet{name: "promotion", columns: []string{"promotion_id", "campaign_code", "title", "phase", "shop_id", "sku_code",
		"planned_quantity", "reserved_quantity", "starts_at", "ends_at", "updated_at"}}
	day, pre := c.opts.CaseDay, c.opts.PresaleDay
	clock := func(t time.Time) string { return t.Format(time.RFC3339) }
	s.add("PR-PRESALE", "2026-618-SUN", "预售", "presale", ShopTmall, "C2-X", "100", "10", clock(at(pre, 20, 0, 0)),
		clock(at(pre.AddDate(0, 0, 8), 0, 0, 0)), c.saved())
	s.add("PR-BURST-1", "2026-618-SUN", "爆发", "burst", ShopTmall, "HL001", "400", "50", clock(day), clock(day.AddDate(0, 0, 1)),
		c.saved())
	s.add("PR-BURST-2", "2026-618-SUN", "爆发", "burst", ShopTmall, "HL002", "300", "50", clock(day), clock(day.AddDate(0, 0, 1)),
		c.saved())
	s.add("PR-CASE5", "CASE5", "案例5", "burst", ShopTmall, "C5-A", "60", "0", clock(day), clock(day.AddDate(0, 0, 1)), c.saved())
	return s
}

func (c *Company) exclusionSheet() *sheet {
	s := &sheet{name: "exclusion_rule", columns: []string{"rule_id", "owner", "from_on", "to_on", "shop_id", "seller_flag",
		"memo_contains", "customer_ref", "sku_code", "effect", "updated_at"}}
	from := date(c.begin().AddDate(0, 0, -70))
	s.add("EX-BRUSH", "运营部", from, "", ShopTmall, "red", "补单", "", "", "brushing", c.saved())
	s.add("EX-STAFF", "人事部", from, "", ShopTmall, "", "内购", "", "", "staff", c.saved())
	s.add("EX-LINK", "运营部", from, "", "", "", "", "", "LINK01", "other_income", c.saved())
	return s
}

// snapshotSheet is the warehouse's own count of case 5's SKU at midnight.
func (c *Company) snapshotSheet(asOf time.Time) *sheet {
	s := &sheet{name: "stock_level", columns: []string{"erp", "warehouse_code", "sku_code", "batch_no", "as_of_at",
		"on_hand_sellable_qty", "order_locked_qty", "pick_locked_qty", "frozen_qty",
		"unsellable_expiry_qty", "returns_bin_qty", "receiving_qty", "defective_qty", "inbound_purchase_qty",
		"inbound_transfer_qty", "virtual_qty", "source_available_qty", "expires_on", "updated_at"}}
	day := c.opts.CaseDay
	if day.After(asOf) {
		return s
	}
	when := day.Format(time.RFC3339)
	s.add("wms", WarehouseEast, "C5-A", "LOT-C5-A-A", when, "110", "100", "40", "0", "0", "12", "30", "5", "200", "20", "500",
		"520", "2028-06-30", when)
	s.add("wms", WarehouseEast, "C5-A", "LOT-C5-A-B", when, "10", "0", "0", "0", "10", "0", "0", "0", "0", "0", "0", "0",
		date(day.AddDate(0, 0, 12)), when)
	return s
}

// etaSheet is what the suppliers promised, as purchasing keeps it.
func (c *Company) etaSheet(asOf time.Time) *sheet {
	s := &sheet{name: "purchase_eta", columns: []string{"purchase_id", "line_id", "sku_code", "quantity", "warehouse_code",
		"expected_at", "updated_at"}}
	for _, p := range c.purchases {
		if reached(p.Ordered, asOf) && !reached(p.Received, asOf) {
			s.add(p.ID, p.LineID, p.Product.SKU, fmt.Sprint(p.Qty), p.Warehouse, p.Promised.Format(time.RFC3339),
				c.instant(p.Ordered, asOf))
		}
	}
	return s
}

// otherSpendSheet is case 4's money on platforms without a connector here.
func (c *Company) otherSpendSheet(asOf time.Time) *sheet {
	s := &sheet{name: "ad_spend", columns: []string{"platform", "account_id", "level", "ad_entity_id", "report_date", "report_hour",
		"report_zone", "is_of_record", "spend_reported_amount",
		"spend_cash_amount", "spend_grant_amount", "impressions", "clicks", "currency", "updated_at"}}
	day := c.opts.CaseDay
	if seen := at(day.AddDate(0, 0, 1), 6, 0, 0); reached(seen, asOf) {
		when := c.instant(seen, asOf)
		s.add("qianchuan", "QC-1", "account", "QC-1", date(day), "-1", "Asia/Shanghai", "true", "100.00", "100.00", "0.00", "20000",
			"300", "CNY", when)
		s.add("tencent", "25610", "group", "25610-1", date(day), "-1", "Asia/Shanghai", "true", "50.00", "50.00", "0.00", "9000",
			"90", "CNY", when)
		s.add("google", "1234567890", "campaign", "2", date(day), "-1", "America/Los_Angeles", "true", "1.23", "1.23", "0.00", "40",
			"3", "USD", when)
	}
	return s
}

func (c *Company) otherClaimSheet(asOf time.Time) *sheet {
	s := &sheet{name: "ad_claim", columns: []string{"platform", "account_id", "level", "ad_entity_id", "claim_date", "date_basis",
		"claim_window", "action", "value_basis", "orders", "amount", "currency",
		"includes_organic", "seen_at", "updated_at"}}
	day := c.opts.CaseDay
	if seen := at(day.AddDate(0, 0, 1), 6, 0, 0); reached(seen, asOf) {
		when := c.instant(seen, asOf)
		s.add("qianchuan", "QC-1", "account", "QC-1", date(day), "click", "", "order", "paid", "9", "900.00", "CNY", "true", when,
			when)
	}
	return s
}

// smallSheets are the lists that hardly change.
func (c *Company) smallSheets() []*sheet {
	warehouses := &sheet{name: "warehouse", columns: []string{"warehouse_code", "title", "kind", "zone", "updated_at"}}
	serves := &sheet{name: "warehouse_shop", columns: []string{"warehouse_code", "shop_id", "updated_at"}}
	for i, code := range []string{WarehouseEast, WarehouseSouth, WarehouseReturns} {
		warehouses.add(code, warehouseTitle(code), []string{"own", "3pl", "returns"}[i], c.opts.Zone, c.saved())
		for _, one := range c.shops {
			if i < 2 && one.ID != ShopSiteUS {
				serves.add(code, one.ID, c.saved())
			}
		}
	}
	creators := &sheet{name: "creator", columns: []string{"creator_id", "platform", "author_id", "title", "is_own", "agency",
		"tier", "commission_rate", "updated_at"}}
	creators.add("creator-own", "douyin", "author_xiaohe", "小合", "true", "", "店播", "0", c.saved())
	creators.add("creator-night", "douyin", "author_xiaoliu", "小流", "true", "", "店播", "0", c.saved())
	suppliers := &sheet{name: "supplier", columns: []string{"supplier_code", "title", "country", "payment_terms_days", "is_active",
		"updated_at"}}
	offers := &sheet{name: "supplier_sku", columns: []string{"supplier_code", "sku_code", "valid_from_on", "moq_quantity",
		"pack_quantity", "lead_time_days", "price_amount", "currency", "tax_included", "updated_at"}}
	for i := range 4 {
		code := fmt.Sprintf("S%02d", i+1)
		suppliers.add(code, "供应商"+code, "CN", "30", "true", c.saved())
	}
	var done []string
	for _, p := range c.purchases {
		if key := p.Supplier + p.Product.SKU; !slices.Contains(done, key) {
			done = append(done, key)
			offers.add(p.Supplier, p.Product.SKU, date(c.begin().AddDate(0, 0, -70)), "50", "10",
				fmt.Sprint(int(p.Promised.Sub(p.Ordered).Hours()/24)), p.Cost.String(), "CNY", "false", c.saved())
		}
	}
	return []*sheet{warehouses, serves, creators, suppliers, offers}
}
