//go:build real

package publish_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/heliu-data/heliu/publish"
)

// A reader who has found his first table before the swap finds his second one of the same publication: the swap waits
// for him, and neither ends in a deadlock.
func TestPostgresSwapWaitsForReaders(t *testing.T) {
	t.Parallel()
	ctx, dsn := t.Context(), database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	for _, id := range []string{"p1", "p2"} {
		if _, err := target.Stage(ctx, w, publication(id, "")); err != nil {
			t.Fatal(err)
		}
		if id == "p1" {
			if err := target.Switch(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	reader, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	read := func(schema string) (id string) {
		t.Helper()
		if err := reader.QueryRow(ctx, "select publication_id from "+schema+".heliu_publication").Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := read("star")
	done := make(chan error, 1)
	go func() { done <- target.Switch(ctx, "p2") }()
	// until the swap waits for a lock, or has gone past
	for waits := false; !waits; {
		select {
		case err := <-done:
			done <- err
			waits = true
		default:
			if err := reader.QueryRow(ctx, "select exists (select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()))").Scan(&waits); err != nil {
				t.Fatal(err)
			}
		}
	}
	if second := read("mart"); second != first {
		t.Errorf("one transaction read publication %s, then %s", first, second)
	}
	if err := errors.Join(reader.Commit(ctx), <-done); err != nil {
		t.Fatal(err)
	}
	if id, _ := readPostgres(t, dsn, "mart.sales"); id != "p2" {
		t.Errorf("readers see %q", id)
	}
}

// begin opens a transaction of a reader, which ends with the test at the latest.
func begin(t *testing.T, dsn string) pgx.Tx {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// Somebody's own table in a published schema is none of the publication's business: the swap does not wait for its readers,
// and it is never dropped.
func TestPostgresLeavesOthersTables(t *testing.T) {
	t.Parallel()
	ctx, dsn := t.Context(), database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	for _, id := range []string{"p1", "p2", "p3", "p4"} {
		if _, err := target.Stage(ctx, w, publication(id, "")); err != nil {
			t.Fatal(err)
		}
		if id == "p1" {
			execute(t, dsn, "create schema star__previous; create table star__previous.mine (i int)")
		}
		if id == "p2" {
			if err := target.Switch(ctx, id); err == nil || !strings.Contains(err.Error(), "star__previous") {
				t.Errorf("a schema of somebody's that has the previous one's name: %v", err)
			}
			execute(t, dsn, "alter schema star__previous rename to somebodys")
			execute(t, dsn, "create table mart.notes as select 'mine' as note; create view mart.loud as select upper(note) as note from mart.notes")
			if _, err := begin(t, dsn).Exec(ctx, "select * from mart.notes"); err != nil {
				t.Fatal(err)
			}
		}
		if err := target.Switch(ctx, id); err != nil {
			t.Fatalf("switch to %s: %v", id, err)
		}
	}
	if got := pgRows(t, dsn, `select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname in ('notes', 'loud') order by 1`); len(got) != 2 {
		t.Errorf("of somebody's table and view there are %v", got)
	}
	if got := pgRows(t, dsn, "select count(*) from pg_namespace where nspname like 'mart%'"); got[0][0] != "3" {
		t.Errorf("there are %v schemas, want the published one, the one before, and the one with somebody's table", got)
	}
}

// However many tables are read, the swap waits for all of them together, and never so long that PostgreSQL looks for
// deadlocks, in which a reader could lose.
func TestPostgresWaitIsBounded(t *testing.T) {
	t.Parallel()
	ctx, dsn := t.Context(), database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	const tables = 24
	for _, id := range []string{"p1", "p2"} {
		p := publication(id, "")
		for i := range tables {
			name := fmt.Sprintf("mart.x%02d", i)
			run(t, w, "create or replace table "+name+" as select 1::bigint as n")
			p.Tables = append(p.Tables, publish.Table{Name: name, Columns: []publish.Column{{Name: "n", Type: "integer"}}})
		}
		if _, err := target.Stage(ctx, w, p); err != nil {
			t.Fatal(err)
		}
		if id == "p1" {
			if err := target.Switch(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	watch := begin(t, dsn)
	left := make(chan error, tables)
	for i := range tables { // each table is let go 0.1 s after the one before it
		reader := begin(t, dsn)
		if _, err := reader.Exec(ctx, fmt.Sprintf("select * from mart.x%02d", i)); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := reader.Exec(ctx, fmt.Sprintf("select pg_sleep(1 + %d * 0.1)", i+1))
			left <- errors.Join(err, reader.Commit(ctx))
		}()
	}
	done := make(chan error, 1)
	go func() { done <- target.Switch(ctx, "p2") }()
	longest := 0.0
	for waiting := true; waiting; {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			waiting = false
		default:
			var seconds float64
			err := watch.QueryRow(ctx, "select coalesce(max(extract(epoch from clock_timestamp() - query_start)), 0)::float8 from pg_stat_activity where datname = current_database() and state = 'active' and query ilike '%lock table%' and pid <> pg_backend_pid()").Scan(&seconds)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := watch.Exec(ctx, "select pg_stat_clear_snapshot(), pg_sleep(0.01)"); err != nil {
				t.Fatal(err)
			}
			longest = max(longest, seconds)
		}
	}
	for range tables {
		if err := <-left; err != nil {
			t.Error(err)
		}
	}
	if longest == 0 || longest > 1 {
		t.Errorf("the swap waited for its locks for %.1f s at a stretch, want at most 0.2", longest)
	}
}
