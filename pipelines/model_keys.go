package pipelines

import (
	"context"
	"fmt"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// buildKeys rebuilds the keys that the inputs' changes touch.
func (m *ModelStep) buildKeys(ctx context.Context, w *Work) ([]Output, error) {
	key := m.Model.Header.Materialize.Column
	names := map[string]string{} // input -> its column of the key
	for _, table := range m.reads {
		name := key
		if d, said := m.drives[table]; said {
			name = d.column
		}
		columns, err := w.columns(ctx, table)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			if c.Name == name && !m.whole[table] && m.match[table] == nil {
				names[table] = name
			}
		}
	}
	first := true
	for _, table := range sortedKeys(w.Changes) {
		name, has := names[table]
		switch {
		case !has && m.match[table] == nil:
			return m.all(w, "%s changed, and it has no column %s", table, key)
		case w.Changes[table].Whole:
			return m.all(w, "all of %s may have changed", table)
		}
		from, where, err := w.changedRows(ctx, table)
		if err != nil {
			return nil, err
		}
		if from == "" {
			continue
		}
		put := w.Session.Add
		if first {
			put = w.Session.Keep
		}
		first = false
		query := fmt.Sprintf("select distinct %s as k from %s where %s", duckdb.Ident(name), from, where)
		if match := m.match[table]; match != nil {
			query = fmt.Sprintf("select distinct %s as k from %s where %s", duckdb.Ident(key), w.builder.store.name(m.Name()), matchSQL(match, from, where))
		}
		if err := put(ctx, "heliu_touched", query); err != nil {
			return nil, fmt.Errorf("keys touched by %s: %w", table, err)
		}
	}
	w.Mode("keys")
	if first {
		return nil, nil
	}
	var nulls bool
	if err := w.Session.Row(ctx, "select count(distinct k), coalesce(bool_or(k is null), false) from temp.heliu_touched", &w.notes.Keys, &nulls); err != nil {
		return nil, err
	}
	in := func(column string) string {
		where := duckdb.Ident(column) + " in (select k from temp.heliu_touched)"
		if nulls {
			where = "(" + where + " or " + duckdb.Ident(column) + " is null)"
		}
		return where
	}
	if w.notes.Keys == 0 && !nulls {
		return nil, nil
	}
	var rows int64
	if err := w.builder.store.ask(ctx, "select count(*) from "+w.builder.store.name(m.Name()), &rows); err != nil {
		return nil, err
	}
	if w.notes.Keys > 1000 && w.notes.Keys*3 > rows {
		return m.all(w, "%d keys are touched, it has %d rows", w.notes.Keys, rows)
	}
	for table, name := range names {
		if err := w.Bind(ctx, table, in(name)); err != nil {
			return nil, err
		}
	}
	if err := w.Session.Keep(ctx, "heliu_slices", "select * from ("+m.Model.SQL+"\n) where "+in(key)); err != nil {
		return nil, err
	}
	return []Output{{Table: m.Name(), Rows: "select * from temp.heliu_slices", Where: in(key)}}, nil
}
