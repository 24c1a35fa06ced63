package extract

import (
	"fmt"
	"mime"
	"regexp"
	"strings"

	"github.com/bytedance/sonic/ast"
)

// Shape tells of an answer what may be told in an error (invariant 8): what it is, how long, and the names of its
// members if it is a JSON object. None of its values: they may be a buyer's name or telephone number.
// contentType is the answer's own word, "" for none.
func Shape(body []byte, contentType string) string {
	what := ""
	if media, _, err := mime.ParseMediaType(contentType); err == nil {
		what = media + ", "
	}
	what += fmt.Sprintf("%d bytes", len(body))
	root, err := ast.NewSearcher(string(body)).GetByPath()
	if err != nil {
		return what
	}
	names, more := []string{}, 0
	if root.TypeSafe() == ast.V_OBJECT {
		_ = root.ForEach(func(path ast.Sequence, _ *ast.Node) bool { // an error means that there is no more to tell
			if path.Key != nil && len(names) < 8 && memberName.MatchString(*path.Key) && Scrub(*path.Key) == *path.Key {
				names = append(names, *path.Key)
			} else {
				more++
			}
			return true
		})
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	what += ", JSON " + JSONType(root.TypeSafe())
	if len(names) > 0 {
		what += " with " + strings.Join(names, ", ")
	}
	return what
}

// JSONType is the word for a kind of JSON value.
func JSONType(kind int) string {
	switch kind {
	case ast.V_NULL:
		return "null"
	case ast.V_TRUE, ast.V_FALSE:
		return "boolean"
	case ast.V_NUMBER:
		return "number"
	case ast.V_STRING:
		return "text"
	case ast.V_ARRAY:
		return "list"
	case ast.V_OBJECT:
		return "object"
	}
	return "value"
}

// Scrub takes out of a vendor's message what may be of a person: e-mail addresses, telephone numbers and any seven or
// more digits in a row, in whatever script, and cuts it to 300 characters.
func Scrub(message string) string {
	message = personalText.ReplaceAllString(strings.ToValidUTF8(message, "\uFFFD"), "***")
	if runes := []rune(message); len(runes) > 300 {
		message = string(runes[:300]) + "…"
	}
	return message
}

var (
	memberName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,40}$`)
	personalText = regexp.MustCompile(`[^\s"'<>:=,;]+@[^\s"'<>,;]+|\p{Nd}{7,}|\p{Nd}{3}[- ]\p{Nd}{3,4}[- ]\p{Nd}{4}`)
)
