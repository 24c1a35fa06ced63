package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write writes files of a project, by path.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What was built and failed its audit is not published by the next run because its source is away by then.
func TestAModelThatIsKeptBackIsStillAudited(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	write(t, dir, map[string]string{
		"orders.csv":   "id,state,made,total\n1,paid,2026-06-18 20:00:00,1.00\n",
		"sql/paid.sql": "/*\ngrain: [order_id]\ntitle: {en: Paid, zh: 已付}\nmaterialize: table\naudits:\n  - {sql: select * from mart.paid}\n*/\nselect order_id from entity.order\n",
	})
	if code, _, err := s.do("build", "--project", dir); code != 0 { // nothing is read yet, so the audit holds
		t.Fatalf("exit code %d: %s", code, err)
	}
	if code, _, err := s.do("run", "--project", dir); code != 3 || !strings.Contains(err, "sql/paid.sql:6: audit") {
		t.Fatalf("an audit that fails: exit code %d: %s", code, err)
	}
	if err := os.Remove(filepath.Join(dir, "orders.csv")); err != nil {
		t.Fatal(err)
	}
	code, _, err := s.do("run", "--project", dir)
	if code != 3 || !strings.Contains(err, "sql/paid.sql:6: audit") || !strings.Contains(err, "orders.csv") {
		t.Errorf("the same, its source away: exit code %d: %s", code, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".heliu", "published.duckdb")); err == nil {
		t.Error("it was published")
	}
}

const sales = `connector: %
title: {en: Sales, zh: 销售}
kind: %
via: files
zone: UTC
streams:
  orders:
    title: {en: Orders, zh: 订单}
    path: ./%.csv
    key: [id]
    fields: {id: string, shop: string, made: timestamp, total: money}
    maps:
      order: {shop_id: shop, order_id: id, order_kind: "'normal'", status: "'paid'", placed_at: made, paid_at: made, currency: "'CNY'", buyer_paid_amount: total, updated_at: made}
      order_line: {shop_id: shop, order_id: id, line_id: "'1'", quantity: "1", is_gift: "false", list_amount: total, seller_discount_amount: "0", platform_subsidy_amount: "0", creator_subsidy_amount: "0",
        payment_subsidy_amount: "0", seller_due_amount: total, buyer_paid_goods_amount: total, currency: "'CNY'", updated_at: made}
`

// The system that heliu.yaml names as the record of a shop's sales is the one whose sales are counted.
func TestSalesAreThoseOfTheSystemOfRecord(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]string{
		"not said": "amount,orders\n30,2\n", // the platform's of both shops
		"platform": "amount,orders\n30,2\n",
		"erp":      "amount,orders\n109,2\n", // the ERP's of a, the platform's of b
	} {
		t.Run(record, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			ofA := "  a: {title: A, platform: x, sales_of_record: " + record + "}\n"
			if record == "not said" {
				ofA = "  a: {title: A, platform: x}\n"
			}
			dir := s.project("name: acme\nsources:\n  p: {connector: shop}\n  e: {connector: erp}\nshops:\n" + ofA + "  b: {title: B, platform: x}\n")
			const made = ",2026-06-18 12:00:00,"
			write(t, dir, map[string]string{
				"connectors/shop/connector.yaml": strings.ReplaceAll(sales, "%", "shop"), "connectors/erp/connector.yaml": strings.ReplaceAll(sales, "%", "erp"),
				"shop.csv": "id,shop,made,total\n1,a" + made + "21.00\n2,b" + made + "9.00\n",
				"erp.csv":  "id,shop,made,total\n1,a" + made + "100.00\n2,b" + made + "900.00\n",
			})
			if code, _, err := s.do("run", "--project", dir); code != 0 {
				t.Fatalf("exit code %d: %s", code, err)
			}
			code, out, err := s.do("query", "--project", dir, "--format", "csv", "select sum(gross_sales_amount) as amount, sum(paid_orders) as orders from mart.sales_daily")
			if code != 0 || out != want {
				t.Errorf("exit code %d: %q, want %q %s", code, out, want, err)
			}
		})
	}
}
