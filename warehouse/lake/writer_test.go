package lake

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/parquet-go/parquet-go/format"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

const null = "\x00null"

// made makes the values of one column at random: put appends one and returns it as text.
type made struct {
	column warehouse.Column
	nulls  float64
	put    func(b *Batch, col int) string
	fixed  string // what rows without a value have, null for nothing
}

var writerTypes = []models.Type{models.String, models.Currency, models.JSON, models.Integer, models.Key, models.Money, models.Decimal, models.Rate,
	models.Double, models.Boolean, models.Date, models.Timestamp}

// randomColumn is a column of the type whose values repeat among so many.
func randomColumn(r *rand.Rand, typ models.Type, name string, nulls float64, different int64) made {
	m := made{column: warehouse.Column{Name: name, Type: typ}, nulls: nulls, fixed: null}
	salt := r.Int64()
	draw := func() int64 {
		if r.IntN(50) == 0 && different > 1000 {
			return []int64{0, -1, 1, math.MaxInt64, math.MinInt64}[r.IntN(5)]
		}
		return int64(uint64(r.Int64N(different)+1)*0x9E3779B97F4A7C15) ^ salt
	}
	m.put = func(b *Batch, col int) string {
		v := draw()
		switch typ {
		case models.String, models.Currency, models.JSON:
			s := strings.Repeat("合流 ", int(uint64(v)%9)) + strconv.FormatInt(v, 36)
			b.AppendString(col, s)
			return s
		case models.Integer, models.Key:
			b.AppendInt(col, v)
			return strconv.FormatInt(v, 10)
		case models.Money, models.Decimal:
			v %= 1_000_000_000_000_000_000
			b.AppendDecimal(col, v)
			return decimalText(big.NewInt(v), 4)
		case models.Rate:
			n := decimal128.FromI64(v).Mul(decimal128.FromI64(1 + int64(uint64(v)%1_000_000_000_000)))
			b.AppendRate(col, n)
			return decimalText(n.BigInt(), 8)
		case models.Double:
			f := math.Float64frombits(uint64(v))
			if v%7 == 0 {
				f = []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1)}[uint64(v)/7%5]
			}
			b.AppendFloat(col, f)
			return doubleText(f)
		case models.Boolean:
			b.AppendBool(col, v&1 == 1)
			return strconv.FormatBool(v&1 == 1)
		case models.Date:
			v %= 60_000
			b.AppendDate(col, int32(v))
			return time.Unix(v*86400, 0).UTC().Format(time.DateOnly)
		}
		v %= 4_000_000_000_000_000
		b.AppendTime(col, v)
		return strconv.FormatInt(v, 10)
	}
	return m
}

