package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// valuesLimit is the number of rows, and valuesBytes the length of their text, up to which a table is written into statements: Trino
// takes 1,000,000 characters of one (query.max-length), which may name several tables, and each of them more than once.
const (
	valuesLimit = 100
	valuesBytes = 50_000
)

// bindKept makes the rows of a table that the program keeps readable: it is the desk's, which the cluster does not see. A few
// short rows become part of the statements; of others the session has a copy, since Trino bounds the length of a statement.
func (t *trinoStore) bindKept(ctx context.Context, s Session, table string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	query, known := t.kept[table]
	if !known {
		var rows int64
		if err := t.desk.ask(ctx, "select count(*) from "+t.desk.name(table), &rows); err != nil {
			return fmt.Errorf("read %s: %w", table, err)
		}
		if rows <= valuesLimit {
			var err error
			if query, err = t.desk.asValues(ctx, table); err != nil {
				return err
			}
		}
		if len(query) > valuesBytes {
			query = ""
		}
		t.kept[table] = query
	}
	if query == "" { // too long
		return t.desk.read(ctx, table, func(batches array.RecordReader) error { return s.Fill(ctx, quoted(table), batches) })
	}
	return s.View(ctx, quoted(table), query)
}

// read hands the rows of a table to f.
func (d *duckStore) read(ctx context.Context, table string, f func(array.RecordReader) error) (err error) {
	d.look.Lock()
	defer d.look.Unlock()
	batches, err := d.question.Query(ctx, "select * from "+d.name(table))
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	defer batches.Release()
	return errors.Join(f(batches), batches.Err())
}

// asValues is a small table as a query that needs no table.
func (d *duckStore) asValues(ctx context.Context, table string) (string, error) {
	d.look.Lock()
	defer d.look.Unlock()
	columns, err := d.question.Columns(ctx, d.name(table))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", table, err)
	}
	var casts, names, shown []string
	for i, c := range columns {
		names = append(names, fmt.Sprintf("c%d", i))
		casts = append(casts, fmt.Sprintf("cast(c%d as %s) as %s", i, strings.ToLower(c.Type), duckdb.Ident(c.Name)))
		shown = append(shown, "coalesce('''' || replace(cast("+duckdb.Ident(c.Name)+" as varchar), '''', '''''') || '''', 'cast(null as varchar)')")
	}
	empty := "cast(null as varchar)" + strings.Repeat(", cast(null as varchar)", len(columns)-1)
	rows, err := d.question.Rows(ctx, "select "+strings.Join(shown, " || ', ' || ")+" from "+d.name(table)+" order by all")
	if err != nil {
		return "", fmt.Errorf("read %s: %w", table, err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return "", fmt.Errorf("read %s: %w", table, err)
		}
		list = append(list, "("+row+")")
	}
	from := "(values " + strings.Join(list, ", ") + ") as v(" + strings.Join(names, ", ") + ")"
	if len(list) == 0 {
		from = "(values (" + empty + ")) as v(" + strings.Join(names, ", ") + ") where false"
	}
	return "select " + strings.Join(casts, ", ") + " from " + from, rows.Err()
}
