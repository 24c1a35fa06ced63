package lake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/heliu-data/heliu/warehouse"
)

// Table properties and snapshot summary keys that Heliu keeps.
const (
	propCursor   = "heliu.cursor"   // property: the stream's cursor after the last committed window
	propBatch    = "heliu.batch"    // property and summary: the batch of the last commit, of this commit
	propParent   = "heliu.parent"   // property: the table whose batches decide what may be read of this one
	propFence    = "heliu.fence"    // property: the marks of the last fence and of the last one of another batch, see fence
	propLedger   = "heliu.ledger"   // property: files with the receipts of expired snapshots, oldest first
	keyReceipt   = "heliu.receipt"  // summary: the receipt, JSON
	keyFiles     = "heliu.files"    // summary: name, SHA-256, bytes and rows of each file added, JSON
	keyCompacted = "heliu.compacts" // summary: the names of the files that a compaction replaced, JSON
	keyDropped   = "heliu.drops"    // summary: the batches that were dropped because their parent never came, JSON
)

// Table is one lake table as it was when it was loaded or last refreshed.
type Table struct {
	lake    *Lake
	name    string
	tbl     *table.Table
	columns []column
	spare   spareGroups
	batches map[string]bool // batches of the retained snapshots, of tbl; nil until asked for
}

// column is a column that a Batch fills.
type column struct {
	warehouse.Column        // under its name in the lake
	declared         string // the name it was declared by
	id               int
	ice              iceberg.Type
}

// Head is the state that a new window is planned on.
type Head struct {
	Snapshot int64    // 0 before the first commit
	Cursor   string   // "" before the first commit that had one
	Batch    string   // the batch committed last
	Fence    string   // marks of those who gave up an unfinished batch of another writer, see fence; "" for nobody
	Batches  []string // the batches of the retained snapshots, oldest first
}

// Name is the table's name, "raw.tmall__orders".
func (t *Table) Name() string { return t.name }

// Location is the folder or s3:// prefix that holds the table's files.
func (t *Table) Location() string { return strings.TrimRight(t.tbl.Location(), "/") }

// Refresh loads the table's newest state.
func (t *Table) Refresh(ctx context.Context) error {
	loaded, err := t.lake.load(ctx, t.name)
	if err != nil {
		return err
	}
	t.adopt(loaded)
	return nil
}

func (t *Table) adopt(loaded *table.Table) { t.tbl, t.batches = loaded, nil }

// Head is the table's state when it was loaded, refreshed or last committed to by this Table.
func (t *Table) Head() Head {
	h := Head{Cursor: t.tbl.Properties()[propCursor], Batch: t.tbl.Properties()[propBatch], Fence: t.tbl.Properties()[propFence]}
	for _, s := range t.history() {
		if id := s.Summary.Properties[propBatch]; id != "" && s.Summary.Operation == table.OpAppend {
			h.Batches = append(h.Batches, id)
		}
		h.Snapshot = s.SnapshotID
	}
	return h
}

// Columns are the columns a Batch of this table fills, in the order of their indexes: those given to Ensure, under
// their names in the lake, or all columns when the table was opened by name.
func (t *Table) Columns() []warehouse.Column {
	out := make([]warehouse.Column, len(t.columns))
	for i, c := range t.columns {
		out[i] = c.Column
	}
	return out
}

// AllColumns are all columns of the table, those of earlier schemas included, in the lake's order.
func (t *Table) AllColumns() []warehouse.Column {
	cols := t.allColumns()
	out := make([]warehouse.Column, len(cols))
	for i, c := range cols {
		out[i] = c.Column
	}
	return out
}

// Renamed maps each declared column that could not keep its name, because the lake has an incompatible column of
// that name, to the column that takes its values: {"quantity": "quantity__string"}.
func (t *Table) Renamed() map[string]string {
	out := map[string]string{}
	for _, c := range t.columns {
		if c.declared != c.Name {
			out[c.declared] = c.Name
		}
	}
	return out
}

// FieldIDs maps the lake's column names to their Iceberg field ids, which the Parquet files carry.
func (t *Table) FieldIDs() map[string]int {
	out := map[string]int{}
	for _, f := range t.tbl.Schema().Fields() {
		out[f.Name] = f.ID
	}
	return out
}

