package conform

import (
	"fmt"
	"strings"
)

// literal writes a text as a SQL string.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ident writes a name as a SQL identifier; every name is quoted, since order and others are reserved words.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// table writes "entity.order" as a qualified identifier.
func table(name string) string {
	schema, rest, ok := strings.Cut(name, ".")
	if !ok {
		return ident(name)
	}
	return ident(schema) + "." + ident(rest)
}

// substitute puts the settings in place of :name, as SQL strings. Colons inside strings, quoted names, comments and
// casts (::) are left alone.
func substitute(expr string, params map[string]string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(expr); {
		switch c := expr[i]; {
		case c == '\'' || c == '"':
			end := i + 1 + strings.IndexByte(expr[i+1:], c)
			if end == i {
				return expr, fmt.Errorf("a quote %c is not closed in %q", c, expr)
			}
			out.WriteString(expr[i : end+1])
			i = end + 1
		case strings.HasPrefix(expr[i:], "--"), strings.HasPrefix(expr[i:], "/*"), c == ';':
			return expr, fmt.Errorf("comments and ; do not belong in an expression: %q", expr)
		case strings.HasPrefix(expr[i:], "::"):
			out.WriteString("::")
			i += 2
		case c == ':' && i+1 < len(expr) && isLetter(expr[i+1]):
			end := i + 1
			for end < len(expr) && (isLetter(expr[end]) || expr[end] >= '0' && expr[end] <= '9') {
				end++
			}
			value, ok := params[expr[i+1:end]]
			if !ok {
				return expr, fmt.Errorf("the source has no setting %q; it has %s", expr[i+1:end], strings.Join(sortedKeys(params), ", "))
			}
			out.WriteString(literal(value))
			i = end
		default:
			out.WriteByte(c)
			i++
		}
	}
	return out.String(), nil
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
