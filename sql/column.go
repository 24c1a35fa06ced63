package sql

import (
	"regexp"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// ColumnTitle is the model's own title of a column, else the one of its table in the dictionary, else the one that the
// dictionary has for columns of that name; empty where none has.
func (m Model) ColumnTitle(dict *models.Dictionary, name string) models.Title {
	if c, ok := m.Header.Columns[name]; ok && (c.En != "" || c.Zh != "") {
		return models.Title(c.Text)
	}
	if t, ok := dict.StarTable(m.Name); ok {
		if f, ok := t.Column(name); ok {
			return f.Title
		}
	}
	return dict.ColumnTitle(name)
}

var (
	named     = regexp.MustCompile(`^["A-Za-z_]`)
	words     = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\S`)
	endOfList = []string{"from", "where", "group", "having", "window", "union", "except", "intersect", "order", "limit", "offset"}
)

// Columns are the names of the result's columns, in order, as the last SELECT of the text writes them; those that only
// the engine can tell, of * and of an expression without a name, are left out.
func (m Model) Columns() []string {
	var names []string
	var last, before string // the word before this one, and the one before that
	depth, listed := 0, false
	take := func() {
		if listed && named.MatchString(last) && !strings.EqualFold(last, "end") {
			names = append(names, strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(last, `"`), `"`), `""`, `"`))
		}
	}
	for _, word := range words.FindAllString(blankComments(m.SQL), -1) {
		lower := strings.ToLower(word)
		switch {
		case strings.ContainsAny(word, "([") && len(word) == 1:
			depth++
		case strings.ContainsAny(word, ")]") && len(word) == 1:
			depth--
		case depth > 0:
		case !listed:
			listed = lower == "select"
		case word == ",":
			take()
		case slices.Contains(endOfList, lower) && !(lower == "from" && strings.EqualFold(last, "distinct") && !strings.EqualFold(before, "select")):
			take()
			return names
		}
		last, before = word, last
	}
	take()
	return names
}
