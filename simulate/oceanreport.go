package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// reportMetrics are the metrics that the custom report knows here. The first
// three are the vendor's for certain; the rest are named as the console does.
func reportMetrics() []string {
	return []string{"stat_cost", "show_cnt", "click_cnt", "ctr", "cpc_platform", "convert_cnt", "attribution_convert_cnt",
		"in_app_order", "in_app_order_gmv", "in_app_pay", "in_app_pay_gmv"}
}

// reportKey is one row of a report.
type reportKey struct {
	day  string
	hour int // -1: the whole day
	id   string
}

type reportSum struct {
	node          *adNode
	cost, amount  Fen
	shown, clicks int64
	orders        int64
}

// adFacts sums money and claims over days from..to as the platform states them
// at an instant. level is "campaign", "ad" or "" (the account).
func (c *Company) adFacts(account, level string, hourly bool, from, to, now time.Time) map[reportKey]*reportSum {
	sums := map[reportKey]*reportSum{}
	at := func(ad *adNode, day time.Time, hour int) *reportSum {
		key, node := reportKey{day.Format(time.DateOnly), hour, account}, (*adNode)(nil)
		switch level {
		case "ad":
			key.id, node = ad.ID, ad
		case "campaign":
			key.id, node = ad.Parent.ID, ad.Parent
		}
		if sums[key] == nil {
			sums[key] = &reportSum{node: node}
		}
		return sums[key]
	}
	for _, h := range c.ads.between(from, to) {
		if h.Ad.Account != account || h.start().Add(time.Hour).After(now) {
			continue
		}
		hour := -1
		if hourly {
			hour = h.Hour
		}
		sum := at(h.Ad, h.Day, hour)
		sum.cost += h.costAt(now)
		sum.shown += h.Shown
		sum.clicks += h.Clicks
	}
	if hourly {
		return sums
	}
	for _, claim := range c.ads.claims {
		if claim.Ad.Account != account || claim.Day.Before(from) || claim.Day.After(to) || !reached(claim.SeenAt, now) {
			continue
		}
		sum := at(claim.Ad, claim.Day, -1)
		sum.orders += claim.Orders
		sum.amount += claim.Amount
	}
	return sums
}

// reportRows answers a custom report, its values as strings.
func (c *Company) reportRows(ask reportAsk, now time.Time) []object {
	sums := c.adFacts(ask.account, ask.level, ask.hourly, ask.from, ask.to, now)
	keys := make([]reportKey, 0, len(sums))
	for key := range sums {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b reportKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.hour, b.hour), cmp.Compare(a.id, b.id))
	})
	rows := make([]object, 0, len(keys)+1)
	for _, key := range keys {
		rows = append(rows, reportRow(ask, key, sums[key], now))
	}
	if ask.account == AdAccount && ask.level == "ad" && !ask.hourly {
		for i := range brokenReportDays {
			day := c.brokenAt(i)
			if !day.Before(ask.from) && day.Before(ask.to.AddDate(0, 0, 1)) && reached(day.Add(24*time.Hour), now) {
				rows = append(rows, brokenReportRow(ask, day.Format(time.DateOnly)))
			}
		}
	}
	return rows
}

// brokenReportDays is on how many days the ad report holds a row of garbage.
const brokenReportDays = 2

func brokenReportRow(ask reportAsk, day string) object {
	row := reportRow(ask, reportKey{day, -1, "7400000000000099999"}, &reportSum{}, time.Time{})
	metrics := row["metrics"].(map[string]string)
	for name := range metrics {
		metrics[name] = "N/A"
	}
	return row
}

func reportRow(ask reportAsk, key reportKey, sum *reportSum, now time.Time) object {
	dimensions, metrics := map[string]string{}, map[string]string{}
	for _, name := range ask.dimensions {
		switch name {
		case "stat_time_day":
			dimensions[name] = key.day
		case "stat_time_hour":
			dimensions[name] = fmt.Sprintf("%s %02d:00:00", key.day, key.hour)
		case "cdp_promotion_id":
			dimensions[name] = key.id
		case "cdp_project_id":
			dimensions[name] = key.id
			if ask.level == "ad" && sum.node != nil {
				dimensions[name] = sum.node.Parent.ID
			}
		case "cdp_promotion_name", "cdp_project_name":
			if sum.node != nil {
				dimensions[name] = sum.node.titleAt(now)
			}
		}
	}
	for _, name := range ask.metrics {
		switch name {
		case "stat_cost":
			metrics[name] = sum.cost.String()
		case "show_cnt":
			metrics[name] = strconv.FormatInt(sum.shown, 10)
		case "click_cnt":
			metrics[name] = strconv.FormatInt(sum.clicks, 10)
		case "ctr":
			metrics[name] = ratio(sum.clicks*100, sum.shown)
		case "cpc_platform":
			metrics[name] = ratio(int64(sum.cost), sum.clicks*100)
		case "in_app_order_gmv", "in_app_pay_gmv":
			metrics[name] = sum.amount.String()
		default:
			metrics[name] = strconv.FormatInt(sum.orders, 10)
		}
	}
	return object{"dimensions": dimensions, "metrics": metrics}
}

func ratio(n, d int64) string {
	if d == 0 {
		return "0.00"
	}
	return strconv.FormatFloat(float64(n)/float64(d), 'f', 2, 64)
}
