package sql

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
)

// Problem is one mistake of a file.
type Problem struct {
	File    string
	Line    int
	Message string
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message) }

// Problems are all mistakes found at once.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Parse reads one file: the leading comment with its YAML, then one SELECT. The schema is star for a file in a folder
// star/sql, else mart. The error, if any, is [Problems]: every mistake with its line.
func Parse(file string, text []byte) (Model, error) {
	p := &parser{file: file}
	slashed := strings.ReplaceAll(file, `\`, "/")
	m := Model{File: file, Schema: "mart", Name: strings.TrimSuffix(path.Base(slashed), ".sql")}
	if strings.HasSuffix(path.Dir("/"+slashed), "star/sql") {
		m.Schema = "star"
	}
	if !isName(m.Name) {
		p.add(1, "the file's name is the table's: lower-case letters, digits and _, not %q", m.Name)
	}
	header, headerLine, body, bodyLine := p.split(strings.ReplaceAll(string(text), "\r\n", "\n"))
	m.SQL, m.Line = body, bodyLine
	if header != "" {
		m.Header = p.header(header, headerLine)
	}
	for _, c := range m.Header.Grain {
		if !isName(c) {
			p.add(headerLine, "grain: %q is not a column name", c)
		}
	}
	if len(p.problems) > 0 {
		sort.SliceStable(p.problems, func(i, j int) bool { return p.problems[i].Line < p.problems[j].Line })
		return m, p.problems
	}
	return m, nil
}

type parser struct {
	file     string
	problems Problems
}

func (p *parser) add(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// split separates the YAML of the leading comment from the SELECT, each with the line it begins on.
func (p *parser) split(text string) (header string, headerLine int, body string, bodyLine int) {
	start := len(text) - len(strings.TrimLeft(text, " \t\n\ufeff"))
	rest := text[start:]
	if !strings.HasPrefix(rest, "/*") {
		p.add(1, "a model begins with a comment /* … */ that says grain, title and how it is kept")
		return "", 1, strings.TrimSpace(rest), 1
	}
	end := 2 + strings.Index(rest[2:], "*/")
	if end < 2 {
		p.add(1, "the leading comment is not closed by */")
		return "", 1, "", 1
	}
	header = rest[2:end]
	headerLine = 1 + strings.Count(text[:start+2], "\n")
	first, others, more := strings.Cut(header, "\n")
	if f := strings.TrimSpace(first); strings.HasSuffix(f, ".sql") && !strings.Contains(f, ":") && more {
		header, headerLine = others, headerLine+1 // the first line may name the file
	}
	body = rest[end+2:]
	bodyLine = 1 + strings.Count(text[:start+end+2], "\n")
	trimmed := strings.TrimLeft(body, " \t\n")
	bodyLine += strings.Count(body[:len(body)-len(trimmed)], "\n")
	body = strings.TrimRight(trimmed, " \t\n")
	body = strings.TrimRight(strings.TrimSuffix(body, ";"), " \t\n")
	if body == "" {
		p.add(bodyLine, "no SELECT after the leading comment")
	}
	return header, headerLine, body, bodyLine
}

var headerKeys = []string{"grain", "title", "description", "materialize", "inputs", "columns", "audits", "optional", "dialect"}

func (p *parser) header(text string, line int) Header {
	var doc yaml.Node
	h := Header{Materialize: Materialize{Kind: Table}, Lines: map[string]int{}}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		at, message := yamlError(err)
		p.add(line+at-1, "the comment is not YAML: %s", message)
		return h
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		p.add(line, "the comment must be YAML keys: %s", strings.Join(headerKeys, ", "))
		return h
	}
	shift(&doc, line-1)
	seen := p.each(doc.Content[0], "header", headerKeys, func(key string, n *yaml.Node) {
		h.Lines[key] = n.Line
		switch key {
		case "grain":
			h.Grain = p.names(n, "grain")
		case "title":
			h.Title = p.text(n, "title")
		case "description":
			h.Description = p.text(n, "description")
		case "materialize":
			h.Materialize = p.materialize(n)
		case "inputs":
			h.Inputs = p.inputs(n)
		case "columns":
			h.Columns = p.columns(n)
		case "audits":
			h.Audits = p.audits(n)
		case "optional":
			h.Optional = p.names(n, "optional")
		case "dialect":
			if n.Value != "duckdb" {
				p.add(n.Line, "dialect: only duckdb may be said; left out, the text runs on both engines")
			}
			h.DuckDBOnly = true
		}
	})
	for _, key := range []string{"grain", "title", "materialize"} {
		if !seen[key] {
			p.add(line, "the header lacks %s", key)
		}
	}
	return h
}

// each walks a mapping, reports keys that are not allowed or said twice, and returns those seen.
func (p *parser) each(n *yaml.Node, where string, allowed []string, f func(key string, value *yaml.Node)) map[string]bool {
	seen := map[string]bool{}
	if n.Kind != yaml.MappingNode {
		p.add(n.Line, "%s must be keys and values", where)
		return seen
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case seen[key.Value]:
			p.add(key.Line, "%s: %s is said twice", where, key.Value)
		case allowed != nil && !slices.Contains(allowed, key.Value):
			p.add(key.Line, "%s: unknown key %s%s; allowed: %s", where, key.Value, models.MeantBy(key.Value, allowed), strings.Join(allowed, ", "))
		default:
			f(key.Value, n.Content[i+1])
		}
		seen[key.Value] = true
	}
	return seen
}

func shift(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		shift(c, lines)
	}
}

// yamlError takes "yaml: line 3: …" apart.
func yamlError(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if number, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				return n, text
			}
		}
	}
	return 1, message
}

func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
