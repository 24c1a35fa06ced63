package simulate

import (
	"fmt"
	"slices"
	"time"
)

// Ocean Engine accounts of the company.
const (
	AdAccount      = "1700000000000001" // the generated campaigns
	AdAccountCase4 = "1700000000000004"
	AdAccountCase5 = "1700000000000005"
)

// advertising is the ad platform's side: trees, money by hour, and claims.
type advertising struct {
	accounts []string
	projects []*adNode
	ads      []*adNode
	hours    []*adHour
	claims   []adClaim
	sessions []*liveSession
}

// adNode is a project (level campaign) or a promotion (level ad).
type adNode struct {
	Account, Level, ID, Title, NewTitle string
	Parent                              *adNode
	Listing                             *listing // promoted goods
	Campaign                            string   // our campaign_code
	Created, Renamed, Deleted           time.Time
}

func (n *adNode) titleAt(now time.Time) string {
	if reached(n.Renamed, now) {
		return n.NewTitle
	}
	return n.Title
}

// adHour is what one ad cost in one hour. Corrected money replaces Cost from
// CorrectedAt on (invalid clicks paid back).
type adHour struct {
	Ad            *adNode
	Day           time.Time
	Hour          int
	Cost          Fen
	Shown, Clicks int64
	Corrected     Fen
	CorrectedAt   time.Time
}

func (h *adHour) start() time.Time { return h.Day.Add(time.Duration(h.Hour) * time.Hour) }

// costAt is the money as the platform states it at an instant.
func (h *adHour) costAt(now time.Time) Fen {
	if reached(h.CorrectedAt, now) {
		return h.Corrected
	}
	return h.Cost
}

// adClaim is one conversion as the platform claims it: booked on the day of the
// click, and seen from SeenAt on.
type adClaim struct {
	Ad     *adNode
	Day    time.Time
	SeenAt time.Time
	Orders int64
	Amount Fen
}

type liveSession struct {
	ID, Title, Anchor string
	Shop              *shop
	Rooms             []string
	Start, End        time.Time
	SlotFee           Fen
}

func newAdvertising(c *Company) *advertising {
	d := newDice(c.opts.Seed, "advertising")
	a := &advertising{accounts: []string{AdAccount}}
	from := c.opts.From
	tree := []struct {
		project, campaign string
		shop              string
		products          []int
	}{
		{"618防晒-淘宝引流", "2026-618-SUN", ShopTmall, []int{0, 1}},
		{"护肤日常-淘宝引流", "2026-SKIN", ShopTmall, []int{5, 9, 8}},
		{"抖音直播间引流", "2026-LIVE", ShopDouyin, []int{0, 14}},
		{"官网拉新", "2026-SITE", ShopSite, []int{1, 20}},
	}
	for i, t := range tree {
		project := &adNode{Account: AdAccount, Level: "campaign", ID: fmt.Sprintf("73000000000000%05d", 101+i),
			Title: t.project, Campaign: t.campaign, Created: at(from.AddDate(0, 0, -3), 15, 0, i)}
		a.projects = append(a.projects, project)
		for j, n := range t.products {
			product := c.products[n]
			ad := &adNode{Account: AdAccount, Level: "ad", ID: fmt.Sprintf("74000000000000%05d", 201+10*i+j), Parent: project,
				Title: t.project + "-" + product.Title, Campaign: t.campaign, Listing: c.listing(t.shop, product),
				Created: at(from.AddDate(0, 0, -3), 16, 0, 10*i+j)}
			a.ads = append(a.ads, ad)
		}
	}
	gone := a.ads[4] // the third of the skin care project is renamed, then deleted
	gone.NewTitle = gone.Title + "(停投)"
	gone.Renamed = at(c.opts.From.AddDate(0, 0, 20), 11, 0, 0)
	gone.Deleted = at(c.opts.From.AddDate(0, 0, 30), 9, 0, 0)
	a.spend(c, d)
	a.openSessions(c)
	return a
}

// hourWeights is how a day's shoppers and ad money spread over its hours.
func hourWeights() []int {
	return []int{2, 1, 1, 1, 1, 1, 2, 3, 4, 6, 7, 7, 6, 6, 6, 6, 6, 6, 6, 8, 10, 11, 8, 4}
}

