package project

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
)

// loader walks the YAML and the declaration side by side, and keeps every mistake instead of stopping at one.
type loader struct {
	file     string
	mistakes Mistakes
}

func structOf(p *Project) reflect.Value { return reflect.ValueOf(p).Elem() }

func (l *loader) at(n *yaml.Node, format string, args ...any) {
	l.mistakes = append(l.mistakes, Mistake{File: l.file, Line: n.Line, Col: n.Column, Text: fmt.Sprintf(format, args...)})
}

// object reads a mapping into a struct.
func (l *loader) object(n *yaml.Node, into reflect.Value, path string) {
	keys := keysOf(into.Type())
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		if short, ok := shortOf(keys); ok {
			l.defaults(into, keys, nil)
			l.any(n, into.Field(short.field), short, path)
			return
		}
	}
	if n.Kind != yaml.MappingNode {
		l.at(n, "%s takes a mapping with the keys: %s", orRoot(path), names(keys))
		return
	}
	given := l.pairs(n, into, keys, path)
	l.defaults(into, keys, given)
	for _, k := range keys {
		if k.has("required") && !given[k.Name] {
			l.at(n, "%s needs the key %s: %s", orRoot(path), k.Name, k.En)
		}
	}
	l.oneKind(n, keys, given, path)
	if line := into.FieldByName("Line"); line.IsValid() {
		line.SetInt(int64(n.Line))
	}
	if file := into.FieldByName("File"); file.IsValid() {
		file.SetString(l.file)
	}
}

// pairs reads the keys of a mapping and returns which were given.
func (l *loader) pairs(n *yaml.Node, into reflect.Value, keys []key, path string) map[string]bool {
	given := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], follow(n.Content[i+1])
		if given[name.Value] {
			l.at(name, "%s stands here twice", join(path, name.Value))
			continue
		}
		given[name.Value] = true
		k, known := find(keys, name.Value)
		rest, open := restOf(keys)
		switch {
		case known && value.Tag == "!!null":
			l.at(value, "%s is empty; give a value or remove the key", join(path, name.Value))
		case known:
			l.any(value, into.Field(k.field), k, join(path, name.Value))
		case open:
			settings := into.Field(rest.field)
			if settings.IsNil() {
				settings.Set(reflect.MakeMap(settings.Type()))
			}
			var setting any
			textKeys(value)
			if err := value.Decode(&setting); err != nil {
				l.at(value, "%s: %s", join(path, name.Value), yamlLine.ReplaceAllString(err.Error(), ""))
				continue
			}
			settings.SetMapIndex(reflect.ValueOf(name.Value), reflect.ValueOf(&setting).Elem())
			if lines := into.FieldByName("Lines"); lines.IsValid() {
				if lines.IsNil() {
					lines.Set(reflect.MakeMap(lines.Type()))
				}
				lines.SetMapIndex(reflect.ValueOf(name.Value), reflect.ValueOf(value.Line))
			}
		default:
			l.at(name, "unknown key %s%s; allowed here: %s", join(path, name.Value), models.MeantBy(name.Value, named(keys)), names(keys))
		}
	}
	return given
}

// textKeys makes the keys of a setting text as they are written: a code table's {10001: tmall} has the key "10001".
func textKeys(n *yaml.Node) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Kind == yaml.ScalarNode && child.Tag != "!!merge" {
			child.Tag = "!!str"
		}
		textKeys(child)
	}
}

// any reads one value, whatever it is declared to be.
func (l *loader) any(n *yaml.Node, into reflect.Value, k key, path string) {
	if v, ok := into.Addr().Interface().(value); ok {
		if text, ok := l.scalar(n, path); ok {
			if err := v.set(text); err != nil {
				l.at(n, "%s: %s", path, err)
			}
		}
		return
	}
	switch into.Kind() {
	case reflect.Pointer: // a part of the file that another package reads
		into.Set(reflect.ValueOf(n))
	case reflect.Struct:
		l.object(n, into, path)
	case reflect.Map:
		l.table(n, into, path)
	case reflect.Slice:
		l.list(n, into, k, path)
	default:
		if text, ok := l.scalar(n, path); ok {
			l.plain(n, into, k, text, path)
		}
	}
}

// plain reads a text, number or flag.
func (l *loader) plain(n *yaml.Node, into reflect.Value, k key, text, path string) {
	switch into.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			l.at(n, "%s: %q is neither true nor false", path, text)
		}
		into.SetBool(text == "true")
	case reflect.Int:
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i > 1_000_000 {
			l.at(n, "%s: %q is no whole number from 0 to 1000000", path, text)
		}
		into.SetInt(int64(i))
	default:
		if len(k.Allowed) > 0 && !k.allows(text) {
			l.at(n, "%s: %q is not allowed%s; allowed: %s", path, text, models.MeantBy(text, k.Allowed), strings.Join(k.Allowed, ", "))
		}
		if text == "" {
			l.at(n, "%s is empty; give a value or remove the key", path)
		}
		into.SetString(text)
	}
}

// table reads a mapping of the user's own names to values; those with a mistake are left out.
func (l *loader) table(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		l.at(n, "%s takes a mapping: a name, then its settings", path)
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i].Value, follow(n.Content[i+1])
		if seen[name] {
			l.at(n.Content[i], "%s stands here twice", join(path, name))
			continue
		}
		seen[name] = true
		before := len(l.mistakes)
		item := reflect.New(into.Type().Elem()).Elem()
		l.any(value, item, key{}, join(path, name))
		if len(l.mistakes) == before {
			into.SetMapIndex(reflect.ValueOf(name), item)
		}
	}
}

func (l *loader) list(n *yaml.Node, into reflect.Value, k key, path string) {
	if n.Kind != yaml.SequenceNode {
		l.at(n, "%s takes a list: [a, b], or one - a line", path)
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		l.any(follow(item), into.Index(i), k, fmt.Sprintf("%s[%d]", path, i))
	}
}

func (l *loader) scalar(n *yaml.Node, path string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		l.at(n, "%s takes one value, not a list or mapping", path)
		return "", false
	}
	return n.Value, true
}

// defaults fills what was not given.
func (l *loader) defaults(into reflect.Value, keys []key, given map[string]bool) {
	for _, k := range keys {
		field := into.Field(k.field)
		switch {
		case given[k.Name]:
		case field.Kind() == reflect.Struct && !isValue(field):
			l.defaults(field, keysOf(field.Type()), nil)
		case k.Default != "":
			l.any(&yaml.Node{Kind: yaml.ScalarNode, Value: k.Default}, field, k, k.Name)
		}
	}
}

// oneKind checks that exactly one of the keys marked as kinds stands there.
func (l *loader) oneKind(n *yaml.Node, keys []key, given map[string]bool, path string) {
	var kinds []key
	count := 0
	for _, k := range keys {
		if k.has("kind") {
			kinds = append(kinds, k)
			if given[k.Name] {
				count++
			}
		}
	}
	if len(kinds) > 0 && count != 1 {
		l.at(n, "%s needs exactly one of: %s", path, names(kinds))
	}
}

func isValue(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(value)
	return ok
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func orRoot(path string) string {
	if path == "" {
		return "the project"
	}
	return path
}
