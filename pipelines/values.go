package pipelines

import (
	"context"
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

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
