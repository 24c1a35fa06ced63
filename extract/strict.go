package extract

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
)

// DecodeStrict fills the struct that into points at from a YAML mapping, by its `yaml` tags. Unlike yaml.v3 it goes
// on after a mistake and returns all of them with their lines: unknown and repeated keys, values of a wrong type.
// Fields of type [Section] take any mapping in order; fields of type *yaml.Node take anything.
func DecodeStrict(file string, n *yaml.Node, into any) []Problem {
	d := &strict{file: file}
	d.value(n, reflect.ValueOf(into).Elem(), "")
	return d.problems
}

// decodeKnown is DecodeStrict for a mapping whose unknown keys belong to somebody else: they are returned.
func decodeKnown(file string, n *yaml.Node, into any) (Section, []Problem) {
	d := &strict{file: file}
	rest := Section{File: file}
	d.structure(n, reflect.ValueOf(into).Elem(), "", &rest)
	rest.beside = known(fieldsOf(reflect.ValueOf(into).Elem()))
	return rest, d.problems
}

type strict struct {
	file     string
	problems []Problem
	beside   []string // of [Section]
}

func (d *strict) add(n *yaml.Node, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: n.Line, Text: fmt.Sprintf(format, args...)})
}

var (
	nodeType        = reflect.TypeFor[*yaml.Node]()
	optionsType     = reflect.TypeFor[Section]()
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[yaml.Unmarshaler]()
)

func (d *strict) value(n *yaml.Node, v reflect.Value, at string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case v.Type() == nodeType:
		v.Set(reflect.ValueOf(n))
		return
	case v.Type() == optionsType:
		v.Set(reflect.ValueOf(d.options(n, at)))
		return
	case v.Kind() == reflect.Interface || v.Type() == timeType || v.CanAddr() && v.Addr().Type().Implements(unmarshalerType):
		if err := n.Decode(v.Addr().Interface()); err != nil {
			d.add(n, "%s%s", prefix(at), strings.TrimPrefix(err.Error(), "yaml: "))
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.value(n, p.Elem(), at)
		v.Set(p)
	case reflect.Struct:
		d.structure(n, v, at, nil)
	case reflect.Slice:
		d.slice(n, v, at)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			d.add(n, "%sa mapping is expected", prefix(at))
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for i := 0; i+1 < len(n.Content); i += 2 {
			e := reflect.New(v.Type().Elem()).Elem()
			d.value(n.Content[i+1], e, join(at, n.Content[i].Value))
			v.SetMapIndex(reflect.ValueOf(n.Content[i].Value), e)
		}
	default:
		d.scalar(n, v, at)
	}
}

func (d *strict) slice(n *yaml.Node, v reflect.Value, at string) {
	items := n.Content
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" { // one value stands for a list of one
		items = []*yaml.Node{n}
	} else if n.Kind != yaml.SequenceNode {
		d.add(n, "%sa list is expected", prefix(at))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, out.Index(i), fmt.Sprintf("%s[%d]", at, i))
	}
	v.Set(out)
}

func (d *strict) scalar(n *yaml.Node, v reflect.Value, at string) {
	if n.Kind != yaml.ScalarNode {
		d.add(n, "%sone value is expected, not a %s", prefix(at), kindName(n.Kind))
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.Value)
		return
	}
	if err := n.Decode(v.Addr().Interface()); err != nil {
		d.add(n, "%s%q is no %s", prefix(at), n.Value, wordFor(v.Kind()))
	}
}

func wordFor(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	}
	return "whole number"
}

func kindName(k yaml.Kind) string {
	return map[yaml.Kind]string{yaml.MappingNode: "mapping", yaml.SequenceNode: "list"}[k]
}

// structure decodes a mapping into a struct; unknown keys go to rest, or are mistakes when it is nil.
func (d *strict) structure(n *yaml.Node, v reflect.Value, at string, rest *Section) {
	if n.Kind != yaml.MappingNode {
		d.add(n, "%sa mapping is expected", prefix(at))
		return
	}
	fields := fieldsOf(v)
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			d.add(key, "%sthe key %q stands twice (first in line %d)", prefix(at), key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		if f, ok := fields[key.Value]; ok {
			d.value(val, v.Field(f), join(at, key.Value))
			continue
		}
		if rest != nil {
			rest.Keys = append(rest.Keys, Option{Name: key.Value, Value: val, Line: key.Line})
			continue
		}
		allowed := known(fields)
		if at == "" {
			allowed = slices.Sorted(slices.Values(append(allowed, d.beside...)))
		}
		d.add(key, "%sunknown key %q%s; allowed are %s", prefix(at), key.Value, models.MeantBy(key.Value, allowed), strings.Join(allowed, ", "))
	}
}

func (d *strict) options(n *yaml.Node, at string) Section {
	o := Section{File: d.file}
	if n.Kind != yaml.MappingNode {
		d.add(n, "%sa mapping is expected", prefix(at))
		return o
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if slices.ContainsFunc(o.Keys, func(k Option) bool { return k.Name == name }) {
			d.add(n.Content[i], "%sthe key %q stands twice", prefix(at), name)
			continue
		}
		o.Keys = append(o.Keys, Option{Name: name, Value: n.Content[i+1], Line: n.Content[i].Line})
	}
	return o
}

// fieldsOf are the fields of a struct by their keys.
func fieldsOf(v reflect.Value) map[string]int {
	fields := map[string]int{}
	for i := range v.NumField() {
		if tag := strings.Split(v.Type().Field(i).Tag.Get("yaml"), ",")[0]; tag != "" && tag != "-" {
			fields[tag] = i
		}
	}
	return fields
}

func known(fields map[string]int) []string {
	names := make([]string, 0, len(fields))
	for k := range fields {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}

func prefix(at string) string {
	if at == "" {
		return ""
	}
	return at + ": "
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// mappingOf wraps a node as the one value of a mapping.
func mappingOf(key string, n *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key, Line: n.Line}, n}}
}
