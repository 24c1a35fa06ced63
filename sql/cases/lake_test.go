package cases_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// givenLake is a lake that holds the given rows of a case, each entity a raw table of texts, landed in one batch or two.
type givenLake struct {
	dir     string
	session *duckdb.Session
	dict    *models.Dictionary
	given   map[string]table // by entity
	files   map[string][]warehouse.File
}

// table is a CSV file: the names of its columns and its rows.
type table struct {
	columns []string
	rows    [][]string
}

// Columns of a given file that are no fields.
const (
	sourceColumn    = "_source"       // the source that the row came from; "case" if not given
	extractedColumn = "_extracted_at" // when it was read
	batchColumn     = "_batch"        // 1 or 2: the build before which the row lands, when the case is built in two
)

func readTable(path string) (table, error) {
	f, err := os.Open(path)
	if err != nil {
		return table{}, err
	}
	defer f.Close()
	reader := csv.NewReader(f)
	header, err := reader.Read()
	if err != nil {
		return table{}, fmt.Errorf("%s: header: %w", path, err)
	}
	t := table{columns: header}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return table{}, fmt.Errorf("%s: %w", path, err)
		}
		t.rows = append(t.rows, row)
	}
}

// readGiven reads the given files of a case: one an entity, with only the columns that matter.
func readGiven(dict *models.Dictionary, dir string) (map[string]table, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "given", "*.csv"))
	if err != nil {
		return nil, err
	}
	given := map[string]table{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		if name == identityFile || name == rejectedFile {
			continue
		}
		e, ok := dict.Entity(name)
		if !ok {
			return nil, fmt.Errorf("%s: there is no entity %s", path, name)
		}
		t, err := readTable(path)
		if err != nil {
			return nil, err
		}
		for _, c := range t.columns {
			if _, ok := e.Field(c); !ok && !slices.Contains([]string{sourceColumn, extractedColumn, batchColumn}, c) {
				return nil, fmt.Errorf("%s: %s has no field %s", path, name, c)
			}
		}
		given[name] = t
	}
	return given, nil
}

// land writes the rows of a batch: 0 all, 1 or 2 those of the first or second half, by _batch where it is given, else in turn.
func (l *givenLake) land(ctx context.Context, batch int) error {
	for _, name := range sortedKeys(l.given) {
		t := l.given[name]
		e, _ := l.dict.Entity(name)
		var rows []string
		for i, row := range t.rows {
			half := 1 + i%2
			if at := slices.Index(t.columns, batchColumn); at >= 0 {
				n, err := strconv.Atoi(row[at])
				if err != nil {
					return fmt.Errorf("%s row %d: %s: %w", name, i+1, batchColumn, err)
				}
				half = n
			}
			if batch == 0 || batch == half {
				rows = append(rows, "("+strings.Join(l.cells(e, t, row), ", ")+")")
			}
		}
		if len(rows) == 0 {
			continue
		}
		path := filepath.Join(l.dir, fmt.Sprintf("%s-%d.parquet", name, len(l.files[name])))
		var names []string
		for _, c := range l.columns(e) {
			names = append(names, duckdb.Ident(c.Name))
		}
		err := l.session.Exec(ctx, fmt.Sprintf("copy (select * from (values %s) v(%s)) to %s (format parquet)", strings.Join(rows, ", "), strings.Join(names, ", "), duckdb.Text(path)))
		if err != nil {
			return fmt.Errorf("land %s: %w", name, err)
		}
		l.files[name] = append(l.files[name], warehouse.File{Path: path})
	}
	return nil
}

// cells are the values of a row as SQL, what is not given being null or, where it must be there, plain.
func (l *givenLake) cells(e *models.Entity, t table, row []string) []string {
	get := func(name string) string {
		if at := slices.Index(t.columns, name); at >= 0 {
			return row[at]
		}
		return ""
	}
	var cells []string
	for _, f := range l.fields(e) {
		value := get(f.Name)
		if value == "" && f.Required && !f.HasDefault {
			value = plain(f.Type)
		}
		cells = append(cells, text(value))
	}
	source, extracted := get(sourceColumn), get(extractedColumn)
	if source == "" {
		source = "case"
	}
	if extracted == "" {
		extracted = "2026-12-31 00:00:00+00"
	}
	return append(cells, text(source), text(e.Name), "'given'", "cast("+text(extracted)+" as timestamp with time zone)")
}

func text(value string) string {
	if value == "" {
		return "cast(null as varchar)"
	}
	return duckdb.Text(value)
}

// plain is the value of a field that must be there and that the case does not care for.
func plain(t models.Type) string {
	switch t {
	case models.Timestamp:
		return "2026-01-01 00:00:00+00"
	case models.Date:
		return "2026-01-01"
	case models.Currency:
		return "CNY"
	case models.Boolean:
		return "false"
	case models.String, models.JSON:
		return "case"
	default:
		return "0"
	}
}

// fields are those that the case gives of an entity, and those that must be there.
func (l *givenLake) fields(e *models.Entity) []models.Field {
	var list []models.Field
	for _, f := range e.Fields {
		if slices.Contains(l.given[e.Name].columns, f.Name) || slices.Contains(e.Key, f.Name) || f.Required && !f.HasDefault {
			list = append(list, f)
		}
	}
	return list
}

func (l *givenLake) columns(e *models.Entity) []warehouse.Column {
	var list []warehouse.Column
	for _, f := range l.fields(e) {
		list = append(list, warehouse.Column{Name: f.Name, Type: models.String})
	}
	for _, name := range []string{"_source", "_stream", "_batch_id"} {
		list = append(list, warehouse.Column{Name: name, Type: models.String})
	}
	return append(list, warehouse.Column{Name: "_extracted_at", Type: models.Timestamp})
}

// mappings take every given field to its entity as it is.
func (l *givenLake) mappings() []models.Mapping {
	var list []models.Mapping
	for _, name := range sortedKeys(l.given) {
		e, _ := l.dict.Entity(name)
		m := models.Mapping{Source: "case", Stream: name, Table: rawTable(name), Entity: name, File: name + ".csv", Line: 1}
		for _, f := range l.fields(e) {
			m.Fields = append(m.Fields, models.MappedField{Name: f.Name, Expr: duckdb.Ident(f.Name), Line: 1})
		}
		list = append(list, m)
	}
	return list
}

func rawTable(entity string) string { return "raw.case__" + entity }

func entityOf(table string) string { return strings.TrimPrefix(table, "raw.case__") }

// RawTables are those of the given entities.
func (l *givenLake) RawTables() []string {
	var list []string
	for _, name := range sortedKeys(l.given) {
		list = append(list, rawTable(name))
	}
	return list
}

// Columns are texts and where the row came from.
func (l *givenLake) Columns(_ context.Context, table string) ([]warehouse.Column, error) {
	e, ok := l.dict.Entity(entityOf(table))
	if !ok {
		return nil, fmt.Errorf("no entity of %s", table)
	}
	return l.columns(e), nil
}

// Head is the number of landed files.
func (l *givenLake) Head(_ context.Context, table string) (string, error) {
	return strconv.Itoa(len(l.files[entityOf(table)])), nil
}

// Files are the files landed since.
func (l *givenLake) Files(_ context.Context, table, since, head string) ([]warehouse.File, bool, error) {
	files := l.files[entityOf(table)]
	to, err := strconv.Atoi(head)
	if err != nil || since == "" {
		return files[:to], false, err
	}
	from, err := strconv.Atoi(since)
	return files[from:to], false, err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
