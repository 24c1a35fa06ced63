//go:build trino

package whole

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// refused: what is wrong with a cluster is said once, with what to do, by exit code 1 or 2, and nothing is published.
func refused(t *testing.T, p *project) {
	address := given(t, "HELIU_TRINO")
	ca, err := os.ReadFile(given(t, "HELIU_TRINO_CA"))
	if err != nil {
		t.Fatal(err)
	}
	p.env["TEST_CA"], p.env["TEST_PASSWORD"] = string(ca), "planted-password-7f3a"
	p.env["TEST_TOKEN"], p.env["TEST_KEY"] = "planted-token-7f3a", "planted-key-7f3a"
	tls := strings.SplitN(given(t, "HELIU_TRINO_TLS"), "?", 2)[0] + "?SSL=true"
	for _, c := range []struct {
		name, warehouse string
		code            int
		says            []string
	}{
		{"no cluster", "trino://heliu@127.0.0.1:1/iceberg", 1, []string{"127.0.0.1:1"}},
		{"a catalog that is missing", strings.TrimSuffix(address, "/iceberg") + "/lakehouse", 1, []string{"lakehouse", "iceberg"}},
		{"a catalog of another kind", strings.TrimSuffix(address, "/iceberg") + "/system", 1, []string{"system", "connector.name"}},
		{"a wrong password", "{location: \"" + tls + "\", password: \"${TEST_PASSWORD}\", ca: \"${TEST_CA}\"}", 1, []string{"password"}},
		{"a wrong token", "{location: \"" + tls + "\", token: \"${TEST_TOKEN}\", ca: \"${TEST_CA}\"}", 1, []string{"token"}},
		{"a key that is none", "{location: \"" + tls + "\", certificate: \"${TEST_CA}\", certificate_key: \"${TEST_KEY}\", ca: \"${TEST_CA}\"}", 1, []string{"certificate"}},
		{"a CA that is none", "{location: \"" + tls + "\", password: \"${TEST_PASSWORD}\", ca: \"${TEST_KEY}\"}", 1, []string{"CA"}},
		{"a password without TLS", "{location: \"" + address + "\", password: \"${TEST_PASSWORD}\"}", 2, []string{"SSL=true"}},
		{"a secret that is not set", "{location: \"" + tls + "\", password: \"${NOT_SET}\"}", 2, []string{"NOT_SET", "warehouse.password"}},
	} {
		p.computes(t, c.warehouse)
		o := p.do(t, "build", "--project", p.dir)
		if o.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s", c.name, o.code, c.code, o.stderr)
		}
		for _, said := range c.says {
			if !strings.Contains(o.stderr, said) {
				t.Errorf("%s: the error does not say %q:\n%s", c.name, said, o.stderr)
			}
		}
		if strings.Contains(o.stderr+o.stdout, "planted-") {
			t.Errorf("%s: a secret is printed:\n%s", c.name, o.stderr)
		}
		if _, err := os.Stat(filepath.Join(p.dir, "marts.duckdb")); err == nil {
			t.Errorf("%s: something was published", c.name)
		}
	}
}

