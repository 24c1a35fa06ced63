package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// trinoWriter writes the outputs of one step into copies of its tables.
type trinoWriter struct {
	store   *trinoStore
	s       *trino.Session
	commit  *trino.Commit
	anew    bool  // somebody else wrote to the tables
	version int64 // of this change
	tracked map[string][]string
	crash   func(string)
	tables  map[string]trinoTable // what is known of the step's tables, then what they become
	made    map[string][]column
}

// write brings one output into the copy of its table and of its change log.
func (w *trinoWriter) write(ctx context.Context, out Output) (written, error) {
	old, known := w.tables[out.Table]
	whole := out.Where == "" && !out.Append
	if whole && old.Merged {
		rows, err := w.store.cluster.RowsAbout(ctx, out.Table)
		if err != nil && !w.anew {
			return written{}, err
		}
		old.Rows = max(old.Rows, rows)
	}
	switch {
	case !known && !whole:
		return written{}, fmt.Errorf("%w: it is gone", errNeedsFull)
	case !known || whole && (w.anew || old.Rows > diffLimit):
		return w.create(ctx, out)
	case whole:
		return w.replace(ctx, out, old)
	default:
		return w.edit(ctx, out, old)
	}
}

// create computes the table anew and says that all of it changed.
func (w *trinoWriter) create(ctx context.Context, out Output) (written, error) {
	rows, aside, err := w.commit.Replace(ctx, out.Table, out.Rows, w.store.partitions[out.Table])
	if err != nil {
		return written{}, err
	}
	columns, err := w.s.Columns(ctx, aside)
	if err != nil {
		return written{}, err
	}
	return written{rows: rows, changed: true}, w.wholly(out.Table, columns, rows)
}

// wholly notes that all of a table changed; what was logged of it before adds nothing.
func (w *trinoWriter) wholly(table string, columns []column, rows int64) error {
	if w.tables[table].Logged != nil {
		w.commit.Remove(logOf(table))
	}
	w.tables[table] = trinoTable{Columns: columns, Rows: rows, Whole: w.version, Changed: w.version, By: w.store.partitions[table]}
	w.made[table] = columns
	return nil
}

// replace computes the table anew and logs in what it differs, so that what depends on it need not be built anew.
func (w *trinoWriter) replace(ctx context.Context, out Output, old trinoTable) (written, error) {
	rows, aside, err := w.commit.Replace(ctx, out.Table, out.Rows, w.store.partitions[out.Table])
	if err != nil {
		return written{}, err
	}
	columns, err := w.s.Columns(ctx, aside)
	if err != nil {
		return written{}, err
	}
	if !slices.Equal(columns, old.Columns) {
		return written{rows: rows, changed: true}, w.wholly(out.Table, columns, rows)
	}
	changed, err := w.log(ctx, out.Table, old, aside, w.store.name(out.Table))
	if err != nil {
		return written{}, err
	}
	if by := w.store.partitions[out.Table]; !changed && old.By == by {
		return written{}, w.commit.Forget(ctx, out.Table)
	}
	w.note(out.Table, rows, false)
	if !changed { // the same rows, which lie otherwise
		return written{}, nil
	}
	return written{rows: rows, changed: true}, nil
}

// edit replaces the rows of a part of the table.
func (w *trinoWriter) edit(ctx context.Context, out Output, old trinoTable) (written, error) {
	rowsTable, kept := strings.CutPrefix(out.Rows, "select * from ")
	if !kept || !strings.HasPrefix(rowsTable, "temp.") || strings.ContainsAny(rowsTable, " \n") {
		rowsTable = "temp.heliu_rows_to_write"
		if err := w.s.Keep(ctx, "heliu_rows_to_write", out.Rows); err != nil {
			return written{}, err
		}
	}
	columns, err := w.s.Columns(ctx, rowsTable)
	if err != nil {
		return written{}, err
	}
	if !slices.Equal(columns, old.Columns) {
		return written{}, fmt.Errorf("%w: its columns are %v, those computed %v", errNeedsFull, old.Columns, columns)
	}
	before := ""
	if !out.Append {
		before = "(select * from " + w.store.name(out.Table) + " where " + out.Where + ") as before"
	}
	changed, err := w.log(ctx, out.Table, old, rowsTable, before)
	if err != nil || !changed {
		return written{}, err
	}
	w.crash("build.logged")
	var rows int64
	merged := old.Merged
	err = w.commit.Edit(ctx, out.Table, func(aside string) error {
		if out.Key != "" && !out.Append {
			rows, err = w.merge(ctx, aside, rowsTable, out, columns)
			merged = true
			return err
		}
		var removed, added int64
		if !out.Append {
			if removed, err = w.commit.Exec(ctx, "delete from "+aside+" where "+out.Where); err != nil {
				return err
			}
			w.crash("build.deleted")
		}
		added, err = w.commit.Exec(ctx, "insert into "+aside+" select "+identList(columns)+" from "+rowsTable)
		rows = added
		old.Rows += added - removed
		return err
	})
	if trino.IsTooManyPartitions(err) { // only by months: a table that is made anew then lies by years
		return written{}, fmt.Errorf("%w: its rows are of too many months (%w)", errNeedsFull, err)
	}
	if err != nil {
		return written{}, err
	}
	w.note(out.Table, old.Rows, merged)
	return written{rows: rows, changed: true}, nil
}

