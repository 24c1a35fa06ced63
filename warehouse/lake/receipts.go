package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/apache/iceberg-go"

	"github.com/heliu-data/heliu/warehouse"
)

// Receipts returns the receipts of all windows ever committed to the table, oldest first, those of expired snapshots
// included: expiry moves them to a ledger file that the table points to.
func (t *Table) Receipts(ctx context.Context) ([]warehouse.Receipt, error) {
	if err := t.Refresh(ctx); err != nil {
		return nil, err
	}
	entries, err := t.ledger(ctx)
	if err != nil {
		return nil, err
	}
	kept, _, err := t.windows()
	if err != nil {
		return nil, err
	}
	fresh, err := t.entries(kept)
	if err != nil {
		return nil, err
	}
	var out []warehouse.Receipt
	for _, e := range append(entries, fresh...) {
		out = append(out, e.Receipt)
	}
	return out, nil
}

// entry is a window in the ledger.
type entry struct {
	BatchID string            `json:"batch_id"`
	Receipt warehouse.Receipt `json:"receipt"`
	Files   []landed          `json:"files"`
}

func (t *Table) entries(windows []window) ([]entry, error) {
	out := make([]entry, len(windows))
	for i, w := range windows {
		e := entry{BatchID: w.batch}
		err := json.Unmarshal([]byte(w.snapshot.Summary.Properties[keyReceipt]), &e.Receipt)
		if err == nil {
			e.Files, err = w.files()
		}
		if err != nil {
			return nil, fmt.Errorf("receipt of batch %s in snapshot %d of %s: %w", e.BatchID, w.snapshot.SnapshotID, t.name, err)
		}
		out[i] = e
	}
	return out, nil
}

// ledger reads the windows whose snapshots are expired, oldest first.
func (t *Table) ledger(ctx context.Context) ([]entry, error) {
	var out []entry
	for _, name := range t.ledgerNames() {
		entries, err := t.ledgerFile(ctx, name)
		if err != nil {
			return nil, err
		}
		out = append(out, entries...)
	}
	return out, nil
}

func (t *Table) ledgerNames() []string { return strings.Fields(t.tbl.Properties()[propLedger]) }

// expiredBatches are the ids of the windows in the ledger; each ledger file is read once in a process.
func (t *Table) expiredBatches(ctx context.Context) ([]string, error) {
	var out []string
	for _, name := range t.ledgerNames() {
		path := t.Location() + "/metadata/" + name
		ids, ok := t.lake.ledgers.Load(path)
		if !ok {
			entries, err := t.ledgerFile(ctx, name)
			if err != nil {
				return nil, err
			}
			read := make([]string, len(entries))
			for i, e := range entries {
				read[i] = e.BatchID
			}
			t.lake.ledgers.Store(path, read)
			ids = read
		}
		out = append(out, ids.([]string)...)
	}
	return out, nil
}

func (t *Table) ledgerFile(ctx context.Context, name string) ([]entry, error) {
	packed, err := t.lake.read(ctx, t.Location()+"/metadata/"+name)
	if err != nil {
		return nil, fmt.Errorf("ledger of %s: %w", t.name, err)
	}
	text, err := t.lake.zstd.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("ledger %s of %s: %w", name, t.name, err)
	}
	var out []entry
	for line := range bytes.Lines(text) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("ledger %s of %s: %w", name, t.name, err)
		}
		out = append(out, e)
	}
	return out, nil
}

// read returns the whole of a small file of the lake.
func (l *Lake) read(ctx context.Context, path string) ([]byte, error) {
	fs, err := l.writeIO(ctx)
	if err != nil {
		return nil, err
	}
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

func jsonProperty(key string, value any) (iceberg.Properties, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return iceberg.Properties{key: string(text)}, nil
}

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
