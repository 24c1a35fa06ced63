package lake

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// checkFooter holds the counts and bounds of every chunk against the rows.
func checkFooter(t *testing.T, table *Table, f warehouse.File, want [][]string) {
	t.Helper()
	p := openFile(t, f)
	from := 0
	for g, group := range p.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			m := chunk.MetaData
			index := -1
			for i, c := range table.columns[1:] {
				if c.Name == m.PathInSchema[0] {
					index = i
				}
			}
			if index < 0 {
				continue
			}
			var nulls int64
			low, high, bounded := math.Inf(1), math.Inf(-1), false
			for _, row := range want[from : from+int(group.NumRows)] {
				if row[index] == null {
					nulls++
				} else if x, ok := order(table.columns[index+1].Type, row[index]); ok {
					low, high, bounded = min(low, x), max(high, x), true
				}
			}
			s := m.Statistics
			if s.NullCount != nulls || m.NumValues != group.NumRows {
				t.Errorf("group %d column %s: %d nulls of %d values, want %d of %d", g, m.PathInSchema[0], s.NullCount, m.NumValues, nulls, group.NumRows)
			}
			if bounded != (len(s.MinValue) > 0) || bounded && (stored(m.Type, s.MinValue) != low || stored(m.Type, s.MaxValue) != high) {
				t.Errorf("group %d column %s: bounds %v %v, want %v %v (%t)", g, m.PathInSchema[0], stored(m.Type, s.MinValue), stored(m.Type, s.MaxValue), low, high, bounded)
			}
		}
		from += int(group.NumRows)
	}
	if int64(from) != f.Rows {
		t.Errorf("%d rows in the groups of a file of %d", from, f.Rows)
	}
}

// order is where a value stands among those of its type; not ok for texts, NaN and what has no bounds.
func order(typ models.Type, s string) (float64, bool) {
	switch typ {
	case models.Integer, models.Key, models.Timestamp:
		n, err := strconv.ParseInt(s, 10, 64)
		return float64(n), err == nil
	case models.Money, models.Decimal:
		n, err := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
		return float64(n), err == nil
	case models.Double:
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil && !math.IsNaN(f)
	case models.Boolean:
		return map[string]float64{"true": 1}[s], true
	case models.Date:
		d, err := time.Parse(time.DateOnly, s)
		return float64(d.Unix() / 86400), err == nil
	}
	return 0, false
}

func stored(t format.Type, b []byte) float64 {
	switch {
	case len(b) == 1:
		return float64(b[0])
	case len(b) == 4:
		return float64(int32(binary.LittleEndian.Uint32(b)))
	case len(b) != 8:
		return math.NaN()
	case t == format.Double:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return float64(int64(binary.LittleEndian.Uint64(b)))
}

func openFile(t *testing.T, f warehouse.File) *parquet.File {
	t.Helper()
	in, err := os.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	p, err := parquet.OpenFile(in, f.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func indexOf(t *testing.T, p *parquet.File, name string) int {
	t.Helper()
	leaf, ok := p.Schema().Lookup(name)
	if !ok {
		t.Fatalf("no column %s", name)
	}
	return leaf.ColumnIndex
}

// kinds counts the pages of a chunk with its dictionary and without, and the bytes of the dictionary.
func kinds(t *testing.T, chunk parquet.ColumnChunk) (with, plain int, size int64) {
	t.Helper()
	pages := chunk.Pages()
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if d := page.Dictionary(); d != nil {
			with, size = with+1, d.Size()
		} else {
			plain++
		}
		parquet.Release(page)
	}
	if err := pages.Close(); err != nil {
		t.Fatal(err)
	}
	return with, plain, size
}
