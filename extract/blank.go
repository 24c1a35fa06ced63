package extract

import (
	"bytes"
	"encoding/json"
	"strings"
	"unsafe"

	sonicdecoder "github.com/bytedance/sonic/decoder"
)

func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// blanker returns a function that blanks the values of personal fields in the text of a record that is kept as it
// came (invariant 8). A key counts whatever its case, its escapes and its depth. ok is false for a record that is no
// JSON: where its values begin and end cannot be known.
func blanker(s *Stream) func([]byte) (text []byte, ok bool) {
	keys := map[string]bool{}
	s.Walk(func(s *Stream) {
		for _, f := range s.Fields {
			if f.Personal != "" && f.From == "" {
				keys[strings.ToLower(f.Path[len(f.Path)-1])] = true
			}
		}
	})
	return func(record []byte) ([]byte, bool) {
		if len(keys) == 0 {
			return record, true
		}
		if start, end := sonicdecoder.Skip(record); start < 0 || len(bytes.TrimSpace(record[end:])) > 0 {
			return nil, false
		}
		return blankKeys(record, keys), true
	}
}

// keepPrivate has the object remember the key of a personal field: a member that differs from it by case alone is not
// declared, and is a person's all the same.
func (o *object) keepPrivate(f Field) {
	if f.Personal == "" || f.From != "" {
		return
	}
	for _, name := range f.Path[:len(f.Path)-1] {
		at, ok := o.byName[name]
		if !ok || o.entries[at].object == nil {
			return
		}
		o = o.entries[at].object
	}
	if o.private == nil {
		o.private = map[string]bool{}
	}
	o.private[strings.ToLower(f.Path[len(f.Path)-1])] = true
}

// blankKeys replaces the values of the keys in a valid JSON text: a text with a colon behind it is a key.
func blankKeys(record []byte, keys map[string]bool) []byte {
	out := make([]byte, 0, len(record))
	for at := 0; at < len(record); {
		if record[at] != '"' {
			out = append(out, record[at])
			at++
			continue
		}
		end := at + textLength(record[at:])
		out = append(out, record[at:end]...)
		value := end
		for value < len(record) && bytes.IndexByte([]byte(" \t\r\n:"), record[value]) >= 0 {
			value++
		}
		key := ""
		if bytes.IndexByte(record[end:value], ':') < 0 || json.Unmarshal(record[at:end], &key) != nil || !keys[strings.ToLower(key)] {
			at = end
			continue
		}
		out = append(out, record[end:value]...)
		at = value
		if start, length := sonicdecoder.Skip(record[value:]); start >= 0 {
			out = append(out, `"***"`...)
			at = value + length
		}
	}
	return out
}

// textLength is the length of the JSON text at the start of b, its quotes included.
func textLength(b []byte) int {
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

// personalStream says whether any field of the stream or below is personal.
func personalStream(st *Stream) bool {
	found := false
	st.Walk(func(x *Stream) {
		for _, f := range x.Fields {
			found = found || f.Personal != ""
		}
	})
	return found
}
