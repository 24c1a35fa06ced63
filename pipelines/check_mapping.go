package pipelines

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// mapped finds the expressions of an entity's mappings that cannot be, each at its own line.
func (c *Checked) mapped(ctx context.Context, s *duckdb.Session, e *models.Entity) sql.Problems {
	var problems sql.Problems
	for _, m := range c.given.Mappings {
		if m.Entity != e.Name {
			continue
		}
		try := func(line int, what, expression string) {
			query := "select " + setting.ReplaceAllString(expression, "$1''") + "\nas x from " + qualified(c.engine.Catalog(), m.Table)
			if _, err := s.Describe(ctx, query); err != nil {
				problems = append(problems, sql.Problem{File: m.File, Line: max(line, m.Line), Message: fmt.Sprintf("%s.%s to %s: %s: %s", m.Source, m.Stream, m.Entity, what, shortError(err))})
			}
		}
		if m.Where != "" {
			try(m.Line, "where", "cast(("+m.Where+"\n) as boolean)")
		}
		for _, f := range m.Fields {
			expression := "(" + f.Expr + "\n)"
			if def, ok := e.Field(f.Name); ok && f.Codes == nil {
				if typ, err := def.Type.SQL(); err == nil {
					expression = "cast(" + expression + " as " + typ + ")"
				}
			}
			try(f.Line, f.Name, expression)
		}
	}
	return problems
}

// companions are entities of which one without the other leaves figures empty.
func companions() map[string]string {
	return map[string]string{"order": "order_line", "order_line": "order", "fulfilment_order": "fulfilment_line", "fulfilment_line": "fulfilment_order"}
}

var bareColumn = regexp.MustCompile(`^"?[\p{L}_][\p{L}\p{N}_]*"?$`)

// mappings warns of what a mapping leaves out: the lines of its orders, the table of its codes.
func (c *Checked) mappings() {
	given := map[string]map[string]bool{} // source -> entities
	for _, m := range c.given.Mappings {
		if given[m.Source] == nil {
			given[m.Source] = map[string]bool{}
		}
		given[m.Source][m.Entity] = true
	}
	said := map[string]bool{}
	for _, m := range c.given.Mappings {
		warn := func(line int, format string, args ...any) {
			c.Warnings = append(c.Warnings, sql.Problem{File: m.File, Line: max(line, m.Line), Message: m.Source + "." + m.Stream + " " + fmt.Sprintf(format, args...)})
		}
		if other := companions()[m.Entity]; other != "" && !given[m.Source][other] && !said[m.Source+m.Entity] {
			said[m.Source+m.Entity] = true
			warn(m.Line, "maps to %s, and nothing of source %s to %s: figures that need both stay empty; map %[3]s too", m.Entity, m.Source, other)
		}
		if c.given.Dictionary == nil {
			continue
		}
		e, ok := c.given.Dictionary.Entity(m.Entity)
		if !ok {
			continue
		}
		for _, f := range m.Fields {
			def, ok := e.Field(f.Name)
			column := strings.Trim(f.Expr, `" `)
			if !ok || len(def.Allowed) == 0 || f.Codes != nil || !bareColumn.MatchString(strings.TrimSpace(f.Expr)) || column == f.Name || slices.Contains([]string{"true", "false", "null"}, column) {
				continue
			}
			warn(f.Line, "to %s: %s is taken from %s as it is; if the system writes codes of its own, give them a table: %s: {of: %s, codes: {its code: %s}} (allowed: %s)",
				m.Entity, f.Name, column, f.Name, column, def.Allowed[0], strings.Join(def.Allowed, ", "))
		}
	}
}
