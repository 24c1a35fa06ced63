package simulate

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// SKUDemand is what customers wanted of a stock SKU on a day of the company's
// zone: units of paid orders and units they could not have. Units that came by
// a bundle count as the bundle's components; gifts are apart. Brushing, price
// links, a group that failed, an order that the platform holds and a gift of an
// ERP order that was cancelled are no demand.
type SKUDemand struct {
	SKU      string `json:"sku_code"`
	Day      string `json:"day"`
	Demanded int    `json:"units_demanded"`
	Sold     int    `json:"units_sold"`
	Lost     int    `json:"units_lost"`
	Gifts    int    `json:"gift_units"`
}

func (c *Company) demandTruth(asOf time.Time) []SKUDemand {
	days := map[[2]string]*SKUDemand{}
	on := func(p *product, when time.Time) *SKUDemand {
		key := [2]string{p.SKU, date(when.In(c.zone))}
		if days[key] == nil {
			days[key] = &SKUDemand{SKU: p.SKU, Day: key[1]}
		}
		return days[key]
	}
	for _, o := range c.orders {
		if o.Hidden || !reached(o.Paid, asOf) || o.Excluded == "brushing" || o.Excluded == "other_income" ||
			o.Group == "failed" || o.Risk == "held" {
			continue
		}
		for _, item := range orderItems(o) {
			if item.Gift && item.Line == nil && reached(o.cancelled(), asOf) {
				continue
			}
			if item.Gift {
				on(item.Product, o.Placed).Gifts += item.Qty
				continue
			}
			on(item.Product, o.Placed).Sold += item.Qty
		}
	}
	for _, w := range c.demand {
		for _, l := range w.Lines {
			if !l.Lost || w.At.After(asOf) {
				continue
			}
			for _, piece := range l.Product.pieces(l.Qty) {
				on(piece.Product, w.At).Lost += piece.Qty
			}
		}
	}
	out := make([]SKUDemand, 0, len(days))
	for _, day := range days {
		day.Demanded = day.Sold + day.Lost
		out = append(out, *day)
	}
	slices.SortFunc(out, func(a, b SKUDemand) int { return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.Day, b.Day)) })
	return out
}

// cancelled is when the ERP gave up sending the order; zero: never.
func (o *order) cancelled() time.Time {
	if len(o.Parcels) == 0 || !o.Parcels[0].Shipped.IsZero() || len(o.Refunds) == 0 {
		return time.Time{}
	}
	return o.Refunds[len(o.Refunds)-1].Succeeded
}

// CampaignPull is what a campaign's ads really caused: orders that would not
// have been, and their net sales on the order-day basis.
type CampaignPull struct {
	Campaign string `json:"campaign_code"`
	Orders   int    `json:"orders"`
	Net      Fen    `json:"net_sales_order_day"`
}

func (c *Company) effects(asOf time.Time) []CampaignPull {
	sums := map[string]*CampaignPull{}
	for _, o := range c.orders {
		if o.Cause == nil || o.Cause.Ad == nil || !o.isSale(asOf) {
			continue
		}
		code := o.Cause.Ad.Campaign
		if sums[code] == nil {
			sums[code] = &CampaignPull{Campaign: code}
		}
		sums[code].Orders++
		sums[code].Net += o.due() - o.refunded(asOf)
	}
	var out []CampaignPull
	for _, code := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, *sums[code])
	}
	return out
}

// SpendDay is the spend of record of one project on one day of its account's
// zone that is over, since reports are of whole days, and what the platform claims for it by now.
type SpendDay struct {
	Platform string `json:"platform"`
	Account  string `json:"account_id"`
	Level    string `json:"level"`
	ID       string `json:"ad_entity_id"`
	Campaign string `json:"campaign_code"` // empty: unmapped on that day
	Day      string `json:"report_date"`
	Currency string `json:"currency"`
	Spend    Fen    `json:"spend"`
	Shown    int64  `json:"impressions"`
	Clicks   int64  `json:"clicks"`
	Orders   int64  `json:"claimed_orders"`
	Amount   Fen    `json:"claimed_amount"`
}

