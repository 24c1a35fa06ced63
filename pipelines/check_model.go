package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// model compares what a model's SELECT gives with what its header and the dictionary declare.
func (c *Checked) model(ctx context.Context, s *duckdb.Session, m sql.Model) error {
	add := func(line int, format string, args ...any) {
		c.Problems = append(c.Problems, sql.Problem{File: m.File, Line: line, Message: fmt.Sprintf(format, args...)})
	}
	columns, err := s.Describe(ctx, "select * from "+m.Table())
	if err != nil {
		return nil // a view over raw tables, typed where it is read
	}
	types := map[string]string{}
	for _, col := range columns {
		types[col.Name] = col.Type
		if _, ok := duckdb.TypeOf(col.Type); !ok && !m.Header.DuckDBOnly {
			add(m.Line, "column %s has the type %s, which tables may not have: cast it (bigint, decimal(18, 4), decimal(38, 8), double, varchar, date, timestamp with time zone, boolean)", col.Name, strings.ToLower(col.Type))
		}
	}
	lacks := func(where, name string, line int) {
		if _, ok := types[name]; !ok {
			add(line, "%s: the SELECT gives no column %s", where, name)
		}
	}
	for _, name := range m.Header.Grain {
		lacks("grain", name, m.Header.Lines["grain"])
	}
	for name, col := range m.Header.Columns {
		lacks("columns", name, col.Line)
	}
	mat, line := m.Header.Materialize, m.Header.Lines["materialize"]
	if mat.Kind == sql.Keys {
		lacks("materialize", mat.Column, line)
	}
	if by := mat.PartitionedBy(); by != "" {
		lacks("materialize", by, line)
		if t := types[by]; t != "" && t != "DATE" {
			add(line, "materialize: %s must be a DATE, it is %s", by, t)
		}
	}
	if err := c.drives(ctx, s, m, add); err != nil {
		return err
	}
	c.passports(m, add)
	c.declared(m, columns, types, add)
	if m.Header.DuckDBOnly {
		return nil
	}
	tree, err := s.Tree(ctx, m.SQL)
	if err != nil {
		return err
	}
	c.Problems = append(c.Problems, sql.Lint(m, tree)...)
	return nil
}

func (c *Checked) passports(m sql.Model, add func(int, string, ...any)) {
	if c.given.Dictionary == nil {
		return
	}
	for _, name := range sortedKeys(m.Header.Columns) {
		col := m.Header.Columns[name]
		if _, ok := c.given.Dictionary.Metric(col.Passport); col.Passport != "" && !ok {
			add(col.Line, "columns.%s: there is no metric passport %s", name, col.Passport)
		}
	}
}

// declared compares a star table with its declaration.
func (c *Checked) declared(m sql.Model, columns []duckdb.ResultColumn, types map[string]string, add func(int, string, ...any)) {
	if c.given.Dictionary == nil || m.Schema != "star" {
		return
	}
	table, ok := c.given.Dictionary.StarTable(m.Name)
	if !ok {
		return // a step on the way, not a table of the star
	}
	for _, f := range table.Columns {
		want, err := f.Type.SQL()
		got, there := types[f.Name]
		switch {
		case err != nil:
			add(m.Line, "%s:%d: %v", table.File, f.Line, err)
		case !there:
			add(m.Line, "the SELECT gives no column %s, which %s:%d declares", f.Name, table.File, f.Line)
		case strings.ToLower(got) != strings.ReplaceAll(want, ", ", ","):
			add(m.Line, "column %s is %s, %s:%d declares %s: cast it", f.Name, strings.ToLower(got), table.File, f.Line, want)
		}
	}
	for _, col := range columns {
		if _, ok := table.Column(col.Name); !ok {
			add(m.Line, "column %s is not declared in %s", col.Name, table.File)
		}
	}
	if !slices.Equal(m.Header.Grain, table.Grain) {
		add(m.Header.Lines["grain"], "grain %v is not the one declared in %s: %v", m.Header.Grain, table.File, table.Grain)
	}
}

// drives insists that an incremental model names the column by which an input drives it, where the input has several
// days to choose from: the wrong one leaves days as they were, and nobody sees it.
func (c *Checked) drives(ctx context.Context, s *duckdb.Session, m sql.Model, add func(int, string, ...any)) error {
	if m.Header.Materialize.Kind != sql.Incremental {
		return nil
	}
	step, _ := c.graph.Owner(m.Table())
	for _, table := range step.(*ModelStep).reads {
		columns, err := s.Describe(ctx, "select * from "+qualified(c.engine.Catalog(), table))
		if err != nil {
			return fmt.Errorf("describe %s: %w", table, err)
		}
		var days, all []string
		for _, col := range columns {
			all = append(all, col.Name)
			if col.Type == "DATE" {
				days = append(days, col.Name)
			}
		}
		in, said := m.Header.Inputs[table]
		switch {
		case said && in.Column != "" && !in.Whole && !slices.Contains(all, in.Column):
			add(in.Line, "inputs.%s: it has no column %s; its days are: %s", table, in.Column, strings.Join(days, ", "))
		case !said && len(days) > 1:
			line := m.Header.Lines["inputs"]
			if line == 0 {
				line = m.Header.Lines["materialize"]
			}
			add(line, "inputs: %s has the days %s; say which of them drives this model, as in inputs: {%s: %s}, or all if a change of any row rebuilds it",
				table, strings.Join(days, ", "), table, days[0])
		}
	}
	return nil
}
