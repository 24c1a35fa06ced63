package rest

import (
	"bytes"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/bytedance/sonic/ast"
	"github.com/bytedance/sonic/decoder"

	"github.com/heliu-data/heliu/extract"
)

// answer is a good answer: status 2xx and whole, valid JSON.
type answer struct {
	body   string
	header http.Header
}

// at gives the values at a path: names parted by dots, * for every member or item, . for the whole.
func (a *answer) at(where string) []ast.Node {
	root, err := ast.NewSearcher(a.body).GetByPath()
	if err != nil {
		return nil
	}
	if where == "." || where == "" {
		return []ast.Node{root}
	}
	return descend([]ast.Node{root}, strings.Split(where, "."))
}

func descend(nodes []ast.Node, names []string) []ast.Node {
	for _, name := range names {
		var next []ast.Node
		for i := range nodes {
			n := &nodes[i]
			if name == "*" {
				_ = n.ForEach(func(_ ast.Sequence, child *ast.Node) bool { // an error means that there is nothing to go through
					next = append(next, *child)
					return true
				})
				continue
			}
			child := n.Get(name)
			if i, err := strconv.Atoi(name); err == nil && n.TypeSafe() == ast.V_ARRAY {
				child = n.Index(i)
			}
			if child != nil && child.Exists() {
				next = append(next, *child)
			}
		}
		nodes = next
	}
	return nodes
}

// shape tells of the answer what may stand in an error.
func (a *answer) shape() string { return extract.Shape([]byte(a.body), a.header.Get("Content-Type")) }

// text is the scalar at a path; ok is false when there is none, or null.
func (a *answer) text(where string) (string, bool) {
	for _, n := range a.at(where) {
		if s, ok := nodeText(&n); ok {
			return s, true
		}
	}
	return "", false
}

func nodeText(n *ast.Node) (string, bool) {
	switch n.TypeSafe() {
	case ast.V_STRING:
		s, err := n.StrictString()
		return s, err == nil
	case ast.V_NUMBER, ast.V_TRUE, ast.V_FALSE:
		s, err := n.Raw()
		return s, err == nil
	}
	return "", false
}

// number is the whole number at a path, summed over the values there.
func (a *answer) number(where string) (int64, bool, error) {
	var sum int64
	found := false
	for _, n := range a.at(where) {
		s, ok := nodeText(&n)
		if !ok {
			continue
		}
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil || v < 0 {
			return 0, false, fmt.Errorf("%s is a %s that is no count", where, extract.JSONType(n.TypeSafe()))
		}
		sum, found = sum+v, true
	}
	return sum, found, nil
}

// records are the records at a path, each as its own JSON text. found is false when the path leads nowhere.
func (a *answer) records(where string) (list [][]byte, found bool, err error) {
	for _, n := range a.at(where) {
		raw, err := n.Raw()
		if err != nil {
			return nil, false, err
		}
		found = true
		switch n.TypeSafe() {
		case ast.V_NULL:
		case ast.V_ARRAY:
			list = append(list, split(raw)...)
		case ast.V_OBJECT:
			list = append(list, []byte(raw))
		case ast.V_STRING:
			if raw != `""` {
				return nil, false, fmt.Errorf("%s is a text where a list of records is expected", where)
			}
		default:
			return nil, false, fmt.Errorf("%s is a %s where a list of records is expected", where, extract.JSONType(n.TypeSafe()))
		}
	}
	return list, found, nil
}

// split cuts a valid JSON array into its items.
func split(array string) [][]byte {
	var items [][]byte
	rest := bytes.TrimSpace([]byte(array))[1:]
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n,")
		if len(rest) == 0 || rest[0] == ']' {
			return items
		}
		start, end := decoder.Skip(rest)
		if start < 0 {
			return items
		}
		items = append(items, rest[start:end:end])
		rest = rest[end:]
	}
}

// parse makes an answer of a body, or says that it is none: half a body, HTML, nothing.
func parse(body []byte, header http.Header) (*answer, error) {
	trimmed := bytes.TrimSpace(body)
	switch start, end := decoder.Skip(trimmed); {
	case len(trimmed) == 0:
		return nil, fmt.Errorf("the answer is empty")
	case trimmed[0] == '<':
		return nil, fmt.Errorf("the answer is HTML or XML, not JSON: %s", extract.Shape(body, header.Get("Content-Type")))
	case start < 0:
		return nil, fmt.Errorf("the answer is no whole JSON: %s", extract.Shape(body, header.Get("Content-Type")))
	case len(bytes.TrimSpace(trimmed[end:])) > 0:
		return nil, fmt.Errorf("the answer has %d bytes of text behind its JSON", len(bytes.TrimSpace(trimmed[end:])))
	}
	return &answer{body: string(trimmed), header: header}, nil
}

// vendorError is an error that the answer itself tells of.
type vendorError struct {
	codes    []string
	messages []string
}

// Error gives codes and messages as the vendor wrote them, without what may be of a person.
func (e *vendorError) Error() string {
	return extract.Scrub(fmt.Sprintf("the source answers with error %s: %s", strings.Join(e.codes, " "), strings.Join(e.messages, "; ")))
}

// errorIn looks for an error in an answer with a good status.
func (x errorsAt) errorIn(a *answer) *vendorError {
	if x.Path == "" && len(x.Code) == 0 {
		return nil
	}
	if x.Path != "" && len(a.at(x.Path)) == 0 {
		return nil
	}
	e := &vendorError{}
	for _, c := range x.Code {
		if s, ok := a.text(within(x.Path, c)); ok {
			e.codes = append(e.codes, s)
		}
	}
	if len(x.OK) > 0 {
		good := len(e.codes) > 0
		for _, c := range e.codes {
			good = good && matches(x.OK, c)
		}
		if good {
			return nil
		}
		if len(e.codes) == 0 && x.Path == "" {
			e.codes = []string{"(none: the answer has no code)"}
		}
	}
	for _, m := range x.Message {
		if s, ok := a.text(within(x.Path, m)); ok && s != "" {
			e.messages = append(e.messages, s)
		}
	}
	return e
}

func within(base, name string) string {
	if base == "" {
		return name
	}
	return base + "." + name
}

func matches(patterns []string, s string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, s); err == nil && ok {
			return true
		}
	}
	return false
}

func anyMatches(patterns, codes []string) bool {
	for _, c := range codes {
		if matches(patterns, c) {
			return true
		}
	}
	return false
}

// classify makes the error that steers the caller.
func (cfg *config) classify(e *vendorError) error {
	switch {
	case anyMatches(cfg.Errors.Expired, e.codes):
		return &expiredError{e}
	case anyMatches(cfg.Errors.Auth, e.codes):
		return fmt.Errorf("%w: %w", extract.ErrAuth, e)
	case anyMatches(cfg.Limit.RetryOn, e.codes):
		return &extract.ErrTransient{Err: e}
	}
	return e
}

// expiredError says that the access token is no longer good.
type expiredError struct{ err error }

func (e *expiredError) Error() string { return "the access token has expired: " + e.err.Error() }

// Is makes an expired token that could not be renewed an authentication error.
func (e *expiredError) Is(target error) bool { return target == extract.ErrAuth }
