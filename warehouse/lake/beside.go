package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	iceio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
)

// Beside is what the metadata says of a table that an engine wrote beside the raw ones.
type Beside struct {
	Files, Deletes int64   // data files and delete files of the present snapshot
	Partitioned    bool    // whether its files lie in partitions
	Outlived       []int64 // snapshots that Forget may forget
}

// Beside looks at a table of the catalog. Outlived are the snapshots that no name holds and in whose place another stood
// before the time given: who began to read such a one has had from then on to finish. When a snapshot was written says
// nothing of that: one of last year is the present one until tonight's build.
func (l *Lake) Beside(ctx context.Context, name string, before time.Time) (Beside, error) {
	t, err := l.load(ctx, name)
	if err != nil {
		return Beside{}, err
	}
	spec := t.Spec()
	b := Beside{Partitioned: !spec.IsUnpartitioned()}
	if now := t.CurrentSnapshot(); now != nil && now.Summary != nil {
		for key, to := range map[string]*int64{"total-data-files": &b.Files, "total-delete-files": &b.Deletes} {
			if text, ok := now.Summary.Properties[key]; ok {
				if *to, err = strconv.ParseInt(text, 10, 64); err != nil {
					return b, fmt.Errorf("summary of %s: %s: %w", name, key, err)
				}
			}
		}
	}
	held := map[int64]bool{}
	for _, ref := range t.Metadata().Refs() {
		held[ref.SnapshotID] = true
	}
	all := slices.Clone(t.Metadata().Snapshots())
	slices.SortStableFunc(all, func(a, b table.Snapshot) int { return int(a.SequenceNumber - b.SequenceNumber) })
	for i, s := range all {
		if i+1 < len(all) && all[i+1].TimestampMs < before.UnixMilli() && !held[s.SnapshotID] {
			b.Outlived = append(b.Outlived, s.SnapshotID)
		}
	}
	return b, nil
}

// Forget takes snapshots out of a table's metadata and deletes no file. [ErrHeadMoved] says that the table has another
// present snapshot than when it was looked at.
func (l *Lake) Forget(ctx context.Context, name string, snapshots []int64) error {
	t, err := l.load(ctx, name)
	if err != nil {
		return err
	}
	now := t.CurrentSnapshot()
	if now == nil {
		return nil
	}
	_, _, err = l.cat.CommitTable(l.with(ctx), t.Identifier(),
		[]table.Requirement{table.AssertRefSnapshotID(table.MainBranch, &now.SnapshotID)},
		[]table.Update{table.NewRemoveSnapshotsUpdate(snapshots, false)})
	if err != nil {
		return fmt.Errorf("forget snapshots of %s: %w", name, err)
	}
	return nil
}

// Folders lists the folders of a namespace's tables in the lake, "s3://bucket/prefix/star/fct_order-7", sorted, whether or
// not a table is there.
func (l *Lake) Folders(ctx context.Context, space string) ([]string, error) {
	var list []string
	root := l.root + "/" + space
	err := l.walk(ctx, root, func(path string) error {
		folder, _, _ := strings.Cut(strings.TrimPrefix(path, root+"/"), "/")
		if full := root + "/" + folder; len(list) == 0 || list[len(list)-1] != full {
			list = append(list, full)
		}
		return nil
	})
	slices.Sort(list)
	return slices.Compact(list), err
}

// Clear deletes a folder of the lake with all that is in it and says how many files those were.
func (l *Lake) Clear(ctx context.Context, folder string) (files int, err error) {
	if !strings.HasPrefix(folder, l.root+"/") {
		return 0, fmt.Errorf("%s is not in the lake %s", folder, l.root)
	}
	var list []string
	if err := l.walk(ctx, folder, func(path string) error {
		list = append(list, path)
		return nil
	}); err != nil {
		return 0, err
	}
	store, err := l.writeIO(ctx)
	if err != nil {
		return 0, err
	}
	for _, path := range list {
		if err := store.Remove(path); err != nil {
			return files, fmt.Errorf("delete %s: %w", path, err)
		}
		files++
	}
	return files, nil
}

// walk calls f with the full path of each file below a folder; a folder that is not there has none.
func (l *Lake) walk(ctx context.Context, folder string, f func(path string) error) error {
	store, err := l.writeIO(ctx)
	if err != nil {
		return err
	}
	tree, ok := store.(iceio.ListableIO)
	if !ok {
		return fmt.Errorf("%s cannot be listed", l.root)
	}
	err = tree.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir():
			return ctx.Err()
		}
		return f(path)
	})
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	return nil
}
