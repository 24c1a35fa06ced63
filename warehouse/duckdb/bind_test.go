package duckdb_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func run(t *testing.T, s *duckdb.Session, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if err := s.Exec(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func one(t *testing.T, s *duckdb.Session, query string) string {
	t.Helper()
	var text string
	if err := s.Row(context.Background(), "select cast(("+query+") as varchar)", &text); err != nil {
		t.Fatal(err)
	}
	return text
}

func landed(t *testing.T, path string) warehouse.File {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return warehouse.File{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(content))}
}

func TestBindReadsFilesOfAllSchemasByFieldID(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, duckdb.Config{})
	old, now := filepath.Join(dir, "old.parquet"), filepath.Join(dir, "new.parquet")
	// The old file has a narrower integer, a column under a former name, and not the newest column.
	run(t, s, fmt.Sprintf("copy (select 7::int as quantity, 'O1' as number, 1.5::decimal(9,4) as amount) to '%s' (format parquet, field_ids {quantity: 1, number: 2, amount: 3})", old),
		fmt.Sprintf("copy (select 8::bigint as quantity, 'O2' as order_no, 2.5::decimal(18,4) as amount, true as is_gift) to '%s' (format parquet, field_ids {quantity: 1, order_no: 2, amount: 3, is_gift: 4})", now))
	columns := []warehouse.Column{{Name: "is_gift", Type: models.Boolean}, {Name: "order_no", Type: models.String}, {Name: "quantity", Type: models.Integer}, {Name: "amount", Type: models.Money}, {Name: "later", Type: models.Date}}
	files := []warehouse.File{landed(t, old), landed(t, now)}
	if err := s.Bind(ctx, "lines", files, columns); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"select string_agg(concat_ws(' ', quantity, amount, is_gift), ', ' order by quantity) from lines": "7 1.5000, 8 2.5000 true",
		"select typeof(quantity) || typeof(amount) || typeof(later) from lines limit 1":                   "BIGINTDECIMAL(18,4)DATE",
		"select count(order_no) from lines": "2", // one of them under its former name
	} {
		if got := one(t, s, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if err := s.Bind(ctx, "only_new", files[1:], columns[:4]); err != nil {
		t.Fatal(err)
	}
	if got := one(t, s, "select order_no from only_new"); got != "O2" {
		t.Error(got)
	}
	if err := s.Bind(ctx, "nothing", nil, columns); err != nil {
		t.Fatal(err)
	}
	if got := one(t, s, "select count(*) || typeof(max(amount)) from nothing"); got != "0DECIMAL(18,4)" {
		t.Error(got)
	}
}

func TestAnAlteredFileIsNotRead(t *testing.T) {
	dir := t.TempDir()
	s := open(t, duckdb.Config{})
	path := filepath.Join(dir, "a.parquet")
	run(t, s, "copy (select 9.99 as amount) to '"+path+"' (format parquet, compression uncompressed)")
	file := landed(t, path)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[10] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	err = s.Bind(context.Background(), "a", []warehouse.File{file}, []warehouse.Column{{Name: "amount", Type: models.Money}})
	if !errors.Is(err, duckdb.ErrChecksum) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

// shelf is an object store in memory.
type shelf struct {
	mu      sync.Mutex
	objects map[string][]byte
	opened  int
}

func (s *shelf) Open(_ context.Context, address string) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	content, ok := s.objects[address]
	if !ok {
		return nil, os.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func TestObjectsAreFetchedOnceAndTheCacheStaysWithinItsBound(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	store := &shelf{objects: map[string][]byte{}}
	local := open(t, duckdb.Config{})
	var files []warehouse.File
	for i := range 4 {
		path := filepath.Join(dir, fmt.Sprintf("%d.parquet", i))
		run(t, local, fmt.Sprintf("copy (select range + %d as n from range(1000)) to '%s' (format parquet)", i, path))
		f := landed(t, path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f.Path = fmt.Sprintf("s3://lake/%d.parquet", i)
		store.objects[f.Path] = content
		files = append(files, f)
	}
	cache := filepath.Join(dir, "cache")
	columns := []warehouse.Column{{Name: "n", Type: models.Integer}}
	cfg := duckdb.Config{Objects: store, CacheDir: cache, CacheBytes: files[0].Bytes*2 + 10}
	s := open(t, cfg)
	for range 2 {
		if err := s.Bind(ctx, "o", files[:2], columns); err != nil {
			t.Fatal(err)
		}
		if got := one(t, s, "select count(*) || '-' || max(n) from o"); got != "2000-1000" {
			t.Error(got)
		}
	}
	if store.opened != 2 {
		t.Errorf("%d fetches of 2 objects", store.opened)
	}
	later := open(t, cfg) // another process: what that one had bound may go
	if err := later.Bind(ctx, "o", files[2:], columns); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(cache, "*.parquet"))
	if err != nil || len(kept) != 2 {
		t.Errorf("%d files kept, want 2 (%v)", len(kept), err)
	}
	missing := warehouse.File{Path: "s3://lake/gone.parquet"}
	if err := later.Bind(ctx, "o", []warehouse.File{missing}, columns); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing.Path) {
		t.Errorf("error %v", err)
	}
	store.objects[files[0].Path] = store.objects[files[0].Path][:100]
	if err := later.Bind(ctx, "o", files[:1], columns); !errors.Is(err, duckdb.ErrChecksum) {
		t.Errorf("a truncated object: %v", err)
	}
}

func TestArrowGoesInAndOut(t *testing.T) {
	ctx := context.Background()
	s := open(t, duckdb.Config{})
	run(t, s, "create table t (b varchar, a bigint, c double default 3)")
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}, {Name: "b", Type: arrow.BinaryTypes.String}}, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	builder.Field(0).(*array.Int64Builder).AppendValues([]int64{1, 2}, nil)
	builder.Field(1).(*array.StringBuilder).AppendValues([]string{"一", "二"}, nil)
	batch := builder.NewRecordBatch()
	defer batch.Release()
	for range 2 { // columns are matched by name, and a second time works as the first
		reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{batch})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Ingest(ctx, "t", reader); err != nil {
			t.Fatal(err)
		}
		reader.Release()
	}
	reader, err := s.Query(ctx, "select b, sum(a) as a, cast(sum(c) as varchar) as c from t where a > ? group by b", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	if !reader.Next() || reader.RecordBatch().Column(0).(*array.String).Value(0) != "二" {
		t.Errorf("rows %v, error %v", reader.RecordBatch(), reader.Err())
	}
}

func TestTransactionsAreRolledBackAndErrorsNameTheStatement(t *testing.T) {
	ctx := context.Background()
	s := open(t, duckdb.Config{})
	run(t, s, "create table t (a int)")
	broken := errors.New("broken")
	err := s.InTx(ctx, func(ctx context.Context) error {
		run(t, s, "insert into t values (1)")
		return errors.Join(broken, s.InTx(ctx, func(context.Context) error { return nil }))
	})
	if !errors.Is(err, broken) || one(t, s, "select count(*) from t") != "0" {
		t.Errorf("error %v, %s rows", err, one(t, s, "select count(*) from t"))
	}
	cancelled, cancel := context.WithCancel(ctx)
	err = s.InTx(cancelled, func(ctx context.Context) error {
		run(t, s, "insert into t values (1)")
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || one(t, s, "select count(*) from t") != "0" {
		t.Errorf("after cancelling: %v", err)
	}
	err = s.Exec(ctx, "select *\nfrom nothing_there")
	if !errors.Is(err, warehouse.ErrNoTable) || !strings.Contains(err.Error(), "[in: select * from nothing_there]") {
		t.Errorf("error %v", err)
	}
}