// merge brings the rows of a part of the table to what was computed, by the key: only rows that differ are written.
func (w *trinoWriter) merge(ctx context.Context, aside, rowsTable string, out Output, columns []column) (int64, error) {
	key := duckdb.Ident(out.Key)
	var same, set, values []string
	for _, c := range columns {
		name := duckdb.Ident(c.Name)
		values = append(values, "fresh."+name)
		if c.Name != out.Key {
			same, set = append(same, "known."+name+" is not distinct from fresh."+name), append(set, name+" = fresh."+name)
		}
	}
	unlike := "true"
	if len(same) > 0 {
		unlike = "not (" + strings.Join(same, " and ") + ")"
	}
	nulls := make([]string, len(columns))
	for i, c := range columns {
		nulls[i] = "cast(null as " + strings.ToLower(c.Type) + ")"
		if c.Name == out.Key {
			nulls[i] = key
		}
	}
	source := "select " + identList(columns) + ", false as heliu_gone from " + rowsTable + "\nunion all select " + strings.Join(nulls, ", ") + ", true from " + aside +
		" where (" + out.Where + ") and " + key + " not in (select " + key + " from " + rowsTable + ")"
	statement := "merge into " + aside + " as known using (" + source + ") as fresh on known." + key + " = fresh." + key +
		"\nwhen matched and fresh.heliu_gone then delete"
	if len(set) > 0 {
		statement += "\nwhen matched and " + unlike + " then update set " + strings.Join(set, ", ")
	}
	statement += "\nwhen not matched and not fresh.heliu_gone then insert (" + identList(columns) + ") values (" + strings.Join(values, ", ") + ")"
	return w.commit.Exec(ctx, statement)
}

func (w *trinoWriter) note(table string, rows int64, merged bool) {
	known := w.tables[table]
	known.Rows, known.Merged = rows, merged
	w.tables[table] = known
}

// log adds the tracked columns of the rows that differ, old and new, to the change log and says whether there are any.
func (w *trinoWriter) log(ctx context.Context, table string, known trinoTable, now, before string) (bool, error) {
	columns := known.Columns
	tracked := trackedOf(columns, w.tracked[table])
	rows := "select " + identList(columns) + ", 1 as heliu_side from " + now
	if before != "" {
		rows += " union all select " + identList(columns) + ", -1 from " + before
	}
	selected := ""
	if len(tracked) > 0 {
		selected = identList(tracked) + ", "
	}
	changes := fmt.Sprintf("select distinct %scast(%d as bigint) as _version from (select %s, sum(heliu_side) as heliu_side from (%s) as sides group by %[3]s having sum(heliu_side) <> 0) as changed",
		selected, w.version, identList(columns), rows)
	logged := append(slices.Clone(tracked), deltaColumns[0])
	var n int64
	var err error
	if known.Logged != nil && slices.Equal(known.Logged, logged) {
		err = w.commit.Edit(ctx, logOf(table), func(aside string) error {
			n, err = w.commit.Exec(ctx, "insert into "+aside+" "+changes)
			return err
		})
	} else {
		n, _, err = w.commit.Replace(ctx, logOf(table), changes, "")
	}
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, w.commit.Forget(ctx, logOf(table))
	}
	if !slices.Equal(known.Logged, logged) && known.Logged != nil {
		known.Whole = w.version // what was logged before is of other columns
	}
	known.Logged, known.Changed = logged, w.version
	w.tables[table] = known
	return true, nil
}

// partitions are the columns by which the files of the graph's tables lie, so that an increment reads its days.
func partitions(g *Graph) map[string]string {
	out := map[string]string{}
	for _, step := range g.steps {
		if m, ok := step.(*ModelStep); ok {
			out[step.Name()] = m.Model.Header.Materialize.PartitionedBy()
		}
	}
	return out
}