func doubleText(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// write lands n rows of the columns behind a row number, with rows that are dropped and values that are set twice.
func write(t *testing.T, r *rand.Rand, l *Lake, name string, columns []made, n int) (*Table, []warehouse.File, [][]string) {
	t.Helper()
	spec := TableSpec{Name: name, Columns: []warehouse.Column{{Name: "n", Type: models.Integer}}}
	for _, c := range columns {
		spec.Columns = append(spec.Columns, c.column)
	}
	table := ensure(t, l, spec)
	givenUp(t, r, table, columns)
	b := table.NewBatch("b1")
	for i, c := range columns {
		if c.fixed == null {
			continue
		}
		if c.column.Type == models.Timestamp {
			micros, err := strconv.ParseInt(c.fixed, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			b.FillTime(i+1, micros)
		} else {
			b.FillString(i+1, c.fixed)
		}
	}
	want := make([][]string, 0, n)
	for len(want) < n {
		b.AppendInt(0, int64(len(want)))
		row := make([]string, len(columns))
		for i, c := range columns {
			if row[i] = c.fixed; r.Float64() < c.nulls {
				continue
			}
			if r.IntN(40) == 0 {
				c.put(b, i+1) // set twice: the last holds
			}
			if row[i] = c.put(b, i+1); r.IntN(100) == 0 {
				b.AppendNull(i + 1)
				row[i] = null
			}
		}
		if r.IntN(30) == 0 {
			b.DropRow()
			continue
		}
		if err := b.EndRow(); err != nil {
			t.Fatal(err)
		}
		want = append(want, row)
	}
	files, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(t.Context(), Commit{BatchID: "b1", Files: files, Cursor: "x"}); err != nil {
		t.Fatal(err)
	}
	return table, files, want
}

// givenUp is a batch before the one that counts, whose buffers that one is to use: it ends in the middle of a row.
func givenUp(t *testing.T, r *rand.Rand, table *Table, columns []made) {
	t.Helper()
	b := table.NewBatch("b0")
	for i, c := range columns {
		switch c.column.Type {
		case models.String:
			b.FillString(i+1, "of the batch before")
		case models.Timestamp:
			b.FillTime(i+1, 42)
		}
	}
	for n := range r.IntN(9000) {
		for i, c := range columns {
			if r.IntN(3) > 0 {
				c.put(b, i+1)
			}
		}
		if n%2 == 0 {
			if err := b.EndRow(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r.IntN(2) == 0 {
		if _, err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
}

// Random tables of every type come back through three readers as they were written, one after another through the same
// lake, so that buffers are used again.
func TestWriterRandomTables(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 7))
		var columns []made
		for i, typ := range writerTypes {
			c := randomColumn(r, typ, fmt.Sprintf("c%d", i), []float64{0, 0.02, 0.5, 1}[r.IntN(4)], []int64{1, 40, 5_000, 1 << 40}[r.IntN(4)])
			switch {
			case r.IntN(3) > 0:
			case typ == models.String:
				c.fixed = "固定"
			case typ == models.Timestamp:
				c.fixed = "1700000000000001"
			}
			columns = append(columns, c)
		}
		rows := []int{1, 7, 63, 64, 65, 4097, 20479, 20480, 20481, 30_000}[r.IntN(10)]
		table, files, want := write(t, r, l, fmt.Sprintf("raw.t%d", seed), columns, rows)
		readBack(t, table, files, want)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A dictionary that fills up in the middle of a row group leaves plain pages behind pages that use it; several row groups.
func TestWriterDictionaryOverflowsAndGroups(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	l := openLake(t, t.TempDir(), nil)
	n := 0
	grows := made{column: warehouse.Column{Name: "grows", Type: models.String}, fixed: null, nulls: 0.01, put: func(b *Batch, col int) string {
		s := fmt.Sprintf("word %d", r.IntN(50))
		if n++; n > pageRows*3/2 { // the first page repeats, those behind it never
			s = fmt.Sprintf("%d %060d", n, n)
		}
		b.AppendString(col, s)
		return s
	}}
	columns := []made{grows, randomColumn(r, models.Integer, "few", 0.1, 30), randomColumn(r, models.Key, KeyHashColumn, 0, 1<<40)}
	table, files, want := write(t, r, l, "raw.grows", columns, groupRows+pageRows/2)
	readBack(t, table, files, want)
	p := openFile(t, files[0])
	if n := len(p.Metadata().RowGroups); n < 2 {
		t.Errorf("%d row groups", n)
	}
	with, plain, size := kinds(t, p.RowGroups()[0].ColumnChunks()[indexOf(t, p, "grows")])
	if with == 0 || plain == 0 || size > dictionaryBytes+200 {
		t.Errorf("%d pages use a dictionary of %d bytes, %d are plain: want some of both and a dictionary of %d bytes at most", with, size, plain, dictionaryBytes)
	}
	if h := p.Metadata().RowGroups[0].Columns[indexOf(t, p, KeyHashColumn)].MetaData; h.Codec != format.Uncompressed {
		t.Errorf("hashes are stored as %v", h.Codec)
	}
}

// Noise does not compress: such pages are kept as they are, and end their row group by bytes rather than rows.
func TestWriterIncompressible(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 9))
	noise := made{column: warehouse.Column{Name: "noise", Type: models.String}, fixed: null, put: func(b *Batch, col int) string {
		s := make([]byte, 3000)
		for i := range s {
			s[i] = byte(' ' + r.IntN(95))
		}
		b.AppendBytes(col, s)
		return string(s)
	}}
	table, files, want := write(t, r, openLake(t, t.TempDir(), nil), "raw.noise", []made{noise, randomColumn(r, models.Double, "f", 0, 1<<40)}, 6000)
	readBack(t, table, files, want)
	p := openFile(t, files[0])
	if groups := p.Metadata().RowGroups; len(groups) < 2 || groups[0].TotalCompressedSize > 2*heldBytes {
		t.Errorf("%d row groups, the first of %d bytes: want groups near %d", len(groups), groups[0].TotalCompressedSize, heldBytes)
	}
}
