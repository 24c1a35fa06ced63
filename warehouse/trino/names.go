package trino

import (
	"fmt"
	"strings"
)

// names are what the names of a session stand for: views, which are queries, and tables that it keeps. The catalog has no
// views and Trino no temporary tables, so that both are put into the text of each statement.
type names struct {
	views map[string]string // by canonical name: a query that may use names itself
	kept  map[string]string // by canonical name without temp.: the table's full name
}

// maxDepth is how deep views may stand in views; deeper ones name each other in a circle.
const maxDepth = 64

// resolve replaces every table of the statement that the session names, at the place where it stands: a view by its
// query in brackets, a kept table by its full name. Either goes by its own name, or the alias that the statement gives.
func (n names) resolve(statement string) (string, error) { return n.replace(statement, 0) }

func (n names) replace(statement string, depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("views name each other in a circle, or stand %d deep in each other", maxDepth)
	}
	tokens := lex(statement)
	var out strings.Builder
	written := 0
	for i, level := 0, newPlaces(); i < len(tokens); i++ {
		if !level.table(tokens, i) {
			continue
		}
		parts, last := path(tokens, i)
		body, found, err := n.meaning(parts, depth)
		if err != nil {
			return "", err
		}
		if found {
			out.WriteString(statement[written:tokens[i].from])
			out.WriteString(body)
			if !aliased(tokens, last+1) {
				out.WriteString(` as "` + strings.ReplaceAll(parts[len(parts)-1], `"`, `""`) + `"`)
			}
			written = tokens[last].to
		}
		i = last
	}
	return out.String() + statement[written:], nil
}

// meaning is what stands for a table's name; false when the name is the catalog's.
func (n names) meaning(parts []string, depth int) (string, bool, error) {
	own := strings.TrimPrefix(strings.Join(parts, "."), "temp.")
	if full, kept := n.kept[own]; kept {
		return full, true, nil
	}
	query, viewed := n.views[own]
	if !viewed {
		return "", false, nil
	}
	body, err := n.replace(query, depth+1)
	if strings.Contains(body[strings.LastIndexByte(body, '\n')+1:], "--") { // a comment would take the bracket
		body += "\n"
	}
	return "(" + body + ")", true, err
}

// canonical is a name as it is looked up: without quotes, "star.fct_order".
func canonical(name string) string {
	parts, _ := path(lex(name), 0)
	return strings.TrimPrefix(strings.Join(parts, "."), "temp.")
}

// path reads the dotted name that begins at token i and gives its parts and its last token.
func path(tokens []token, i int) (parts []string, last int) {
	parts = []string{tokens[i].ident()}
	for i+2 < len(tokens) && tokens[i+1].is(".") && tokens[i+2].ident() != "" {
		i += 2
		parts = append(parts, tokens[i].ident())
	}
	return parts, i
}

// aliased says whether an alias begins at token i.
func aliased(tokens []token, i int) bool {
	if i >= len(tokens) {
		return false
	}
	t := tokens[i]
	return t.is("as") || t.kind == name || t.kind == word && !afterTable[strings.ToLower(t.text)]
}

// afterTable are the keywords that may follow a table without an alias.
var afterTable = map[string]bool{"where": true, "join": true, "inner": true, "left": true, "right": true, "full": true, "cross": true,
	"natural": true, "on": true, "using": true, "group": true, "order": true, "having": true, "union": true, "except": true, "intersect": true,
	"limit": true, "offset": true, "fetch": true, "window": true, "for": true, "tablesample": true, "when": true, "set": true, "values": true, "select": true, "with": true}

// places knows, bracket by bracket, whether a table may stand at the next token.
type places struct {
	stack []bracket
}

// bracket is one bracket of a statement: whether its FROM clause is open, and whether a table is due.
type bracket struct{ from, due bool }

func newPlaces() *places { return &places{stack: []bracket{{}}} }

// table moves past token i and says whether the name of a table begins there.
func (p *places) table(tokens []token, i int) bool {
	t, top := tokens[i], &p.stack[len(p.stack)-1]
	switch {
	case t.is("("):
		p.stack = append(p.stack, bracket{from: top.due, due: top.due}) // a query, or tables joined in brackets
		top.due = false
		return false
	case t.is(")"):
		if len(p.stack) > 1 {
			p.stack = p.stack[:len(p.stack)-1]
		}
		return false
	case t.is("from") && i > 0 && tokens[i-1].is("distinct"): // a comparison
		return false
	case t.is("from"), t.is("join"), t.is("into"):
		*top = bracket{from: true, due: true}
		return false
	case t.is(","):
		top.due = top.from
		return false
	case t.is("on"):
		top.due = false // a comma behind the condition begins a table
		return false
	case t.kind == word && endsFrom[strings.ToLower(t.text)]:
		*top = bracket{}
		return false
	}
	due := top.due
	top.due = false
	if !due || t.ident() == "" || t.is("lateral") || t.is("unnest") || t.is("table") {
		return false
	}
	_, last := path(tokens, i)
	return last+1 >= len(tokens) || !tokens[last+1].is("(") || t.kind == name
}

// endsFrom are the keywords behind which no table stands until the next FROM.
var endsFrom = map[string]bool{"select": true, "where": true, "group": true, "order": true, "having": true, "window": true, "limit": true,
	"offset": true, "set": true, "values": true}
