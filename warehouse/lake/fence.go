package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// fence keeps every writer but that of batch from committing to a table on the head that it has planned on: an empty
// snapshot moves the head, and Commit takes a move by another's fence for ErrHeadMoved. It comes before the unfinished child
// batches of another writer are given up, who may have been killed, or be alive on the other side of a slow link. Without it
// the other's parent would be committed when its children are gone.
func (l *Lake) fence(ctx context.Context, name, batch string) error {
	t, err := l.Table(ctx, name)
	if errors.Is(err, ErrNoTable) {
		return nil
	}
	if err == nil {
		err = t.fence(ctx, batch)
	}
	if err != nil {
		return fmt.Errorf("fence %s against the writer of an unfinished batch: %w", name, err)
	}
	return nil
}

// fence is that of the lake, on the head that is loaded and only on that. The table's property keeps two marks: that of this
// fence and the latest one of another batch, so that no number of fences hides from a writer that one of them was another's.
// A mark names the batch and the snapshot that it was set on: no two are the same, and expiry forgets none.
func (t *Table) fence(ctx context.Context, batch string) error {
	head := t.Head()
	mark := fmt.Sprintf("%s %d", batch, head.Snapshot)
	ctx = t.lake.with(ctx)
	txn := t.tbl.NewTransaction()
	if err := txn.AssertRefSnapshotID(table.MainBranch); err != nil {
		return err
	}
	if err := txn.SetProperties(iceberg.Properties{propFence: strings.TrimSpace(mark + " " + othersFence(head.Fence, batch))}); err != nil {
		return err
	}
	if err := txn.AddFiles(ctx, nil, iceberg.Properties{propFence: mark}, false); err != nil {
		return err
	}
	next, err := txn.Commit(ctx)
	if err != nil {
		return err
	}
	t.adopt(next)
	return nil
}

// othersFence is the mark of the latest fence that another writer than that of batch has set, "" for none. Of the marks of
// Head.Fence, the newest first, no two neighbours are of one batch; a lake written before there were two has one.
func othersFence(marks, batch string) string {
	for f := strings.Fields(marks); len(f) >= 2; f = f[2:] {
		if f[0] != batch {
			return f[0] + " " + f[1]
		}
	}
	return ""
}

// unfinished reports whether the parent of a child table lacks a batch; never of a table without a parent.
func (t *Table) unfinished(ctx context.Context, batch string) (bool, error) {
	dangling, err := t.dangling(ctx)
	return dangling[batch], err
}
