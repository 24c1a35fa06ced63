//go:build real

package real

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/kinds"
	"github.com/heliu-data/heliu/extract/session"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// bench is an empty local lake with a clock that the test moves.
type bench struct {
	lake   *lake.Lake
	engine *duckdb.Engine
	now    time.Time
	dir    string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Config{Location: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	engine, err := duckdb.Open(context.Background(), duckdb.Config{Path: filepath.Join(t.TempDir(), "real.duckdb"), MemoryLimit: "500MB", Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{lake: l, engine: engine, now: time.Now().Add(5 * time.Minute)}
}

// later moves the clock on, so that a lag does not hide what was just done.
func (b *bench) later() { b.now = b.now.Add(5 * time.Minute) }

func (b *bench) open(t *testing.T, cfg extract.Config) *extract.Source {
	t.Helper()
	cfg.File, cfg.Line = "heliu.yaml", 1
	ways := kinds.All()
	if !hasKind(ways, "session") {
		ways = append(ways, session.Kind())
	}
	s, err := extract.Open(cfg, extract.Deps{Lake: b.lake, Kinds: ways, Now: func() time.Time { return b.now },
		PersonalKey: []byte("key of the test"), Dir: b.dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func hasKind(ways []extract.Kind, name string) bool {
	for _, k := range ways {
		if k.Name == name {
			return true
		}
	}
	return false
}

// readAll reads every stream of a source and holds every receipt to the source's own count.
func (b *bench) readAll(t *testing.T, s *extract.Source) map[string]warehouse.Receipt {
	t.Helper()
	if err := s.Test(context.Background()); err != nil {
		t.Fatal(err)
	}
	out := map[string]warehouse.Receipt{}
	for _, stream := range s.Streams() {
		if stream.Parent != "" {
			continue
		}
		receipts, err := s.Read(context.Background(), stream.Name, extract.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var sum warehouse.Receipt
		for _, r := range receipts {
			if !r.Agrees() {
				t.Errorf("%s.%s: the receipt does not agree: %+v", s.Name(), stream.Name, r)
			}
			sum.Landed, sum.Rejected, sum.Read, sum.Repeated = sum.Landed+r.Landed, sum.Rejected+r.Rejected, sum.Read+r.Read, sum.Repeated+r.Repeated
			sum.CountKind = r.CountKind
		}
		if sum.Rejected > 0 {
			t.Errorf("%s.%s: %d records rejected: %v", s.Name(), stream.Name, sum.Rejected, b.rejected(t, s, stream.Table))
		}
		out[stream.Name] = sum
		t.Logf("%s.%s: %s %d read, %d landed, %d repeated", s.Name(), stream.Name, sum.CountKind, sum.Read, sum.Landed, sum.Repeated)
	}
	return out
}

// rejected lists the rejected records of a raw table with field and reason.
func (b *bench) rejected(t *testing.T, s *extract.Source, table string) [][]string {
	t.Helper()
	return b.query(t, "select record, field, reason, position from rejected limit 10", map[string]extract.StreamInfo{
		"rejected": {Table: table + "__rejected", Columns: append(extract.RejectedColumns(), lake.MetaColumns()...)}})
}

// rows answers a query over the raw tables of a source; every value comes as text.
func (b *bench) rows(t *testing.T, s *extract.Source, query string) [][]string {
	t.Helper()
	tables := map[string]extract.StreamInfo{}
	for _, stream := range s.Streams() {
		tables[stream.Name] = stream
	}
	return b.query(t, query, tables)
}

func (b *bench) query(t *testing.T, query string, tables map[string]extract.StreamInfo) [][]string {
	t.Helper()
	ctx := context.Background()
	session, err := b.engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for name, stream := range tables {
		table, err := b.lake.Ensure(ctx, lake.TableSpec{Name: stream.Table, Columns: stream.Columns})
		if err != nil {
			t.Fatal(err)
		}
		inc, err := table.FilesSince(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Bind(ctx, name, inc.Files, stream.Columns); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := session.Query(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var out [][]string
	for reader.Next() {
		batch := reader.RecordBatch()
		for r := range int(batch.NumRows()) {
			row := make([]string, batch.NumCols())
			for c := range row {
				row[c] = strings.Clone(batch.Column(c).ValueStr(r)) // the batch's memory is given back
			}
			out = append(out, row)
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// changed lists the keys whose newest version is not among those of before: query gives key and version.
func changed(before, after [][]string) []string {
	known := map[string]bool{}
	for _, r := range before {
		known[r[0]+" "+r[1]] = true
	}
	var out []string
	for _, r := range after {
		if !known[r[0]+" "+r[1]] && !slices.Contains(out, r[0]) {
			out = append(out, r[0])
		}
	}
	slices.Sort(out)
	return out
}
