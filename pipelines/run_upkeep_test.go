package pipelines

import (
	"fmt"
	"testing"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

const keptTable = "raw.shop__orders"

// landRows commits a batch of one row to the table, through a handle of its own.
func landRows(t *testing.T, l *lake.Lake, ids ...string) {
	t.Helper()
	table, err := l.Ensure(t.Context(), lake.TableSpec{Name: keptTable, Columns: []warehouse.Column{{Name: "id", Type: models.String}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		b := table.NewBatch(id)
		b.AppendString(0, id)
		if err := b.EndRow(); err != nil {
			t.Fatal(err)
		}
		files, err := b.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Commit(t.Context(), lake.Commit{BatchID: id, Files: files, Cursor: id}); err != nil {
			t.Fatal(err)
		}
	}
}

func openKept(t *testing.T, c lake.Config) *lake.Lake {
	t.Helper()
	l, err := lake.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func batchNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("w%02d", i)
	}
	return out
}

// A table is compacted and told to forget past its thresholds only; what a model has still to read is kept.
func TestUpkeepWaitsForItsThresholds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	l := openKept(t, lake.Config{Location: t.TempDir(), Now: func() time.Time { return now }})
	names := batchNames(12)
	landRows(t, l, names[:3]...)
	table, err := l.Table(t.Context(), keptTable)
	if err != nil {
		t.Fatal(err)
	}
	position := table.Head().Snapshot
	landRows(t, l, names[3:]...)
	keep := func(many, files int) Upkept {
		t.Helper()
		k := &keeper{lake: l, positions: map[string][]int64{keptTable: {position}}, grace: 24 * time.Hour, many: many,
			compact: lake.Compaction{Files: files}, expire: lake.Expiry{Keep: 5}}
		done, err := k.keep(t.Context(), []string{keptTable, "raw.shop__not_there"})
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := keep(12, 13); done.Merged+done.Forgotten+done.Swept+done.SweptWaiting != 0 {
		t.Errorf("below the thresholds: %v", done)
	}
	if done := keep(10, 13); done.Merged != 0 || done.Forgotten != 2 { // w00 and w01; the model stands at w02
		t.Errorf("many snapshots: %v", done)
	}
	now = now.Add(25 * time.Hour)
	if done := keep(5, 2); done.Merged != 12 || done.Into != 1 || done.Swept == 0 {
		t.Errorf("many files: %v", done)
	}
	if err := table.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	increment, err := table.FilesSince(t.Context(), position)
	if err != nil || increment.Reset {
		t.Fatalf("the model's position is lost: %+v, %v", increment, err)
	}
	rows, err := table.Rows(t.Context(), increment.Files)
	if err != nil || len(rows) != 9 {
		t.Errorf("%d rows are new to the model, want 9 (%v)", len(rows), err)
	}
}

// The collector lands between the planning of upkeep and its commit: upkeep gives way without an error, and nothing that
// was landed is lost. A failure on a head that did not move stays one.
func TestUpkeepGivesWayToTheCollector(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	collector := openKept(t, lake.Config{Location: folder})
	names := batchNames(4)
	landRows(t, collector, names[:3]...)
	raced := 0
	l := openKept(t, lake.Config{Location: folder, Crash: func(point string) {
		if point == lake.PointCompacted && raced == 0 {
			raced++
			landRows(t, collector, names[3])
		}
	}})
	k := &keeper{lake: l, grace: time.Hour, many: 100, compact: lake.Compaction{Files: 2}}
	done, err := k.keep(t.Context(), []string{keptTable})
	if err != nil || done.Merged != 0 || raced != 1 {
		t.Fatalf("%v, %v; raced %d", done, err, raced)
	}
	table, err := l.Table(t.Context(), keptTable)
	if err != nil {
		t.Fatal(err)
	}
	all, err := table.FilesSince(t.Context(), 0)
	if err != nil || len(all.Files) != 4 {
		t.Errorf("%d files, want the 4 that were landed (%v)", len(all.Files), err)
	}
	if done, err = k.keep(t.Context(), []string{keptTable}); err != nil || done.Merged != 4 {
		t.Errorf("the next upkeep: %v, %v", done, err)
	}
	head := table.Head().Snapshot
	if err := table.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head == table.Head().Snapshot {
		t.Fatal("the head did not move")
	}
	failure := fmt.Errorf("disk full")
	if err := unlessMoved(t.Context(), table, table.Head().Snapshot, failure); err != failure {
		t.Errorf("a failure of its own became %v", err)
	}
}
