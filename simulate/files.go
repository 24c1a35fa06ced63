package simulate

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// sheet is one table that people of the company keep as a file.
type sheet struct {
	name    string // file name without extension
	columns []string
	rows    [][]string
}

func (s *sheet) add(cells ...string) {
	if len(cells) != len(s.columns) {
		panic(fmt.Sprintf("simulate: sheet %s: %d cells for %d columns", s.name, len(cells), len(s.columns)))
	}
	s.rows = append(s.rows, cells)
}

// WriteFiles writes what the company keeps as files, as of an instant, into a
// folder, and gives the file names. All are UTF-8 CSV with the dictionary's field
// names, but sycm_traffic_daily.csv (GBK, the platform's Chinese headings) and
// marketing_cost.xlsx. Files that stand there are replaced. The orders of the
// shops named in without are left out (their refunds are not): those are read
// by another way, and one order has one record source.
func (c *Company) WriteFiles(dir string, asOf time.Time, without ...string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write the company's files: %w", err)
	}
	var names []string
	write := func(name string, content []byte) error {
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write the company's files: %w", err)
		}
		return nil
	}
	for _, s := range c.sheets(asOf, without) {
		text, err := s.csv()
		if err != nil {
			return nil, err
		}
		if err := write(s.name+".csv", text); err != nil {
			return nil, err
		}
	}
	traffic, err := c.trafficSheet(asOf).csv()
	if err != nil {
		return nil, err
	}
	chinese, err := simplifiedchinese.GBK.NewEncoder().Bytes(traffic)
	if err != nil {
		return nil, fmt.Errorf("write sycm_traffic_daily.csv as GBK: %w", err)
	}
	if err := write("sycm_traffic_daily.csv", chinese); err != nil {
		return nil, err
	}
	book, err := c.costBook(asOf)
	if err != nil {
		return nil, err
	}
	return names, write("marketing_cost.xlsx", book)
}

// sheets are all UTF-8 CSV files as of an instant.
func (c *Company) sheets(asOf time.Time, without []string) []*sheet {
	orders, lines, discounts := c.orderSheets(asOf, without)
	sessions, rooms := c.sessionSheets(asOf)
	campaigns, members := c.campaignSheets()
	out := []*sheet{orders, lines, discounts, c.refundSheet(asOf), c.memberSheet(asOf), c.consentSheet(asOf), sessions, rooms,
		campaigns, members,
		c.shopSheet(), c.rateSheet(asOf), c.costSheet(asOf), c.vatSheet(), c.feeSheet(), c.settlementSheet(asOf),
		c.promotionSheet(), c.exclusionSheet(),
		c.snapshotSheet(asOf), c.etaSheet(asOf), c.otherSpendSheet(asOf), c.otherClaimSheet(asOf)}
	return append(out, c.smallSheets()...)
}

func (s *sheet) csv() ([]byte, error) {
	var buffer bytes.Buffer
	writer := csv.NewWriter(&buffer)
	if err := writer.Write(s.columns); err != nil {
		return nil, fmt.Errorf("write %s.csv: %w", s.name, err)
	}
	if err := writer.WriteAll(s.rows); err != nil {
		return nil, fmt.Errorf("write %s.csv: %w", s.name, err)
	}
	return buffer.Bytes(), nil
}

// instant writes a time with its zone; empty when not reached.
func (c *Company) instant(t, now time.Time) string {
	if !reached(t, now) {
		return ""
	}
	return t.In(c.zone).Format(time.RFC3339)
}

func date(t time.Time) string { return t.Format(time.DateOnly) }

// trafficSheet is the platform's daily traffic report of the Tmall shop, with
// the headings that its export has. An empty source is all sources together.
func (c *Company) trafficSheet(asOf time.Time) *sheet {
	s := &sheet{name: "sycm_traffic_daily", columns: []string{"统计日期", "流量来源", "商品ID", "浏览量", "访客数", "加购人数",
		"支付买家数", "支付金额"}}
	paid, buyers := map[string]Fen{}, map[string]map[string]bool{}
	for _, o := range c.orders {
		if o.Shop.ID != ShopTmall || o.Hidden || !reached(o.Paid, asOf) {
			continue
		}
		day := o.Shop.day(o.Paid)
		paid[day] += o.buyerPaid()
		if buyers[day] == nil {
			buyers[day] = map[string]bool{}
		}
		buyers[day][o.Buyer.taobaoID()] = true
	}
	for day := c.opts.From; !day.After(c.opts.To) && day.AddDate(0, 0, 1).Before(asOf); day = day.AddDate(0, 0, 1) {
		d := newDice(c.opts.Seed, "traffic "+date(day))
		base := c.opts.Orders/12 + d.IntN(20) + 20
		total := 0
		for _, source := range []string{"手淘搜索", "手淘推荐", "淘内免费其他", "付费推广"} {
			uv := base*d.between(70, 130)/100 + 5
			total += uv
			s.add(date(day), source, "", fmt.Sprint(uv*d.between(25, 40)/10), fmt.Sprint(uv), fmt.Sprint(uv/9), "", "")
		}
		s.add(date(day), "", "", fmt.Sprint(total*3), fmt.Sprint(total*9/10), fmt.Sprint(total/10),
			fmt.Sprint(len(buyers[date(day)])), paid[date(day)].String())
	}
	return s
}

