package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// proof is what rows add up to, so that a target that differs from the warehouse in one cell shows it: their number,
// by column how many values there are, their sum (exact types) or range (days, instants) and a sum of hashes, and a sum
// of hashes over whole rows. Hashes are those of the engine that computes both sides.
type proof struct {
	rows    string
	columns []columnProof
	whole   string
}

type columnProof struct{ told, hash string }

// reading says how a target renders values where it cannot hold them as they are; the same is done to both sides.
type reading struct {
	blanks bool // no text and an empty one are the same
	quotes bool // an apostrophe may stand before a text
	millis bool // instants are kept to the millisecond
}

func (r reading) value(c Column) string {
	v := quote(c.Name)
	switch c.Type {
	case models.String, models.Currency, models.JSON:
		if r.quotes {
			v = "regexp_replace(" + v + ", '^''', '')"
		}
		if r.blanks {
			v = "nullif(" + v + ", '')"
		}
	case models.Timestamp:
		if r.millis {
			v = "epoch_ms(" + v + " + interval '500 microseconds')"
		}
	}
	return v
}

// prove adds up the rows of a query whose columns are the table's, in their types.
func (t Table) prove(ctx context.Context, source warehouse.Session, from string, r reading) (proof, error) {
	list, names, values := []string{"cast(count(*) as varchar)"}, make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = fmt.Sprintf("c%d", i)
		values[i] = r.value(c) + " as " + names[i]
		list = append(list, told(c.Type, names[i]), fmt.Sprintf("coalesce(cast(sum(hash(%s)) as varchar), '')", names[i]))
	}
	list = append(list, "coalesce(cast(sum(hash("+strings.Join(names, ", ")+")) as varchar), '')")
	for i := range list {
		list[i] += fmt.Sprintf(" as p%d", i)
	}
	rows, err := texts(ctx, source, "select "+strings.Join(list, ", ")+" from (select "+strings.Join(values, ", ")+" from ("+from+"))")
	if err != nil {
		return proof{}, err
	}
	p := proof{rows: rows[0][0], whole: rows[0][len(list)-1]}
	for i := range t.Columns {
		p.columns = append(p.columns, columnProof{rows[0][1+2*i], rows[0][2+2*i]})
	}
	return p, nil
}

// told is what an error tells of a column.
func told(typ models.Type, name string) string {
	n := "cast(count(" + name + ") as varchar) || ' values'"
	switch typ {
	case models.Money, models.Decimal, models.Integer:
		return n + " || coalesce(', sum ' || cast(sum(" + name + ") as varchar), '')"
	case models.Date, models.Timestamp:
		return n + " || coalesce(', from ' || cast(min(" + name + ") as varchar) || ' to ' || cast(max(" + name + ") as varchar), '')"
	}
	return n
}

// check compares a target's rows with the warehouse's; the error names the column.
func (t Table) check(ctx context.Context, source warehouse.Session, where, target string, r reading) error {
	want, err := t.prove(ctx, source, t.query(where), r)
	if err != nil {
		return fmt.Errorf("add up the warehouse's rows: %w", err)
	}
	got, err := t.prove(ctx, source, target, r)
	if err != nil {
		return fmt.Errorf("read the target back: %w", err)
	}
	return t.differ(want, got)
}

func (t Table) differ(want, got proof) error {
	if got.rows != want.rows {
		return fmt.Errorf("the target has %s rows, the warehouse %s", got.rows, want.rows)
	}
	for i, c := range t.Columns {
		if got.columns[i] != want.columns[i] {
			return fmt.Errorf("column %s: the target's values differ from the warehouse's (%s; %s there)", c.Name, got.columns[i].told, want.columns[i].told)
		}
	}
	if got.whole != want.whole {
		return errors.New("the target has the warehouse's values in other rows")
	}
	return nil
}

// readCSV reads a CSV text of the table back in its types. null is what stands, without quotes, for no value; parse gives the
// expression that makes a column of its text, "" for a plain cast.
func (t Table) readCSV(path, null string, header bool, parse func(Column) string) string {
	columns, values := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		typ, err := c.Type.SQL()
		if err != nil {
			typ = "varchar" // Publication.check has refused it
		}
		columns[i] = literal(c.Name) + ": 'varchar'"
		values[i] = "cast(" + cmp.Or(parse(c), quote(c.Name)) + " as " + typ + ") as " + quote(c.Name)
	}
	return fmt.Sprintf(`select %s from read_csv(%s, auto_detect = false, header = %v, delim = ',', quote = '"', escape = '"', new_line = '\n', nullstr = %s,
		allow_quoted_nulls = false, strict_mode = true, parallel = false, max_line_size = 16777216, buffer_size = 33554432, columns = {%s})`,
		strings.Join(values, ", "), literal(path), header, literal(null), strings.Join(columns, ", "))
}

// sums is an expression of the sums of all money and decimal columns as one text, the same on every engine.
func (t Table) sums() string {
	list := "''"
	for _, c := range t.Columns {
		if c.Type == models.Money || c.Type == models.Decimal {
			list += " || ' ' || coalesce(cast(sum(" + quote(c.Name) + ") as varchar), '')"
		}
	}
	return list
}
