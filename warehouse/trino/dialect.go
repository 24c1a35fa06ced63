package trino

import (
	"strings"
	"unicode/utf8"
)

// translate gives Trino's text of one complete statement whose table names are resolved. All that differs between the
// two engines is here and in [functions]: types, the spelling of a few calls, and casts to and from text, which become
// calls of functions that answer as DuckDB does. Those stand in front of the statement's query as inline functions; they
// work in SELECT, CREATE TABLE AS and INSERT, not in DELETE, UPDATE and MERGE, which therefore must not cast texts.
//
// The session's zone must be UTC. Strings, quoted names, comments and blanks stay as they are.
func translate(statement string) string {
	w := rewriter{statement: statement, tokens: lex(statement), used: map[string]bool{}}
	text := w.rewrite(0, len(w.tokens))
	if len(w.used) == 0 {
		return text
	}
	at := queryStart(text)
	return text[:at] + inline(w.used) + text[at:]
}

// queryStart is the offset at which the query of a statement begins: behind CREATE TABLE … AS, INSERT INTO …, EXPLAIN.
func queryStart(statement string) int {
	depth := 0
	var before string
	for i, t := range lex(statement) {
		switch {
		case t.is("("):
			if i == 0 || before == "as" {
				return t.from
			}
			depth++
		case t.is(")"):
			depth--
		case depth == 0 && (t.is("select") || t.is("values") || t.is("with") && (i == 0 || before != "table" && isQueryWith(statement[t.to:]))):
			return t.from
		}
		before = strings.ToLower(t.text)
	}
	return 0
}

// isQueryWith says whether what stands behind WITH are the queries of a SELECT and not the properties of a table.
func isQueryWith(rest string) bool { return !strings.HasPrefix(strings.TrimSpace(rest), "(") }

// rewriter turns the tokens of one statement.
type rewriter struct {
	statement string
	tokens    []token
	used      map[string]bool // inline functions that the text calls
}

// rewrite gives the text of the tokens [from, to), with what stands between them.
func (w *rewriter) rewrite(from, to int) string {
	var out strings.Builder
	end := 0 // of what is written, in the statement
	if from > 0 {
		end = w.tokens[from-1].to
	}
	for i := from; i < to; {
		t := w.tokens[i]
		text, next := w.at(i, to)
		if next > i {
			out.WriteString(w.statement[end:t.from] + text)
			end = w.tokens[next-1].to
			i = next
			continue
		}
		out.WriteString(w.statement[end:t.to])
		end = t.to
		i++
	}
	if to == len(w.tokens) {
		out.WriteString(w.statement[end:])
	}
	return out.String()
}

// at rewrites what begins at token i; next is behind it, or i when it stays as it is.
func (w *rewriter) at(i, to int) (text string, next int) {
	t := w.tokens[i]
	if t.kind != word {
		return "", i
	}
	name := strings.ToLower(t.text)
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }): // Trino takes such a name in quotes only
		return ident(t.text), i + 1
	case name == "timestamptz" && i+1 < to && w.tokens[i+1].kind == textKind:
		return "timestamp " + w.tokens[i+1].text, i + 2
	case name == "timestamp" && w.words(i+1, to, "with", "time", "zone"):
		return "timestamp(6) with time zone", i + 4
	case i+1 >= to || !w.tokens[i+1].is("("):
		return "", i
	}
	close := w.closing(i + 1)
	if close >= to {
		return "", i
	}
	args := w.arguments(i+2, close)
	switch name {
	case "cast", "try_cast":
		if text := w.cast(name, i+2, close); text != "" {
			return text, close + 1
		}
	case "json_object":
		return w.jsonObject(args), close + 1
	case "json_extract_scalar":
		if len(args) == 2 {
			w.used["heliu_scalar"] = true
			return "heliu_scalar(json_extract(try(json_parse(" + w.argument(args[0]) + ")), " + w.argument(args[1]) + "))", close + 1
		}
	case "first_value", "last_value", "lag", "lead", "nth_value":
		if n := close - 2; n > i+1 && w.words(n, close, "ignore", "nulls") {
			return t.text + "(" + w.rewrite(i+2, n) + ") ignore nulls", close + 1
		}
	case "left":
		if len(args) == 2 {
			return "substr(" + w.argument(args[0]) + ", 1, " + w.argument(args[1]) + ")", close + 1
		}
	default:
		if own, ok := calls[name]; ok {
			parts := make([]string, len(args))
			for n, a := range args {
				parts[n] = w.argument(a)
			}
			w.used[own] = true
			return own + "(" + strings.Join(parts, ", ") + ")", close + 1
		}
	}
	return "", i
}

// cast is cast(x as type) or try_cast(x as type), its content at the tokens [from, to); "" when there is no type.
func (w *rewriter) cast(verb string, from, to int) string {
	as, depth := -1, 0
	for i := from; i < to; i++ {
		switch t := w.tokens[i]; {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case depth == 0 && t.is("as"):
			as = i
		}
	}
	if as < 0 {
		return ""
	}
	x, typ := strings.TrimSpace(w.rewrite(from, as)), typeName(w.tokens[as+1:to])
	plain := as == from+1 && (w.tokens[from].is("null") || typ == "varchar" && w.tokens[from].kind != word && w.tokens[from].kind != name)
	if own := castFunction(verb, typ); own != "" && !plain {
		w.used[own] = true
		return own + "(" + x + ")"
	}
	return verb + "(" + x + " as " + typ + ")"
}

// typeName spells a type as Trino does.
func typeName(tokens []token) string {
	var typ strings.Builder
	for i, t := range tokens {
		if i > 0 && t.kind == word {
			typ.WriteByte(' ')
		}
		typ.WriteString(strings.ToLower(t.text))
	}
	switch s := typ.String(); s {
	case "timestamp":
		return "timestamp(6)"
	case "timestamp with time zone", "timestamptz":
		return "timestamp(6) with time zone"
	default:
		return s
	}
}

// jsonObject writes an object of texts: Trino's own has its keys in the order of a hash.
func (w *rewriter) jsonObject(args [][2]int) string {
	w.used["heliu_quote"] = true
	var out strings.Builder
	out.WriteString("('{'")
	for i, a := range args {
		switch {
		case i%2 == 1:
			out.WriteString(" || ':'")
		case i > 0:
			out.WriteString(" || ','")
		}
		out.WriteString(" || heliu_quote(" + w.argument(a) + ")")
	}
	return out.String() + " || '}')"
}

func (w *rewriter) argument(a [2]int) string { return strings.TrimSpace(w.rewrite(a[0], a[1])) }

// arguments splits the tokens [from, to) at the commas that stand in no brackets.
func (w *rewriter) arguments(from, to int) [][2]int {
	var out [][2]int
	depth, begin := 0, from
	for i := from; i < to; i++ {
		switch t := w.tokens[i]; {
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			depth--
		case depth == 0 && t.is(","):
			out = append(out, [2]int{begin, i})
			begin = i + 1
		}
	}
	if begin < to {
		out = append(out, [2]int{begin, to})
	}
	return out
}

// closing is the index of the bracket that closes the one at i.
func (w *rewriter) closing(i int) int {
	depth := 0
	for ; i < len(w.tokens); i++ {
		if w.tokens[i].is("(") {
			depth++
		} else if w.tokens[i].is(")") {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// words says whether the tokens from i on are these keywords.
func (w *rewriter) words(i, to int, keywords ...string) bool {
	if i+len(keywords) > to {
		return false
	}
	for n, k := range keywords {
		if !w.tokens[i+n].is(k) {
			return false
		}
	}
	return true
}
