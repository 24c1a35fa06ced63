package lake

import (
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
	holds := func(f warehouse.File) bool {
		t.Helper()
		tasks, err := tbl.tbl.Scan(table.WithSnapshotID(f.State)).PlanFiles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(tasks, func(task table.FileScanTask) bool { return nameOf(task.File.FilePath()) == nameOf(f.Path) })
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
		for _, f := range append(inc.Files, since(t, tbl, 0).Files...) {
			if !holds(f) {
				t.Errorf("step %d: the snapshot %d does not hold %s", step, f.State, f.Path)
			}
		}
	}
}
