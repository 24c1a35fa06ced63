//go:build real

package publish_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/heliu-data/heliu/publish"
)

// database makes a fresh database on the server that HELIU_TEST_PG names and returns its connection string.
func database(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("HELIU_TEST_PG")
	if dsn == "" {
		t.Fatal("HELIU_TEST_PG must name a PostgreSQL server (postgres://user@host:port/postgres); make test-real sets it")
	}
	name := fmt.Sprintf("publish_%d", time.Now().UnixNano())
	execute(t, dsn, "create database "+name)
	t.Cleanup(func() { execute(t, dsn, "drop database "+name+" with (force)") })
	return strings.TrimSuffix(dsn, filepath.Base(dsn)) + name
}

func execute(t *testing.T, dsn, text string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(context.Background(), text)
	if err := errors.Join(err, conn.Close(context.Background())); err != nil {
		t.Fatal(err)
	}
}

func pgRows(t *testing.T, dsn, text string) [][]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	rows, err := conn.Query(t.Context(), text, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		var row []string
		for _, raw := range rows.RawValues() {
			row = append(row, string(raw))
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func readPostgres(t *testing.T, dsn, table string) (string, []string) {
	t.Helper()
	schema, _, _ := strings.Cut(table, ".")
	id := pgRows(t, dsn, "select publication_id from "+schema+".heliu_publication")
	var out []string
	for _, row := range pgRows(t, dsn, "select * from "+table+" order by 1") {
		for i, c := range row {
			if table == "mart.sales" && i == 4 {
				row[i] = map[string]string{"t": "true", "f": "false"}[c]
			}
		}
		out = append(out, line(table, row))
	}
	slices.Sort(out)
	return id[0][0], out
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	exercise(t, outlet{"postgres", readPostgres, true, database})
}

func TestPostgresCommentsGrantsAndViews(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	put := func(p publish.Publication) {
		t.Helper()
		if _, err := target.Stage(t.Context(), w, p); err != nil {
			t.Fatal(err)
		}
		if err := target.Switch(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	put(publication("p1", ""))
	comments := pgRows(t, dsn, "select obj_description('mart.sales'::regclass), col_description('mart.sales'::regclass, 3)")
	if comments[0][0] != "每日销售 / Sales/day\n销售明细 / What was sold" || comments[0][1] != "金额 / Amount" {
		t.Errorf("comments %q", comments)
	}
	role := fmt.Sprintf("analyst_%d", time.Now().UnixNano())
	execute(t, dsn, fmt.Sprintf(`create role %[1]s; grant usage on schema mart, star to %[1]s; grant select on mart.sales, star.dim_shop to %[1]s;
		create schema own; create view own.by_day as select day, sum(amount) as amount from mart.sales group by day; create view own.top as select * from own.by_day order by amount desc;
		grant select on own.by_day to %[1]s`, role))
	t.Cleanup(func() { execute(t, dsn, fmt.Sprintf("drop owned by %[1]s; drop role %[1]s", role)) })
	base := "p1"
	for _, id := range []string{"p2", "p3", "p4"} { // readers' rights and views stay, however often the schema is exchanged
		run(t, w, fmt.Sprintf("insert into mart.sales values ('2026-11-12', '%s', 100, 1, true, now())", id))
		p := publication(id, base)
		p.Tables[0].Changed = days("2026-11-12", "2026-11-12")
		put(p)
		base = id
	}
	for _, table := range []string{"mart.sales", "star.dim_shop", "own.by_day"} {
		if got := pgRows(t, dsn, fmt.Sprintf("select has_table_privilege('%s', '%s', 'select')", role, table)); got[0][0] != "t" {
			t.Errorf("%s may no longer read %s", role, table)
		}
	}
	if got := pgRows(t, dsn, "select amount from own.top where day = '2026-11-12'"); len(got) != 1 || got[0][0] != "300.0000" {
		t.Errorf("a view on a published table shows %v", got)
	}
}

func TestPostgresRefusals(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	execute(t, dsn, "create schema mart; create table mart.mine (i int)")
	w := openWarehouse(t)
	stage := func(c publish.Config) error {
		t.Helper()
		target, err := publish.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = target.Stage(t.Context(), w, publication("p1", ""))
		return err
	}
	if err := stage(publish.Config{Kind: "postgres", Location: dsn}); err == nil || !strings.Contains(err.Error(), "mart") {
		t.Errorf("a foreign schema: %v", err)
	}
	if err := stage(publish.Config{Kind: "postgres", Location: dsn, Schema: "heliu"}); err != nil {
		t.Errorf("a schema of its own: %v", err)
	}
	away := "postgres://me:geheim@127.0.0.1:1/x"
	if err := stage(publish.Config{Kind: "postgres", Location: away}); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a server that is away: %v", err)
	}
	run(t, w, "update mart.sales set title = chr(0)")
	if err := stage(publish.Config{Kind: "postgres", Location: dsn, Schema: "heliu"}); err == nil || !strings.Contains(err.Error(), "mart.sales") {
		t.Errorf("a text that PostgreSQL cannot hold: %v", err)
	}
}

// A view that reads a column which is published no more goes on reading the tables that it has.
func TestPostgresViewThatCannotFollow(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	for i, id := range []string{"p1", "p2", "p3", "p4"} {
		p := publication(id, "")
		if i > 0 {
			p.Tables[0].Columns = p.Tables[0].Columns[:3]
		}
		if _, err := target.Stage(t.Context(), w, p); err != nil {
			t.Fatal(err)
		}
		if err := target.Switch(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			execute(t, dsn, "create schema own; create view own.gifts as select * from mart.sales where is_gift")
		}
	}
	if got := pgRows(t, dsn, "select count(*) from own.gifts"); got[0][0] != "1" {
		t.Errorf("the view shows %v", got)
	}
	if id, _ := readPostgres(t, dsn, "star.dim_shop"); id != "p4" {
		t.Errorf("readers see %q", id)
	}
}

// A kill within the transaction that renames the schemas leaves what readers saw.
func TestPostgresKilledWhileSwapping(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	w := openWarehouse(t)
	kill := false
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn, Crash: func(at string) {
		if kill && at == publish.PointSwapping {
			panic(killed{at})
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"p1", "p2"} {
		if _, err := target.Stage(t.Context(), w, publication(id, "")); err != nil {
			t.Fatal(err)
		}
		if kill = id == "p2"; !kill {
			if err := target.Switch(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	func() {
		defer func() {
			if _, ok := recover().(killed); !ok {
				t.Error("it was not killed")
			}
		}()
		if err := target.Switch(t.Context(), "p2"); err != nil {
			t.Error(err)
		}
	}()
	if id, _ := readPostgres(t, dsn, "mart.sales"); id != "p1" {
		t.Errorf("readers see %q", id)
	}
	kill = false
	if err := target.Switch(t.Context(), "p2"); err != nil {
		t.Fatal(err)
	}
	if id, _ := readPostgres(t, dsn, "mart.sales"); id != "p2" {
		t.Errorf("readers see %q", id)
	}
}
