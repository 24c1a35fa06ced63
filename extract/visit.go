package extract

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/bytedance/sonic/ast"
	sonicdecoder "github.com/bytedance/sonic/decoder"
)

// maxDepth is how deep a record may nest.
const maxDepth = 64

// errRejected ends the visit of a record; the visitor knows why.
var errRejected = errors.New("rejected")

// row is one decoded record of the stream (the first) or of one of its child lists.
type row struct {
	plan   *plan
	parent int    // its index in rows
	first  int    // its cells are cells[first : first+len(plan.columns)]
	number int64  // its place in its list, from 1
	extra  []byte // undeclared fields, as the members of a JSON object
}

// visitor decodes one JSON record at a time into rows. It is sonic's: numbers stay text, keys keep their case, and a
// declared key that stands twice rejects the record.
type visitor struct {
	plans []*plan
	with  map[string]string

	rows  []row
	cells []cell
	text  []byte // whole JSON values on their way to json columns

	stack  []frame
	copies int // depth inside a value that is copied whole; 0 outside
	target copyTarget

	base, size uintptr // where the record stands in memory
	last, open int     // end of its last key, text or number, and how many brackets were open there
	literal    string  // what came behind that: null, true, false, ""

	field, reason string
}

type frame struct {
	object *object // nil in the array of a child list
	list   *plan   // the child list whose items follow; nil in an object
	row    int     // rows index the members belong to
	n      int     // members or items so far
	entry  int     // of the member whose value comes next; -1 for an undeclared one
	key    string
	seen   [maxEntries / 64]uint64
}

// copyTarget says where a value that is copied whole goes when it ends.
type copyTarget struct {
	row   int
	json  []int // columns; nil means the row's extra
	start int   // in text
	drop  bool
}

var visitOptions = &ast.VisitorOptions{OnlyNumber: true}

// decode decodes one record. ok is false when it is to be rejected; then field and reason say why. sound says that the
// record is known to be UTF-8 without NUL bytes.
func (v *visitor) decode(record []byte, sound bool) (ok bool) {
	v.field, v.reason = "", ""
	v.clear()
	escaped := bytes.IndexByte(record, '\\') >= 0
	if !sound || escaped {
		if v.reason = checkText(record); v.reason != "" {
			return false
		}
	}
	if !escaped && v.quick(record) {
		return v.finish()
	}
	v.clear()
	return v.parse(record)
}

// clear forgets the last record.
func (v *visitor) clear() {
	v.rows, v.cells, v.text, v.stack, v.copies = v.rows[:0], v.cells[:0], v.text[:0], v.stack[:0], 0
}

// parse decodes any record, by sonic's parser.
func (v *visitor) parse(record []byte) (ok bool) {
	s := textOf(record)
	v.base, v.size, v.last, v.open = uintptr(unsafe.Pointer(unsafe.SliceData(record))), uintptr(len(record)), 0, 0
	v.literal = ""
	if err := ast.Preorder(s, v, visitOptions); err != nil {
		if err != errRejected {
			v.field, v.reason = v.where(), "is no valid JSON: "+syntaxOf(record)
		}
		return false
	}
	if !v.closed(record) {
		v.field, v.reason = "", "has more text behind its end"
		return false
	}
	if len(v.rows) == 0 {
		v.reason = "is no JSON object"
		return false
	}
	return v.finish()
}

// textOf shows bytes as a text without copying them.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// mark remembers where the last key, text or number of the record ended. Texts with escapes are copies and mark nothing.
func (v *visitor) mark(text string) {
	if at := uintptr(unsafe.Pointer(unsafe.StringData(text))) - v.base; at < v.size && text != "" {
		v.last, v.open, v.literal = int(at)+len(text), len(v.stack)+v.copies, ""
	}
}

// closed says whether nothing follows the record's value, which the parser does not look at. Behind the last key, text or
// number only a quote, perhaps a colon and a literal, and the brackets that were open there may stand; where that cannot
// be seen, the value's end is looked for.
func (v *visitor) closed(record []byte) bool {
	if v.last > 0 {
		tail := bytes.TrimPrefix(record[v.last:], []byte{'"'})
		if v.literal != "" {
			tail = bytes.TrimPrefix(bytes.TrimLeft(tail, " "), []byte{':'})
			tail = bytes.TrimPrefix(bytes.TrimLeft(tail, " "), stringBytes(v.literal))
		}
		brackets := 0
		for _, c := range tail {
			switch c {
			case '}', ']':
				brackets++
			case ' ', '\t', '\r', '\n':
			default:
				brackets = -1 << 30
			}
		}
		if brackets == v.open {
			return true
		}
	}
	start, end := sonicdecoder.Skip(record)
	return start >= 0 && len(bytes.TrimSpace(record[end:])) == 0
}

