// Package publish brings finished tables to the tools that people use: a DuckDB file, folders of Parquet, CSV and
// Excel files, a PostgreSQL database. Every target is staged and checked first, then each is switched atomically; a run
// that died in between is finished or rolled back by the next (invariant 6).
package publish

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
)

// ErrNotStaged says that a target does not have the publication it is told to switch to, whole and checked.
var ErrNotStaged = errors.New("the publication is not staged")

// Publication is one state of the finished tables, under a name of its own.
type Publication struct {
	ID     string    // made of letters, digits, '.', '-'; later ones sort behind earlier ones: "20261111T020000.000Z"
	Base   string    // the publication that Table.Changed counts from; a target that shows another one is written whole
	At     time.Time // when it was made
	Tables []Table
}

// Table is a table or view of the warehouse that is published.
type Table struct {
	Name        string // "mart.campaign_roi"
	Title       models.Title
	Description models.Title
	Columns     []Column // all of them, in order
	Order       []string // columns that files for people are sorted by, usually the grain; none leaves the order open
	Changed     Change
}

// Column is a column of a published table.
type Column struct {
	Name  string
	Type  models.Type
	Title models.Title
}

// Change is what differs from the publication's base; the zero value is nothing.
type Change struct {
	Whole  bool   // anything may differ
	Column string // the DATE column that Days are of
	Days   []Days // only rows of these days may differ
}

// Days is a closed range of days.
type Days struct{ First, Last time.Time }

func (p Publication) check() error {
	ok := p.ID != "" && len(p.ID) <= 40 && strings.IndexFunc(p.ID, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-')
	}) < 0
	if !ok {
		return fmt.Errorf("publication id %q: want 1 to 40 letters, digits, '.' or '-'", p.ID)
	}
	seen := map[string]bool{}
	for _, t := range p.Tables {
		schema, name := t.split()
		if schema == "" || name == "" || seen[t.Name] || len(t.Columns) == 0 {
			return fmt.Errorf("published table %q: want schema.name, once, with columns", t.Name)
		}
		seen[t.Name] = true
		for _, c := range t.Columns {
			if _, err := c.Type.SQL(); err != nil {
				return fmt.Errorf("published table %s, column %s: %w", t.Name, c.Name, err)
			}
		}
	}
	return nil
}

func (t Table) split() (schema, name string) {
	schema, name, _ = strings.Cut(t.Name, ".")
	return schema, name
}

// query selects the table's columns in their declared types; where is "" or a condition.
func (t Table) query(where string) string {
	schema, name := t.split()
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		typ, err := c.Type.SQL()
		if err != nil {
			typ = "varchar" // check has refused it
		}
		list[i] = fmt.Sprintf("cast(%s as %s) as %s", quote(c.Name), typ, quote(c.Name))
	}
	text := "select " + strings.Join(list, ", ") + " from " + quote(schema) + "." + quote(name)
	if where != "" {
		text += " where " + where
	}
	return text
}

// sorted is query with the rows in the order for people.
func (t Table) sorted() string {
	text := t.query("")
	for i, c := range t.Order {
		if i == 0 {
			text += " order by "
		} else {
			text += ", "
		}
		text += quote(c)
	}
	return text
}

// where is the condition that a row is of the changed days.
func (c Change) where() string {
	list := make([]string, len(c.Days))
	for i, d := range c.Days {
		list[i] = fmt.Sprintf("%s between date '%s' and date '%s'", quote(c.Column), d.First.Format(time.DateOnly), d.Last.Format(time.DateOnly))
	}
	return "(" + strings.Join(list, " or ") + ")"
}

func (c Change) none() bool { return !c.Whole && len(c.Days) == 0 }

// comment is a title with both languages, the Chinese first: BI tools show it beside the name.
func comment(t models.Title) string {
	switch {
	case t.Zh == "" || t.Zh == t.En:
		return t.En
	case t.En == "":
		return t.Zh
	}
	return t.Zh + " / " + t.En
}

// tableComment is the title and the description in both languages.
func (t Table) comment() string {
	text := comment(t.Title)
	if d := comment(t.Description); d != "" {
		if text != "" {
			text += "\n"
		}
		text += d
	}
	return text
}

// matching are the publication's tables whose names match one of the patterns, "mart.*" and "star.*" when there is none.
func (p Publication) matching(patterns []string) ([]Table, error) {
	if len(patterns) == 0 {
		patterns = []string{"mart.*", "star.*"}
	}
	var out []Table
	for _, t := range p.Tables {
		for _, pattern := range patterns {
			ok, err := path.Match(pattern, t.Name)
			if err != nil {
				return nil, fmt.Errorf("published tables %q: %w", pattern, err)
			}
			if ok {
				out = append(out, t)
				break
			}
		}
	}
	return out, nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
