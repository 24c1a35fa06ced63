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
	if err != nil {
		return fmt.Errorf("fence %s: %w", name, err)
	}
	mark := fmt.Sprintf("%s %d", batch, t.Head().Snapshot) // each fence is another: a writer may have planned behind the last one
	ctx = l.with(ctx)
	txn := t.tbl.NewTransaction()
	if err := txn.AssertRefSnapshotID(table.MainBranch); err != nil {
		return err
	}
	if err := txn.SetProperties(iceberg.Properties{propFence: mark}); err != nil {
		return err
	}
	if err := txn.AddFiles(ctx, nil, iceberg.Properties{propFence: mark}, false); err != nil {
		return err
	}
	if _, err := txn.Commit(ctx); err != nil {
		return fmt.Errorf("fence %s against the writer of an unfinished batch: %w", name, err)
	}
	return nil
}

// fencedBy reports whether a fence is that of a batch's own writer.
func fencedBy(mark, batch string) bool { return strings.HasPrefix(mark, batch+" ") }
