package extract

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heliu-data/heliu/models"
)

// rows lands the records of a page in Rows shape: the same plans and decoders as for JSON, without children.
func (w *worker) rows(p *Page) error {
	if len(p.Rows) == 0 {
		return nil
	}
	v := &w.visitor
	targets, err := v.plans[0].match(p.Names)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Position, err)
	}
	for i, values := range p.Rows {
		w.read++
		if v.row(p.Names, targets, values) {
			if err := w.append(); err != nil {
				return err
			}
			continue
		}
		at := p.First + int64(i)
		switch {
		case p.At != nil:
			at = p.At[i]
		case p.First == 0:
			at++
		}
		if v.keyed() {
			w.rejected.AppendInt(rejectedKeyHash, w.keyHash(&v.rows[0]))
		}
		if err := w.reject(p.Position, at, rowText(p.Names, values), v.field, v.reason, false); err != nil {
			return err
		}
	}
	return nil
}

type target struct {
	columns []int
	forget  bool // personal and dropped
}

// match finds the columns that each name fills; names that nothing declares fill none and go to _extra.
func (p *plan) match(names []string) ([]target, error) {
	targets := make([]target, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		if seen[name] {
			return nil, fmt.Errorf("the column %q stands twice", name)
		}
		seen[name] = true
		e := p.root.lookup(strings.Split(name, "."))
		if e == nil {
			e = p.root.lookup([]string{name})
		}
		if e != nil {
			targets[i] = target{columns: append(append([]int(nil), e.columns...), e.json...), forget: e.forget}
		}
	}
	return targets, nil
}

func (o *object) lookup(path []string) *entry {
	for i, name := range path {
		at, ok := o.byName[name]
		if !ok {
			return nil
		}
		e := &o.entries[at]
		if i == len(path)-1 {
			return e
		}
		if o = e.object; o == nil {
			return nil
		}
	}
	return nil
}

// row decodes one record in Rows shape into v.rows, as decode does for JSON.
func (v *visitor) row(names []string, targets []target, values []any) bool {
	v.rows, v.cells, v.text = v.rows[:0], v.cells[:0], v.text[:0]
	v.field, v.reason = "", ""
	v.newRow(v.plans[0], -1, 0)
	if len(values) != len(names) {
		v.reason = fmt.Sprintf("has %d values where the page has %d columns", len(values), len(names))
		return false
	}
	for i, value := range values { // to the end, also behind a mistake: the key of a rejected record is to be known
		t := targets[i]
		if value == nil || t.forget {
			continue
		}
		tok, text, reason := scalarOf(value)
		if reason != "" {
			v.refuse(names[i], reason)
			continue
		}
		if len(t.columns) == 0 {
			v.extra(&frame{object: v.plans[0].root, key: names[i]}, scalarJSON(tok, text, value))
			continue
		}
		for _, col := range t.columns {
			c, reason := v.cell(col, tok, text, value)
			if reason != "" {
				v.refuse(names[i], reason+describe(v.plans[0].stream, v.plans[0].columns[col], text))
				continue
			}
			v.cells[col] = c
		}
	}
	return v.reason == "" && v.finish()
}

// refuse keeps the first mistake of a record.
func (v *visitor) refuse(field, reason string) {
	if v.reason == "" {
		v.field, v.reason = field, reason
	}
}

// keyed says whether the whole key of the record at hand is known.
func (v *visitor) keyed() bool {
	r := &v.rows[0]
	for _, col := range r.plan.key {
		if c := &v.cells[r.first+col]; c.kind == cellNull || c.kind == cellString && c.s == "" {
			return false
		}
	}
	return len(r.plan.key) > 0
}

func (v *visitor) cell(col int, tok token, text string, value any) (cell, string) {
	d := &v.plans[0].decoders[col]
	if d.field.Personal == "" {
		switch x := value.(type) {
		case time.Time:
			switch d.field.Type {
			case models.Timestamp:
				return cell{kind: cellTime, i: x.UnixMicro()}, ""
			case models.Date:
				return cell{kind: cellDate, i: days(x.Year(), int(x.Month()), x.Day())}, ""
			}
		case JSONText:
			if d.field.Type == models.JSON {
				return cell{kind: cellJSON, s: text}, ""
			}
		}
	}
	return d.decode(tok, text)
}

// scalarOf gives a value of a row as the token and text that a JSON record would have had.
func scalarOf(value any) (token, string, string) {
	text := ""
	switch x := value.(type) {
	case string:
		text = x
	case []byte:
		text = string(x)
	case LocalTime:
		text = string(x)
	case JSONText:
		text = string(x)
	case int64:
		return tokNumber, strconv.FormatInt(x, 10), ""
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return tokNumber, "", "is no finite number"
		}
		return tokNumber, strconv.FormatFloat(x, 'f', -1, 64), ""
	case Numeric:
		return tokNumber, string(x), ""
	case bool:
		return tokBool, strconv.FormatBool(x), ""
	case time.Time:
		return tokString, x.UTC().Format("2006-01-02T15:04:05.999999Z07:00"), ""
	default:
		return tokString, "", fmt.Sprintf("has the Go type %T, which a row cannot hold", value)
	}
	if !utf8.ValidString(text) {
		return tokString, "", "is no valid UTF-8"
	}
	if strings.IndexByte(text, 0) >= 0 {
		return tokString, "", "contains a NUL character"
	}
	return tokString, text, ""
}

func scalarJSON(tok token, text string, value any) []byte {
	if _, ok := value.(JSONText); ok {
		return []byte(text)
	}
	return appendScalar(nil, tok, text)
}

// rowText shows a row as a JSON object, for __rejected.
func rowText(names []string, values []any) []byte {
	b := []byte{'{'}
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		name := fmt.Sprintf("column %d", i+1)
		if i < len(names) {
			name = names[i]
		}
		b = append(appendQuoted(b, name), ':')
		if value == nil {
			b = append(b, "null"...)
			continue
		}
		tok, text, reason := scalarOf(value)
		if reason != "" {
			tok, text = tokString, fmt.Sprint(value)
		}
		b = append(b, scalarJSON(tok, text, value)...)
	}
	return append(b, '}')
}
