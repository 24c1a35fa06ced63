package extract

import (
	"bytes"
	"unsafe"

	sonicdecoder "github.com/bytedance/sonic/decoder"
)

func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// blanker returns a function that blanks the values of personal fields in the text of a record that is kept as it
// came, whether it is whole or broken (invariant 8).
func blanker(s *Stream) func([]byte) []byte {
	var keys [][]byte
	s.Walk(func(s *Stream) {
		for _, f := range s.Fields {
			if f.Personal != "" && f.From == "" {
				keys = append(keys, appendQuoted(nil, f.Path[len(f.Path)-1]))
			}
		}
	})
	return func(record []byte) []byte {
		for _, key := range keys {
			record = blankKey(record, key)
		}
		return record
	}
}

// blankKey replaces every value that follows the quoted key and a colon.
func blankKey(record, key []byte) []byte {
	var out []byte
	rest := record
	for {
		i := bytes.Index(rest, key)
		if i < 0 {
			break
		}
		end := i + len(key)
		for end < len(rest) && (rest[end] == ' ' || rest[end] == ':' || rest[end] == '\t') {
			end++
		}
		out = append(out, rest[:end]...)
		rest = rest[end:]
		if n := valueLength(rest); n > 0 {
			out = append(out, `"***"`...)
			rest = rest[n:]
		}
	}
	if out == nil {
		return record
	}
	return append(out, rest...)
}

// valueLength is the length of the JSON value at the start of b; one that is cut off ends with b.
func valueLength(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if b[0] == '{' || b[0] == '[' {
		if start, end := sonicdecoder.Skip(b); start >= 0 {
			return end
		}
		return len(b)
	}
	if b[0] != '"' {
		return len(b) - len(bytes.TrimLeft(b, "+-.0123456789eE"))
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// hasPersonal says whether any field of the stream or below is personal.
func (s *Source) hasPersonal(st *Stream) bool {
	found := false
	st.Walk(func(x *Stream) {
		for _, f := range x.Fields {
			found = found || f.Personal != ""
		}
	})
	return found
}
