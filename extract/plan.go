package extract

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// plan is a stream and its child lists made ready for decoding. It remembers the order of keys of the last record and
// is used by one goroutine.
type plan struct {
	stream   *Stream
	index    int       // in plans.all; 0 is the stream itself
	columns  []Field   // of the raw table, personal fields that are dropped left out
	decoders []decoder // one for each column
	own      int       // columns[own:] are the stream's own, those before are inherited
	inherit  []int     // for each inherited column its column in the parent
	key      []int     // columns
	required []int     // columns that must not be null, the key first
	root     *object
	position []int          // columns that take the record's number in its list
	counts   map[string]int // columns that take the number of items of a child list
	firsts   []first        // columns that take a value of a child list's first item
	with     map[string]int // columns that take a value of Page.With
}

// first says that a column takes a field of the first item of a child list.
type first struct {
	column       int
	child, field string
}

// object is what is known of a JSON object at one path.
type object struct {
	path    string // "orders.order[]"; "" at the record's root
	entries []entry
	byName  map[string]int
	learned []learned       // the keys of the last object here, in their order
	private map[string]bool // keys of personal fields, in lower case; nil for none
}

type learned struct {
	key   string
	entry int
}

// entry is a declared key of an object.
type entry struct {
	columns []int   // scalars go here
	json    []int   // the whole value goes here
	object  *object // its members are declared further
	list    *plan   // its items are records of a child stream
	forget  bool    // personal and dropped
}

const maxEntries = 256

// compile makes plans for a stream and all below it, parents first.
func compile(s *Stream, zone string, h *hasher) ([]*plan, error) {
	var all []*plan
	var add func(s *Stream, parent *plan) (*plan, error)
	add = func(s *Stream, parent *plan) (*plan, error) {
		p := &plan{stream: s, index: len(all), root: &object{byName: map[string]int{}}, with: map[string]int{}, counts: map[string]int{}}
		all = append(all, p)
		if err := p.build(zone, h, parent); err != nil {
			return nil, err
		}
		for _, c := range s.Children {
			child, err := add(c, p)
			if err != nil {
				return nil, err
			}
			e, err := p.root.at(strings.Split(c.Records, "."))
			if err != nil {
				return nil, fmt.Errorf("stream %s: %w", c.Name, err)
			}
			e.list = child
		}
		return p, nil
	}
	_, err := add(s, nil)
	return all, err
}

func (p *plan) build(zone string, h *hasher, parent *plan) error {
	names := map[string]int{}
	for _, f := range p.stream.Columns() {
		if f.Personal == "drop" {
			if err := p.forget(f); err != nil {
				return err
			}
			continue
		}
		d, err := newDecoder(f, zone, h)
		if err != nil {
			return fmt.Errorf("stream %s, field %s: %w", p.stream.Name, f.Name, err)
		}
		i := len(p.columns)
		names[f.Name] = i
		p.columns, p.decoders = append(p.columns, f), append(p.decoders, d)
		if parent != nil && !p.stream.has(f.Name) {
			p.inherit = append(p.inherit, parent.column(f.Name))
			p.own = i + 1
			continue
		}
		switch {
		case f.From == "position":
			p.position = append(p.position, i)
			continue
		case strings.HasPrefix(f.From, "count."):
			p.counts[strings.TrimPrefix(f.From, "count.")] = i
			continue
		case strings.HasPrefix(f.From, "first."):
			child, field, _ := strings.Cut(strings.TrimPrefix(f.From, "first."), ".")
			p.firsts = append(p.firsts, first{i, child, field})
			continue
		case f.From != "":
			p.with[f.From] = i
			continue
		}
		e, err := p.root.at(f.Path)
		if err != nil {
			return fmt.Errorf("stream %s, field %s: %w", p.stream.Name, f.Name, err)
		}
		if f.Type == "json" {
			e.json = append(e.json, i)
		} else {
			e.columns = append(e.columns, i)
		}
	}
	for _, f := range p.stream.Columns() {
		p.root.keepPrivate(f)
	}
	seen := map[int]bool{}
	for _, k := range p.stream.Key {
		i, ok := names[k]
		if !ok {
			return fmt.Errorf("stream %s: the key field %s is dropped as personal; hash it instead", p.stream.Name, k)
		}
		p.key, seen[i] = append(p.key, i), true
	}
	p.required = append(p.required, p.key...)
	for i, f := range p.columns {
		if f.Required && !seen[i] {
			p.required = append(p.required, i)
		}
	}
	return nil
}

func (p *plan) forget(f Field) error {
	if f.From != "" {
		return nil
	}
	e, err := p.root.at(f.Path)
	if err == nil {
		e.forget = true
	}
	return err
}

func (p *plan) column(name string) int {
	for i, f := range p.columns {
		if f.Name == name {
			return i
		}
	}
	return -1
}

func newDecoder(f Field, zone string, h *hasher) (decoder, error) {
	if f.Zone != "" {
		zone = f.Zone
	}
	loc, err := time.LoadLocation(zone)
	return decoder{field: f, time: zoned{loc: loc}, hash: h}, err
}

// at finds or makes the entry of a path below the object.
func (o *object) at(path []string) (*entry, error) {
	for i, name := range path {
		at, ok := o.byName[name]
		if !ok {
			at = len(o.entries)
			if at == maxEntries {
				return nil, fmt.Errorf("more than %d fields are declared in one object", maxEntries)
			}
			o.entries = append(o.entries, entry{})
			o.byName[name] = at
		}
		e := &o.entries[at]
		if i == len(path)-1 {
			return e, nil
		}
		if e.object == nil {
			e.object = &object{path: join(o.path, name), byName: map[string]int{}}
		}
		o = e.object
	}
	return nil, fmt.Errorf("the path is empty")
}

// plainKey says that a key is written in JSON as it reads, so that the bytes of the next record may be compared with it,
// and short enough to be kept.
func plainKey(key string) bool {
	return len(key) <= 256 && !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError })
}

// find gives the entry index of a key, -1 for one that is not declared. n is its place in the object.
func (o *object) find(key string, n int) int {
	if n < len(o.learned) && o.learned[n].key == key {
		return o.learned[n].entry
	}
	i, ok := o.byName[key]
	if !ok {
		i = -1
	}
	if n < maxEntries && plainKey(key) {
		for len(o.learned) <= n {
			o.learned = append(o.learned, learned{entry: -1})
		}
		o.learned[n] = learned{key: strings.Clone(key), entry: i}
	}
	return i
}