// allColumns leaves out columns of types that Heliu does not read; another writer may have added such.
func (t *Table) allColumns() []column {
	var out []column
	for _, f := range t.tbl.Schema().Fields() {
		if typ, err := modelType(f.Type); err == nil {
			out = append(out, column{Column: warehouse.Column{Name: f.Name, Type: typ, Comment: f.Doc}, declared: f.Name, id: f.ID, ice: f.Type})
		}
	}
	return out
}

// Size is how large a table is.
type Size struct {
	Files, Rows, Bytes int64
	Snapshots          int // retained ones
}

// Size tells how large the table was when it was loaded, refreshed or last committed to.
func (t *Table) Size() Size {
	out := Size{}
	history := t.history()
	if out.Snapshots = len(history); out.Snapshots > 0 {
		p := history[len(history)-1].Summary.Properties
		out.Files, out.Bytes = p.GetInt64("total-data-files", 0), p.GetInt64("total-files-size", 0)
		out.Rows = p.GetInt64("total-records", 0) - p.GetInt64("total-position-deletes", 0)
	}
	return out
}

// history is the chain of retained snapshots that ends in the head, oldest first.
func (t *Table) history() []table.Snapshot {
	head := t.tbl.CurrentSnapshot()
	if head == nil {
		return nil
	}
	chain := table.AncestorsOf(head.SnapshotID, t.tbl.Metadata().SnapshotByID)
	slices.Reverse(chain)
	return chain
}

// window is a batch as a retained snapshot holds it.
type window struct {
	batch    string
	snapshot table.Snapshot
}

// windows are the batches of the retained snapshots, oldest first, without those that were dropped, and the names of
// the files that were dropped with them.
func (t *Table) windows() (kept []window, dropped map[string]bool, err error) {
	dropped = map[string]bool{}
	for _, s := range t.history() {
		p := s.Summary.Properties
		var batches []string
		if text := p[keyDropped]; text != "" {
			if err := json.Unmarshal([]byte(text), &batches); err != nil {
				return nil, nil, fmt.Errorf("snapshot %d of %s: dropped batches: %w", s.SnapshotID, t.name, err)
			}
		}
		for _, w := range kept {
			if slices.Contains(batches, w.batch) {
				names, err := w.files()
				if err != nil {
					return nil, nil, fmt.Errorf("snapshot %d of %s: %w", w.snapshot.SnapshotID, t.name, err)
				}
				for _, f := range names {
					dropped[f.Name] = true
				}
			}
		}
		kept = slices.DeleteFunc(kept, func(w window) bool { return slices.Contains(batches, w.batch) })
		if p[propBatch] == "" || s.Summary.Operation != table.OpAppend {
			continue
		}
		w := window{p[propBatch], s}
		kept = append(kept, w)
		if len(dropped) == 0 {
			continue
		}
		names, err := w.files()
		if err != nil {
			return nil, nil, fmt.Errorf("snapshot %d of %s: %w", s.SnapshotID, t.name, err)
		}
		for _, f := range names { // the same rows again make the same name
			delete(dropped, f.Name)
		}
	}
	return kept, dropped, nil
}

func (w window) files() ([]landed, error) {
	var out []landed
	if err := json.Unmarshal([]byte(w.snapshot.Summary.Properties[keyFiles]), &out); err != nil {
		return nil, fmt.Errorf("files of batch %s: %w", w.batch, err)
	}
	return out, nil
}

// hasBatch asks the retained snapshots and the ledger of expired ones.
func (t *Table) hasBatch(ctx context.Context, id string) (bool, error) {
	if t.batches == nil {
		known := map[string]bool{}
		kept, _, err := t.windows()
		if err != nil {
			return false, err
		}
		for _, w := range kept {
			known[w.batch] = true
		}
		expired, err := t.expiredBatches(ctx)
		if err != nil {
			return false, err
		}
		for _, id := range expired {
			known[id] = true
		}
		t.batches = known
	}
	return t.batches[id], nil
}
