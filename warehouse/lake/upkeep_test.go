package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

func TestExpiryKeepsWhatReadersNeed(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	table := ensure(t, l, orders)
	var position int64
	for i := range 40 {
		commit(t, table, fmt.Sprintf("b%02d", i), 1)
		if i == 9 {
			position = table.Head().Snapshot
		}
	}
	done, err := table.Compact(t.Context(), Compaction{Files: 10})
	if err != nil || done.Before != 40 || done.After != 1 || done.Rows != 40 {
		t.Fatalf("compacted %+v, %v", done, err)
	}
	if size := table.Size(); size.Files != 1 || size.Rows != 40 || size.Bytes == 0 || size.Snapshots != 41 {
		t.Errorf("size is %+v", size)
	}
	forgot, err := table.Expire(t.Context(), Expiry{Keep: 3, Never: []int64{position, 42}})
	if err != nil || forgot != 9 {
		t.Fatalf("forgot %d, want 9 (%v)", forgot, err)
	}
	for range 2 { // no grace: noted, then deleted
		if _, err := table.Sweep(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	inc := since(t, table, position)
	if got := ids(t, table, inc.Files); len(got) != 30 || got[0] != "b10-0" || inc.Reset {
		t.Errorf("increment over expiry and compaction has %d rows from %v", len(got), got[:1])
	}
	if forgot, err = table.Expire(t.Context(), Expiry{Keep: 3}); err != nil || forgot != 29 {
		t.Fatalf("forgot %d, want 29 (%v)", forgot, err)
	}
	inc = since(t, table, position)
	if got := ids(t, table, inc.Files); !inc.Reset || len(got) != 40 {
		t.Errorf("a lost position gave reset %v and %d rows", inc.Reset, len(got))
	}
	receipts, err := table.Receipts(t.Context())
	if err != nil || len(receipts) != 40 || receipts[0].BatchID != "b00" || receipts[39].BatchID != "b39" {
		t.Errorf("%d receipts after expiry (%v)", len(receipts), err)
	}
	commit(t, table, "b00", 1) // known from the ledger
	if h := table.Head(); h.Cursor != "after b39" || h.Snapshot != inc.Snapshot {
		t.Errorf("an expired batch was landed again: %+v", h)
	}
}

func TestLedgersAreMerged(t *testing.T) {
	t.Parallel()
	table := ensure(t, openLake(t, t.TempDir(), nil), orders)
	const windows = ledgerFiles*2 + 5
	for i := range windows {
		commit(t, table, fmt.Sprintf("b%02d", i), 0)
		if _, err := table.Expire(t.Context(), Expiry{Keep: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(strings.Fields(table.tbl.Properties()[propLedger])); n > ledgerFiles {
		t.Errorf("%d ledger files", n)
	}
	receipts, err := table.Receipts(t.Context())
	if err != nil || len(receipts) != windows {
		t.Fatalf("%d receipts, want %d (%v)", len(receipts), windows, err)
	}
	for i, r := range receipts {
		if r.BatchID != fmt.Sprintf("b%02d", i) {
			t.Fatalf("receipt %d is of %s", i, r.BatchID)
		}
	}
}

func TestSweepWaitsForItsGrace(t *testing.T) {
	t.Parallel()
	now, dir := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC), t.TempDir()
	l, err := Open(t.Context(), Config{Location: dir, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	table := ensure(t, l, orders)
	commit(t, table, "kept", 1)
	orphan := files(t, table, "never-committed", 1)[0].Path
	if err := os.WriteFile(filepath.Join(table.Location(), "data", ".heliu-part-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for hours, want := range map[int]Swept{0: {Waiting: 2}} {
		got, err := table.Sweep(t.Context(), 24*time.Hour)
		if err != nil || got != want {
			t.Errorf("after %d hours: %+v, want %+v (%v)", hours, got, want, err)
		}
	}
	now = now.Add(23 * time.Hour)
	if got, err := table.Sweep(t.Context(), 24*time.Hour); err != nil || got.Deleted != 0 || got.Waiting != 2 {
		t.Errorf("after 23 hours: %+v, %v", got, err)
	}
	now = now.Add(time.Hour)
	if got, err := table.Sweep(t.Context(), 24*time.Hour); err != nil || got.Deleted != 2 || got.Waiting != 0 {
		t.Errorf("after 24 hours: %+v, %v", got, err)
	}
	if _, err := os.Stat(orphan); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the orphan is still there: %v", err)
	}
	if got := ids(t, table, since(t, table, 0).Files); !cmp.Equal(got, []string{"kept-0"}) {
		t.Errorf("rows %v", got)
	}
}

func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	hurt := map[string]func(path string, data []byte) error{
		"one bit":   func(p string, d []byte) error { d[len(d)/2] ^= 1; return os.WriteFile(p, d, 0o644) },
		"truncated": func(p string, d []byte) error { return os.WriteFile(p, d[:len(d)-1], 0o644) },
		"longer":    func(p string, d []byte) error { return os.WriteFile(p, append(d, 0), 0o644) },
		"empty":     func(p string, d []byte) error { return os.WriteFile(p, nil, 0o644) },
		"gone":      func(p string, _ []byte) error { return os.Remove(p) },
	}
	for name, hurt := range hurt {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openLake(t, t.TempDir(), nil)
			table := ensure(t, l, orders)
			commit(t, table, "b", 100)
			inc := since(t, table, 0)
			if err := l.Verify(t.Context(), inc.Files); err != nil { // remembered as right
				t.Fatal(err)
			}
			path := inc.Files[0].Path
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := hurt(path, data); err != nil {
				t.Fatal(err)
			}
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(path, later, later); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if err := l.Verify(t.Context(), inc.Files); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
				t.Errorf("Verify says %v", err)
			}
			to := filepath.Join(t.TempDir(), "copy.parquet")
			if err := l.Fetch(t.Context(), inc.Files[0], to); !errors.Is(err, ErrDamaged) {
				t.Errorf("Fetch says %v", err)
			}
			if _, err := os.Stat(to); err == nil {
				t.Error("Fetch left a damaged copy")
			}
			if _, err := table.Compact(t.Context(), Compaction{Files: 1}); err != nil {
				t.Errorf("one file alone is not compacted: %v", err)
			}
		})
	}
}

// A table that another writer began with narrower types is widened in place, and its old files are read and merged
// with the new ones.
func TestNarrowTypesAreWidened(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	ensure(t, l, orders) // makes the namespace
	narrow := []iceberg.NestedField{
		{ID: 1, Name: "i", Type: iceberg.PrimitiveTypes.Int32}, {ID: 2, Name: "f", Type: iceberg.PrimitiveTypes.Float32}, {ID: 3, Name: "m", Type: iceberg.DecimalTypeOf(9, 4)}}
	if _, err := l.cat.CreateTable(t.Context(), []string{"raw", "narrow"}, iceberg.NewSchema(0, narrow...), catalog.WithLocation(l.root+"/raw/narrow"), catalog.WithProperties(creationProperties())); err != nil {
		t.Fatal(err)
	}
	old, err := l.Table(t.Context(), "raw.narrow")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := l.newGroup(old.columns)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []parquet.Value{parquet.Int32Value(-7), parquet.FloatValue(0.5), parquet.Int32Value(-19900)} {
		rows.chunks[i].value(v)
	}
	if err := rows.endPages(1, 0); err != nil {
		t.Fatal(err)
	}
	d, err := l.newDataFile(old.Location(), rows.footer)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.write(rows); err != nil {
		t.Fatal(err)
	}
	file, err := d.finish(t.Context(), old.Location()+"/data/old", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Commit(t.Context(), Commit{BatchID: "old", Files: []warehouse.File{file}}); err != nil {
		t.Fatal(err)
	}
	table := ensure(t, l, TableSpec{Name: "raw.narrow", Columns: []warehouse.Column{
		{Name: "i", Type: models.Integer}, {Name: "f", Type: models.Double}, {Name: "m", Type: models.Money}, {Name: "new", Type: models.Date}}})
	if len(table.Renamed()) != 0 {
		t.Errorf("renamed %v", table.Renamed())
	}
	b := table.NewBatch("new")
	b.AppendInt(0, 1<<40)
	b.AppendFloat(1, 0.1)
	b.AppendDecimal(2, 1<<50)
	b.AppendDate(3, 1)
	if err := b.EndRow(); err != nil {
		t.Fatal(err)
	}
	landed, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(t.Context(), Commit{BatchID: "new", Files: landed}); err != nil {
		t.Fatal(err)
	}
	want := []Row{
		{"i": int64(1 << 40), "f": 0.1, "m": "112589990684.2624", "new": time.Unix(86400, 0).UTC()},
		{"i": int64(-7), "f": 0.5, "m": "-1.9900", "new": nil},
	}
	for _, merged := range []bool{false, true} {
		if merged {
			if done, err := table.Compact(t.Context(), Compaction{Files: 2}); err != nil || done.After != 1 {
				t.Fatalf("compacted %+v, %v", done, err)
			}
		}
		rows, err := table.Rows(t.Context(), since(t, table, 0).Files)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("merged %v: %s", merged, diff)
		}
	}
}

func TestCompactionReachesItsTarget(t *testing.T) {
	t.Parallel()
	table := ensure(t, openLake(t, t.TempDir(), nil), orders)
	const n, each = 12, 500
	for i := range n {
		commit(t, table, fmt.Sprintf("b%02d", i), each)
	}
	one := table.Size().Bytes / n // none is small, all are below half of the target
	c := Compaction{Small: 1, Files: 2, Target: 3 * one}
	done, err := table.Compact(t.Context(), c)
	if err != nil || done.Before != n || done.Rows != n*each {
		t.Fatalf("compacted %+v, %v", done, err)
	}
	if done.After < 3 || done.After > n/2 {
		t.Errorf("%d files of %d bytes became %d, want files of about %d bytes", n, one, done.After, c.Target)
	}
	if got := ids(t, table, since(t, table, 0).Files); len(got) != n*each {
		t.Errorf("%d rows, want %d", len(got), n*each)
	}
	few := Compaction{Small: 1, Files: 2, Target: table.Size().Bytes} // together less than two of the target's size
	if again, err := table.Compact(t.Context(), few); err != nil || again.Before != 0 {
		t.Errorf("merged too early: %+v, %v", again, err)
	}
}
