package extract

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// scalar decodes a text, number, boolean or null into the columns that are declared for it.
func (v *visitor) scalar(tok token, text string) error {
	if v.copies > 0 {
		v.copyScalar(tok, text)
		return nil
	}
	if len(v.stack) == 0 {
		return v.reject("", "is no JSON object")
	}
	f := &v.stack[len(v.stack)-1]
	if f.list != nil {
		f.n++
		if tok == tokNull {
			return nil
		}
		return v.reject(v.where(), "is no object, as an item of "+f.list.stream.Name+" must be")
	}
	if f.entry < 0 {
		v.extraScalar(f, tok, text)
		return nil
	}
	e := &f.object.entries[f.entry]
	if e.forget || tok == tokNull {
		return nil
	}
	if e.holds() {
		if tok == tokString && text == "" { // PHP and Java servers write "" for an empty list or object
			return nil
		}
		return v.reject(v.where(), "is a single value where a list or an object is declared")
	}
	if col, reason := v.store(e, f.row, tok, text); reason != "" {
		return v.reject(v.where(), reason+describe(v.plans[0].stream, v.rows[f.row].plan.columns[col], text))
	}
	return nil
}

// holds says that no single value belongs here, but a list or an object.
func (e *entry) holds() bool {
	return e.list != nil || e.object != nil && len(e.columns) == 0 && len(e.json) == 0
}

// store decodes a scalar into the entry's columns; a reason says why one of them, col, does not take it.
func (v *visitor) store(e *entry, row int, tok token, text string) (col int, reason string) {
	r := &v.rows[row]
	for _, col := range e.columns {
		c, reason := r.plan.decoders[col].decode(tok, text)
		if reason != "" {
			return col, reason
		}
		v.cells[r.first+col] = c
	}
	for _, col := range e.json {
		start := len(v.text)
		v.text = appendScalar(v.text, tok, text)
		v.cells[r.first+col] = cell{kind: cellJSON, i: span(start, len(v.text))}
	}
	return 0, ""
}

// describe shows a refused value. Where a stream has personal fields, a value out of place may be anybody's name: then
// it is shown only if it is digits and signs, and never seven digits in a row.
func describe(s *Stream, f Field, text string) string {
	if f.Personal != "" {
		return ""
	}
	if personalStream(s) && (strings.Trim(text, "+-.,:/ 0123456789eE") != "" || Scrub(text) != text) {
		return fmt.Sprintf(": a value of %d characters", utf8.RuneCountInString(text))
	}
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return fmt.Sprintf(": %q", text)
}

// span packs a place in the visitor's text into a cell until the record is whole: the text may move until then.
func span(start, end int) int64 { return int64(start)<<32 | int64(end) }

// OnNull, OnBool, OnString, OnInt64, OnFloat64 are called by sonic for scalars; numbers come as text.
func (v *visitor) OnNull() error {
	v.literal = "null"
	return v.scalar(tokNull, "null")
}

// OnBool takes true or false.
func (v *visitor) OnBool(b bool) error {
	v.literal = "false"
	if b {
		v.literal = "true"
	}
	return v.scalar(tokBool, v.literal)
}

// OnString takes a text.
func (v *visitor) OnString(s string) error {
	v.mark(s)
	if s == "" {
		v.literal = `""`
	}
	return v.scalar(tokString, s)
}

// OnInt64 takes a number without point or exponent.
func (v *visitor) OnInt64(_ int64, n json.Number) error {
	v.mark(string(n))
	return v.scalar(tokNumber, string(n))
}

// OnFloat64 takes any other number.
func (v *visitor) OnFloat64(_ float64, n json.Number) error {
	v.mark(string(n))
	return v.scalar(tokNumber, string(n))
}
