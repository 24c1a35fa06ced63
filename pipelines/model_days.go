package pipelines

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// noDay stands among a step's ranges for the rows that have no day.
const noDay = "no day"

// driver is the column of an input that drives a model by days, with how its type is compared with days.
type driver struct {
	column   string
	typ      string
	lookBack int
}

// day is the expression of the row's day. A text is taken for ISO 8601, its own zone's day.
func (d driver) day() string {
	switch {
	case d.typ == "DATE":
		return duckdb.Ident(d.column)
	case d.typ == "VARCHAR":
		return "try_cast(left(" + duckdb.Ident(d.column) + ", 10) as date)"
	default:
		return "cast(" + duckdb.Ident(d.column) + " as date)"
	}
}

// where is the condition that a row is of the days; written so that stored minima and maxima can skip files and row groups.
func (d driver) where(from, to int) string {
	r := dayRange{from, to}
	if d.typ == "DATE" {
		return r.where(duckdb.Ident(d.column))
	}
	literal := func(day int) string {
		text := strings.TrimPrefix(dateLiteral(day), "date ")
		switch d.typ {
		case "VARCHAR":
			return text
		case "TIMESTAMP WITH TIME ZONE":
			return "timestamptz " + strings.TrimSuffix(text, "'") + " 00:00:00+00'"
		default:
			return "timestamp " + text
		}
	}
	where := duckdb.Ident(d.column) + " >= " + literal(from)
	if to < lastDay {
		where += " and " + duckdb.Ident(d.column) + " < " + literal(to+1)
	}
	return where
}

// buildDays rebuilds the days that the inputs' changes touch.
func (m *ModelStep) buildDays(ctx context.Context, w *Work) ([]Output, error) {
	mat := m.Model.Header.Materialize
	t := touched{}
	gap := mat.LookBack
	for table, c := range w.Changes {
		d, drives := m.drives[table]
		switch {
		case m.whole[table] || !drives && m.match[table] == nil:
			return m.all(w, "%s changed, and no day of it drives this model", table)
		case c.Whole:
			return m.all(w, "all of %s may have changed", table)
		}
		gap = max(gap, d.lookBack)
		if err := m.touch(ctx, w, table, d, &t); err != nil {
			return nil, err
		}
	}
	if t.empty() {
		w.Mode("days")
		return nil, nil
	}
	ranges := t.merged(gap)
	conditions := make([]string, 0, len(ranges)+1)
	for _, r := range ranges {
		conditions = append(conditions, r.where(duckdb.Ident(mat.Column)))
	}
	if t.null {
		conditions = append(conditions, duckdb.Ident(mat.Column)+" is null")
	}
	where := strings.Join(conditions, " or ")
	most, err := w.mostOf(ctx, m.Name(), where)
	if err != nil || most {
		if err != nil {
			return nil, err
		}
		return m.all(w, "the touched days hold most of its rows")
	}
	w.Mode("days")
	for i, r := range ranges {
		w.notes.Ranges = append(w.notes.Ranges, r.String())
		if err := m.slice(ctx, w, i == 0, r.where(duckdb.Ident(mat.Column)), func(d driver) string { return d.where(r.from-d.lookBack, r.to) }); err != nil {
			return nil, err
		}
	}
	if t.null {
		w.notes.Ranges = append(w.notes.Ranges, noDay)
		isNull := func(d driver) string { return d.day() + " is null" }
		if err := m.slice(ctx, w, len(ranges) == 0, duckdb.Ident(mat.Column)+" is null", isNull); err != nil {
			return nil, err
		}
	}
	return []Output{{Table: m.Name(), Rows: "select * from temp.heliu_slices", Where: where}}, nil
}

// slice computes the rows of one range into temp.heliu_slices, the inputs bound to what the range needs (PITFALLS B1).
func (m *ModelStep) slice(ctx context.Context, w *Work, first bool, result string, input func(driver) string) error {
	for _, table := range m.reads {
		d, drives := m.drives[table]
		if !drives || d.onward || m.whole[table] {
			continue
		}
		col, err := m.driver(ctx, w, table, d)
		if err != nil {
			return err
		}
		if err := w.Bind(ctx, table, input(col)); err != nil {
			return err
		}
	}
	put := w.Session.Keep
	if !first {
		put = w.Session.Add
	}
	return put(ctx, "heliu_slices", "select * from ("+m.Model.SQL+"\n) where "+result)
}

