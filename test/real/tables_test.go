//go:build real

package real

import (
	"database/sql"
	"fmt"
	"slices"
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

// unlike compares the table with a CSV file row by row, each as often as it is there, and gives the first that differ, those of
// the table with a +, those of the file with a -. Every cell is compared as text, so that 1.5 is not
// 1.5000; only of doubles there are several spellings. Rows are counted by a hash of 64 bits: they may be wide.
func (x table) unlike(t *testing.T, db *sql.DB, path string) [][]string {
	t.Helper()
	var names, list, read []string
	for _, c := range x.columns {
		name := `"` + c.name + `"`
		kind, how := "varchar", "cast("+name+" as varchar)"
		switch c.kind {
		case "DOUBLE":
			kind, how = "double", name
		case "TIMESTAMP WITH TIME ZONE":
			how = "cast(epoch_us(" + name + ") as varchar)"
		}
		names, list, read = append(names, name), append(list, how+" as "+name), append(read, "'"+c.name+"': '"+kind+"'")
	}
	rows := fmt.Sprintf(`(select %s from %s) as published`, strings.Join(list, ", "), x.name)
	file := fmt.Sprintf(`read_csv('%s', header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false, max_line_size = 16000000, columns = {%s})`,
		path, strings.Join(read, ", "))
	hash := "hash(" + strings.Join(names, ", ") + ")"
	var keys []string
	for _, row := range texts(t, db, fmt.Sprintf("select cast(key as varchar) from (select %[1]s as key, 1 as times from %[2]s union all select %[1]s, -1 from %[3]s) group by key having sum(times) <> 0 limit 4", hash, rows, file)) {
		keys = append(keys, row[0])
	}
	if len(keys) == 0 {
		return nil
	}
	return texts(t, db, fmt.Sprintf("select '+', * from %[2]s where %[1]s in (%[4]s) union all select '-', * from %[3]s where %[1]s in (%[4]s) limit 8", hash, rows, file, strings.Join(keys, ", ")))
}
