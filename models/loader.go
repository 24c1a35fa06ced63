package models

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// loader reads files into a dictionary and collects the mistakes.
type loader struct {
	dict     *Dictionary
	problems Problems
	extends  []extension
}

type extension struct {
	file string
	at   *yaml.Node
	name string
	with *Entity
}

// node is a YAML node that knows its file.
type node struct {
	*yaml.Node
	file string
}

func (l *loader) readAll(fsys fs.FS, prefix string) {
	kinds := []struct {
		glob string
		read func(node)
	}{
		{"codes.yaml", l.readCodes}, {"columns.yaml", l.readColumns}, {"currencies.yaml", l.readCurrencies},
		{"entities/*.yaml", l.readEntity}, {"star/*.yaml", l.readStar}, {"metrics/*.yaml", l.readMetric},
	}
	for _, k := range kinds {
		names, err := fs.Glob(fsys, k.glob)
		if err != nil {
			l.problems.Add(prefix+k.glob, 0, "cannot list the files: %v", err)
			continue
		}
		for _, name := range names {
			if root, ok := l.parse(fsys, name, prefix+name); ok {
				k.read(root)
			}
		}
	}
}

// parse returns the one document of a file.
func (l *loader) parse(fsys fs.FS, name, shown string) (node, bool) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		l.problems.Add(shown, 0, "cannot read: %v", err)
		return node{}, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		l.problems.Add(shown, 0, "the file is empty")
		return node{}, false
	case err != nil:
		l.problems.Add(shown, 0, "not valid YAML: %v", err)
		return node{}, false
	}
	if err := dec.Decode(&next); !errors.Is(err, io.EOF) {
		l.problems.Add(shown, next.Line, "holds more than one document; write one a file")
		return node{}, false
	}
	return node{doc.Content[0], shown}, true
}

func (l *loader) add(n node, format string, args ...any) {
	l.problems.Add(n.file, n.Line, format, args...)
}

// pair is one key of a mapping with its value.
type pair struct {
	key   string
	keyAt node
	value node
}

// pairs returns a mapping's entries in order; repeated keys are mistakes.
func (l *loader) pairs(n node) []pair {
	if n.Kind == yaml.AliasNode {
		n.Node = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		l.add(n, "a mapping (name: value) is expected here")
		return nil
	}
	var out []pair
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := node{n.Content[i], n.file}
		if first, dup := seen[k.Value]; dup {
			l.add(k, "%q is given twice, first on line %d", k.Value, first)
			continue
		}
		seen[k.Value] = k.Line
		out = append(out, pair{k.Value, k, node{n.Content[i+1], n.file}})
	}
	return out
}

// fields returns a mapping's values by key; keys other than the allowed ones are mistakes.
func (l *loader) fields(n node, allowed ...string) map[string]node {
	out := map[string]node{}
	for _, p := range l.pairs(n) {
		if !contains(allowed, p.key) {
			l.add(p.keyAt, "unknown key %q%s; allowed here: %s", p.key, MeantBy(p.key, allowed), join(allowed))
			continue
		}
		out[p.key] = p.value
	}
	return out
}

// text returns a scalar's text, "" for a key that is not there.
func (l *loader) text(m map[string]node, key string) string {
	n, ok := m[key]
	if !ok {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		l.add(n, "%s must be a text", key)
		return ""
	}
	return n.Value
}

func (l *loader) flag(m map[string]node, key string) bool {
	n, ok := m[key]
	if !ok {
		return false
	}
	var b bool
	if n.Tag != "!!bool" || n.Decode(&b) != nil {
		l.add(n, "%s must be true or false, not %q", key, n.Value)
	}
	return b
}

func (l *loader) list(m map[string]node, key string) []string {
	n, ok := m[key]
	if !ok {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		l.add(n, "%s must be a list", key)
		return nil
	}
	var out []string
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			l.problems.Add(n.file, c.Line, "%s must be a list of texts", key)
			continue
		}
		if contains(out, c.Value) {
			l.problems.Add(n.file, c.Line, "%q stands twice in %s", c.Value, key)
		}
		out = append(out, c.Value)
	}
	return out
}

// title reads {en: …, zh: …}; a plain text stands for both languages.
func (l *loader) title(m map[string]node, key string) Title {
	n, ok := m[key]
	if !ok {
		return Title{}
	}
	if n.Kind == yaml.ScalarNode {
		return Title{n.Value, n.Value}
	}
	t := l.fields(n, "en", "zh")
	return Title{l.text(t, "en"), l.text(t, "zh")}
}

// readColumns reads the titles of columns that several tables have: {name: {en: …, zh: …}}.
func (l *loader) readColumns(root node) {
	for _, p := range l.pairs(root) {
		t := l.title(map[string]node{p.key: p.value}, p.key)
		if !namePattern.MatchString(p.key) || t.En == "" || t.Zh == "" {
			l.add(p.keyAt, "column %q needs a name in lower case and a title in both languages: {en: …, zh: …}", p.key)
		}
		l.dict.columns[p.key] = t
	}
}

// name reads a name in lower case and checks it against the file's.
func (l *loader) name(root node, m map[string]node, key string) string {
	name := l.text(m, key)
	switch base := path.Base(root.file); {
	case name == "":
		l.add(root, "%s: <name> is missing", key)
	case !namePattern.MatchString(name):
		l.add(m[key], "%s %q must be lower case letters, digits and _", key, name)
	case base != name+".yaml":
		l.add(m[key], "%s %q must stand in a file %s.yaml, not %s", key, name, name, base)
	}
	return name
}

func (l *loader) line(m map[string]node, key string, otherwise int) int {
	if n, ok := m[key]; ok {
		return n.Line
	}
	return otherwise
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`).MatchString(s)
}
