package whole

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// The comparison of two files sees what a comparison of numbers alone would not: a null, no number, and a cent.
func TestComparisonSees(t *testing.T) {
	t.Parallel()
	read := func(cells string) []line {
		p := &project{dir: t.TempDir()}
		db, err := sql.Open("duckdb", filepath.Join(p.dir, "a.duckdb"))
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"create schema mart", "create table mart.m (id integer, share double, amount decimal(18,4))", "insert into mart.m values (1, " + cells + ")"} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return p.dumped(t, "a.duckdb", []string{"mart"})["mart.m"]
	}
	const plain = "5, 1.00"
	for cells, want := range map[string]bool{plain: false, "5.000000000001, 1.00": false, "5.1, 1.00": true, "null, 1.00": true, "'nan', 1.00": true, "'inf', 1.00": true, "'-inf', 1.00": true,
		"5, 1.01": true, "5, null": true} {
		if got := differs(read(cells), read(plain)) != ""; got != want {
			t.Errorf("(%s) differs from (%s): %v, want %v", cells, plain, got, want)
		}
	}
	if differs(read("null, 1.00"), read("'nan', 1.00")) == "" {
		t.Error("a null is taken for no number")
	}
}
