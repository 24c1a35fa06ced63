package extract

import (
	"strings"
	"unicode/utf8"
)

// startCopy begins to copy a value as it is: for a json column or for _extra.
func (v *visitor) startCopy(t copyTarget, open byte) {
	v.target = t
	v.target.start = len(v.text)
	v.copies = 1
	v.text = append(v.text, open)
}

func (v *visitor) copyOpen(open byte) {
	v.comma()
	v.text = append(v.text, open)
	v.copies++
}

func (v *visitor) copyClose(end byte) {
	v.text = append(v.text, end)
	if v.copies--; v.copies > 0 {
		return
	}
	t := v.target
	switch {
	case t.drop:
		v.text = v.text[:t.start]
	case t.json != nil:
		r := &v.rows[t.row]
		for _, col := range t.json {
			v.cells[r.first+col] = cell{kind: cellJSON, i: span(t.start, len(v.text))}
		}
	default:
		f := &v.stack[len(v.stack)-1]
		v.extra(f, v.text[t.start:])
		v.text = v.text[:t.start]
	}
}

func (v *visitor) copyKey(key string) {
	v.comma()
	v.text = append(appendQuoted(v.text, key), ':')
}

func (v *visitor) copyScalar(tok token, text string) {
	v.comma()
	v.text = appendScalar(v.text, tok, text)
}

// comma parts a member or item from the one before it.
func (v *visitor) comma() {
	switch v.text[len(v.text)-1] {
	case '{', '[', ':':
	default:
		v.text = append(v.text, ',')
	}
}

// extraScalar keeps a scalar that is not declared.
func (v *visitor) extraScalar(f *frame, tok token, text string) {
	start := len(v.text)
	v.text = appendScalar(v.text, tok, text)
	v.extra(f, v.text[start:])
	v.text = v.text[:start]
}

// extra adds a member to the row's _extra, under its dotted path in the record.
func (v *visitor) extra(f *frame, value []byte) {
	r := &v.rows[f.row]
	if len(r.extra) > 0 {
		r.extra = append(r.extra, ',')
	}
	key := f.key
	if f.object.path != "" {
		key = f.object.path + "." + key
	}
	r.extra = append(appendQuoted(r.extra, key), ':')
	if f.object.private != nil && f.object.private[strings.ToLower(f.key)] { // "Phone" beside the declared "phone" (invariant 8)
		value = []byte(`"***"`)
	}
	r.extra = append(r.extra, value...)
}

func appendScalar(b []byte, tok token, text string) []byte {
	if tok == tokString {
		return appendQuoted(b, text)
	}
	return append(b, text...)
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends a JSON string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			continue
		}
		if c >= utf8.RuneSelf {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
