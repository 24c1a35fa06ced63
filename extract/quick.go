package extract

import (
	"bytes"
)

// quick decodes the records that nearly all are: without an escape, objects and lists only where they are declared. It
// takes nothing that the parser would refuse and fills the same rows; on anything else it says false, what it filled is
// void and the record is the parser's, which also finds the words for what is wrong. Keys that come in the order of the
// record before are compared, not looked up.
func (v *visitor) quick(b []byte) bool {
	i := blankTo(b, 0)
	if i == len(b) || b[i] != '{' {
		return false
	}
	v.newRow(v.plans[0], -1, 0)
	i = v.quickObject(b, i+1, v.plans[0].root, 0)
	return i > 0 && blankTo(b, i) == len(b)
}

// quickObject decodes the members of an object from behind its brace and returns where it ends, or -1.
func (v *visitor) quickObject(b []byte, i int, o *object, row int) int {
	var seen [maxEntries / 64]uint64
	for n := 0; ; n++ {
		if i = blankTo(b, i); i == len(b) {
			return -1
		}
		if b[i] == '}' && n == 0 {
			return i + 1
		}
		if b[i] != '"' {
			return -1
		}
		key, next := quickKey(b, i+1, o, n)
		if next < 0 {
			return -1
		}
		at := o.find(key, n)
		if at >= 0 {
			word, bit := at/64, uint64(1)<<(at%64)
			if seen[word]&bit != 0 {
				return -1
			}
			seen[word] |= bit
		}
		if i = blankTo(b, next); i == len(b) || b[i] != ':' {
			return -1
		}
		if i = blankTo(b, i+1); i == len(b) {
			return -1
		}
		if i = v.quickValue(b, i, o, at, key, row); i < 0 {
			return -1
		}
		if i = blankTo(b, i); i == len(b) {
			return -1
		}
		switch b[i] {
		case '}':
			return i + 1
		case ',':
			i++
		default:
			return -1
		}
	}
}

// quickKey returns the key that begins at i and what follows its quote.
func quickKey(b []byte, i int, o *object, n int) (string, int) {
	if n < len(o.learned) {
		if key := o.learned[n].key; len(b)-i > len(key) && b[i+len(key)] == '"' && string(b[i:i+len(key)]) == key {
			return key, i + len(key) + 1
		}
	}
	end := bytes.IndexByte(b[i:], '"')
	if end < 0 {
		return "", -1
	}
	return textOf(b[i : i+end]), i + end + 1
}

// quickValue decodes the value at i of the entry at of o (-1 for a key that is not declared).
func (v *visitor) quickValue(b []byte, i int, o *object, at int, key string, row int) int {
	tok, text := tokString, ""
	switch c := b[i]; c {
	case '"':
		end := bytes.IndexByte(b[i+1:], '"')
		if end < 0 {
			return -1
		}
		text, i = textOf(b[i+1:i+1+end]), i+end+2
	case '{', '[':
		if at < 0 {
			return -1
		}
		e := &o.entries[at]
		switch {
		case e.forget || len(e.json) > 0:
		case c == '{' && e.object != nil && e.list == nil:
			return v.quickObject(b, i+1, e.object, row)
		case c == '[' && e.list != nil:
			return v.quickList(b, i+1, e.list, row)
		}
		return -1
	case 't':
		tok, text = tokBool, "true"
	case 'f':
		tok, text = tokBool, "false"
	case 'n':
		tok, text = tokNull, "null"
	default:
		end := quickNumber(b, i)
		if end < 0 {
			return -1
		}
		tok, text, i = tokNumber, textOf(b[i:end]), end
	}
	if tok == tokBool || tok == tokNull {
		if len(b)-i < len(text) || string(b[i:i+len(text)]) != text {
			return -1
		}
		i += len(text)
	}
	if at < 0 {
		v.extraScalar(&frame{object: o, row: row, key: key}, tok, text)
		return i
	}
	e := &o.entries[at]
	if e.forget || tok == tokNull {
		return i
	}
	if e.holds() {
		return -1
	}
	if _, reason := v.store(e, row, tok, text); reason != "" {
		return -1
	}
	return i
}

// quickList decodes the items of a child list from behind its bracket.
func (v *visitor) quickList(b []byte, i int, p *plan, row int) int {
	for n := int64(1); ; n++ {
		if i = blankTo(b, i); i == len(b) {
			return -1
		}
		if b[i] == ']' && n == 1 {
			return i + 1
		}
		if b[i] != '{' {
			return -1
		}
		v.newRow(p, row, n)
		if i = v.quickObject(b, i+1, p.root, len(v.rows)-1); i < 0 {
			return -1
		}
		if i = blankTo(b, i); i == len(b) {
			return -1
		}
		switch b[i] {
		case ']':
			return i + 1
		case ',':
			i++
		default:
			return -1
		}
	}
}

// quickNumber returns where the number at i ends: -?(0|[1-9][0-9]*)(\.[0-9]+)? and no more.
func quickNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	first := i
	if i = digitsTo(b, i); i == first || b[first] == '0' && i > first+1 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		if i = digitsTo(b, i+1); b[i-1] == '.' {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		return -1
	}
	return i
}

func digitsTo(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

func blankTo(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}
