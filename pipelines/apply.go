package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// diffLimit is the number of rows up to which a table that is replaced whole is compared with what it was, so that
// what depends on it need not be built anew.
const diffLimit = 500_000

// written says what writing one output did.
type written struct {
	rows    int64 // rows written
	changed bool
}

// writer writes the outputs of one step inside its transaction.
type writer struct {
	s       *duckdb.Session
	catalog string
	tables  func(string) ([]column, bool) // columns of a stored table; false for a view
	made    map[string][]column           // tables that this step made or changed in shape
	version int64                         // of this change
	tracked map[string][]string
	crash   func(string)
}

// write brings one output into its table and its change log.
func (wr *writer) write(ctx context.Context, out Output) (written, error) {
	table := qualified(wr.catalog, out.Table)
	old := wr.existing(out.Table)
	replaceAll := out.Where == "" && !out.Append
	if old == nil {
		if !replaceAll {
			return written{}, fmt.Errorf("%w: it is gone", errNeedsFull)
		}
		if _, isTable := wr.tables(out.Table); !isTable {
			if err := wr.s.Exec(ctx, "drop view if exists "+table); err != nil {
				return written{}, err
			}
		}
		return wr.create(ctx, out, table, false)
	}
	if replaceAll {
		var n int64
		if err := wr.s.Row(ctx, "select estimated_size from duckdb_tables() where "+wr.is(out.Table), &n); err != nil {
			return written{}, err
		}
		if n > diffLimit {
			return wr.create(ctx, out, table, true)
		}
	}
	rowsTable, stored := strings.CutPrefix(out.Rows, "select * from temp.")
	rowsTable = "temp." + rowsTable
	if !stored || strings.ContainsAny(rowsTable, " \n") {
		rowsTable = "temp.heliu_rows_to_write"
		if err := wr.s.Exec(ctx, "create or replace temp table heliu_rows_to_write as "+out.Rows); err != nil {
			return written{}, err
		}
	}
	made, err := wr.s.Columns(ctx, rowsTable)
	if err != nil {
		return written{}, err
	}
	if !slices.Equal(made, old) {
		if !replaceAll {
			return written{}, fmt.Errorf("%w: its columns are %v, those computed %v", errNeedsFull, old, made)
		}
		out.Rows = "select * from " + rowsTable
		return wr.create(ctx, out, table, true)
	}
	w := written{}
	if w.changed, err = wr.log(ctx, out, table, rowsTable, made); err != nil || !w.changed {
		return w, err
	}
	wr.crash("build.logged")
	if err := wr.s.Row(ctx, "select count(*) from "+rowsTable, &w.rows); err != nil {
		return w, err
	}
	return w, wr.replace(ctx, out, table, rowsTable, made)
}

// replace brings the table's rows to what was computed. Rows that are the same stay where they are, since each block
// that loses a row is written anew at the next checkpoint.
func (wr *writer) replace(ctx context.Context, out Output, table, rowsTable string, columns []column) error {
	remove := "delete from " + table + " where rowid in (select heliu_row from temp.heliu_changed where heliu_side = -1)"
	add := "insert into " + table + " select " + identList(columns) + " from temp.heliu_changed where heliu_side = 1"
	var repeated bool
	if err := wr.s.Row(ctx, "select coalesce(bool_or(heliu_rows > 1), false) from temp.heliu_changed", &repeated); err != nil {
		return err
	}
	switch {
	case out.Append:
		remove, add = "", "insert into "+table+" select * from "+rowsTable
	case repeated && out.Where == "": // rows that are wholly alike cannot be told apart
		remove, add = "delete from "+table, "insert into "+table+" select * from "+rowsTable
	case repeated:
		remove, add = "delete from "+table+" where rowid in (select heliu_row from temp.heliu_old)", "insert into "+table+" select * from "+rowsTable
	}
	if remove != "" {
		if err := wr.s.Exec(ctx, remove); err != nil {
			return err
		}
		wr.crash("build.deleted")
	}
	return wr.s.Exec(ctx, add)
}

// create makes the table anew and marks the change log as whole.
func (wr *writer) create(ctx context.Context, out Output, table string, replace bool) (written, error) {
	verb := "create table "
	if replace {
		verb = "create or replace table "
	}
	if err := wr.s.Exec(ctx, verb+table+" as "+out.Rows); err != nil {
		return written{}, err
	}
	w := written{changed: true}
	columns, err := wr.s.Columns(ctx, table)
	if err != nil {
		return w, err
	}
	wr.made[out.Table] = columns
	if err := wr.markWhole(ctx, out.Table, wr.trackedOf(out.Table, columns)); err != nil {
		return w, err
	}
	return w, wr.s.Row(ctx, "select count(*) from "+table, &w.rows)
}

