package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
)

// request is one declared question.
type request struct {
	verb, path, url, send, method string
	headers                       map[string]string
	params                        map[string]any
	graphql                       string
}

// Keys of a request that are not parameters.
var requestKeys = []string{"path", "url", "verb", "send", "method", "headers", "params", "graphql"}

// request decodes a request: the keys above, and beside them parameters as they are.
func (k *checker) request(n *yaml.Node, cfg *config) request {
	r := request{verb: cfg.Verb, send: cfg.Send, params: map[string]any{}}
	if n.Kind != yaml.MappingNode {
		k.add(n.Line, "request: a mapping is expected")
		return r
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i].Value, n.Content[i+1]
		switch key {
		case "path":
			r.path = k.text(v)
		case "url":
			r.url = k.text(v)
		case "verb":
			r.verb = strings.ToUpper(v.Value)
			if !slices.Contains([]string{"GET", "POST"}, r.verb) {
				k.add(v.Line, "verb %q; allowed are GET, POST", v.Value)
			}
		case "send":
			r.send = v.Value
			if !slices.Contains([]string{"query", "form", "json"}, r.send) {
				k.add(v.Line, "send %q; allowed are query, form, json", v.Value)
			}
		case "method":
			r.method = k.text(v)
		case "headers":
			var h map[string]string
			k.problems = append(k.problems, extract.DecodeStrict(k.file, v, &h)...)
			r.headers = h
		case "params":
			if m, ok := k.value(v).(map[string]any); ok {
				maps.Copy(r.params, m)
			} else {
				k.add(v.Line, "params: a mapping is expected")
			}
		case "graphql":
			r.graphql = v.Value
		default:
			r.params[key] = k.value(v)
		}
	}
	return r
}

// value turns YAML into a parameter; ${…} in it is checked.
func (k *checker) value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = k.value(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, x := range n.Content {
			list[i] = k.value(x)
		}
		return list
	}
	switch n.Tag {
	case "!!int":
		if v, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return v
		}
	case "!!float":
		return json.Number(n.Value)
	case "!!bool":
		return n.Value == "true"
	case "!!null":
		return nil
	}
	return k.text(n)
}

var placeholder = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func (k *checker) text(n *yaml.Node) string {
	for _, m := range placeholder.FindAllStringSubmatch(n.Value, -1) {
		if !k.names[m[1]] {
			known := slices.Sorted(maps.Keys(k.names))
			k.add(n.Line, "%s is not known here; allowed are %s", m[0], strings.Join(known, ", "))
		}
	}
	return n.Value
}

// fill puts values in the place of ${name}. A text that is nothing but ${name} takes the value as it is, so that
// numbers and lists stay what they are; nil leaves a parameter out.
func fill(v any, vars map[string]any) any {
	switch v := v.(type) {
	case string:
		if m := placeholder.FindStringSubmatch(v); m != nil && m[0] == v {
			return vars[m[1]]
		}
		return placeholder.ReplaceAllStringFunc(v, func(ref string) string {
			if x := vars[ref[2:len(ref)-1]]; x != nil {
				return fmt.Sprint(x)
			}
			return ""
		})
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			if y := fill(x, vars); y != nil {
				out[k] = y
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, x := range v {
			if y := fill(x, vars); y != nil {
				out = append(out, y)
			}
		}
		return out
	}
	return v
}

func fillText(s string, vars map[string]any) string {
	if x := fill(s, vars); x != nil {
		return fmt.Sprint(x)
	}
	return ""
}

// put sets a parameter; dots lead into nested objects.
func put(params map[string]any, name string, v any) {
	head, rest, nested := strings.Cut(name, ".")
	if !nested {
		params[name] = v
		return
	}
	inner, ok := params[head].(map[string]any)
	if !ok {
		inner = map[string]any{}
	}
	inner = maps.Clone(inner)
	put(inner, rest, v)
	params[head] = inner
}
