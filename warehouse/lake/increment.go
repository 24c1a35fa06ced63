package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/heliu-data/heliu/warehouse"
)

// Increment is what a reader has not seen yet.
type Increment struct {
	Files    []warehouse.File // each with its SHA-256; pass them to Lake.Verify before they are read
	Snapshot int64            // the position to hand to FilesSince next time
	Reset    bool             // the position given is lost: Files are all files, read the table anew
}

// FilesSince lists the files that were landed after the given position, compaction left aside; 0 gives all files.
// A position that was expired gives all files with Reset set. Of a child or __rejected table only batches whose
// parent is committed are given, and the position stops before the first one that is not (invariant 1).
func (t *Table) FilesSince(ctx context.Context, since int64) (Increment, error) {
	return t.FilesBetween(ctx, since, 0)
}

// FilesBetween is FilesSince as the table was at the position until, whatever was landed behind it meanwhile; 0 is now.
// A position until that was expired is an error: nobody can say any more what belonged to it.
func (t *Table) FilesBetween(ctx context.Context, since, until int64) (Increment, error) {
	if err := t.Refresh(ctx); err != nil {
		return Increment{}, err
	}
	ctx = t.lake.with(ctx)
	to, dropped, err := t.readable(ctx)
	if err != nil {
		return Increment{}, err
	}
	if until != 0 && until != to {
		if to == 0 || !t.reaches(to, until) {
			return Increment{}, fmt.Errorf("the position %d of %s is gone while it was in use: start the run again", until, t.name)
		}
		to = until
	}
	inc := Increment{Snapshot: to}
	switch {
	case to == 0 || to == since:
		inc.Reset = since != 0 && to == 0
		return inc, nil
	case since != 0 && t.reaches(to, since):
		for _, s := range t.stretches(since, to) {
			tasks, err := t.tbl.NewIncrementalAppendScan().FromSnapshotExclusive(s.after).ToSnapshot(s.until).PlanFiles(ctx)
			if err != nil {
				return Increment{}, fmt.Errorf("files of %s since snapshot %d: %w", t.name, since, err)
			}
			files, err := t.filesOf(ctx, tasks, s.until)
			if err != nil {
				return Increment{}, err
			}
			inc.Files = append(inc.Files, files...)
		}
		inc.Files = slices.DeleteFunc(inc.Files, func(f warehouse.File) bool { return dropped[nameOf(f.Path)] })
		slices.SortFunc(inc.Files, byPath)
		inc.Files = slices.CompactFunc(inc.Files, func(a, b warehouse.File) bool { return a.Path == b.Path }) // taken out, and landed again
		return inc, nil
	}
	inc.Reset = since != 0
	tasks, err := t.tbl.Scan(table.WithSnapshotID(to)).PlanFiles(ctx)
	if err != nil {
		return Increment{}, fmt.Errorf("files of %s: %w", t.name, err)
	}
	inc.Files, err = t.filesOf(ctx, tasks, to)
	return inc, err
}

// Position refreshes the table and returns the newest position that FilesSince would give, 0 for none; it reads no
// manifests.
func (t *Table) Position(ctx context.Context) (int64, error) {
	if err := t.Refresh(ctx); err != nil {
		return 0, err
	}
	to, _, err := t.readable(t.lake.with(ctx))
	return to, err
}

// reaches reports whether since lies on the retained chain of snapshots that ends in to.
func (t *Table) reaches(to, since int64) bool {
	return t.tbl.Metadata().SnapshotByID(since) != nil && table.IsAncestorOf(to, since, t.tbl.Metadata().SnapshotByID)
}

// readable is the newest snapshot whose batches all may be read: the head, or for a child table the last one before
// the first live batch whose parent is not committed. With it come the names of files that were taken out of the
// table before they could be read, which an incremental scan still lists.
func (t *Table) readable(ctx context.Context) (last int64, dropped map[string]bool, err error) {
	dangling, err := t.dangling(ctx)
	if err != nil {
		return 0, nil, err
	}
	kept, dropped, err := t.windows()
	if err != nil {
		return 0, nil, err
	}
	var stop int64
	for _, w := range kept {
		if dangling[w.batch] {
			stop = w.snapshot.SnapshotID
			break
		}
	}
	for _, s := range t.history() {
		if s.SnapshotID == stop {
			break
		}
		last = s.SnapshotID
	}
	return last, dropped, nil
}

