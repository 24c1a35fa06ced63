package publish

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/models"
)

// A cell holds the very double, in its shortest digits; how many of them are shown is Excel's general format.
func TestDoublesAreWhole(t *testing.T) {
	t.Parallel()
	s := session(t, `create schema mart; create table mart.x as select row_number() over () as n, * from
		(values (1e-1 + 2e-1), (1e0 / 3e0), (-2e0 / 3e0), (1e-7), (1e22), (-0e0), (5e-324), (1.7976931348623157e308), (null::double)) v(d)`)
	table := Table{Name: "mart.x", Order: []string{"n"}, Columns: []Column{{Name: "d", Type: models.Double}}}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if _, err := writeXLSX(t.Context(), s, path, table, Publication{ID: "p1"}, Config{}); err != nil {
		t.Fatal(err)
	}
	if err := proveXLSX(t.Context(), s, path, table); err != nil {
		t.Error(err)
	}
	book, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	tenth := 0.1
	for i, want := range []float64{tenth + 0.2, 1.0 / 3, -2.0 / 3, 1e-7, 1e22, math.Copysign(0, -1), 5e-324, math.MaxFloat64} {
		cell := "A" + strconv.Itoa(i+2)
		text, err := book.GetCellValue("x", cell)
		got, parseErr := strconv.ParseFloat(text, 64)
		if err != nil || parseErr != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("cell %s holds %s, want %v (%v %v)", cell, text, want, err, parseErr)
		}
		if kind, err := book.GetCellType("x", cell); err != nil || kind != excelize.CellTypeUnset {
			t.Errorf("cell %s is no number: %v %v", cell, kind, err)
		}
	}
}
