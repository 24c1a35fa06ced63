package main

import (
	"encoding/json"
	"os"
	"path/filepath"
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
		{[]string{"roas"}, []string{"credited_net_sales / spend", "ratio", "restated by refunds", "30 days before", "mart.campaign_roi.roas, mart.campaign_roi.day_roas"}, "no mart"},
		{[]string{"metric.roas", "--lang", "zh"}, []string{"退款后重算", "mart.campaign_roi.day_roas"}, "restated"},
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
