package trino

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind int

// A word is a keyword or an unquoted name; a name stands in double quotes; a text in single quotes; a mark is an
// operator or a bracket, one character unless it is one of <= >= <> != || ->.
const (
	word kind = iota
	name
	textKind
	number
	mark
)

// token is one word of a statement. Blanks and comments are no tokens.
type token struct {
	kind     kind
	text     string // as it is written, quotes included
	from, to int    // bytes in the statement: statement[from:to] == textKind
}

// is says whether a token is this keyword or mark, in whatever case.
func (t token) is(s string) bool {
	return (t.kind == word || t.kind == mark) && strings.EqualFold(t.text, s)
}

// ident is the name that a word or a quoted name stands for (unquoted names are lower-case); "" for other tokens.
func (t token) ident() string {
	switch t.kind {
	case word:
		return strings.ToLower(t.text)
	case name:
		return strings.ReplaceAll(strings.TrimSuffix(t.text[1:], `"`), `""`, `"`)
	}
	return ""
}

// value is the text that a literal stands for.
func (t token) value() string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(t.text, "'"), "'"), "''", "'")
}

// lex splits a statement into its tokens. A quote or a comment that is not closed ends with the statement.
func lex(statement string) []token {
	var tokens []token
	for i := 0; i < len(statement); {
		from := i
		r, size := utf8.DecodeRuneInString(statement[i:])
		k := mark
		switch rest := statement[i:]; {
		case unicode.IsSpace(r) || r == '\ufeff':
			i += size
			continue
		case strings.HasPrefix(rest, "--"):
			i = after(statement, i, "\n")
			continue
		case strings.HasPrefix(rest, "/*"):
			i = after(statement, i+2, "*/")
			continue
		case r == '\'':
			k, i = textKind, closing(statement, i)
		case r == '"':
			k, i = name, closing(statement, i)
		case isDigit(r) || r == '.' && i+1 < len(statement) && isDigit(rune(statement[i+1])):
			k, i = number, numberEnd(statement, i)
		case inWord(r):
			k = word
			for i < len(statement) && (inWord(r) || isDigit(r)) {
				i += size
				r, size = utf8.DecodeRuneInString(statement[i:])
			}
		default:
			i += size
			if len(rest) > 1 && isOperator(rest[:2]) {
				i = from + 2
			}
		}
		tokens = append(tokens, token{k, statement[from:i], from, i})
	}
	return tokens
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// inWord says whether a word may begin with a character. DuckDB takes all beyond ASCII that is no blank, be it a digit or a comma.
func inWord(r rune) bool {
	return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf && !unicode.IsSpace(r) && r != '\ufeff'
}

func isOperator(s string) bool {
	switch s {
	case "<=", ">=", "<>", "!=", "||", "->":
		return true
	}
	return false
}

// after is the offset behind the next end at or after i; without one the statement's length.
func after(statement string, i int, end string) int {
	if at := strings.Index(statement[i:], end); at >= 0 {
		return i + at + len(end)
	}
	return len(statement)
}

// closing is the offset behind the quote that closes the one at i; a doubled quote stands for itself.
func closing(statement string, i int) int {
	quote := statement[i]
	for j := i + 1; j < len(statement); j++ {
		if statement[j] != quote {
			continue
		}
		if j+1 == len(statement) || statement[j+1] != quote {
			return j + 1
		}
		j++
	}
	return len(statement)
}

// numberEnd is the offset behind the number that begins at i: digits, a point, digits, an exponent.
func numberEnd(statement string, i int) int {
	digits := func() {
		for i < len(statement) && isDigit(rune(statement[i])) {
			i++
		}
	}
	digits()
	if i < len(statement) && statement[i] == '.' {
		i++
		digits()
	}
	if i < len(statement) && (statement[i] == 'e' || statement[i] == 'E') {
		j := i + 1
		if j < len(statement) && (statement[j] == '+' || statement[j] == '-') {
			j++
		}
		if j < len(statement) && isDigit(rune(statement[j])) {
			i = j
			digits()
		}
	}
	return i
}