func (v *visitor) reject(field, reason string) error {
	v.field, v.reason = field, reason
	return errRejected
}

// where names the member that is being read: "orders.order[2].price".
func (v *visitor) where() string {
	s := ""
	for i := range v.stack {
		f := &v.stack[i]
		if f.list != nil {
			s += fmt.Sprintf("[%d]", f.n)
		} else if f.key != "" {
			s = join(s, f.key)
		}
	}
	return s
}

// OnObjectBegin opens the record, an object within it, an item of a child list, or a value that is copied whole.
func (v *visitor) OnObjectBegin(int) error {
	if len(v.stack)+v.copies >= maxDepth {
		return v.reject(v.where(), fmt.Sprintf("nests deeper than %d", maxDepth))
	}
	if v.copies > 0 {
		v.copyOpen('{')
		return nil
	}
	if len(v.stack) == 0 {
		v.newRow(v.plans[0], -1, 0)
		v.push(frame{object: v.plans[0].root, row: 0})
		return nil
	}
	f := &v.stack[len(v.stack)-1]
	if f.list != nil {
		f.n++
		v.newRow(f.list, f.row, int64(f.n))
		v.push(frame{object: f.list.root, row: len(v.rows) - 1})
		return nil
	}
	return v.nested(f, '{')
}

// OnArrayBegin opens a child list or a value that is copied whole.
func (v *visitor) OnArrayBegin(int) error {
	if len(v.stack)+v.copies >= maxDepth {
		return v.reject(v.where(), fmt.Sprintf("nests deeper than %d", maxDepth))
	}
	if v.copies > 0 {
		v.copyOpen('[')
		return nil
	}
	if len(v.stack) == 0 {
		return v.reject("", "is no JSON object")
	}
	f := &v.stack[len(v.stack)-1]
	if f.list != nil {
		return v.reject(v.where(), "is no object, as an item of "+f.list.stream.Name+" must be")
	}
	return v.nested(f, '[')
}

// OnObjectKey finds what is declared for a key.
func (v *visitor) OnObjectKey(key string) error {
	v.mark(key)
	if v.copies > 0 {
		v.copyKey(key)
		return nil
	}
	f := &v.stack[len(v.stack)-1]
	f.key = key
	f.entry = f.object.find(key, f.n)
	f.n++
	if f.entry >= 0 {
		word, bit := f.entry/64, uint64(1)<<(f.entry%64)
		if f.seen[word]&bit != 0 {
			return v.reject(v.where(), "stands twice in one object")
		}
		f.seen[word] |= bit
	}
	return nil
}

// OnObjectEnd closes an object.
func (v *visitor) OnObjectEnd() error {
	if v.copies > 0 {
		v.copyClose('}')
		return nil
	}
	v.pop()
	if n := len(v.stack); n > 0 && v.stack[n-1].entry == -2 {
		v.pop()
	}
	return nil
}

// OnArrayEnd closes an array.
func (v *visitor) OnArrayEnd() error {
	if v.copies > 0 {
		v.copyClose(']')
		return nil
	}
	v.pop()
	return nil
}

func (v *visitor) push(f frame) { v.stack = append(v.stack, f) }
func (v *visitor) pop()         { v.stack = v.stack[:len(v.stack)-1] }

// nested decides what becomes of an object or array that is a member of the object in f.
func (v *visitor) nested(f *frame, open byte) error {
	if f.entry < 0 {
		v.startCopy(copyTarget{row: f.row}, open)
		return nil
	}
	e := &f.object.entries[f.entry]
	switch {
	case e.forget:
		v.startCopy(copyTarget{row: f.row, drop: true}, open)
	case len(e.json) > 0 && e.list == nil && e.object == nil:
		v.startCopy(copyTarget{row: f.row, json: e.json}, open)
	case open == '{' && e.object != nil:
		v.push(frame{object: e.object, row: f.row})
	case open == '[' && e.list != nil:
		v.push(frame{list: e.list, row: f.row})
	case open == '{' && e.list != nil: // a list of one, written as the object itself
		v.push(frame{list: e.list, row: f.row, entry: -2})
		return v.OnObjectBegin(0)
	default:
		return v.reject(v.where(), "is a list or an object where a single value is declared")
	}
	return nil
}
