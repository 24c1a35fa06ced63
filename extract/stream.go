package extract

import (
	"fmt"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/heliu-data/heliu/models"
)

// Stream is one kind of record of a connector, as its YAML declares it.
//
//	orders:
//	  window:  {from: start_modified, to: end_modified, most: 30m, lag: 3m, look_back: 1h}
//	  key:     [tid]
//	  cursor:  modified
//	  fields:  {tid: string, payment: money, modified: timestamp}
//	  children:
//	    order_lines: {records: orders.order, key: [tid, oid], fields: {oid: string, num: integer}}
//	  maps:
//	    order: {order_id: tid, updated_at: modified}
type Stream struct {
	Name  string
	Title Title

	Key    []string // fields that name a record within the stream; a record without one is rejected
	Cursor string   // the field that says when the record last changed; "" when nothing does
	Window *Window  // nil: the stream is read by the reader's own cursor, or whole
	Fields []Field  // the raw table's columns, in this order

	// Records is the path of the record list in an answer (rest) or of the child list in the parent record.
	Records string

	// Inherit are fields of the parent record that child rows repeat, beside the parent's key and cursor.
	Inherit  []string
	Children []*Stream
	Parent   *Stream // nil for streams that are read themselves

	Maps []models.Mapping // Source and Table are set when a source is opened

	Options Section // the keys that belong to the connector's Kind
	Line    int
}

// Field is a declared field: one column of the raw table.
type Field struct {
	Name      string      // the column: lower case, digits, underscores
	Path      []string    // where it stands in the record; the name itself when the YAML has no `path`
	From      string      // not in the record: "position" is its number in the child list (from 1), "count.<child>" the length of one, "first.<child>.<field>" what its first item says, else a name of Page.With
	Type      models.Type //
	Unit      string      // money: yuan (default; the currency's main unit), fen (1/100), micros (1/1,000,000)
	Epoch     string      // timestamp, date: "s", "ms" or "us" when it is a number since 1970; "" for text
	Layout    string      // timestamp, date: Go layout of the text when it is none of the usual ones
	Zone      string      // IANA zone of times without one; the connector's zone when ""
	Personal  string      // "", pseudonym (keyed hash), phone, email (normalised, then keyed hash), drop
	Required  bool        // a record without it is rejected; key fields are
	Thousands string      // what parts thousands in texts, "," " " or "'"; "" refuses such texts
	Empty     []string    // texts that mean "no value": "0", "0000-00-00 00:00:00", "-"
	Title     Title
	Line      int
}

// Title is a name for people in both languages.
type Title struct {
	En string `yaml:"en"`
	Zh string `yaml:"zh"`
}

// Window says how a stream is read by time.
type Window struct {
	From     string   // request parameter of the start, inclusive
	To       string   // request parameter of the end
	Most     Duration // largest window that the source answers
	Lag      Duration // the source is complete only so long before now: what is newer is read, and read again
	LookBack Duration // each run reads again so far before the cursor
	Recount  bool     // ask the count again after the last page and read again when it moved
	Closed   bool     // the source takes the end as included: it is asked for one unit less
	Format   string   // datetime (default), date, epoch_s, epoch_ms, rfc3339
	Start    string   // where history begins when nothing is configured: a date, or a duration before now ("90d")
	Days     bool     // whole days of the zone: windows begin and end at local midnight
}

// Columns returns the stream's data columns in order: for a child the inherited ones first. The lake's own columns
// (_extra, _source, …) are not among them.
func (s *Stream) Columns() []Field {
	if s.Parent == nil {
		return s.Fields
	}
	var cols []Field
	for _, name := range s.inherited() {
		if f, ok := s.Parent.column(name); ok && !s.has(name) {
			f.Required = false
			cols = append(cols, f)
		}
	}
	return append(cols, s.Fields...)
}

// inherited names the parent's columns that child rows repeat: key, cursor, then those under `inherit:`.
func (s *Stream) inherited() []string {
	var names []string
	seen := map[string]bool{}
	add := func(list ...string) {
		for _, n := range list {
			if n != "" && !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	add(s.Parent.Key...)
	add(s.Parent.cursorColumn())
	add(s.Inherit...)
	return names
}

// cursorColumn is the stream's cursor, or that of the stream it hangs on.
func (s *Stream) cursorColumn() string {
	for p := s; p != nil; p = p.Parent {
		if p.Cursor != "" {
			return p.Cursor
		}
	}
	return ""
}

func (s *Stream) column(name string) (Field, bool) {
	for _, f := range s.Columns() {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

func (s *Stream) has(name string) bool {
	for _, f := range s.Fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

// shape is a digest of how the stream's records are decoded: the same records make the same rows as long as it stays.
func (s *Stream) shape() string {
	h := xxh3.New()
	s.Walk(func(s *Stream) {
		_, _ = fmt.Fprintf(h, "%s %q %q %q %+v\n", s.Name, s.Records, s.Key, s.Inherit, s.Fields) // a hasher never fails
	})
	return strconv.FormatUint(h.Sum64(), 36)
}

// Walk calls f for the stream and all streams below it, parents first.
func (s *Stream) Walk(f func(*Stream)) {
	f(s)
	for _, c := range s.Children {
		c.Walk(f)
	}
}
