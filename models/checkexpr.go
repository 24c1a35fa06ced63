package models

import (
	"regexp"
	"strings"
)

var (
	sqlStrings = regexp.MustCompile(`'(?:[^']|'')*'`)
	sqlWords   = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*(?:\s*\()?`)
)

// checkWords are the words of a check that are not fields.
func checkWords() []string {
	return []string{"and", "or", "not", "is", "null", "true", "false", "in", "between", "case", "when", "then", "else", "end", "as", "cast", "like", "date", "timestamp", "interval"}
}

// checkLines reports words of the checks that are neither fields nor SQL. It runs while the file is read, since only
// then the lines are known; a file that extends an entity may use the entity's own fields as well, so its checks are
// left to the engine's binding.
func (l *loader) checkLines(n node, e *Entity) {
	if e.Grain == "" {
		return
	}
	for _, c := range n.Content {
		for _, w := range sqlWords.FindAllString(sqlStrings.ReplaceAllString(c.Value, ""), -1) {
			if strings.HasSuffix(w, "(") || contains(checkWords(), strings.ToLower(w)) {
				continue
			}
			if _, ok := e.Field(w); !ok {
				l.problems.Add(n.file, c.Line, "check %q: %s is no field of %s", c.Value, w, e.Name)
			}
		}
	}
}
