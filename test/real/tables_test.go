//go:build real

package real

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"
)

// table is a published table with its columns and their types.
type table struct {
	name    string // schema.name
	columns []column
}

type column struct{ name, kind string }

// duckText is how a value is written where JDBC writes it in another way.
var duckText = map[string]string{"TIMESTAMP WITH TIME ZONE": "epoch_us(%s)"}

func openDuck(t *testing.T, path string) *sql.DB {
	t.Helper()
	return opened(t, "duckdb", path+"?access_mode=READ_ONLY&threads=1&memory_limit=400MB")
}

func openPostgres(t *testing.T, address string) *sql.DB {
	t.Helper()
	return opened(t, "pgx", address)
}

func opened(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// texts runs a query and gives its rows as text, a missing value as ∅.
func texts(t *testing.T, db *sql.DB, query string) [][]string {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v\n%.900s", err, query)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	out := [][]string{}
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
			row[i] = "∅"
			if cell.Valid {
				row[i] = cell.String
			}
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func number(t *testing.T, db *sql.DB, query string) (n int64) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// tablesOf lists the tables that are read by the condition, which orders them by name and their columns by position.
func tablesOf(t *testing.T, db *sql.DB, condition string) (out []table) {
	t.Helper()
	for _, row := range texts(t, db, "select table_schema || '.' || table_name as name, table_name, column_name, upper(data_type) from information_schema.columns "+condition) {
		if len(out) == 0 || out[len(out)-1].name != row[0] {
			out = append(out, table{name: row[0]})
		}
		last := &out[len(out)-1]
		last.columns = append(last.columns, column{row[2], row[3]})
	}
	slices.SortFunc(out, func(a, b table) int { return strings.Compare(a.name, b.name) })
	return out
}

// names are tables with their columns, without types: each database has its own words for those.
func names(tables []table) (out []string) {
	for _, x := range tables {
		list := make([]string, len(x.columns))
		for i, c := range x.columns {
			list[i] = c.name
		}
		out = append(out, x.name+": "+strings.Join(list, ", "))
	}
	return out
}

// dump reads the whole table as sorted lines.
func (x table) dump(t *testing.T, db *sql.DB, form map[string]string) []string {
	t.Helper()
	list := make([]string, len(x.columns))
	for i, c := range x.columns {
		how, special := form[c.kind]
		if !special {
			how = "%s"
		}
		list[i] = "cast(" + fmt.Sprintf(how, `"`+c.name+`"`) + " as varchar)"
	}
	var out []string
	for _, row := range texts(t, db, "select "+strings.Join(list, ", ")+" from "+x.name) {
		for i, c := range x.columns {
			if f, err := strconv.ParseFloat(row[i], 64); err == nil && strings.HasPrefix(c.kind, "DOUBLE") {
				row[i] = strconv.FormatFloat(f, 'g', -1, 64)
			}
		}
		out = append(out, strings.Join(row, "|"))
	}
	slices.Sort(out)
	return out
}

// unlike tells the first line in which two sorted dumps differ, "" when they are the same.
func unlike(want, got []string) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf("row %d\n- %s\n+ %s", i, want[i], got[i])
		}
	}
	if len(want) != len(got) {
		return fmt.Sprintf("%d rows against %d", len(want), len(got))
	}
	return ""
}
