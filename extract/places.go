package extract

import (
	"slices"
	"strings"
)

// taker is what takes a value, or what is within it, from a place in the record.
type taker struct {
	path   []string
	name   string
	isList bool // a child list
}

// checkPlaces reports what nothing would ever fill: parts of a value that another field takes whole, and fields that come
// from a child list, or from a field of one, that is not declared.
func (p *parser) checkPlaces(s *Stream) {
	var takers []taker
	for _, c := range s.Children {
		takers = append(takers, taker{strings.Split(c.Records, "."), "the child list " + c.Name, true})
	}
	for _, f := range s.Fields {
		if f.From == "" {
			takers = append(takers, taker{f.Path, "the field " + f.Name, false})
		} else {
			p.checkFrom(s, f)
		}
	}
	for _, f := range s.Fields {
		if f.From != "" || f.Type != "json" && f.Personal != "drop" {
			continue
		}
		takesPart := func(x taker) bool {
			deeper := len(x.path) > len(f.Path) || x.isList && len(x.path) == len(f.Path)
			return deeper && slices.Equal(x.path[:len(f.Path)], f.Path)
		}
		if i := slices.IndexFunc(takers, takesPart); i >= 0 {
			p.add(f.Line, "%s: the field %s takes the whole of %q, of which %s would take its part; leave out one of the two",
				s.Name, f.Name, strings.Join(f.Path, "."), takers[i].name)
		}
	}
}

// checkFrom holds count.<child> and first.<child>.<field> against the child lists of the stream.
func (p *parser) checkFrom(s *Stream, f Field) {
	what, rest, _ := strings.Cut(f.From, ".")
	if what != "count" && what != "first" {
		return
	}
	child, field, _ := strings.Cut(rest, ".")
	i := slices.IndexFunc(s.Children, func(c *Stream) bool { return c.Name == child })
	switch {
	case i < 0:
		p.add(f.Line, "%s: the field %s comes from %s, but %s has no child list %q", s.Name, f.Name, f.From, s.Name, child)
	case what == "first" && !s.Children[i].has(field):
		p.add(f.Line, "%s: the field %s comes from %s, but %s has no field %q of its own", s.Name, f.Name, f.From, child, field)
	}
}