// cost is one row of the marketing department's list.
type cost struct {
	id, kind, basis, campaign, shop, order, session string
	amount                                          any
	currency                                        string
	from, to                                        time.Time
	spread                                          string
}

func (c *Company) costs() []cost {
	day := c.opts.CaseDay
	out := []cost{
		{id: "MC-SLOT", kind: "slot_fee", basis: "actual", campaign: "2026-SLOT", amount: 5000.00, currency: "CNY", from: day,
			to: day, spread: "first_day"},
		{id: "MC-AGENCY", kind: "agency", basis: "actual", campaign: "2026-618-SUN", shop: ShopTmall, amount: 3000.00,
			currency: "CNY", from: c.opts.From, to: c.opts.To, spread: "even"},
		{id: "MC-NIGHT", kind: "slot_fee", basis: "actual", campaign: "2026-LIVE", shop: ShopDouyin, session: "LS-NIGHT",
			amount: 800.00, currency: "CNY", from: day.AddDate(0, 0, -2), to: day.AddDate(0, 0, -2), spread: "first_day"},
		{id: "MC-COMM-L1", kind: "commission", basis: "estimated", campaign: "2026-LIVE", shop: ShopDouyin, order: c.caseIDs["L1"],
			amount: 12.00, currency: "CNY", from: day.AddDate(0, 0, -2), to: day.AddDate(0, 0, -2), spread: "by_order"},
		{id: "MC-SAMPLE", kind: "sample", basis: "actual", campaign: "2026-LIVE", shop: ShopDouyin, order: c.caseIDs["SM1"],
			amount: 20.00, currency: "CNY", from: day.AddDate(0, 0, -4), to: day.AddDate(0, 0, -4), spread: "first_day"},
		{id: "MC-BAD-CUR", kind: "other", basis: "actual", campaign: "2026-SKIN", amount: 10.00, currency: "XXQ", from: day,
			to: day, spread: "even"},
		{id: "MC-BAD-AMT", kind: "other", basis: "actual", campaign: "2026-SKIN", amount: "约一百", currency: "CNY", from: day,
			to: day, spread: "even"},
	}
	return out
}

// costBook is the marketing department's workbook: real dates and numbers in
// its cells, ids as text.
func (c *Company) costBook(asOf time.Time) ([]byte, error) {
	book := excelize.NewFile()
	const name = "Sheet1"
	head := []any{"cost_id", "cost_kind", "basis", "campaign_code", "shop_id", "order_id", "live_session_id", "amount", "currency",
		"from_date", "to_date", "spread_rule", "updated_at"}
	if err := book.SetSheetRow(name, "A1", &head); err != nil {
		return nil, fmt.Errorf("write marketing_cost.xlsx: %w", err)
	}
	style, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return nil, fmt.Errorf("write marketing_cost.xlsx: %w", err)
	}
	n := 1
	for _, one := range c.costs() {
		entered := one.from.Add(10 * time.Hour)
		if entered.After(asOf) {
			continue
		}
		n++
		row := []any{one.id, one.kind, one.basis, one.campaign, one.shop, one.order, one.session, one.amount, one.currency,
			serialDate(one.from), serialDate(one.to), one.spread, entered.In(c.zone).Format(time.RFC3339)}
		if err := book.SetSheetRow(name, fmt.Sprintf("A%d", n), &row); err != nil {
			return nil, fmt.Errorf("write marketing_cost.xlsx: %w", err)
		}
		if err := book.SetCellStyle(name, fmt.Sprintf("J%d", n), fmt.Sprintf("K%d", n), style); err != nil {
			return nil, fmt.Errorf("write marketing_cost.xlsx: %w", err)
		}
	}
	fixed := excelize.DocProperties{Created: "2026-01-01T00:00:00Z", Modified: "2026-01-01T00:00:00Z", Creator: "heliu"}
	if err := book.SetDocProps(&fixed); err != nil {
		return nil, fmt.Errorf("write marketing_cost.xlsx: %w", err)
	}
	buffer, err := book.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("write marketing_cost.xlsx: %w", err)
	}
	return buffer.Bytes(), book.Close()
}

// serialDate is a day as Excel counts it.
func serialDate(t time.Time) int {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return int(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}
