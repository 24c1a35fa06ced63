package lake

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

func openLake(t *testing.T, dir string, crash func(string)) *Lake {
	t.Helper()
	l, err := Open(t.Context(), Config{Location: dir, Crash: crash})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

var orders = TableSpec{Name: "raw.tmall__orders", Columns: []warehouse.Column{{Name: "id", Type: models.String}, {Name: "amount", Type: models.Money}}}

func ensure(t *testing.T, l *Lake, spec TableSpec) *Table {
	t.Helper()
	table, err := l.Ensure(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// files lands n rows "batch-0", "batch-1", … with amounts 0.0000, 1.0000, …
func files(t *testing.T, table *Table, batch string, n int) []warehouse.File {
	t.Helper()
	b := table.NewBatch(batch)
	for i := range n {
		b.AppendString(0, fmt.Sprintf("%s-%d", batch, i))
		b.AppendDecimal(1, int64(i)*10000)
		if err := b.EndRow(); err != nil {
			t.Fatal(err)
		}
	}
	out, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func commit(t *testing.T, table *Table, batch string, n int) {
	t.Helper()
	c := Commit{BatchID: batch, Files: files(t, table, batch, n), Cursor: "after " + batch, Receipt: warehouse.Receipt{BatchID: batch, Landed: int64(n)}}
	if table.parent() != "" {
		c.Cursor = ""
	}
	if err := table.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func since(t *testing.T, table *Table, position int64) Increment {
	t.Helper()
	inc, err := table.FilesSince(t.Context(), position)
	if err != nil {
		t.Fatal(err)
	}
	return inc
}

func ids(t *testing.T, table *Table, files []warehouse.File) []string {
	t.Helper()
	rows, err := table.Rows(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i], _ = r["id"].(string)
	}
	return out
}

func TestEveryTypeComesBackAsItWasLanded(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	table := ensure(t, l, TableSpec{Name: "raw.x__all", Columns: []warehouse.Column{
		{Name: "s", Type: models.String}, {Name: "i", Type: models.Integer}, {Name: "b", Type: models.Boolean}, {Name: "m", Type: models.Money},
		{Name: "r", Type: models.Rate}, {Name: "f", Type: models.Double}, {Name: "d", Type: models.Date}, {Name: "t", Type: models.Timestamp},
		{Name: "j", Type: models.JSON}, {Name: "k", Type: models.Key}, {Name: "gone", Type: models.String}}})
	b := table.NewBatch("b1")
	at := time.Date(2026, 11, 11, 0, 0, 1, 123456000, time.UTC)
	rate, err := decimal128.FromString("-7.12345678", 38, 8)
	if err != nil {
		t.Fatal(err)
	}
	scratch := []byte("中文")
	b.AppendBytes(0, scratch)
	copy(scratch, "xxxxxx")
	b.AppendInt(1, 1<<62+1)
	b.AppendBool(2, true)
	b.AppendDecimal(3, -199900)
	b.AppendRate(4, rate)
	b.AppendFloat(5, 0.1)
	b.AppendDate(6, 20000)
	b.AppendTime(7, at.UnixMicro())
	b.AppendString(8, `{"a":1}`)
	b.AppendInt(9, -1)
	if err := b.EndRow(); err != nil {
		t.Fatal(err)
	}
	b.AppendString(0, "dropped")
	b.AppendInt(1, 99)
	b.DropRow()
	b.AppendString(0, "first")
	b.AppendString(0, "last")
	if err := b.EndRow(); err != nil {
		t.Fatal(err)
	}
	landed, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(t.Context(), Commit{BatchID: "b1", Files: landed}); err != nil {
		t.Fatal(err)
	}
	rows, err := table.Rows(t.Context(), since(t, table, 0).Files)
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{
		{"s": "中文", "i": int64(1<<62 + 1), "b": true, "m": "-19.9900", "r": "-7.12345678", "f": 0.1, "d": time.Unix(20000*86400, 0).UTC(), "t": at.Truncate(time.Microsecond), "j": `{"a":1}`, "k": int64(-1), "gone": nil},
		{"s": "last", "i": nil, "b": nil, "m": nil, "r": nil, "f": nil, "d": nil, "t": nil, "j": nil, "k": nil, "gone": nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestWrongColumnTypeIsAnError(t *testing.T) {
	t.Parallel()
	table := ensure(t, openLake(t, t.TempDir(), nil), orders)
	b := table.NewBatch("b")
	b.AppendInt(0, 1)
	if err := b.EndRow(); err == nil {
		t.Error("an integer was taken for a string column")
	}
	if _, err := b.Close(); err == nil {
		t.Error("Close forgot the error")
	}
	for _, id := range []string{"", "../x", "a b", ".x"} {
		if err := table.NewBatch(id).EndRow(); err == nil {
			t.Errorf("batch id %q was taken", id)
		}
	}
}

func TestIncrementsFollowOneAnother(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	table := ensure(t, l, orders)
	commit(t, table, "b1", 2)
	first := since(t, table, 0)
	commit(t, table, "b2", 1)
	if err := table.Commit(t.Context(), Commit{BatchID: "b3", Cursor: "after b3"}); err != nil { // no rows
		t.Fatal(err)
	}
	commit(t, table, "b2", 1) // again: skipped
	second := since(t, table, first.Snapshot)
	if got := ids(t, table, second.Files); !cmp.Equal(got, []string{"b2-0"}) || second.Reset {
		t.Errorf("increment is %v, reset %v", got, second.Reset)
	}
	if h := table.Head(); h.Cursor != "after b3" || !cmp.Equal(h.Batches, []string{"b1", "b2", "b3"}) || h.Snapshot != second.Snapshot {
		t.Errorf("head is %+v", h)
	}
	if none := since(t, table, second.Snapshot); len(none.Files) != 0 || none.Snapshot != second.Snapshot || none.Reset {
		t.Errorf("nothing new gave %+v", none)
	}
	commit(t, table, "b4", 1) // by a collector, beside the run that pinned second
	for from, want := range map[int64][]string{0: {"b1-0", "b1-1", "b2-0"}, first.Snapshot: {"b2-0"}, second.Snapshot: {}} {
		pinned, err := table.FilesBetween(t.Context(), from, second.Snapshot)
		if got := ids(t, table, pinned.Files); err != nil || !cmp.Equal(got, want) || pinned.Snapshot != second.Snapshot || pinned.Reset {
			t.Errorf("from %d up to the pinned position: %v, %+v, %v", from, got, pinned, err)
		}
	}
	if _, err := table.FilesBetween(t.Context(), 0, 42); err == nil {
		t.Error("a position that is gone was read up to")
	}
	if lost := since(t, table, 42); !lost.Reset || len(lost.Files) != 3 {
		t.Errorf("a lost position gave %+v", lost)
	}
	receipts, err := table.Receipts(t.Context())
	if err != nil || len(receipts) != 4 || receipts[0].Landed != 2 {
		t.Errorf("receipts %v, %v", receipts, err)
	}
	names, err := l.Tables(t.Context())
	if err != nil || !cmp.Equal(names, []string{"raw.tmall__orders"}) {
		t.Errorf("tables %v, %v", names, err)
	}
}

func benchRows(b *Batch, n int) error {
	platforms := []string{"tmall", "jd", "douyin", "xiaohongshu", "wechat", "baidu"}
	provinces, cities := []string{"广东省", "浙江省", "江苏省", "四川省"}, []string{"深圳市", "杭州市", "苏州市", "成都市"}
	scratch := make([]byte, 0, 64)
	text := func(col int, format string, v uint64) { // as a decoder does it: bytes that are used again
		scratch = fmt.Appendf(scratch[:0], format, v)
		b.AppendBytes(col, scratch)
	}
	for i := range n {
		k := uint64(i)*0x9E3779B97F4A7C15 ^ 0xD1B54A32D192ED03
		k ^= k >> 29
		k *= 0xBF58476D1CE4E5B9
		k ^= k >> 32
		o := uint64(i) * 2 / 5
		ts := int64(1719763200000000) + int64(o)*63_072_000
		text(0, "O%010d", o)
		b.AppendInt(1, int64(i%5))
		b.AppendTime(2, ts)
		b.AppendTime(3, ts+60_000_000)
		b.AppendDate(4, int32(ts/86_400_000_000))
		text(5, "SKU%07d", k%10000)
		text(6, "连衣裙 红色 %d", k%500)
		text(7, "C%08d", k>>8%200000)
		text(8, "王小明%d", k>>8%1000)
		b.AppendString(9, platforms[k>>16%6])
		b.AppendString(10, "paid")
		b.AppendString(11, "CNY")
		b.AppendString(12, provinces[k>>20%4])
		b.AppendString(13, cities[k>>20%4])
		text(14, "S%011d", o*3)
		if k>>44%5 > 0 {
			b.AppendString(15, platforms[k>>50%6])
			text(16, "CMP%05d", k>>48%400)
		}
		b.AppendInt(17, int64(1+k>>24%3))
		b.AppendDecimal(18, int64(990+k>>28%49000)*100)
		b.AppendDecimal(19, int64(k>>40%300)*100)
		if err := b.EndRow(); err != nil {
			return err
		}
	}
	return nil
}

func benchSpec() TableSpec {
	spec := TableSpec{Name: "raw.bench__lines"}
	types := []models.Type{models.String, models.Integer, models.Timestamp, models.Timestamp, models.Date, models.String, models.String, models.String, models.String, models.String,
		models.String, models.String, models.String, models.String, models.String, models.String, models.String, models.Integer, models.Money, models.Money}
	for i, t := range types {
		spec.Columns = append(spec.Columns, warehouse.Column{Name: fmt.Sprintf("c%02d", i), Type: t})
	}
	return spec
}

// BenchmarkLand writes and commits 2.5 million rows of 20 columns; the formatting of the values counts too.
func BenchmarkLand(b *testing.B) {
	const rows = 2_500_000
	for range b.N {
		l, err := Open(context.Background(), Config{Location: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		table, err := l.Ensure(context.Background(), benchSpec())
		if err != nil {
			b.Fatal(err)
		}
		batch := table.NewBatch("bench")
		if err := benchRows(batch, rows); err != nil {
			b.Fatal(err)
		}
		files, err := batch.Close()
		if err != nil {
			b.Fatal(err)
		}
		if err := table.Commit(context.Background(), Commit{BatchID: "bench", Files: files, Cursor: "1"}); err != nil {
			b.Fatal(err)
		}
		var size int64
		for _, f := range files {
			size += f.Bytes
		}
		b.ReportMetric(float64(size)/1e6, "MB")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkWindow lands and commits windows of ten rows one after another, with upkeep every 20: what watch mode does.
func BenchmarkWindow(b *testing.B) {
	l, err := Open(context.Background(), Config{Location: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	table, err := l.Ensure(context.Background(), benchSpec())
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		id := fmt.Sprintf("b%d", i)
		batch := table.NewBatch(id)
		if err := benchRows(batch, 10); err != nil {
			b.Fatal(err)
		}
		files, err := batch.Close()
		if err != nil {
			b.Fatal(err)
		}
		if err := table.Commit(context.Background(), Commit{BatchID: id, Files: files, Cursor: id}); err != nil {
			b.Fatal(err)
		}
		if i%20 == 19 {
			if _, err := table.Expire(context.Background(), Expiry{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.StopTimer()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// A column that looks repetitive at first and is not gives up its dictionary in the middle of a row group; nulls, empty
// texts and several row groups come back as they were.
func TestDictionaryIsGivenUp(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	table := ensure(t, l, TableSpec{Name: "raw.x__wide", Columns: []warehouse.Column{{Name: "s", Type: models.String}, {Name: "i", Type: models.Integer}}})
	const rows = groupRows*2 + 1000
	text := func(i int) string {
		switch {
		case i < 2000:
			return []string{"paid", "", "shipped"}[i%3]
		case i%groupRows < 100_000:
			return fmt.Sprintf("a text that is never the same %d", i)
		}
		return "paid"
	}
	b := table.NewBatch("b")
	for i := range rows {
		if i%7 != 0 {
			b.AppendString(0, text(i))
		}
		b.AppendInt(1, int64(i))
		if err := b.EndRow(); err != nil {
			t.Fatal(err)
		}
	}
	landed, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.Rows(t.Context(), landed)
	if err != nil || len(got) != rows {
		t.Fatalf("%d rows, want %d (%v)", len(got), rows, err)
	}
	for i, r := range got {
		want := any(text(i))
		if i%7 == 0 {
			want = nil
		}
		if r["s"] != want || r["i"] != int64(i) {
			t.Fatalf("row %d is %v, want %v", i, r, want)
		}
	}
}