func (c *Company) spendTruth(asOf time.Time) []SpendDay {
	var out []SpendDay
	for _, account := range c.ads.accounts {
		sums := map[[2]string]*SpendDay{}
		on := func(ad *adNode, day time.Time) *SpendDay {
			key := [2]string{ad.Parent.ID, date(day)}
			if sums[key] == nil {
				sums[key] = &SpendDay{Platform: "oceanengine", Account: account, Level: "campaign", ID: ad.Parent.ID, Day: key[1],
					Currency: "CNY"}
				if !day.Before(at(c.joined(ad.Parent), 0, 0, 0)) {
					sums[key].Campaign = ad.Campaign
				}
			}
			return sums[key]
		}
		for _, h := range c.ads.hours {
			if h.Ad.Account == account && reached(h.Day.AddDate(0, 0, 1), asOf) {
				day := on(h.Ad, h.Day)
				day.Spend += h.costAt(asOf)
				day.Shown += h.Shown
				day.Clicks += h.Clicks
			}
		}
		for _, claim := range c.ads.claims {
			if claim.Ad.Account == account && reached(claim.SeenAt, asOf) && reached(claim.Day.AddDate(0, 0, 1), asOf) {
				day := on(claim.Ad, claim.Day)
				day.Orders += claim.Orders
				day.Amount += claim.Amount
			}
		}
		for _, day := range sums {
			out = append(out, *day)
		}
	}
	if day := c.opts.CaseDay; reached(at(day.AddDate(0, 0, 1), 6, 0, 0), asOf) {
		out = append(out, SpendDay{"qianchuan", "QC-1", "account", "QC-1", "", date(day), "CNY", 10000, 20000, 300, 9, 90000},
			SpendDay{"tencent", "25610", "group", "25610-1", "", date(day), "CNY", 5000, 9000, 90, 0, 0},
			SpendDay{"google", "1234567890", "campaign", "2", "", date(day), "USD", 123, 40, 3, 0, 0})
	}
	slices.SortFunc(out, func(a, b SpendDay) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Day, b.Day),
			cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Identity is one id of one person. Ids of one person with CanJoin in more than
// one id space are the joins that evidence allows; no other join is right.
type Identity struct {
	Person  int    `json:"person"`
	Space   string `json:"id_space"`
	Ref     string `json:"customer_ref"`
	Orders  int    `json:"orders"`   // paid orders under this id
	CanJoin bool   `json:"can_join"` // a clear phone or e-mail or a member id of the CRM stands beside it, with consent
	Trap    string `json:"trap"`     // masked, virtual, own: what stands there instead
}

func (c *Company) identities(asOf time.Time) []Identity {
	ids := map[[2]string]*Identity{}
	for _, o := range c.orders {
		if o.Buyer == nil || o.Unknown || o.Hidden || o.Shop.Space == "" || !reached(o.Placed, asOf) {
			continue
		}
		space, p := o.Shop.Space, o.Buyer
		key := [2]string{space, p.in(space)}
		if ids[key] == nil {
			inFile := p.Member || strings.HasPrefix(space, "site:")
			trap := ""
			if inFile {
				trap = p.trap(space)
			}
			ids[key] = &Identity{Person: p.Index, Space: space, Ref: p.in(space), Trap: trap, CanJoin: inFile && (trap == "" || p.Member) &&
				p.consents()}
		}
		if reached(o.Paid, asOf) {
			ids[key].Orders++
		}
	}
	for _, t := range c.touches { // the storefront knows who was logged in, with phone and e-mail
		key := [2]string{SpaceSite, t.Person.siteID()}
		if t.LoggedIn && reached(t.At, asOf) && ids[key] == nil {
			trap := t.Person.trap(SpaceSite)
			ids[key] = &Identity{Person: t.Person.Index, Space: SpaceSite, Ref: key[1], Trap: trap, CanJoin: trap == "" && t.Person.consents()}
		}
	}
	out := make([]Identity, 0, len(ids))
	for _, id := range ids {
		out = append(out, *id)
	}
	slices.SortFunc(out, func(a, b Identity) int { return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Space, b.Space)) })
	return out
}

// StreamCount is what a reader of a whole stream meets at an instant.
type StreamCount struct {
	Stream     string `json:"stream"`
	Total      int    `json:"total"`      // records served, all windows together
	Things     int    `json:"things"`     // different keys among the good ones
	Duplicates int    `json:"duplicates"` // records served a second time in their window
	Stale      int    `json:"stale"`      // older versions still served in older windows
	Malformed  int    `json:"malformed"`  // to be rejected or quarantined
}

func (c *Company) streamCounts(asOf time.Time) []StreamCount {
	book := newStreams(c).all()
	var out []StreamCount
	for _, name := range slices.Sorted(maps.Keys(book)) {
		row, keys := StreamCount{Stream: name}, map[string]bool{}
		for _, r := range book[name].records {
			if !r.visible(asOf.Unix()) {
				continue
			}
			row.Total++
			switch {
			case r.Dirt == malformed:
				row.Malformed++
				continue
			case r.Dirt == duplicate && keys[r.Key]:
				row.Duplicates++
			case r.Dirt == stale && r.Until != 0 && r.Until <= asOf.Unix():
				row.Stale++
			}
			keys[r.Key] = true
		}
		row.Things = len(keys)
		out = append(out, row)
	}
	rows := map[string]int{}
	for _, account := range c.ads.accounts {
		for _, level := range []string{"campaign", "ad"} {
			for _, hourly := range []bool{false, true} {
				name := "oceanengine/v3.0/report/custom/get " + level + map[bool]string{true: " hourly", false: " daily"}[hourly]
				rows[name] += len(c.adFacts(account, level, hourly, c.begin().AddDate(0, 0, -10), c.opts.To.AddDate(1, 0, 0), asOf))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row := StreamCount{Stream: name, Things: rows[name], Total: rows[name]}
		if strings.HasSuffix(name, " ad daily") {
			for i := range brokenReportDays {
				if reached(c.brokenAt(i).Add(24*time.Hour), asOf) {
					row.Malformed++
					row.Total++
				}
			}
		}
		out = append(out, row)
	}
	events := StreamCount{Stream: "events"}
	for _, t := range c.touches {
		if reached(t.At, asOf) {
			events.Things++
			events.Total++
			if repeats(t) {
				events.Duplicates++
				events.Total++
			}
		}
	}
	return append(out, events)
}
