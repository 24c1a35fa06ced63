//go:build real

package publish_test

import (
	"context"
	"errors"
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
