//go:build trino

package whole

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ownMart is a mart of the project's own, kept as its header is to say. It reads more rows of the program's own than go into
// the text of a statement, and bears a name that Trino takes in quotes only.
const ownMart = `/*
grain: [shop_key]
title: {en: Orders a shop, zh: 店铺订单}
description: {en: How many orders a shop has., zh: 各店铺的订单数。}
materialize: KIND
columns:
  orders: {en: Orders, zh: 订单数}
audits:
  - {unique: [shop_key]}
*/
select 订单.shop_key, count(*) as orders
from star.fct_order as 订单
where (select count(*) from ops.receipts) > 100
group by 订单.shop_key
`

// recorded: what the program keeps beside a cluster follows the project's file and the catalog. Tables that no target
// wants leave it; what came from another catalog is brought anew; a mart that becomes a view is no table any more.
func recorded(t *testing.T, p *project) {
	before := p.shown(t)
	own := func(kind string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(p.dir, "sql"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.dir, "sql", "orders_a_shop.sql"), []byte(strings.Replace(ownMart, "KIND", kind, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	catalog, err := sql.Open("pgx", given(t, "HELIU_TRINO_CATALOG"))
	if err != nil {
		t.Fatal(err)
	}
	defer catalog.Close()
	tables := func() string {
		return rows(t, catalog, "select cast(count(*) as varchar) from iceberg_tables where table_namespace = 'mart' and table_name = 'orders_a_shop'")[0][0]
	}

	if _, err := clusterOf(t).ExecContext(context.Background(), "create table mart.orders_a_shop as select 1 as made_by_hand"); err != nil {
		t.Fatal(err)
	}
	own("table")
	p.publishes(t, "{duckdb: ./marts.duckdb, tables: [mart.*]}")
	if o := p.run(t); o.code != 1 || !strings.Contains(o.stderr, "mart.orders_a_shop: the table was changed by somebody else") {
		t.Errorf("a table of that name is there: exit code %d\n%s", o.code, o.stderr)
	}
	p.do(t, "build", "--full", "mart.orders_a_shop", "--project", p.dir).want(t, 0)
	p.run(t).want(t, 0)
	record, err := sql.Open("duckdb", filepath.Join(p.dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	if left := rows(t, record, "select table_name from information_schema.tables where table_schema = 'star'"); len(left) > 0 {
		t.Errorf("the record holds tables that no target wants: %v", left)
	}
	asTable := p.shown(t)
	if len(asTable["mart.orders_a_shop"]) == 0 || tables() != "1" {
		t.Errorf("the project's own mart is not there: %d rows, %s tables", len(asTable["mart.orders_a_shop"]), tables())
	}
	for _, statement := range []string{"delete from mart.campaign_roi", "delete from ops.publication_versions"} { // as if another catalog had none
		if _, err := record.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	p.do(t, "publish", "--project", p.dir).want(t, 0)
	if n := len(p.shown(t)["mart.campaign_roi"]); n != 0 {
		t.Fatalf("what is published is not what the record holds: %d rows", n)
	}

	if _, err := catalog.ExecContext(context.Background(), "update heliu_state set value = 'another catalog' where key = ''"); err != nil {
		t.Fatal(err)
	}
	if !p.crash(t, "build.brought", "run") { // and nothing of the old one counts when that run did not come to its end
		t.Error("nothing was brought of another catalog")
	}
	p.do(t, "publish", "--project", p.dir).want(t, 0) // brings what that run did not
	same(t, "of another catalog", p.shown(t), asTable)
	own("view")
	p.run(t).want(t, 0)
	same(t, "a mart that became a view", p.shown(t), asTable)
	if tables() != "0" {
		t.Error("the table of a mart that became a view is still there")
	}

	if err := os.Remove(filepath.Join(p.dir, "sql", "orders_a_shop.sql")); err != nil {
		t.Fatal(err)
	}
	p.publishes(t, "duckdb: ./marts.duckdb", "{xlsx: ./out, tables: [mart.*]}")
	p.run(t).want(t, 0)
	same(t, "all tables are wanted again", p.shown(t), before)
	listed := p.do(t, "lake", "list", "--project", p.dir).want(t, 0).stdout
	for table, rows := range before {
		if table == "star.shop_stock_daily" { // a view, which the lake does not hold
			continue
		}
		if line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(table) + ` +([\d,]+) `).FindStringSubmatch(listed); line == nil || strings.ReplaceAll(line[1], ",", "") != strconv.Itoa(len(rows)) {
			t.Errorf("lake list says of %s, which has %d rows: %q", table, len(rows), line)
		}
	}
}
