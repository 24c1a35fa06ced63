package trino

import (
	"fmt"
	"slices"
	"strings"
)

// mostScans is how many times a statement may read tables once its CTEs are written out. Trino computes a CTE anew at
// each mention and refuses statements of more than 150 stages (query.max-stage-count).
const mostScans = 40

// stage is a part of a statement that is to be kept as a table before the rest runs.
type stage struct{ table, query string }

// stages splits a statement whose CTEs, written out, would read tables more than mostScans times: those that save most
// become tables, to be made in order, and rest is the statement that reads them. Most statements have no stages. The
// names of other tables are resolved already; named gives the full name of the table that is to hold a CTE.
func stages(statement string, named func(cte string) string) (list []stage, rest string) {
	w := rewriter{statement: statement, tokens: lex(statement)}
	var out strings.Builder
	written := 0
	for i := 0; i < len(w.tokens); i++ {
		if !w.tokens[i].is("with") || i > 0 && !w.tokens[i-1].is("(") && !w.tokens[i-1].is("as") {
			continue
		}
		end := len(w.tokens)
		for depth, n := 0, i; n < len(w.tokens); n++ {
			if w.tokens[n].is("(") {
				depth++
			} else if w.tokens[n].is(")") {
				if depth--; depth < 0 {
					end = n
					break
				}
			}
		}
		q, ok := w.query(i, end)
		if !ok {
			continue
		}
		made, text := q.split(named)
		list = append(list, made...)
		out.WriteString(statement[written:w.tokens[i].from] + text)
		written = w.tokens[end-1].to
		i = end - 1
	}
	return list, out.String() + statement[written:]
}

// split takes the CTEs that save most out of a query until each part is small enough.
func (q query) split(named func(string) string) (list []stage, rest string) {
	for target := 0; target <= len(q.ctes); {
		scans := q.scans()
		best, saved := -1, 0
		if scans[target] > mostScans {
			times := q.times(target)
			for i := range target {
				if n := (times[i] - 1) * (scans[i] - 1); n > saved && !q.ctes[i].fixed { // a table need not be copied
					best, saved = i, n
				}
			}
		}
		if best < 0 {
			target++
			continue
		}
		made := stage{named(q.ctes[best].name), q.text(best)}
		q.ctes[best].table = made.table
		list = append(list, made)
	}
	if list == nil {
		return nil, q.whole
	}
	return list, q.text(len(q.ctes))
}

// query is a SELECT with CTEs; final is what stands behind them.
type query struct {
	ctes         []cte
	final, whole string
}

// cte is one named query of a statement.
type cte struct {
	name, columns string
	body          string
	fixed         bool   // its name means more than one thing
	table         string // that holds it
}

// query takes WITH a AS (…), b AS (…) SELECT … apart, which stands at the tokens [from, to); false for recursive ones.
func (w *rewriter) query(from, to int) (query, bool) {
	t := w.tokens
	q := query{whole: w.statement[t[from].from:t[to-1].to]}
	if from+1 < to && (t[from+1].is("recursive") || t[from+1].is("function")) {
		return q, false
	}
	defined := map[string]int{}
	for i := from + 1; i < to; i++ {
		c := cte{name: t[i].ident()}
		if i++; i < to && t[i].is("(") {
			close := w.closing(i)
			if close >= to {
				return q, false
			}
			c.columns = w.statement[t[i].from:t[close].to]
			i = close + 1
		}
		if i+1 >= to || c.name == "" || !t[i].is("as") || !t[i+1].is("(") {
			return q, false
		}
		close := w.closing(i + 1)
		if close+1 >= to {
			return q, false
		}
		c.body = w.statement[t[i+1].to:t[close].from]
		q.ctes = append(q.ctes, c)
		if i = close + 1; !t[i].is(",") {
			q.final = w.statement[t[i].from:t[to-1].to]
			break
		}
	}
	for i := from; i+2 < to; i++ { // CTEs within CTEs too
		if t[i+1].is("as") && t[i+2].is("(") && t[i].ident() != "" {
			defined[t[i].ident()]++
		}
	}
	for i, c := range q.ctes {
		q.ctes[i].fixed = defined[c.name] > 1
	}
	return q, q.final != ""
}

// body is the text of CTE i, or of what stands behind them all for the index after the last.
func (q query) body(i int) string {
	if i == len(q.ctes) {
		return q.final
	}
	return q.ctes[i].body
}

// tablesOf gives the tables that a text names: its tokens, the index of each name, and the name where it is not qualified.
func tablesOf(text string) (tokens []token, at []int, names []string) {
	tokens = lex(text)
	for i, p := 0, newPlaces(); i < len(tokens); i++ {
		if !p.table(tokens, i) {
			continue
		}
		parts, last := path(tokens, i)
		one := ""
		if len(parts) == 1 {
			one = parts[0]
		}
		at, names = append(at, i), append(names, one)
		i = last
	}
	return tokens, at, names
}

// times counts how often each CTE stands in CTE i once that is written out.
func (q query) times(i int) []int {
	out := make([]int, len(q.ctes)+1)
	out[i] = 1
	for ; i > 0; i-- {
		_, _, names := tablesOf(q.body(i))
		for _, name := range names {
			if at := q.before(i, name); at >= 0 && q.ctes[at].table == "" {
				out[at] += out[i]
			}
		}
	}
	return out
}

// scans counts for each CTE, and for the whole at the end, the tables that are read once all is written out.
func (q query) scans() []int {
	out := make([]int, 0, len(q.ctes)+1)
	for i := range len(q.ctes) + 1 {
		_, _, names := tablesOf(q.body(i))
		n := 0
		for _, m := range names {
			if at := q.before(i, m); at >= 0 && q.ctes[at].table == "" {
				n += out[at]
			} else {
				n++
			}
		}
		out = append(out, n)
	}
	return out
}

// before is the index of the CTE of that name that stands before the i-th; -1 when there is none.
func (q query) before(i int, name string) int {
	return slices.IndexFunc(q.ctes[:i], func(c cte) bool { return c.name == name })
}

// text is CTE i, or the whole for the index after the last, behind the CTEs that it needs.
func (q query) text(i int) string {
	needed := map[int]bool{}
	var need func(int)
	need = func(i int) {
		_, _, names := tablesOf(q.body(i))
		for _, name := range names {
			if n := q.before(i, name); n >= 0 && q.ctes[n].table == "" && !needed[n] {
				needed[n] = true
				need(n)
			}
		}
	}
	need(i)
	var with []string
	for n, c := range q.ctes {
		if needed[n] {
			with = append(with, fmt.Sprintf("%s %s as (%s)", ident(c.name), c.columns, q.resolved(n)))
		}
	}
	body := q.resolved(i)
	if i < len(q.ctes) { // a body may have CTEs of its own
		body = "select * from (" + body + "\n) as staged " + q.ctes[i].columns
	}
	if len(with) == 0 {
		return body
	}
	return "with " + strings.Join(with, ",\n") + "\n" + body
}

// resolved is a body that reads the tables that hold CTEs.
func (q query) resolved(i int) string {
	body := q.body(i)
	tokens, at, names := tablesOf(body)
	var out strings.Builder
	written := 0
	for n, t := range at {
		c := q.before(i, names[n])
		if c < 0 || q.ctes[c].table == "" {
			continue
		}
		out.WriteString(body[written:tokens[t].from] + q.ctes[c].table)
		if !aliased(tokens, t+1) {
			out.WriteString(" as " + ident(q.ctes[c].name))
		}
		written = tokens[t].to
	}
	return out.String() + body[written:]
}