// dangling are the batches of a child table that its parent does not have (yet).
func (t *Table) dangling(ctx context.Context) (map[string]bool, error) {
	if t.parent() == "" {
		return nil, nil
	}
	if _, err := t.hasBatch(ctx, ""); err != nil {
		return nil, err
	}
	var out map[string]bool
	parent, err := t.lake.Table(ctx, t.parent())
	if errors.Is(err, ErrNoTable) {
		return maps.Clone(t.batches), nil
	}
	if err != nil {
		return nil, fmt.Errorf("parent of %s: %w", t.name, err)
	}
	for id := range t.batches {
		has, err := parent.hasBatch(ctx, id)
		if err != nil {
			return nil, err
		}
		if !has {
			if out == nil {
				out = map[string]bool{}
			}
			out[id] = true
		}
	}
	return out, nil
}

// dropDangling takes batches without a parent out of a child table before the next one comes, except the one that
// is being read again.
func (t *Table) dropDangling(ctx context.Context, keep string) error {
	dangling, err := t.dangling(ctx)
	if err != nil {
		return err
	}
	delete(dangling, keep)
	if len(dangling) == 0 {
		return nil
	}
	// Their writer may be alive and about to commit the parent: from here on it cannot, and what it has committed until
	// here is not dangling any more.
	if err := t.lake.fence(ctx, t.parent(), keep); err != nil {
		return err
	}
	if dangling, err = t.dangling(ctx); err != nil {
		return err
	}
	delete(dangling, keep)
	if len(dangling) == 0 {
		return nil
	}
	ctx = t.lake.with(ctx)
	tasks, err := t.tbl.Scan().PlanFiles(ctx)
	if err != nil {
		return fmt.Errorf("files of %s: %w", t.name, err)
	}
	var gone []iceberg.DataFile
	for _, task := range tasks {
		if dangling[batchOf(task.File.FilePath())] {
			gone = append(gone, task.File)
		}
	}
	summary, err := jsonProperty(keyDropped, sortedKeys(dangling))
	if err != nil {
		return err
	}
	txn := t.tbl.NewTransaction()
	if err := txn.AssertRefSnapshotID(table.MainBranch); err != nil {
		return err
	}
	if len(gone) == 0 {
		summary[propBatch] = "" // an empty append that only says what was dropped
		err = txn.AddFiles(ctx, nil, summary, false)
	} else {
		err = txn.ReplaceDataFilesWithDataFiles(ctx, gone, nil, summary)
	}
	if err != nil {
		return fmt.Errorf("drop unfinished batches of %s: %w", t.name, err)
	}
	next, err := txn.Commit(ctx)
	if err != nil {
		return fmt.Errorf("drop unfinished batches of %s: %w", t.name, err)
	}
	t.adopt(next)
	return nil
}

// stretch is a part of the table's history in which files are only added: after one snapshot, until another, which holds
// all of them.
type stretch struct{ after, until int64 }

// stretches cut the history between two positions where files were taken out: what was added before is not in the snapshots
// behind, although its rows are.
func (t *Table) stretches(since, to int64) []stretch {
	var out []stretch
	after, last, begun := since, since, false
	end := func() {
		if last != after {
			out = append(out, stretch{after, last})
		}
	}
	for _, s := range t.history() {
		if begun {
			if s.Summary.Operation != table.OpAppend {
				end()
				after = s.SnapshotID
			}
			last = s.SnapshotID
		}
		begun = begun || s.SnapshotID == since
		if s.SnapshotID == to {
			break
		}
	}
	end()
	return out
}

func byPath(a, b warehouse.File) int { return strings.Compare(a.Path, b.Path) }

// filesOf turns scan tasks into files with their SHA-256 and the snapshot that holds them, sorted by path.
func (t *Table) filesOf(ctx context.Context, tasks []table.FileScanTask, state int64) ([]warehouse.File, error) {
	out := make([]warehouse.File, 0, len(tasks))
	for _, task := range tasks {
		f := task.File
		out = append(out, warehouse.File{Path: strings.TrimPrefix(f.FilePath(), "file://"), SHA256: shaOf(f.FilePath()), Bytes: f.FileSizeBytes(), Rows: f.Count(), State: state})
	}
	slices.SortFunc(out, byPath)
	return slices.Compact(out), ctx.Err()
}

// nameOf is a data file's name as summaries list it: "batch/0000-sha.parquet".
func nameOf(file string) string { return path.Base(path.Dir(file)) + "/" + path.Base(file) }

// batchOf is the batch that landed a file, "" for one that compaction wrote.
func batchOf(file string) string {
	dir := path.Base(path.Dir(file))
	if strings.HasPrefix(dir, compactedPrefix) {
		return ""
	}
	return dir
}
