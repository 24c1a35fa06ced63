package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/zeebo/xxh3"

	"github.com/heliu-data/heliu/warehouse"
)

// commitTries is how often a commit is tried that failed without trace. The catalog refuses one of two commits at once
// (PostgreSQL's 40001, SQLite's busy, a table that moved underneath): nothing was done, so it is done again.
const commitTries = 8

// pause waits before the try: from 10 ms, doubled each time up to 640 ms, and up to as much again by the writer's name
// and the try, so that two writers who met do not meet again.
func pause(ctx context.Context, who string, try int) error {
	least := 10 * time.Millisecond << min(try-1, 6)
	timer := time.NewTimer(least + time.Duration(xxh3.HashString(fmt.Sprint(who, try))%uint64(least)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Commit is one window of one table.
type Commit struct {
	BatchID string
	Files   []warehouse.File // of Batch.Close; none is a window without rows
	Cursor  string           // the stream's cursor after the window; of a child or rejected table a digest of the content; "" leaves it
	Receipt warehouse.Receipt
}

// landed is how a file is listed in a snapshot's summary.
type landed struct {
	Name   string `json:"n"` // behind the table's data folder
	SHA256 string `json:"s"`
	Bytes  int64  `json:"b"`
	Rows   int64  `json:"r"`
}

// Commit adds the window's files, its receipt and the new cursor to the table in one snapshot (invariant 1).
//
// A batch that the table already has is skipped: nil is returned and nothing changes. After any error of the catalog
// the table is read again and the batch looked for, so a lost answer counts as the success that it was. ErrHeadMoved
// says that another writer was faster on a table with a cursor: nothing was committed, plan the window again from
// Head().Cursor. On return without error the table is at its new head.
//
// Child and __rejected tables (TableSpec.Parent) are committed first, the stream's own table last and as it was loaded before
// them, and the windows of one stream one after another: a child batch that is still without its parent when the next window
// comes is taken out of the child table, for it belongs to a read that was given up. A batch that an earlier read left
// in a child table without its parent is held there by an empty snapshot: who found it given up has to look again. If its
// content is not this one, by the cursor, it is ErrOtherContent.
func (t *Table) Commit(ctx context.Context, c Commit) error {
	if err := checkBatchID(c.BatchID); err != nil {
		return err
	}
	planned := t.Head()
	var failure error
	stood := false // an earlier read of the window left the batch in the child table, and may be given up at this moment
	for try := range commitTries {
		if try > 0 {
			if err := pause(ctx, c.BatchID+t.name, try); err != nil {
				break
			}
		}
		if err := t.Refresh(ctx); err != nil {
			return errors.Join(failure, err)
		}
		if err := t.sameContent(c); err != nil {
			return err
		}
		done, err := t.hasBatch(ctx, c.BatchID)
		if stood = done && (stood || try == 0); err == nil && stood {
			stood, err = t.unfinished(ctx, c.BatchID)
		}
		if err != nil || done && !stood {
			return err
		}
		if t.parent() == "" && planned.moved(t.Head(), c.BatchID) {
			return fmt.Errorf("commit batch %s to %s: %w", c.BatchID, t.name, errors.Join(ErrHeadMoved, failure))
		}
		if stood { // who is about to give it up has fenced before the parent was planned on, and must do so again
			failure = t.fence(ctx, c.BatchID)
		} else if failure = t.dropDangling(ctx, c.BatchID); failure == nil {
			failure = t.try(ctx, c)
		}
		if failure == nil {
			if t.parent() != "" {
				t.lake.crash(PointChildDone)
			}
			t.lake.crash(PointCommitted)
			return nil
		}
	}
	// the last attempt's answer may be the one that was lost
	if err := t.Refresh(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(failure, err)
	}
	if err := t.sameContent(c); err != nil {
		return err
	}
	if done, err := t.hasBatch(ctx, c.BatchID); err != nil || done && !stood {
		return err
	}
	return fmt.Errorf("commit batch %s to %s: %w", c.BatchID, t.name, failure)
}

// sameContent is ErrOtherContent when a child table's newest batch is this one, of another content.
func (t *Table) sameContent(c Commit) error {
	if h := t.Head(); t.parent() != "" && h.Batch == c.BatchID && h.Cursor != c.Cursor {
		return fmt.Errorf("commit batch %s to %s: %w", c.BatchID, t.name, ErrOtherContent)
	}
	return nil
}

// moved reports whether another writer than that of batch has changed the table since it was planned on. Upkeep does not.
func (planned Head) moved(now Head, batch string) bool {
	return now.Batch != planned.Batch || now.Cursor != planned.Cursor || othersFence(now.Fence, batch) != othersFence(planned.Fence, batch)
}

func (t *Table) parent() string { return t.tbl.Properties()[propParent] }

// try commits once on the head that is loaded, and only on that.
func (t *Table) try(ctx context.Context, c Commit) error {
	ctx = t.lake.with(ctx)
	summary, err := t.summary(c)
	if err != nil {
		return err
	}
	txn := t.tbl.NewTransaction()
	if err := txn.AssertRefSnapshotID(table.MainBranch); err != nil {
		return err
	}
	props := iceberg.Properties{propBatch: c.BatchID}
	if c.Cursor != "" {
		props[propCursor] = c.Cursor
	}
	if err := txn.SetProperties(props); err != nil {
		return err
	}
	if len(c.Files) == 0 { // an empty snapshot: the head moves with the cursor all the same
		err = txn.AddFiles(ctx, nil, summary, false)
	} else {
		var files []iceberg.DataFile
		if files, err = t.dataFiles(c.Files); err == nil {
			err = txn.AddDataFiles(ctx, files, summary, table.WithoutDuplicateCheck(), table.WithoutAutoNameMapping())
		}
	}
	if err != nil {
		return err
	}
	next, err := txn.Commit(ctx)
	if err != nil {
		return err
	}
	t.adopt(next)
	return nil
}

func (t *Table) summary(c Commit) (iceberg.Properties, error) {
	receipt, err := json.Marshal(c.Receipt)
	if err != nil {
		return nil, fmt.Errorf("receipt of batch %s: %w", c.BatchID, err)
	}
	files := make([]landed, len(c.Files))
	for i, f := range c.Files {
		files[i] = landed{Name: nameOf(f.Path), SHA256: f.SHA256, Bytes: f.Bytes, Rows: f.Rows}
	}
	list, err := json.Marshal(files)
	if err != nil {
		return nil, err
	}
	return iceberg.Properties{propBatch: c.BatchID, keyReceipt: string(receipt), keyFiles: string(list)}, nil
}

func (t *Table) dataFiles(files []warehouse.File) ([]iceberg.DataFile, error) {
	out := make([]iceberg.DataFile, len(files))
	for i, f := range files {
		if shaOf(f.Path) != f.SHA256 {
			return nil, fmt.Errorf("file %s was not made by a Batch of this lake", f.Path)
		}
		b, err := iceberg.NewDataFileBuilder(t.tbl.Spec(), iceberg.EntryContentData, f.Path, iceberg.ParquetFile, nil, nil, nil, f.Rows, f.Bytes)
		if err != nil {
			return nil, fmt.Errorf("register %s: %w", f.Path, err)
		}
		out[i] = b.Build()
	}
	return out, nil
}