// driver looks the driving column of an input up.
func (m *ModelStep) driver(ctx context.Context, w *Work, table string, d drive) (driver, error) {
	columns, err := w.columns(ctx, table)
	if err != nil {
		return driver{}, err
	}
	for _, c := range columns {
		if c.Name == d.column {
			return driver{c.Name, c.Type, d.lookBack}, nil
		}
	}
	return driver{}, fmt.Errorf("%s:%d: input %s has no column %s that could drive the model", m.Model.File, m.Model.Header.Inputs[table].Line, table, d.column)
}

// touch adds the days that an input's change touches.
func (m *ModelStep) touch(ctx context.Context, w *Work, table string, d drive, t *touched) error {
	from, where, err := w.changedRows(ctx, table)
	if err != nil || from == "" {
		return err
	}
	query := ""
	if match := m.match[table]; match != nil {
		own := duckdb.Ident(m.Model.Header.Materialize.Column)
		query = "select distinct " + own + " from " + w.builder.store.name(m.Name()) + " where " + matchSQL(match, from, where)
	} else {
		col, err := m.driver(ctx, w, table, d)
		if err != nil {
			return err
		}
		query = "select distinct " + col.day() + " from " + from + " where " + where
	}
	rows, err := w.Session.Rows(ctx, query)
	if err != nil {
		return fmt.Errorf("days touched by %s: %w", table, err)
	}
	defer rows.Close()
	for rows.Next() {
		var day sql.NullTime
		if err := rows.Scan(&day); err != nil {
			return fmt.Errorf("days touched by %s: %w", table, err)
		}
		number := int(time.Date(day.Time.Year(), day.Time.Month(), day.Time.Day(), 0, 0, 0, 0, time.UTC).Unix() / int64(24*time.Hour/time.Second))
		switch {
		case !day.Valid:
			t.null = true
		case d.onward:
			t.ranges = append(t.ranges, dayRange{number, lastDay})
		default:
			t.ranges = append(t.ranges, dayRange{number, number + d.lookBack})
		}
	}
	return rows.Err()
}

// changedRows names what holds the changed rows of an input: its change log or, for a raw table, its new files. It is
// empty when there are none.
func (w *Work) changedRows(ctx context.Context, table string) (from, where string, err error) {
	if w.builder.graph.raw[table] {
		n, err := w.newRows(ctx, table)
		if err != nil || n == 0 {
			return "", "", err
		}
		_, name, _ := strings.Cut(table, ".")
		return quoted("lake_new." + name), "true", nil
	}
	return w.changeLog(table), "_version > " + w.Changes[table].From, nil
}

// changeLog is the SQL name of the change log of an input that did not change as a whole, "" when nothing in it did.
func (w *Work) changeLog(table string) string {
	version, err := strconv.ParseInt(w.Changes[table].From, 10, 64)
	if err != nil {
		version = 0 // decide takes such an input for one that changed as a whole
	}
	return w.builder.store.log(table, version)
}

// mostOf says whether the condition holds for so many rows of a stored table that all of it is as quickly computed.
func (w *Work) mostOf(ctx context.Context, table, where string) (bool, error) {
	var part, all int64
	err := w.builder.store.ask(ctx, "select (select count(*) from "+w.builder.store.name(table)+" where "+where+"), (select count(*) from "+w.builder.store.name(table)+")", &part, &all)
	if err != nil {
		return false, err
	}
	return part > 1000 && part*10 > all*6, nil
}

// matchSQL is the condition that a row of the model equals a changed row of an input in the columns of one of the matches.
func matchSQL(matches []map[string]string, from, where string) string {
	conditions := make([]string, len(matches))
	for i, match := range matches {
		var own, theirs []string
		for _, column := range sortedKeys(match) {
			theirs = append(theirs, duckdb.Ident(column))
			own = append(own, duckdb.Ident(match[column]))
		}
		conditions[i] = fmt.Sprintf("(%s) in (select %s from %s where %s)", strings.Join(own, ", "), strings.Join(theirs, ", "), from, where)
	}
	return strings.Join(conditions, " or ")
}