func (a *advertising) spend(c *Company, d dice) {
	days := int(c.opts.To.Sub(c.opts.From).Hours()/24) + 1
	daily := max(2400, int64(c.opts.Orders)*15000/int64(days)/5/int64(len(a.ads)))
	for day, i := c.opts.From, 0; !day.After(c.opts.To); day, i = day.AddDate(0, 0, 1), i+1 {
		for _, ad := range a.ads {
			budget := Fen(daily * int64(d.between(70, 130)) / 100)
			if isBigDay(c, day) {
				budget *= 2
			}
			weights := make([]int64, 24)
			for h, w := range hourWeights() {
				weights[h] = int64(w*10 + d.IntN(10))
			}
			for h, cost := range share(budget, weights) {
				if !ad.Deleted.IsZero() && !day.Add(time.Duration(h)*time.Hour).Before(ad.Deleted) {
					continue
				}
				hour := &adHour{Ad: ad, Day: day, Hour: h, Cost: cost, Clicks: int64(cost)/80 + int64(d.IntN(3))}
				hour.Shown = hour.Clicks*int64(d.between(25, 45)) + 7
				if i == 7 && h == 21 { // one day's evening is paid back two days later
					hour.Corrected = cost - cost.part(5, 100)
					hour.CorrectedAt = at(day.AddDate(0, 0, 2), 4, 0, 0)
				}
				a.hours = append(a.hours, hour)
			}
		}
	}
}

// isBigDay says whether a sales festival is on: the case day and the first of a
// month.
func isBigDay(c *Company, day time.Time) bool {
	return day.Day() == 1 || day.Equal(c.opts.CaseDay)
}

// openSessions holds a live show every Friday from 20:00 to 23:00.
func (a *advertising) openSessions(c *Company) {
	for day := c.opts.From; !day.After(c.opts.To); day = day.AddDate(0, 0, 1) {
		if day.Weekday() != time.Friday {
			continue
		}
		n := len(a.sessions) + 1
		a.sessions = append(a.sessions, &liveSession{ID: fmt.Sprintf("LS%03d", n), Title: "周五防晒专场", Anchor: "小合",
			Shop: c.shop[ShopDouyin], Rooms: []string{fmt.Sprintf("7390000000000000%03d", n)},
			Start: at(day, 20, 0, 0), End: at(day, 23, 0, 0)})
	}
}

func (a *advertising) sessionOn(day time.Time) *liveSession {
	for _, s := range a.sessions {
		if sameDay(s.Start, day) {
			return s
		}
	}
	return nil
}

func sameDay(a, b time.Time) bool {
	return a.Format(time.DateOnly) == b.In(a.Location()).Format(time.DateOnly)
}

// adsFor gives the ads that ran for a shop at an instant.
func (a *advertising) adsFor(s *shop, when time.Time) []*adNode {
	var out []*adNode
	for _, ad := range a.ads {
		if ad.Listing.Shop == s && (ad.Deleted.IsZero() || when.Before(ad.Deleted)) {
			out = append(out, ad)
		}
	}
	return out
}

// sort puts the hours in the order of their days, so that a report finds its
// days at once.
func (a *advertising) sort() {
	slices.SortStableFunc(a.hours, func(x, y *adHour) int { return x.Day.Compare(y.Day) })
}

// between gives the hours of days from..to, both included.
func (a *advertising) between(from, to time.Time) []*adHour {
	start, _ := slices.BinarySearchFunc(a.hours, from, func(h *adHour, day time.Time) int { return h.Day.Compare(day) })
	end, _ := slices.BinarySearchFunc(a.hours, to.AddDate(0, 0, 1), func(h *adHour, day time.Time) int { return h.Day.Compare(day) })
	return a.hours[start:max(start, end)]
}

// claim books what the platform will say of a conversion.
func (a *advertising) claim(ad *adNode, clicked, paid time.Time, amount Fen) {
	a.claims = append(a.claims, adClaim{Ad: ad, Day: at(clicked, 0, 0, 0), Orders: 1, Amount: amount,
		SeenAt: at(paid.AddDate(0, 0, 1), 6, 0, 0)})
}
