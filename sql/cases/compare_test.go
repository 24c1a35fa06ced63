package cases_test

import (
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// compare looks at every expected file.
func (h *house) compare(t *testing.T) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(h.dir, "expect", "*.csv"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s expects nothing: %v", h.dir, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		want, err := readTable(path)
		if err != nil {
			t.Fatal(err)
		}
		query := "select " + strings.Join(want.columns, ", ") + " from " + name
		if !strings.Contains(name, ".") {
			if query, err = question(path); err != nil {
				t.Fatal(err)
			}
		}
		h.compareOne(t, path, name, query, want)
	}
}

// question is the query whose rows a file expects: the one beside it, else the one of its name that several cases share.
func question(path string) (string, error) {
	beside := strings.TrimSuffix(path, ".csv") + ".sql"
	text, err := os.ReadFile(beside)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join("queries", filepath.Base(beside)))
	}
	return strings.TrimRight(strings.TrimSpace(string(text)), ";"), err
}

func (h *house) compareOne(t *testing.T, path, name, query string, want table) {
	t.Helper()
	types := h.rows(t, "select column_name, column_type from (describe "+query+")")
	var shown, columns []string
	for _, row := range types {
		columns = append(columns, row[0])
		shown = append(shown, show(duckdb.Ident(row[0]), row[1]))
	}
	if diff := cmp.Diff(want.columns, columns); diff != "" {
		t.Errorf("%s: columns (-want +got):\n%s", path, diff)
		return
	}
	got := h.rows(t, "select "+strings.Join(shown, ", ")+" from ("+query+") order by all")
	if *update && !slices.Contains(h.c.MustFail, name) {
		writeTable(t, path, table{columns, got})
		return
	}
	selects := make([]string, 0, len(want.rows))
	for _, row := range want.rows {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = show("cast("+text(value)+" as "+types[i][1]+")", types[i][1]) + " as " + duckdb.Ident(columns[i])
		}
		selects = append(selects, "select "+strings.Join(cells, ", "))
	}
	var wanted [][]string
	if len(selects) > 0 {
		wanted = h.rows(t, "select * from ("+strings.Join(selects, " union all ")+") order by all")
	}
	diff := cmp.Diff(wanted, got)
	switch mustFail := slices.Contains(h.c.MustFail, name); {
	case diff != "" && !mustFail:
		t.Errorf("%s %v (-want +got):\n%s", path, columns, diff)
	case diff == "" && mustFail:
		t.Errorf("%s agrees, and must not: the runner does not see mistakes", path)
	}
}

// show is a value as text: doubles to four places, instants in UTC, null as an empty text.
func show(expr, typ string) string {
	switch typ {
	case "DOUBLE":
		expr = "round(" + expr + ", 4)"
	case "TIMESTAMP WITH TIME ZONE":
		expr = "strftime(" + expr + " at time zone 'UTC', '%Y-%m-%d %H:%M:%S+00')"
	}
	return "coalesce(cast(" + expr + " as varchar), '')"
}

// contents are the rows of every model as sorted texts, without what says when a row was read.
func (h *house) contents(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	selects := make([]string, len(h.tables))
	for i, name := range h.tables {
		selects[i] = "select " + duckdb.Text(name) + ", cast(t as varchar) from " + name + " t"
	}
	for _, row := range h.rows(t, strings.Join(selects, " union all ")+" order by all") {
		all[row[0]] = append(all[row[0]], row[1])
	}
	return all
}

func (h *house) rows(t *testing.T, query string) [][]string {
	t.Helper()
	rows, err := h.session.Rows(context.Background(), query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var list [][]string
	for rows.Next() {
		row := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func writeTable(t *testing.T, path string, content table) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(append([][]string{content.columns}, content.rows...)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
