package lake

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/iceberg-go/table"

	"github.com/heliu-data/heliu/warehouse"
)

// Whatever was merged since, each file of an increment is in the snapshot that it names: an engine that reads a table by its
// snapshots finds all rows there.
func TestFilesNameASnapshotThatHoldsThem(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	tbl := ensure(t, l, orders)
	commit(t, tbl, "b1", 1)
	from := since(t, tbl, 0).Snapshot
	merge := func() {
		t.Helper()
		if done, err := tbl.Compact(t.Context(), Compaction{Files: 2}); err != nil || done.Before < 2 {
			t.Fatalf("merged %+v, %v", done, err)
		}
	}
	for step, want := range []struct {
		land  string
		merge bool
		files int
	}{{"b2", false, 1}, {"b3", true, 2}, {"b4", false, 3}, {"b5", true, 4}, {"", false, 4}} {
		if want.land != "" {
			commit(t, tbl, want.land, 2)
		}
		if want.merge {
			merge()
		}
		inc := since(t, tbl, from)
		if len(inc.Files) != want.files || inc.Reset {
			t.Errorf("step %d: %d files, want %d", step, len(inc.Files), want.files)
		}
		if err := held(t.Context(), tbl, append(inc.Files, since(t, tbl, 0).Files...)); err != nil {
			t.Errorf("step %d: %v", step, err)
		}
	}
}

// held says which files are not in the snapshot that they name.
func held(ctx context.Context, t *Table, files []warehouse.File) error {
	for _, f := range files {
		tasks, err := t.tbl.Scan(table.WithSnapshotID(f.State)).PlanFiles(t.lake.with(ctx))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(tasks, func(task table.FileScanTask) bool { return nameOf(task.File.FilePath()) == nameOf(f.Path) }) {
			return fmt.Errorf("the snapshot %d does not hold %s", f.State, f.Path)
		}
	}
	return nil
}
