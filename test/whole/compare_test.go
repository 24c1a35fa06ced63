package whole

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"
)

// line is a row for comparison: everything but doubles as text, and the doubles.
type line struct {
	exact   string
	doubles []float64
}

// dump is a database's tables by name, each with its rows in a total order.
type dump map[string][]line

// published opens the project's last publication.
func (p *project) published(t *testing.T) *sql.DB {
	return open(t, filepath.Join(p.dir, "marts.duckdb"))
}

// warehouse opens the project's private warehouse; no run may be under way.
func (p *project) warehouse(t *testing.T) *sql.DB {
	return open(t, filepath.Join(p.dir, "warehouse.duckdb"))
}

// open opens a DuckDB file for reading, by its real path: a name that moves on must not give old data.
func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", real+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// rows runs a query and gives its rows as text.
func rows(t *testing.T, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	found, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for found.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, cell := range cells {
			row[i] = cell.String
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// dumped reads every table of the schemas out of a file of the project, without the columns that are named in but. A
// double that is null or no number is compared as text, with what is exact.
func (p *project) dumped(t *testing.T, file string, schemas []string, but ...string) dump {
	t.Helper()
	db := open(t, filepath.Join(p.dir, file))
	defer db.Close() // the next run needs the file
	out, exact, doubles := dump{}, map[string][]string{}, map[string][]string{}
	for _, row := range rows(t, db, `select table_schema || '.' || table_name, column_name, data_type from information_schema.columns
		where table_schema in ('`+strings.Join(schemas, "','")+`') order by 1, ordinal_position`) {
		table, column, kind := row[0], `"`+row[1]+`"`, row[2]
		out[table] = nil
		switch {
		case slices.Contains(but, row[1]):
		case kind == "DOUBLE" || kind == "FLOAT":
			doubles[table] = append(doubles[table], "case when isfinite("+column+") then "+column+" else 0 end")
			exact[table] = append(exact[table], "case when isfinite("+column+") then '' else coalesce(cast("+column+" as varchar), '∅') end")
		default:
			exact[table] = append(exact[table], "coalesce(cast("+column+" as varchar), '∅')")
		}
	}
	for table := range out {
		schema, name, _ := strings.Cut(table, ".")
		query := "select concat_ws('|', " + strings.Join(append(exact[table], "''"), ", ") + ")"
		for _, column := range doubles[table] {
			query += ", " + column
		}
		out[table] = lines(t, db, query+` from "`+schema+`"."`+name+`"`, len(doubles[table]))
	}
	return out
}

func lines(t *testing.T, db *sql.DB, query string, doubles int) []line {
	t.Helper()
	found, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer found.Close()
	var out []line
	for found.Next() {
		l := line{doubles: make([]float64, doubles)}
		into := []any{&l.exact}
		for i := range l.doubles {
			into = append(into, &l.doubles[i])
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.exact, b.exact), slices.Compare(a.doubles, b.doubles))
	})
	return out
}

// same reports every table in which two dumps differ: exact in all but doubles, those to 1e-9 relative.
func same(t *testing.T, what string, got, want dump) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare with", what)
	}
	for table := range got {
		if _, ok := want[table]; !ok {
			t.Errorf("%s: %s should not be there", what, table)
		}
	}
	for table, wanted := range want {
		rows, ok := got[table]
		if !ok {
			t.Errorf("%s: %s is missing", what, table)
			continue
		}
		if difference := differs(rows, wanted); difference != "" {
			t.Errorf("%s: %s: %d rows, want %d; %s", what, table, len(rows), len(wanted), difference)
		}
	}
}

// differs shows the first rows that only one side has, "" when there is none.
func differs(got, want []line) string {
	var out []string
	i, j, extra, lacking := 0, 0, 0, 0
	for i < len(got) || j < len(want) {
		switch {
		case j == len(want) || i < len(got) && got[i].exact < want[j].exact:
			if extra++; extra < 4 {
				out = append(out, fmt.Sprintf("\n  only got  %v", got[i]))
			}
			i++
		case i == len(got) || got[i].exact > want[j].exact:
			if lacking++; lacking < 4 {
				out = append(out, fmt.Sprintf("\n  only want %v", want[j]))
			}
			j++
		default:
			if !near(got[i].doubles, want[j].doubles) {
				out = append(out, fmt.Sprintf("\n  got %v\n  want %v", got[i], want[j]))
			}
			i, j = i+1, j+1
		}
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("%d too many, %d missing:%s", extra, lacking, strings.Join(out[:min(len(out), 8)], ""))
}

func near(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] && math.Abs(a[i]-b[i]) > 1e-9*math.Max(math.Abs(a[i]), math.Abs(b[i])) {
			return false
		}
	}
	return true
}
