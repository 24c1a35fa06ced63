package pipelines

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// recorded opens a warehouse in memory and a run's record in it.
func recorded(t *testing.T) (*duckdb.Engine, *record) {
	t.Helper()
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "100MB", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := openRecord(ctx, e, "run 1", "run", "dev", time.Now, func(s string) string { return s })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, r
}

// What the lake holds is another record's reading while this one has none; after a run of its own that died it may be that
// run's, and is told.
func TestARecordIsFreshUntilAWindowIsReadOrARunDied(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	fresh := func(e *duckdb.Engine, id string, want bool) *record {
		t.Helper()
		r, err := openRecord(ctx, e, id, "run", "dev", time.Now, func(s string) string { return s })
		if err != nil {
			t.Fatal(err)
		}
		if r.fresh != want {
			t.Errorf("%s: fresh %t", id, r.fresh)
		}
		t.Cleanup(func() {
			if err := r.close(); err != nil {
				t.Error(err)
			}
		})
		return r
	}
	e, first := recorded(t)
	if !first.fresh {
		t.Error("the first run of a record is not fresh")
	}
	if err := first.finish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	second := fresh(e, "run 2", true) // a build that reads nothing does not change it
	if err := second.receipts(ctx, []warehouse.Receipt{{Source: "shop", Stream: "orders", BatchID: "b", CountKind: warehouse.CountNone}}); err != nil {
		t.Fatal(err)
	}
	if err := second.finish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	fresh(e, "run 3", false)

	died, _ := recorded(t)
	fresh(died, "run 2", false)
}

// The receipt that failed is recorded, and its batch is not known for it: once it is read again and agrees, or has landed
// in a run that died, the good one takes its place.
func TestAFailedReceiptIsRecordedUntilItsBatchAgrees(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, r := recorded(t)
	ten := int64(10)
	batch := func(id string, kind warehouse.CountKind, read int64) warehouse.Receipt {
		x := warehouse.Receipt{Source: "shop", Stream: "orders", BatchID: id, CountKind: kind, Read: read, Landed: read}
		if kind != warehouse.CountNone {
			x.SourceCount = &ten
		}
		return x
	}
	keep := func(list ...warehouse.Receipt) {
		t.Helper()
		if err := r.receipts(ctx, list); err != nil {
			t.Fatal(err)
		}
	}
	want := func(known map[string]bool, told string) {
		t.Helper()
		got, err := r.batches(ctx, "shop", "orders")
		if diff := cmp.Diff(known, got); err != nil || diff != "" {
			t.Errorf("known: %v, %s", err, diff)
		}
		var list string
		if err := r.session.Row(ctx, "select string_agg(batch_id || ' ' || read_count, ', ' order by batch_id, read_count) from ops.receipts where source = 'shop'", &list); err != nil || list != told {
			t.Errorf("recorded: %q, want %q (%v)", list, told, err)
		}
	}
	other := batch("elsewhere", warehouse.CountTotal, 10)
	other.Stream = "refunds"
	keep(other)
	short, early := batch("short", warehouse.CountTotal, 9), batch("early", warehouse.CountTotal, 10) // early failed though its counts agree
	short.Failed, early.Failed = true, true
	keep(batch("good", warehouse.CountTotal, 10), short, early, batch("uncounted", warehouse.CountNone, 3))
	want(map[string]bool{"good": true, "uncounted": true}, "early 10, elsewhere 10, good 10, short 9, uncounted 3")
	var agreed int
	if err := r.session.Row(ctx, "select count(*) from ops.receipts where is_failed and is_agreed", &agreed); err != nil || agreed != 0 {
		t.Errorf("%d failed receipts are said to agree (%v)", agreed, err)
	}
	keep(batch("short", warehouse.CountTotal, 10), batch("early", warehouse.CountTotal, 10), batch("good", warehouse.CountTotal, 10), batch("uncounted", warehouse.CountNone, 3))
	want(map[string]bool{"early": true, "good": true, "short": true, "uncounted": true}, "early 10, elsewhere 10, good 10, short 10, uncounted 3")
}

// A model that is kept back goes out with the others as it stands: it is audited if it is not what was published last.
func TestAKeptBackModelIsAuditedIfItWasNotPublished(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e, rec := recorded(t)
	err := rec.session.Exec(ctx, opsTables+shelfTable+`;
create table ops.publications (publication_id varchar, state varchar);
insert into ops.publication_versions values ('p1', '{"mart.same": 1, "mart.newer": 2, "mart.other": 1}', ''), ('p0', '{"mart.same": 0}', '');
insert into ops.model_state select unnest(['mart.same', 'mart.newer', 'mart.never', 'mart.other']), '', '{}', unnest([1, 3, 1, 2]), null`)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{job: &Job{Project: &project.Project{}}, engine: e, record: rec}
	for _, c := range []struct{ blocked, want []string }{
		{nil, []string{"mart.chosen"}},
		{[]string{"mart.same", "mart.newer", "mart.never", "mart.unbuilt"}, []string{"mart.chosen", "mart.newer", "mart.never"}},
	} {
		got, err := r.withUnpublished(ctx, []string{"mart.chosen"}, c.blocked)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("kept back %v: %v %s", c.blocked, err, diff)
		}
	}
}
