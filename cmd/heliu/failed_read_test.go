package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const two = `name: acme
sources:
  p: {connector: shop}
  e: {connector: erp}
shops: {a: {title: A, platform: x}, b: {title: B, platform: x}}
`

// twoSources is a project with two files; sql/costs.sql needs only that of e.
func twoSources(t *testing.T, s *shell) string {
	t.Helper()
	dir := s.project(two)
	costs := "connector: erp\ntitle: {en: Costs, zh: 成本}\nkind: erp\nvia: files\nzone: UTC\nstreams:\n  costs:\n    title: {en: Costs, zh: 成本}\n    path: ./costs.csv\n    key: [id]\n" +
		"    fields: {id: string, total: money}\n    maps:\n      supplier: {supplier_code: id, title: id, updated_at: _extracted_at}\n"
	write(t, dir, map[string]string{
		"connectors/shop/connector.yaml": strings.ReplaceAll(sales, "%", "shop"),
		"connectors/erp/connector.yaml":  costs,
		"sql/costs.sql":                  "/*\ngrain: [supplier_code]\ntitle: {en: Costs, zh: 成本}\nmaterialize: table\n*/\nselect supplier_code from entity.supplier\n",
		"shop.csv":                       "id,shop,made,total\n1,a,2026-06-18 12:00:00,21.00\n",
		"costs.csv":                      "id,total\ns1,1.00\n",
	})
	return dir
}

// A read that fails before there is a receipt is the stream's latest: it is shown as failed, with its reason and time, and
// what needs it is marked stale wherever it is shown, while the rest is published and said to be so.
func TestAFailedReadIsSeenEverywhere(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := twoSources(t, s)
	run := func(args ...string) (int, string, string) { return s.do(append(args, "--project", dir)...) }
	if code, out, err := run("run"); code != 0 || strings.Contains(out, "state") || !strings.Contains(out, "Next: heliu query --project "+dir) {
		t.Fatalf("exit code %d: %s%s", code, out, err)
	}
	if err := os.Remove(filepath.Join(dir, "shop.csv")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"costs.csv": "id,total\ns1,1.00\ns2,2.00\n"})
	code, out, failure := run("run")
	for _, want := range []string{"STALE, as of 20", "(p.orders failed)", "Published:", "\nNext:\n  heliu receipts --project " + dir, "heliu source test --project " + dir + " p", "heliu run --project " + dir} {
		if !strings.Contains(out, want) {
			t.Errorf("the failing run does not say %q", want)
		}
	}
	if code != 1 || !lineWith(out, "mart.costs", "up to date") || !lineWith(out, "mart.sales_daily", "STALE") {
		t.Errorf("exit code %d: %s%s", code, out, failure)
	}
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"select * from mart.costs", []string{"failed in part (exit code 1) and published the rest", "tables; see: heliu receipts"}},
		{"select 1 from mart.sales_daily", []string{"and published the rest", "Older than the rest: mart.sales_daily, as of 20", "(p.orders failed)"}},
	} {
		_, out, told := run("query", c.sql)
		for _, want := range c.want {
			if !strings.Contains(told, want) {
				t.Errorf("%s does not say %q: %s%s", c.sql, want, out, told)
			}
		}
		if strings.Contains(told, "published before it") {
			t.Errorf("%s: false: %s", c.sql, told)
		}
	}
	_, out, _ = run("receipts")
	if !lineWith(out, "p.orders ", "FAILED") || !strings.Contains(out, "p.orders failed at 20") || !strings.Contains(out, "shop.csv") || !lineWith(out, "e.costs ", "agrees") {
		t.Errorf("receipts: %s", out)
	}
	_, all, _ := run("receipts", "--all", "--format", "csv")
	if strings.Count(all, "\n") != 5 || !strings.Contains(all, ",FAILED,") { // a header, two reads of costs, one of orders, one that failed
		t.Errorf("all receipts: %s", all)
	}
	// A build reads nothing, and makes nothing newer that could not be read.
	if code, out, _ := run("build"); code != 0 || !lineWith(out, "mart.sales_daily", "STALE") {
		t.Errorf("build: exit code %d: %s", code, out)
	}
	if _, _, told := run("query", "select 1 from mart.sales_daily"); !strings.Contains(told, "Older than the rest: mart.sales_daily") {
		t.Errorf("after a build that went well: %s", told)
	}
	// Read again without fault, though nothing is new, it is stale no more.
	write(t, dir, map[string]string{"shop.csv": "id,shop,made,total\n1,a,2026-06-18 12:00:00,21.00\n"})
	if code, out, err := run("run"); code != 0 || strings.Contains(out, "STALE") {
		t.Errorf("mended: exit code %d: %s%s", code, out, err)
	}
	if _, out, _ := run("receipts"); strings.Contains(out, "FAILED") || !lineWith(out, "p.orders ", "agrees") {
		t.Errorf("receipts of what is mended: %s", out)
	}
	if _, _, told := run("query", "select 1 from mart.sales_daily"); told != "" {
		t.Errorf("told: %s", told)
	}
}

// lineWith reports whether a line holds both.
func lineWith(text, one, other string) bool {
	for line := range strings.Lines(text) {
		if strings.Contains(line, one) && strings.Contains(line, other) {
			return true
		}
	}
	return false
}
