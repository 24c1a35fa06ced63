package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The marts stand in the dictionary by their headers, and a metric says which of their columns show it.
func TestDictionaryOfMartsAndMetrics(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, c := range []struct {
		args     []string
		want     []string
		unwanted string
	}{
		{nil, []string{"mart.campaign_roi", "Campaign ROI", "fct_order_line", "roas"}, ""},
		{[]string{"marts"}, []string{"mart.campaign_roi", "spend_date, campaign_key"}, "fct_order_line"},
		{[]string{"metrics"}, []string{"net_sales"}, "mart.campaign_roi"},
		{[]string{"mart.campaign_roi"}, []string{"Campaign ROI (spend_date, campaign_key)", "What each campaign cost on each day", "day_roas", "credited_net_sales"}, "no mart"},
		{[]string{"campaign_roi", "--lang", "zh"}, []string{"投放ROI", "投产比", "指标"}, "Campaign ROI"},
		{[]string{"roas"}, []string{"credited_net_sales / spend", "ratio", "restated by refunds", "30 days before", "non_additive", "mart.campaign_roi.roas, mart.campaign_roi.day_roas"}, "no mart"},
		{[]string{"metric.roas", "--lang", "zh"}, []string{"退款后重算", "mart.campaign_roi.day_roas", "比率", "不可加"}, "restated"},
		{[]string{"available"}, []string{"semi_additive, not over time"}, "restated"},
		{[]string{"stock_out_hours", "--lang", "zh"}, []string{"小时", "半可加,不可跨店铺、仓库相加"}, "additive"},
		{[]string{"customer_lifetime_value"}, []string{"no mart shows it yet"}, "mart."},
		{[]string{"customer_lifetime_value", "--lang", "zh"}, []string{"尚无集市展示"}, "no mart"},
		{[]string{"marts", "--format", "markdown"}, []string{"## mart.campaign_roi — Campaign ROI", "| column | metric | title |", "| `day_roas` | roas |"}, "fct_order_line"},
	} {
		code, out, err := s.do(append([]string{"dictionary"}, c.args...)...)
		for _, want := range c.want {
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("%v: exit code %d, %s, no %q in:\n%s", c.args, code, err, want, out)
			}
		}
		if c.unwanted != "" && strings.Contains(out, c.unwanted) {
			t.Errorf("%v: %q in:\n%s", c.args, c.unwanted, out)
		}
	}
}

// Every unit and additivity of the dictionary has words in Chinese.
func TestUnitsAndAdditivityInChinese(t *testing.T) {
	t.Parallel()
	_, out, err := newShell(t).do("dictionary", "--format", "markdown", "--lang", "zh")
	codes := regexp.MustCompile(`(?m)^- (?:单位|可加性): [^\p{Han}]+$`)
	if left := codes.FindAllString(out, -1); left != nil || strings.Count(out, "\n- 单位: ") < 50 || strings.Count(out, "\n- 可加性: ") < 50 {
		t.Errorf("%v %s", left, err)
	}
}

// A title in either language finds the page that bears it, then the columns, then what has it as a part; the star tables
// that only models make are there with their columns' titles.
func TestDictionaryByTitle(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, c := range []struct {
		args     []string
		want     []string // in this order
		unwanted string
	}{
		{[]string{"复购率", "--lang", "zh"}, []string{"repurchase_rate — 复购率", "公式"}, "gross_sales"},
		{[]string{"Repurchase RATE"}, []string{"repurchase_rate — Repurchase rate", "formula"}, "gross_sales"},
		{[]string{"销售额", "--lang", "zh"}, []string{"gross_sales — 销售额", "另见", "mart.sales_daily.gross_sales_amount", "net_sales", "mart.sales_daily.net_sales_amount"}, "复购率"},
		{[]string{"是否品牌首单"}, []string{"column", "star.order_sequence.is_first_order_brand", "mart.attribution.is_first_order_brand"}, "Also"},
		{[]string{"person_key"}, []string{"star.order_person.person_key", "star.touch_person.person_key"}, "mart."},
		{[]string{"order_sequence", "--lang", "zh"}, []string{"order_sequence — 购买次序 (order_key)", "发货前全额退款不算获客", "person_key", "自然人键", "第几次购买"}, "Which"},
		{[]string{"star.promoted_product_hourly"}, []string{"report_date, shop_key", "basis", "Whether the platform reports hours or days"}, "mart."},
		{[]string{"star"}, []string{"order_contribution", "order_person", "stock_out_spend"}, "mart."},
		{[]string{"mart.attribution"}, []string{"credited_margin_base_amount", "is_first_order_shop", "The person's first order in the shop"}, "star."},
		{[]string{"在投", "--format", "json"}, []string{`"kind": "column"`, `"mart.stock_demand.is_promoted"`}, "gross_sales"},
	} {
		code, out, err := s.do(append([]string{"dictionary"}, c.args...)...)
		rest := out
		for _, want := range c.want {
			_, after, ok := strings.Cut(rest, want)
			if code != 0 || !ok {
				t.Errorf("%v: exit code %d, %s, no %q in its place in:\n%s", c.args, code, err, want, out)
			}
			rest = after
		}
		if strings.Contains(out, c.unwanted) {
			t.Errorf("%v: %q in:\n%s", c.args, c.unwanted, out)
		}
	}
	for lang, want := range map[string]string{"en": "nothing called", "zh": "数据字典中没有"} {
		if code, out, err := s.do("dictionary", "没有的东西", "--lang", lang); code != 2 || !strings.Contains(err, want) || !strings.Contains(err, "没有的东西") {
			t.Errorf("%s: exit code %d, %s%s", lang, code, out, err)
		}
	}
}

// A project's own mart and its own metric stand there too; what takes the place of a mart counts, not what it replaced.
func TestDictionaryOfAProjectsOwnMart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("name: acme\n")
	for file, text := range map[string]string{
		"sql/campaign_roi.sql":     "/*\ngrain: [day]\ntitle: {en: Ours, zh: 自有}\ndescription: {en: Ours., zh: 自有。}\nmaterialize: table\ncolumns:\n  zeal: {en: Zeal, zh: 热度, passport: zeal}\n  day: {en: Day, zh: 日}\n*/\nselect 1 as day, 2 as zeal\n",
		"models/metrics/zeal.yaml": "metric: zeal\ntitle: {en: Zeal, zh: 热度}\nformula: spend * 2\nunit: money\nday: {en: day, zh: 日}\nwindow: {en: none, zh: 无}\nrefunds: {en: none, zh: 无}\nadditivity: additive\n",
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, out, err := s.do("dictionary", "mart.campaign_roi", "zeal", "roas", "--format", "json", "--project", dir)
	var pages []page
	if bad := json.Unmarshal([]byte(out), &pages); code != 0 || bad != nil || len(pages) != 3 {
		t.Fatalf("exit code %d, %v, %s\n%s", code, bad, err, out)
	}
	fields := pages[0].Fields
	if pages[0].Title != "Ours" || len(fields) != 2 || fields[0].Name != "zeal" || fields[0].Metric != "zeal" || fields[1].Metric != "" {
		t.Errorf("the mart: %+v", pages[0])
	}
	if !slices.Equal(pages[1].Where, []string{"mart.campaign_roi.zeal"}) || pages[2].Where == nil || len(pages[2].Where) != 0 {
		t.Errorf("where: %v and %v", pages[1].Where, pages[2].Where)
	}
}
