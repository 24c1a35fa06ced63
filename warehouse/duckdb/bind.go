package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// Bind exposes lake files as the view name with exactly the columns given, whatever the schema was when each file was
// landed: columns are found by field id, a column that a file does not have is null in it. A name without a dot is a
// temporary view; a name with dots is created where it says. No file at all gives an empty view. The SHA-256 of a file
// that states one is checked before the file is read. What was fetched for the view stays until the session is closed.
func (s *Session) Bind(ctx context.Context, name string, list []warehouse.File, columns []warehouse.Column) error {
	query, err := s.bindQuery(ctx, list, columns)
	if err != nil {
		return fmt.Errorf("bind %s: %w", name, err)
	}
	kind := "view"
	if !strings.Contains(name, ".") {
		kind = "temp view"
	}
	return s.Exec(ctx, "create or replace "+kind+" "+name+" as "+query)
}

func (s *Session) bindQuery(ctx context.Context, list []warehouse.File, columns []warehouse.Column) (string, error) {
	types := make([]string, len(columns))
	for i, c := range columns {
		t, err := c.Type.SQL()
		if err != nil {
			return "", fmt.Errorf("column %s: %w", c.Name, err)
		}
		types[i] = t
	}
	if len(list) == 0 {
		return emptySelect(columns, types), nil
	}
	paths, err := s.engine.files.local(ctx, list)
	if err != nil {
		return "", err
	}
	s.held = append(s.held, paths...)
	ids, same, err := s.fieldIDs(ctx, paths, columns, types)
	if err != nil {
		return "", err
	}
	read := "read_parquet(" + textList(paths)
	switch {
	case same: // every file has every column in its present type
	case ids != nil:
		fields := make([]string, len(columns))
		for i, c := range columns {
			fields[i] = fmt.Sprintf("%d: {name: %s, type: %s, default_value: null}", ids[i], Text(c.Name), Text(types[i]))
		}
		read += ", schema=map{" + strings.Join(fields, ", ") + "}"
	default:
		read += ", union_by_name=true"
	}
	read += ")"
	selected := make([]string, len(columns))
	for i, c := range columns {
		selected[i] = fmt.Sprintf("cast(%s as %s) as %s", Ident(c.Name), types[i], Ident(c.Name))
		if same || ids != nil {
			selected[i] = Ident(c.Name)
		}
	}
	return "select " + strings.Join(selected, ", ") + " from " + read, nil
}

func emptySelect(columns []warehouse.Column, types []string) string {
	selected := make([]string, len(columns))
	for i, c := range columns {
		selected[i] = fmt.Sprintf("cast(null as %s) as %s", types[i], Ident(c.Name))
	}
	return "select " + strings.Join(selected, ", ") + " where false"
}

// fieldIDs reads the footers: the field id of each column (nil when the files carry none), and whether all files have
// all columns in the very types asked for, so that they can be read plainly.
func (s *Session) fieldIDs(ctx context.Context, paths []string, columns []warehouse.Column, types []string) ([]int64, bool, error) {
	rows, err := s.Rows(ctx, `select name, coalesce(field_id, -1), coalesce(lower(duckdb_type), ''), count(distinct file_name)
		from parquet_schema(`+textList(paths)+`) group by all`)
	if err != nil {
		return nil, false, err
	}
	type key struct{ name, typ string }
	ids := map[string]int64{}
	files := map[key]int64{}
	for rows.Next() {
		var k key
		var id, n int64
		if err := rows.Scan(&k.name, &id, &k.typ, &n); err != nil {
			return nil, false, err
		}
		if old, seen := ids[k.name]; seen && old != id {
			id = -1 // a name inside a nested column, or a column dropped and made again
		}
		ids[k.name] = id
		files[k] += n
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	if err := rows.Close(); err != nil {
		return nil, false, err
	}
	same, byID := true, true
	out := make([]int64, len(columns))
	next := int64(1 << 30) // ids for columns that no file has yet
	for i, c := range columns {
		id, found := ids[c.Name]
		switch {
		case !found:
			next++
			out[i], same = next, false
		case id < 0:
			byID = false
		default:
			out[i] = id
		}
		if files[key{c.Name, types[i]}] != int64(len(paths)) {
			same = false
		}
	}
	if !byID {
		out = nil
	}
	return out, same, nil
}

// Text writes a SQL string literal.
func Text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Ident writes a quoted identifier.
func Ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func textList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = Text(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// EmptyTable writes the statement that makes an empty table of the columns; name is used as it stands.
func EmptyTable(name string, columns []warehouse.Column) (string, error) {
	list := make([]string, len(columns))
	for i, c := range columns {
		t, err := c.Type.SQL()
		if err != nil {
			return "", fmt.Errorf("table %s, column %s: %w", name, c.Name, err)
		}
		list[i] = Ident(c.Name) + " " + t
	}
	if len(list) == 0 {
		return "", fmt.Errorf("table %s has no columns", name)
	}
	return "create or replace table " + name + " (" + strings.Join(list, ", ") + ")", nil
}

// TypeOf gives the dictionary's type for one of DuckDB's type names ("DECIMAL(18,4)"); false for a type that tables of
// the warehouse may not have, such as HUGEINT or a list.
func TypeOf(duckType string) (models.Type, bool) {
	switch t := strings.ToUpper(duckType); t {
	case "VARCHAR", "JSON":
		return models.String, true
	case "BIGINT", "INTEGER", "SMALLINT", "TINYINT":
		return models.Integer, true
	case "BOOLEAN":
		return models.Boolean, true
	case "DECIMAL(18,4)":
		return models.Money, true
	case "DECIMAL(38,8)":
		return models.Rate, true
	case "DOUBLE":
		return models.Double, true
	case "DATE":
		return models.Date, true
	case "TIMESTAMP WITH TIME ZONE":
		return models.Timestamp, true
	default:
		return "", false
	}
}