// log adds the tracked columns of the rows that differ, old and new, to the change log and says whether there are any.
func (wr *writer) log(ctx context.Context, out Output, table, rowsTable string, columns []column) (bool, error) {
	tracked := wr.trackedOf(out.Table, columns)
	delta := qualified(wr.catalog, logOf(out.Table))
	rows := "select *, 1 as heliu_side, cast(null as bigint) as heliu_row from " + rowsTable
	switch {
	case out.Append:
	case out.Where == "":
		rows += " union all select *, -1, rowid from " + table
	default: // found once, by a condition that may be dear, and deleted by their place
		if err := wr.s.Exec(ctx, "create or replace temp table heliu_old as select *, rowid as heliu_row from "+table+" where "+out.Where); err != nil {
			return false, err
		}
		rows += " union all select * exclude (heliu_row), -1, heliu_row from temp.heliu_old"
	}
	list := identList(columns)
	if err := wr.s.Exec(ctx, "create or replace temp table heliu_changed as select "+list+", sum(heliu_side) as heliu_side, count(*) as heliu_rows, max(heliu_row) as heliu_row from ("+rows+") group by "+list+" having sum(heliu_side) <> 0"); err != nil {
		return false, err
	}
	var n int64
	if err := wr.s.Row(ctx, "select count(*) from temp.heliu_changed", &n); err != nil || n == 0 {
		return false, err
	}
	if !slices.Equal(wr.existing(logOf(out.Table)), append(slices.Clone(tracked), deltaColumns...)) {
		return true, wr.markWhole(ctx, out.Table, tracked)
	}
	selected := ""
	if len(tracked) > 0 {
		selected = identList(tracked) + ", "
	}
	return true, wr.s.Exec(ctx, fmt.Sprintf("insert into %s select distinct %s%d, false from temp.heliu_changed", delta, selected, wr.version))
}

var deltaColumns = []column{{Name: "_version", Type: "BIGINT"}, {Name: "_full", Type: "BOOLEAN"}}

// markWhole empties the change log and says that everything may have changed; what was logged before adds nothing.
func (wr *writer) markWhole(ctx context.Context, table string, tracked []column) error {
	columns := append(slices.Clone(tracked), deltaColumns...)
	if slices.Equal(wr.existing(logOf(table)), columns) {
		return wr.s.Exec(ctx, fmt.Sprintf("delete from %s; insert into %[1]s (_version, _full) values (%d, true)", qualified(wr.catalog, logOf(table)), wr.version))
	}
	wr.made[logOf(table)] = columns
	list := make([]string, 0, len(columns))
	for _, c := range columns {
		list = append(list, duckdb.Ident(c.Name)+" "+c.Type)
	}
	return wr.s.Exec(ctx, fmt.Sprintf("create or replace table %s (%s); insert into %[1]s (_version, _full) values (%[3]d, true)",
		qualified(wr.catalog, logOf(table)), strings.Join(list, ", "), wr.version))
}

// trackedOf picks the columns of a table that its change log carries: keys, days and what readers ask for.
func (wr *writer) trackedOf(table string, columns []column) []column {
	return trackedOf(columns, wr.tracked[table])
}

func trackedOf(columns []column, asked []string) []column {
	var list []column
	for _, c := range columns {
		if c.Type == "DATE" || strings.HasSuffix(c.Name, "_key") || slices.Contains(asked, c.Name) {
			list = append(list, c)
		}
	}
	return list
}

// existing gives the columns of a table of the warehouse, nil if there is none.
func (wr *writer) existing(table string) []column {
	if columns, ok := wr.made[table]; ok {
		return columns
	}
	columns, _ := wr.tables(table)
	return columns
}

func logOf(table string) string { return "delta." + strings.Replace(table, ".", "__", 1) }

func (wr *writer) is(table string) string { return isTable(wr.catalog, table) }

// isTable is a condition on DuckDB's own catalog tables.
func isTable(catalog, table string) string {
	schema, name, _ := strings.Cut(table, ".")
	return fmt.Sprintf("database_name = %s and schema_name = %s and table_name = %s", duckdb.Text(catalog), duckdb.Text(schema), duckdb.Text(name))
}

func identList(columns []column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = duckdb.Ident(c.Name)
	}
	return strings.Join(list, ", ")
}
