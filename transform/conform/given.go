package conform

import (
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// givenAt is the instant at which given rows count as extracted and, without a version of their own, as changed: later
// than any source, since what the project's file says overrides what a source says.
const givenAt = "timestamp '2200-01-01 00:00:00' at time zone 'UTC'"

// Given are rows that are written in the project's file, as its shops. They are merged as the rows of any source are
// and win over those.
type Given struct {
	Entity string
	Stream string // "shops": the section of the file
	Rows   []GivenRow
	File   string
	Line   int
}

// GivenRow is one row: values as text by field; a field that is not there is null or its default.
type GivenRow struct {
	Values map[string]string
	Line   int
}

func (g Given) check(e *models.Entity, problems *models.Problems) {
	for _, row := range g.Rows {
		for _, name := range sortedKeys(row.Values) {
			if _, ok := e.Field(name); !ok {
				problems.Add(g.File, row.Line, "%s: %s has no field %s%s", g.Stream, e.Name, name, near(name, fieldNames(e)))
			}
		}
		for _, f := range e.Fields {
			if _, ok := row.Values[f.Name]; !ok && f.Required && !f.HasDefault && !f.Version {
				problems.Add(g.File, row.Line, "%s: %s is missing", g.Stream, f.Name)
			}
		}
	}
}

// givenBranch takes given rows as a mapping takes a raw table, every field as it is.
func (p *Plan) givenBranch(g Given) branch {
	b := branch{exprs: map[string]string{}}
	for _, f := range p.Entity.Fields {
		b.exprs[f.Name] = ident(f.Name)
	}
	rows := make([]string, len(g.Rows))
	for i, row := range g.Rows {
		cells := make([]string, 0, len(p.Entity.Fields)+4)
		for _, f := range p.Entity.Fields {
			cell := "cast(null as varchar)"
			if v, ok := row.Values[f.Name]; ok {
				cell = literal(v)
			} else if f.Version && f.Type == models.Timestamp {
				cell = "cast(" + givenAt + " as varchar)"
			}
			cells = append(cells, cell+" as "+ident(f.Name))
		}
		rows[i] = "select " + strings.Join(cells, ", ") + fmt.Sprintf(`, 'project' as "_source", %s as "_stream", 'project' as "_batch_id", %s as "_extracted_at"`, literal(g.Stream), givenAt)
	}
	b.from = "(\n" + strings.Join(rows, "\nunion all ") + "\n) as given"
	return b
}
