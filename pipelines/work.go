package pipelines

import (
	"context"
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// column is a column as the engine describes it.
type column = warehouse.Described

// Bind shows the step only the rows of an input for which the condition holds, or all when it is empty. The condition
// may name temporary tables of the session ("temp.touched").
func (w *Work) Bind(ctx context.Context, table, where string) error {
	_, name, _ := strings.Cut(table, ".")
	from := w.builder.store.name(table)
	if w.builder.graph.raw[table] {
		from = quoted("lake." + name)
	}
	query := "select * from " + from
	if where != "" {
		query += " where " + where
	}
	return w.Session.View(ctx, quoted(table), query)
}

// BindNew shows the step only the rows of a raw table that landed since it last ran, and says whether there are files
// at all. When the history is gone, or the build is full, these are all rows.
func (w *Work) BindNew(ctx context.Context, table string) (bool, error) {
	_, name, _ := strings.Cut(table, ".")
	n, err := w.newRows(ctx, table)
	if err != nil {
		return false, err
	}
	return n > 0, w.Session.View(ctx, quoted(table), "select * from "+quoted("lake_new."+name))
}

// newRows makes the view lake_new.<name> of a raw table's rows that the step has not read and returns the number of
// their files.
func (w *Work) newRows(ctx context.Context, table string) (int, error) {
	_, name, _ := strings.Cut(table, ".")
	change, changed := w.Changes[table]
	since := change.From
	if w.Full || change.Whole {
		since = ""
	} else if !changed {
		head, err := w.builder.head(ctx, table)
		if err != nil {
			return 0, err
		}
		since = head // no file is newer
	}
	return w.builder.bindRaw(ctx, w.Session, quoted("lake_new."+name), table, since)
}

// Note adds a line to the step's record: what was done and why.
func (w *Work) Note(format string, args ...any) {
	w.notes.Notes = append(w.notes.Notes, fmt.Sprintf(format, args...))
}

// Mode says in the step's record how it was built: "full", "days", "keys", "append", or a word of the step's own.
func (w *Work) Mode(mode string) { w.notes.Mode = mode }

// columns describes a bound input.
func (w *Work) columns(ctx context.Context, table string) ([]column, error) {
	if columns, _ := w.builder.table(table); columns != nil {
		return columns, nil
	}
	return w.Session.Columns(ctx, quoted(table))
}

// bindInputs makes every input of the step a view of the scratch database, views of the graph with their own inputs.
func (w *Work) bindInputs(ctx context.Context, s Step, seen map[string]bool) error {
	for _, in := range s.Inputs() {
		if seen[in.Table] {
			continue
		}
		seen[in.Table] = true
		_, name, _ := strings.Cut(in.Table, ".")
		owner, built := w.builder.graph.Owner(in.Table)
		if view, ok := owner.(Viewer); ok {
			if err := w.bindInputs(ctx, owner, seen); err != nil {
				return err
			}
			if err := w.Session.View(ctx, quoted(in.Table), view.ViewSQL()); err != nil {
				return fmt.Errorf("bind the view %s: %w", in.Table, err)
			}
			continue
		}
		if w.builder.graph.raw[in.Table] {
			if c, entity := s.(ConformStep); entity && !c.full(w) {
				continue // it looks at the new files only, and binds them itself
			}
			if _, err := w.builder.bindRaw(ctx, w.Session, quoted("lake."+name), in.Table, ""); err != nil {
				return err
			}
		}
		bind := func() error { return w.Bind(ctx, in.Table, "") }
		if !built && !w.builder.graph.raw[in.Table] {
			bind = func() error { return w.builder.store.bindKept(ctx, w.Session, in.Table) }
		}
		if err := bind(); err != nil {
			return fmt.Errorf("%sbind the input %s: %w", place(in), in.Table, err)
		}
	}
	return nil
}

// bindRaw makes name a view of a raw table's files after the version since, and returns their number.
func (b *builder) bindRaw(ctx context.Context, s Session, name, table, since string) (int, error) {
	head, err := b.head(ctx, table)
	if err != nil {
		return 0, err
	}
	files, _, err := b.Lake.Files(ctx, table, since, head)
	if err != nil {
		return 0, fmt.Errorf("list the files of %s: %w", table, err)
	}
	return len(files), b.store.bindRaw(ctx, s, b.Lake, name, increment{table, since, head, files})
}

// quoted writes a name with a schema as SQL.
func quoted(table string) string {
	schema, name, _ := strings.Cut(table, ".")
	return duckdb.Ident(schema) + "." + duckdb.Ident(name)
}
