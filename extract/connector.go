package extract

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Connector is how to talk to a kind of system: data, not code. Each is a folder
// `<system>/{connector.yaml, README.md, cases/<case>/…}`, in this package or in a project's connectors folder.
type Connector struct {
	Name    string // taobao
	Title   Title  //
	Kind    string // shop, erp, crm, ads, events, files, …: what the system is
	Via     string // rest (default), sqldb, files, collect: the way in, a Kind's Name
	Needs   []Need // what a project must or may give, in order
	Zone    string // IANA zone of times without one
	Streams []*Stream
	Options Section // the keys that belong to the Kind: base_url, sign, limit, …
	File    string  // for errors: "connectors/taobao/connector.yaml"
}

// Need is a setting of a connector.
type Need struct {
	Name     string
	Secret   bool   // never shown, never stored
	Optional bool   //
	List     bool   // takes a list
	Default  string // "" for none; ${source} is the configured source's name
	Title    Title
	Note     string
	Line     int
}

// CommonSettings are the settings that a source of every connector may have beside those the connector needs.
func CommonSettings() []string { return slices.Clone(builtin) }

// Stream returns the stream of that name, children included, or nil.
func (c *Connector) Stream(name string) *Stream {
	var found *Stream
	c.Walk(func(s *Stream) {
		if s.Name == name {
			found = s
		}
	})
	return found
}

// Walk calls f for every stream, parents before children.
func (c *Connector) Walk(f func(*Stream)) {
	for _, s := range c.Streams {
		s.Walk(f)
	}
}

// Section is a mapping of YAML keys that belong to a connector's [Kind], not yet decoded.
type Section struct {
	File string
	Keys []Option

	beside []string // keys that may stand beside these and are read already; messages name them too
}

// Option is one key with its value.
type Option struct {
	Name  string
	Value *yaml.Node
	Line  int
}

// Get returns the value of a key, or nil.
func (o Section) Get(name string) *yaml.Node {
	for _, k := range o.Keys {
		if k.Name == name {
			return k.Value
		}
	}
	return nil
}

// Decode fills the struct that into points at, by its `yaml` tags, and returns every mistake with file and line:
// keys that the struct does not have (saying which it has), values of another type.
func (o Section) Decode(into any) []Problem {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, k := range o.Keys {
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: k.Name, Line: k.Line}, k.Value)
	}
	d := &strict{file: o.File, beside: o.beside}
	d.value(node, reflect.ValueOf(into).Elem(), "")
	return d.problems
}

// Problem is a mistake in a file that a person wrote.
type Problem struct {
	File string
	Line int
	Text string // what is wrong and what is allowed
}

// Error gives "file:line: text".
func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Problems are all the mistakes of a file, as one error.
type Problems []Problem

// Error gives one mistake a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns nil when there is no mistake.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Duration is a span of time in YAML: 30s, 5m, 1h, and in days 7d.
type Duration time.Duration

// UnmarshalYAML reads 90s, 30m, 6h, 7d.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := ParseDuration(n.Value)
	*d = Duration(v)
	return err
}

// ParseDuration reads what time.ParseDuration reads, and whole days: 7d.
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days+"|", "%d|", &n); err == nil && n >= 0 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no span of time; write 90s, 30m, 6h or 7d", s)
	}
	return d, nil
}
