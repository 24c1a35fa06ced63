package lake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// ledgerFiles is how many ledger files a table points to before they are merged into one.
const ledgerFiles = 16

// Expiry says which snapshots a table may forget.
type Expiry struct {
	Keep  int     // keep at least so many of the newest snapshots; 0 is 20
	Never []int64 // positions that readers hold: neither they nor anything newer is forgotten
}

// Expire forgets old snapshots and returns how many. Their receipts and batch ids go to a ledger file first, which
// Receipts and Commit read; rows are never touched. Files that only forgotten snapshots needed stay until Sweep. A
// position in Never that the table does not have any more protects nothing.
func (t *Table) Expire(ctx context.Context, e Expiry) (int, error) {
	if err := t.Refresh(ctx); err != nil {
		return 0, err
	}
	ctx = t.lake.with(ctx)
	history := t.history()
	keep := cmp.Or(e.Keep, 20)
	protected := map[int64]bool{}
	for _, id := range e.Never {
		protected[id] = true
	}
	if dangling, err := t.dangling(ctx); err != nil {
		return 0, err
	} else if len(dangling) > 0 {
		to, _, err := t.readable(ctx)
		if err != nil {
			return 0, err
		}
		protected[to] = true
		if to == 0 {
			return 0, nil
		}
	}
	for i, s := range history {
		if protected[s.SnapshotID] {
			keep = max(keep, len(history)-i)
			break
		}
	}
	if keep >= len(history) {
		return 0, nil
	}
	going := history[:len(history)-keep]
	if err := t.forget(ctx, going, keep); err != nil {
		return 0, fmt.Errorf("expire snapshots of %s: %w", t.name, err)
	}
	t.lake.crash(PointExpired)
	return len(history) - len(t.history()), nil
}

// forget removes the snapshots and points the table to the ledger that holds their windows, in one commit.
func (t *Table) forget(ctx context.Context, going []table.Snapshot, keep int) error {
	kept, _, err := t.windows()
	if err != nil {
		return err
	}
	gone := map[int64]bool{}
	for _, s := range going {
		gone[s.SnapshotID] = true
	}
	var leaving []window
	for _, w := range kept {
		if gone[w.snapshot.SnapshotID] {
			leaving = append(leaving, w)
		}
	}
	txn := t.tbl.NewTransaction()
	if err := txn.AssertRefSnapshotID(table.MainBranch); err != nil {
		return err
	}
	// the clock that the library reads is the one it stamped the snapshots with: all but the last millisecond's are old
	if err := txn.ExpireSnapshots(table.WithRetainLast(keep), table.WithOlderThan(0), table.WithPostCommit(false)); err != nil {
		return err
	}
	if len(leaving) > 0 {
		names, err := t.writeLedger(ctx, leaving)
		if err != nil {
			return err
		}
		if err := txn.SetProperties(iceberg.Properties{propLedger: names}); err != nil {
			return err
		}
	}
	t.lake.crash(PointLedger)
	next, err := txn.Commit(ctx)
	if err != nil {
		return err
	}
	t.adopt(next)
	return nil
}

// writeLedger appends a ledger file and returns the new list of names; a long list becomes one file.
func (t *Table) writeLedger(ctx context.Context, leaving []window) (string, error) {
	entries, err := t.entries(leaving)
	if err != nil {
		return "", err
	}
	names := t.ledgerNames()
	if len(names) >= ledgerFiles {
		older, err := t.ledger(ctx)
		if err != nil {
			return "", err
		}
		entries, names = append(older, entries...), nil
	}
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, e := range entries {
		if err := lines.Encode(e); err != nil {
			return "", err
		}
	}
	packed, err := t.lake.zstd.Encode(nil, text.Bytes())
	if err != nil {
		return "", err
	}
	last := leaving[len(leaving)-1].snapshot
	name := fmt.Sprintf("%s%d-%d.jsonl.zst", ledgerPrefix, last.SequenceNumber, last.SnapshotID)
	if err := t.lake.write(ctx, t.Location()+"/metadata/"+name, packed); err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	return strings.Join(append(names, name), " "), nil
}

const (
	ledgerPrefix = "heliu-ledger-"
	notesName    = "heliu-unreferenced.json"
)

// Swept tells what Sweep did.
type Swept struct {
	Deleted int // files
	Waiting int // files that no snapshot needs and whose grace is not over
}

// Sweep deletes files that no retained snapshot needs: those that compaction and expiry left and those of runs that
// were killed. A file goes only when an earlier Sweep, at least grace ago, already found it unneeded, so a reader
// that still holds it, or a writer that has not committed yet, has that long.
func (t *Table) Sweep(ctx context.Context, grace time.Duration) (Swept, error) {
	if err := t.Refresh(ctx); err != nil {
		return Swept{}, err
	}
	ctx = t.lake.with(ctx)
	plan, err := t.tbl.PlanOrphanFiles(ctx, table.WithFilesOlderThan(time.Nanosecond))
	if err != nil {
		return Swept{}, fmt.Errorf("find unneeded files of %s: %w", t.name, err)
	}
	notes := t.Location() + "/metadata/" + notesName
	was := t.sweepNotes(ctx, notes)
	now, noted := t.lake.cfg.Now().UTC(), map[string]time.Time{}
	used := map[string]bool{notesName: true}
	for _, name := range t.ledgerNames() {
		used[name] = true
	}
	var out Swept
	var due []string
	for _, file := range plan.Files() {
		if used[path.Base(file)] {
			continue
		}
		first, ok := was[file]
		if !ok {
			first = now
		}
		if ok && now.Sub(first) >= grace {
			due = append(due, file)
			continue
		}
		noted[file] = first
		out.Waiting++
	}
	text, err := json.MarshalIndent(noted, "", " ")
	if err != nil {
		return out, err
	}
	if len(noted) > 0 || len(was) > 0 {
		if err := t.lake.write(ctx, notes, text); err != nil {
			return out, fmt.Errorf("note unneeded files of %s: %w", t.name, err)
		}
	}
	t.lake.crash(PointUnreferenced)
	fs, err := t.lake.writeIO(ctx)
	if err != nil {
		return out, err
	}
	var failed error
	for _, file := range due {
		if err := fs.Remove(file); err != nil {
			failed = errors.Join(failed, fmt.Errorf("delete unneeded file: %w", err))
			continue
		}
		out.Deleted++
		t.lake.crash(PointSweeping)
	}
	return out, failed
}

// sweepNotes reads when each unneeded file was first found so. Notes that are missing or cut off only start the grace
// anew.
func (t *Table) sweepNotes(ctx context.Context, notes string) map[string]time.Time {
	was := map[string]time.Time{}
	text, err := t.lake.read(ctx, notes)
	if err != nil || json.Unmarshal(text, &was) != nil {
		return map[string]time.Time{}
	}
	return was
}