// disturbed: a table that somebody else wrote to is no table to build upon: the run says so, and a build from nothing replaces it.
// Memory that does not suffice is an error that names the statement.
func disturbed(t *testing.T, p *project) {
	before := p.shown(t)

	db := clusterOf(t)
	administered(t, p, db)
	same(t, "statements killed by an administrator: what readers see", p.shown(t), before)
	for _, statement := range []string{"delete from star.dim_shop where shop_key <> -1", "drop table star.dim_channel"} {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	p.company.sleep(1)
	o := p.run(t)
	for _, text := range []string{"changed by somebody else", "--full star.dim_shop", "--full star.dim_channel"} {
		if o.code != 1 || !strings.Contains(o.stderr, text) {
			t.Errorf("tables that somebody else changed and dropped: exit code %d, want 1 with %q\n%s", o.code, text, o.stderr)
		}
	}
	if o := p.do(t, "plan", "--project", p.dir); o.code != 0 || !strings.Contains(o.stdout, "star.dim_shop: the table was changed by somebody else") {
		t.Errorf("plan does not say what was changed: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	o = p.do(t, "build", "--full", "mart.sales_daily", "--project", p.dir)
	if o.code != 1 || !strings.Contains(o.stderr, "it reads star.dim_") || !strings.Contains(o.stderr, "--full star.dim_") {
		t.Errorf("a model that reads tables that somebody else changed: exit code %d\n%s", o.code, o.stderr)
	}
	record, err := sql.Open("duckdb", filepath.Join(p.dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.ExecContext(context.Background(), "drop table star.dim_shop"); err != nil { // as if it was never brought
		t.Fatal(err)
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	if o := p.do(t, "publish", "--project", p.dir); o.code != 1 || !strings.Contains(o.stderr, "bring star.dim_shop from the cluster: star.dim_shop: the table was changed by somebody else") {
		t.Errorf("a table that somebody else changed is brought: exit code %d\n%s", o.code, o.stderr)
	}
	same(t, "a table changed by somebody else: what readers see", p.shown(t), before)
	p.do(t, "build", "--full", "star.dim_shop", "star.dim_channel", "--project", p.dir).want(t, 0)
	p.run(t).want(t, 0)
	same(t, "mended", p.shown(t), p.rebuilt(t))

	p.computes(t, "{location: \""+given(t, "HELIU_TRINO")+"\", session: {query_max_memory_per_node: 10kB}}")
	kept := p.shown(t)
	o = p.do(t, "build", "--full", "entity.supplier", "entity.product", "--project", p.dir)
	if o.code != 1 || !strings.Contains(o.stderr, "memory") {
		t.Errorf("too little memory: exit code %d\n%s", o.code, o.stderr)
	}
	same(t, "too little memory: what readers see", p.shown(t), kept)
	p.computes(t, given(t, "HELIU_TRINO"))
	unproved(t, p)
}

// wrongMart is a mart of the project's own that no build can prove.
const wrongMart = `/*
grain: [shop_key]
title: {en: Orders a shop, zh: 店铺订单}
description: {en: How many orders a shop has., zh: 各店铺的订单数。}
materialize: view
columns:
  orders: {en: Orders, zh: 订单数}
audits:
  - {unique: [shop_key]}
  - {accepted: {orders: ["-1"]}}
  - {sql: "select shop_key, orders from mart.wrong_orders where orders > 0"}
*/
select fct_order.shop_key, count(*) as orders
from star.fct_order
cross join ops.project
where project.base_currency = 'CNY'
group by fct_order.shop_key
`

// unproved: figures that an audit finds wrong are named, by exit code 3, and not published; who looks into them asks the
// cluster. Targets that take more than was brought are told so, and get it after a build.
func unproved(t *testing.T, p *project) {
	t.Helper()
	before := p.shown(t)
	file := filepath.Join(p.dir, "sql", "wrong_orders.sql")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(wrongMart), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"build", "publish"} {
		o := p.do(t, command, "--project", p.dir)
		if n := strings.Count(o.stderr, "bad rows, such as {'shop_key': "); o.code != 3 || n != 2 || strings.Contains(o.stderr, "could not run") {
			t.Errorf("%s with two audits that fail: exit code %d, %d of them named\n%s", command, o.code, n, o.stderr)
		}
		same(t, command+" with audits that fail: what readers see", p.shown(t), before)
	}
	if o := p.do(t, "query", "--building", "select min(orders) > 0 as counted from mart.wrong_orders", "--project", p.dir).want(t, 0); !strings.Contains(o.stdout, "true") {
		t.Errorf("a view over the program's own records:\n%s", o.stdout)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}

	p.publishes(t, "{duckdb: ./marts.duckdb, tables: [mart.*]}")
	p.run(t).want(t, 0)
	p.publishes(t, "duckdb: ./marts.duckdb", "{xlsx: ./out, tables: [mart.*]}")
	p.do(t, "publish", "--project", p.dir).want(t, 0) // brings what the targets did not take before
	same(t, "no audit fails any more, and all tables are wanted again", p.shown(t), before)
}

// clusterOf is the cluster as somebody else uses it.
func clusterOf(t *testing.T) *sql.DB {
	t.Helper()
	address := strings.TrimPrefix(given(t, "HELIU_TRINO"), "trino://")
	host, _, _ := strings.Cut(address[strings.Index(address, "@")+1:], "/")
	db, err := sql.Open("trino", "http://somebody@"+host+"?catalog=iceberg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// administered: an administrator of the cluster kills what the program computes there. The run says so and who can tell why.
func administered(t *testing.T, p *project, cluster *sql.DB) {
	t.Helper()
	command := p.command(context.Background(), "build", "--full", "--project", p.dir)
	stderr := &said{}
	command.Stderr = stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // its exit code says it
	}()
	killed := 0
	for running := true; running; {
		select {
		case <-ended:
			running = false
		default:
			for _, row := range rows(t, cluster, `select query_id from system.runtime.queries where "user" = 'heliu' and state = 'RUNNING'`) {
				if _, err := cluster.ExecContext(context.Background(), "call system.runtime.kill_query('"+row[0]+"', 'the nightly load comes first')"); err == nil {
					killed++ // it had not ended by itself
				}
			}
		}
	}
	if code := command.ProcessState.ExitCode(); killed == 0 || code != 1 {
		t.Errorf("%d statements killed: exit code %d, want 1", killed, code)
	}
	for _, text := range []string{"the nightly load comes first", "an administrator of the cluster stopped the statement"} {
		if !strings.Contains(stderr.String(), text) {
			t.Errorf("statements killed by an administrator: the error does not say %q:\n%s", text, stderr.String())
		}
	}
}

// twoBuilders: two programs build on one catalog at once. One that finds what the other one changed says so and changes
// nothing; the next runs complete both.
func twoBuilders(t *testing.T, p, q *project) {
	p.company.sleep(1)
	p.files(t)
	p.do(t, "extract", "--project", p.dir).want(t, 0)
	first, second := p.command(context.Background(), "build", "--project", p.dir), q.command(context.Background(), "build", "--project", q.dir)
	heard := []*said{{}, {}}
	for i, command := range []*exec.Cmd{first, second} {
		command.Stderr = heard[i]
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, command := range []*exec.Cmd{first, second} {
		_ = command.Wait() // its exit code says it
		code, text := command.ProcessState.ExitCode(), heard[i].String()
		if code != 0 && (code != 1 || !strings.Contains(text, "another program built it meanwhile") && !strings.Contains(text, "changed by somebody else")) {
			t.Errorf("builder %d of two: exit code %d\n%s", i, code, text)
		}
		t.Logf("builder %d of two: exit code %d", i, code)
	}
	p.run(t).want(t, 0)
	q.run(t).want(t, 0)
	want := p.rebuilt(t)
	same(t, "the first of two builders", p.shown(t), want)
	same(t, "the second of two builders", q.shown(t), want)
}
