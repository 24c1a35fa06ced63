package sqldb

import (
	"fmt"
	"strings"
)

// selection is what one slice of a stream reads: the same rows for the pages as for the count.
type selection struct {
	dialect dialect
	options options
	columns []string // all that are read, in order; cursor and key are among them
	order   []string // cursor, then key: a total order of the rows
	cursor  string   // "" for streams without
	from    any      // cursor >= from; nil for no bound
	to      any      // cursor < to
	after   []any    // (order) > after, what an earlier slice read last; nil for none
	until   []any    // (order) <= until; nil for none
}

func (s selection) source() string {
	if s.options.Table != "" {
		return s.dialect.table(s.options.Table)
	}
	return "(" + strings.TrimRight(s.options.Query, "; \n\t") + ") as q"
}

// conditions writes the bounds of the slice, and position (if not nil) as the place to go on from.
func (s selection) conditions(a *arguments, position []any) string {
	var all []string
	if s.options.Where != "" {
		all = append(all, "("+s.options.Where+")")
	}
	if s.from != nil {
		all = append(all, s.dialect.quote(s.cursor)+" >= "+a.add(s.from))
	}
	if s.to != nil {
		all = append(all, s.dialect.quote(s.cursor)+" < "+a.add(s.to))
	}
	if s.until != nil {
		all = append(all, "not ("+s.beyond(a, s.until)+")")
	}
	if position == nil {
		position = s.after
	}
	if position != nil {
		all = append(all, s.beyond(a, position))
	}
	if len(all) == 0 {
		return ""
	}
	return " where " + strings.Join(all, " and ")
}

// beyond is the condition for rows that come behind a position in the order.
func (s selection) beyond(a *arguments, position []any) string {
	if s.dialect.rowValues {
		left, right := make([]string, len(position)), make([]string, len(position))
		for i := range position {
			left[i], right[i] = s.dialect.quote(s.order[i]), a.add(position[i])
		}
		return "(" + strings.Join(left, ", ") + ") > (" + strings.Join(right, ", ") + ")"
	}
	// a > x or a = x and (b > y or b = y and (…)), with a >= x before it, which every index understands.
	first := s.dialect.quote(s.order[0]) + " >= " + a.add(position[0])
	return first + " and (" + s.nested(a, position, 0) + ")"
}

func (s selection) nested(a *arguments, position []any, i int) string {
	column := s.dialect.quote(s.order[i])
	greater := column + " > " + a.add(position[i])
	if i == len(position)-1 {
		return greater
	}
	return greater + " or " + column + " = " + a.add(position[i]) + " and (" + s.nested(a, position, i+1) + ")"
}

// page is the statement for the next limit rows behind position.
func (s selection) page(position []any, limit int) (string, []any) {
	a := &arguments{dialect: s.dialect}
	columns := make([]string, len(s.columns))
	for i, c := range s.columns {
		columns[i] = s.dialect.quote(c)
		if s.dialect.name == "sqlite" {
			// Without its declared type a column comes as it is stored: the driver would turn texts into times.
			columns[i] = "+" + columns[i] + " as " + columns[i]
		}
	}
	where := s.conditions(a, position)
	order := make([]string, len(s.order))
	for i, c := range s.order {
		order[i] = s.dialect.quote(c)
		if s.dialect.name == "sqlite" && s.options.Table != "" {
			order[i] = s.dialect.table(s.options.Table) + "." + order[i] // the column, not the expression of that name
		}
	}
	text := strings.Join(columns, ", ") + " from " + s.source() + where + " order by " + strings.Join(order, ", ")
	if s.dialect.top {
		return fmt.Sprintf("select top (%d) %s", limit, text), a.values
	}
	return fmt.Sprintf("select %s limit %d", text, limit), a.values
}

// count is the control query: how many rows the slice has.
func (s selection) count() (string, []any) {
	a := &arguments{dialect: s.dialect}
	return "select count(*) from " + s.source() + s.conditions(a, nil), a.values
}

// distances counts the rows of the slice and sums how far their cursors are from a number: two sets of rows with both
// alike are taken for the same.
func (s selection) distances(from int64) (string, []any) {
	a := &arguments{dialect: s.dialect}
	sum := fmt.Sprintf("sum(%s - (%d))", s.dialect.quote(s.cursor), from)
	return "select count(*), " + sum + " from " + s.source() + s.conditions(a, nil), a.values
}

// without is the statement that finds out whether some row has no cursor, which no slice would ever read.
func (s selection) without() string {
	where := " where " + s.dialect.quote(s.cursor) + " is null"
	if s.options.Where != "" {
		where += " and (" + s.options.Where + ")"
	}
	if s.dialect.top {
		return "select top (1) 1 from " + s.source() + where
	}
	return "select 1 from " + s.source() + where + " limit 1"
}

// shape is a statement without rows, for the names and types of the columns.
func (s selection) shape() string {
	columns := "*"
	if s.columns != nil {
		quoted := make([]string, len(s.columns))
		for i, c := range s.columns {
			quoted[i] = s.dialect.quote(c)
		}
		columns = strings.Join(quoted, ", ")
	}
	return "select " + columns + " from " + s.source() + " where 1 = 0"
}
