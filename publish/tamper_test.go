package publish_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/publish"
)

// change is one cell of the staged mart.sales that somebody or something changed.
type change struct{ column, sql, csv, to, cell, value string }

var changes = []change{
	{"day", "update mart.sales set day = '2026-11-09' where quantity = 7", "2026-11-10,", "2026-11-09,", "A2", "46335"},
	{"title", "update mart.sales set title = '连衣群' where quantity = -3", "连衣裙", "连衣群", "B4", "连衣群"},
	{"amount", "update mart.sales set amount = 12.5001 where quantity = 7", "12.5000", "12.5001", "C2", "12.5001"},
	{"amount", "update mart.sales set amount = null where quantity = 7", ",12.5000,", ",,", "C2", ""},
	{"quantity", "update mart.sales set quantity = -2 where quantity = -3", ",-3,", ",-2,", "D4", "-2"},
	{"is_gift", "update mart.sales set is_gift = true where quantity = -3", "false", "true", "E4", "1"},
	{"sold_at", "update mart.sales set sold_at = sold_at + interval 1 second where quantity = 7", "16:00:00.5", "16:00:01.5", "F2", "46336.666690"},
}

// TestChangedCells changes one cell of a target that is staged: publishing refuses, names the column, and readers go on
// seeing what they saw.
func TestChangedCells(t *testing.T) {
	t.Parallel()
	for _, o := range outlets {
		for _, c := range changes {
			t.Run(o.kind+" "+c.column+" "+c.to, func(t *testing.T) {
				t.Parallel()
				location := o.location(t)
				armed := false
				target, err := publish.Open(publish.Config{Kind: o.kind, Location: location, Crash: func(at string) {
					if at == publish.PointPart && armed {
						c.apply(t, o.kind, location)
					}
				}})
				if err != nil {
					t.Fatal(err)
				}
				w := openWarehouse(t)
				first := publication("p1", "")
				if _, err := target.Stage(t.Context(), w, first); err != nil {
					t.Fatal(err)
				}
				if err := target.Switch(t.Context(), "p1"); err != nil {
					t.Fatal(err)
				}
				armed = true
				second := publication("p2", "p1")
				second.Tables[0].Changed = days("2026-11-10", "2026-11-11")
				_, err = target.Stage(t.Context(), w, second)
				if err == nil || !strings.Contains(err.Error(), "table mart.sales") || !strings.Contains(err.Error(), "column "+c.column) {
					if c.column != "day" || err == nil || o.kind != "duckdb" { // there the day leaves the range that is looked at: a row is missing
						t.Errorf("error is %v, want one that names mart.sales and %s", err, c.column)
					}
				}
				if err := target.Switch(t.Context(), "p2"); !errors.Is(err, publish.ErrNotStaged) {
					t.Errorf("a changed publication can be switched to: %v", err)
				}
				if id, _ := o.read(t, location, "mart.sales"); id != "p1" {
					t.Errorf("readers see %s", id)
				}
			})
		}
	}
}

func (c change) apply(t *testing.T, kind, location string) {
	t.Helper()
	parts, err := filepath.Glob(strings.TrimSuffix(location, filepath.Ext(location)) + "*.part")
	if err != nil || len(parts) != 1 {
		t.Fatalf("parts %v, %v", parts, err)
	}
	file := filepath.Join(parts[0], "mart.sales."+kind)
	switch kind {
	case "duckdb":
		execDuckDB(t, parts[0], c.sql)
	case "parquet":
		execDuckDB(t, "", "create schema mart; create table mart.sales as from read_parquet('"+file+"'); "+c.sql+"; copy mart.sales to '"+file+"' (format parquet)")
	case "csv":
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), c.csv) != 1 {
			t.Fatalf("%q does not stand once in %s (%v)", c.csv, text, err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), c.csv, c.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	case "xlsx":
		book, err := excelize.OpenFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(book.SetCellDefault(book.GetSheetName(0), c.cell, c.value), book.Save(), book.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func execDuckDB(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), text)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
