package extract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
)

type rawConnector struct {
	Name    string  `yaml:"connector"`
	Title   Title   `yaml:"title"`
	Kind    string  `yaml:"kind"`
	Via     string  `yaml:"via"`
	Needs   Section `yaml:"needs"`
	Zone    string  `yaml:"zone"`
	Streams Section `yaml:"streams"`
}

type rawNeed struct {
	Secret   bool   `yaml:"secret"`
	Optional bool   `yaml:"optional"`
	List     bool   `yaml:"list"`
	Default  string `yaml:"default"`
	Title    Title  `yaml:"title"`
	Note     string `yaml:"note"`
}

type rawStream struct {
	Title    Title      `yaml:"title"`
	Key      []string   `yaml:"key"`
	Cursor   string     `yaml:"cursor"`
	Window   *rawWindow `yaml:"window"`
	Records  string     `yaml:"records"`
	Inherit  []string   `yaml:"inherit"`
	Fields   Section    `yaml:"fields"`
	Children Section    `yaml:"children"`
	Maps     Section    `yaml:"maps"`
}

type rawWindow struct {
	From     string   `yaml:"from"`
	To       string   `yaml:"to"`
	Most     Duration `yaml:"most"`
	Lag      Duration `yaml:"lag"`
	LookBack Duration `yaml:"look_back"`
	Recount  bool     `yaml:"recount"`
	Closed   bool     `yaml:"closed"`
	Format   string   `yaml:"format"`
	Start    string   `yaml:"start"`
	Days     bool     `yaml:"days"`
}

var (
	columnName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	streamName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`) // no "__": it parts source and stream in table names
)

type parser struct {
	file     string
	problems []Problem
}

func (p *parser) add(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

// ParseConnector reads a connector.yaml. The error is [Problems]: every mistake of the core format with its line; the
// keys of the connector's Kind are checked by that Kind, see [CheckConnector].
func ParseConnector(file string, text []byte) (*Connector, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, Problems{{File: file, Line: 1, Text: err.Error()}}
	}
	if len(doc.Content) == 0 {
		return nil, Problems{{File: file, Line: 1, Text: "the file is empty"}}
	}
	p := &parser{file: file}
	raw := rawConnector{Via: "rest", Zone: "UTC"}
	options, problems := decodeKnown(file, doc.Content[0], &raw)
	p.problems = problems
	c := &Connector{Name: raw.Name, Title: raw.Title, Kind: raw.Kind, Via: raw.Via, Zone: raw.Zone, Options: options, File: file}
	if !streamName.MatchString(c.Name) {
		p.add(doc.Content[0].Line, "connector: %q is no name; write lower case letters, digits and single underscores", c.Name)
	}
	p.zone(doc.Content[0].Line, "zone", c.Zone)
	for _, o := range raw.Needs.Keys {
		var n rawNeed
		if o.Value.Tag != "!!null" {
			p.problems = append(p.problems, DecodeStrict(file, o.Value, &n)...)
		}
		c.Needs = append(c.Needs, Need{Name: o.Name, Secret: n.Secret, Optional: n.Optional || n.Default != "", List: n.List,
			Default: n.Default, Title: n.Title, Note: n.Note, Line: o.Line})
	}
	p.streams(c, raw.Streams)
	if len(p.problems) > 0 {
		return nil, sortedProblems(p.problems)
	}
	return c, nil
}

// streams parses the streams of a connector. A stream that bears the name of a child and has nothing but maps is the
// place where that child's mapping stands.
func (p *parser) streams(c *Connector, list Section) {
	for _, o := range list.Keys {
		if child := c.Stream(o.Name); child != nil {
			p.childMaps(child, o)
			continue
		}
		if s := p.stream(o, nil); s != nil {
			c.Streams = append(c.Streams, s)
		}
	}
	seen := map[string]int{}
	c.Walk(func(s *Stream) {
		if line, ok := seen[s.Name]; ok {
			p.add(s.Line, "the stream %q stands twice (first in line %d)", s.Name, line)
		}
		seen[s.Name] = s.Line
	})
}

func (p *parser) childMaps(child *Stream, o Option) {
	var raw struct {
		Maps Section `yaml:"maps"`
	}
	p.problems = append(p.problems, DecodeStrict(p.file, o.Value, &raw)...)
	child.Maps = append(child.Maps, p.maps(raw.Maps)...)
}

func (p *parser) stream(o Option, parent *Stream) *Stream {
	var raw rawStream
	options, problems := decodeKnown(p.file, o.Value, &raw)
	p.problems = append(p.problems, problems...)
	s := &Stream{Name: o.Name, Title: raw.Title, Key: raw.Key, Cursor: raw.Cursor, Records: raw.Records, Inherit: raw.Inherit,
		Parent: parent, Options: options, Line: o.Line}
	if !streamName.MatchString(s.Name) {
		p.add(o.Line, "%q is no name of a stream; write lower case letters, digits and single underscores", s.Name)
	}
	if raw.Window != nil {
		s.Window = p.window(o, raw.Window, parent)
	}
	for _, f := range raw.Fields.Keys {
		s.Fields = append(s.Fields, p.field(f))
	}
	s.Maps = p.maps(raw.Maps)
	for _, child := range raw.Children.Keys {
		s.Children = append(s.Children, p.stream(child, s))
	}
	p.checkStream(s)
	p.checkPlaces(s)
	return s
}

func (p *parser) window(o Option, w *rawWindow, parent *Stream) *Window {
	if parent != nil {
		p.add(o.Line, "%s: a child list has no window of its own", o.Name)
	}
	formats := []string{"datetime", "date", "epoch_s", "epoch_ms", "rfc3339"}
	if w.Format == "" {
		w.Format = "datetime"
	} else if !slices.Contains(formats, w.Format) {
		p.add(o.Line, "%s: window.format %q; allowed are %s", o.Name, w.Format, strings.Join(formats, ", "))
	}
	out := Window(*w)
	if _, err := out.begin(time.Time{}, time.UTC); err != nil {
		p.add(o.Line, "%s: window.start: %v", o.Name, err)
	}
	return &out
}

func (p *parser) checkStream(s *Stream) {
	if len(s.Key) == 0 {
		p.add(s.Line, "%s: key is missing: name the fields that tell one record from another", s.Name)
	}
	need := func(what, field string) {
		if _, ok := s.column(field); !ok {
			p.add(s.Line, "%s: %s names the field %q, which is not declared", s.Name, what, field)
		}
	}
	for _, k := range s.Key {
		need("key", k)
	}
	if s.Cursor != "" {
		need("cursor", s.Cursor)
	}
	for _, f := range s.Inherit {
		if s.Parent == nil {
			p.add(s.Line, "%s: inherit is for child lists", s.Name)
			break
		}
		if _, ok := s.Parent.column(f); !ok {
			p.add(s.Line, "%s: inherit names %q, which %s does not declare", s.Name, f, s.Parent.Name)
		}
	}
	if s.Parent != nil && s.Records == "" {
		p.add(s.Line, "%s: records is missing: the path of the list in the parent's record", s.Name)
	}
}

func (p *parser) zone(line int, what, zone string) {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		p.add(line, "%s: %q is no IANA time zone, like Asia/Shanghai or UTC", what, zone)
	}
}

func (p *parser) maps(list Section) []models.Mapping {
	var out []models.Mapping
	for _, o := range list.Keys {
		nodes := []*yaml.Node{o.Value}
		if o.Value.Kind == yaml.SequenceNode { // several rules for one entity
			nodes = o.Value.Content
		}
		for _, n := range nodes {
			out = append(out, p.mapping(o.Name, n))
		}
	}
	return out
}

func (p *parser) mapping(entity string, n *yaml.Node) models.Mapping {
	m := models.Mapping{Entity: entity, File: p.file, Line: n.Line}
	var fields struct {
		Options Section `yaml:"x"`
	}
	p.problems = append(p.problems, DecodeStrict(p.file, mappingOf("x", n), &fields)...)
	for _, f := range fields.Options.Keys {
		if f.Name == "_where" {
			m.Where = f.Value.Value
			continue
		}
		mf := models.MappedField{Name: f.Name, Line: f.Line}
		if f.Value.Kind == yaml.MappingNode {
			var coded struct {
				Of    string     `yaml:"of"`
				Codes *yaml.Node `yaml:"codes"`
			}
			p.problems = append(p.problems, DecodeStrict(p.file, f.Value, &coded)...)
			mf.Expr, mf.Codes = coded.Of, p.codes(coded.Codes)
		} else {
			mf.Expr = f.Value.Value
		}
		if mf.Expr == "" {
			p.add(f.Line, "maps.%s.%s: an expression is missing", entity, f.Name)
		}
		m.Fields = append(m.Fields, mf)
	}
	return m
}

// codesSetting is the only key of a code table that a setting of the source gives: {shops: {10001: tmall}}.
const codesSetting = "\x00setting"

// codes reads a code table, or the name of the setting that gives it: ${shops}.
func (p *parser) codes(n *yaml.Node) map[string]string {
	if n == nil {
		return nil
	}
	if m := reference.FindStringSubmatch(n.Value); n.Kind == yaml.ScalarNode && m != nil && m[0] == n.Value {
		return map[string]string{codesSetting: m[1]}
	}
	var wrap struct {
		Codes map[string]string `yaml:"x"`
	}
	p.problems = append(p.problems, DecodeStrict(p.file, mappingOf("x", n), &wrap)...)
	return wrap.Codes
}

func sortedProblems(list []Problem) Problems {
	slices.SortStableFunc(list, func(a, b Problem) int { return a.Line - b.Line })
	return list
}
