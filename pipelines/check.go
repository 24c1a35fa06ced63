package pipelines

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Checked is a graph whose every step ran over empty tables, so that all columns and types are known without data.
type Checked struct {
	// Problems are what is wrong, every one with its file and line where it has one.
	Problems sql.Problems

	engine *duckdb.Engine
	graph  *Graph
	given  Given
}

// Given is what a check is made of.
type Given struct {
	Graph      *Graph
	Lake       Lake // its columns count, its files are not looked at
	Dictionary *models.Dictionary
	Mappings   []models.Mapping
	// Prepare makes the tables of the schema ops that models read; may be nil.
	Prepare func(ctx context.Context, s *duckdb.Session) error
}

// emptyLake shows the raw tables of a lake without their rows.
type emptyLake struct{ Lake }

func (emptyLake) Head(context.Context, string) (string, error) { return "", nil }

func (emptyLake) Files(context.Context, string, string, string) ([]warehouse.File, bool, error) {
	return nil, false, nil
}

// Check builds every step over empty tables in memory. Its error is for what prevents the check; what is wrong with the
// models is in Problems. The caller closes what it returns.
func Check(ctx context.Context, given Given) (c *Checked, err error) {
	e, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "500MB"})
	if err != nil {
		return nil, err
	}
	c = &Checked{engine: e, graph: given.Graph, given: given}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	s, err := e.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := c.rawTables(ctx, s); err != nil {
		return nil, err
	}
	b := Builder{Engine: e, Graph: given.Graph, Lake: emptyLake{given.Lake}, Now: time.Unix(0, 0), Attempts: 1}
	report, err := b.Build(ctx, Selection{})
	if report == nil {
		return nil, err
	}
	for _, record := range report.Steps {
		step, _ := given.Graph.Owner(record.Name)
		if record.Err != nil {
			c.Problems = append(c.Problems, locate(step, record.Err))
			continue
		}
		if m, ok := modelOf(step); ok && record.Status != Blocked {
			if err := c.model(ctx, s, m); err != nil {
				return nil, err
			}
		}
	}
	return c, c.audits(ctx, b, report)
}

// Close releases the tables.
func (c *Checked) Close() error { return c.engine.Close() }

// rawTables makes the raw tables empty, for lineage, and what models read of ops.
func (c *Checked) rawTables(ctx context.Context, s *duckdb.Session) error {
	if err := s.Exec(ctx, "create schema if not exists raw; create schema if not exists ops"); err != nil {
		return err
	}
	for _, table := range c.graph.RawTables() {
		columns, err := c.given.Lake.Columns(ctx, table)
		if err != nil {
			return fmt.Errorf("columns of %s: %w", table, err)
		}
		statement, err := duckdb.EmptyTable(qualified(c.engine.Catalog(), table), columns)
		if err != nil {
			return err
		}
		if err := s.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if c.given.Prepare == nil {
		return nil
	}
	return c.given.Prepare(ctx, s)
}

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
		lacks("grain", name, 1)
	}
	for name, col := range m.Header.Columns {
		lacks("columns", name, col.Line)
	}
	if mat := m.Header.Materialize; mat.Kind == sql.Incremental || mat.Kind == sql.Keys {
		lacks("materialize", mat.Column, 1)
		if t := types[mat.Column]; mat.Kind == sql.Incremental && t != "" && t != "DATE" {
			add(1, "materialize: %s must be a DATE, it is %s", mat.Column, t)
		}
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
		add(1, "grain %v is not the one declared in %s: %v", m.Header.Grain, table.File, table.Grain)
	}
}

// audits runs the audits over the empty tables: only their mistakes count, and only those of models that are there.
func (c *Checked) audits(ctx context.Context, b Builder, report *Report) error {
	results, err := b.Audit(ctx, Selection{})
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, record := range report.Steps {
		missing[record.Name] = record.Status == Failed || record.Status == Blocked
	}
	incomplete := report.Count(Failed)+report.Count(Blocked) > 0
	for _, r := range results {
		if r.Err == nil || missing[r.Model] || incomplete && errors.Is(r.Err, errNoTable) {
			continue
		}
		c.Problems = append(c.Problems, sql.Problem{File: r.File, Line: r.Line, Message: fmt.Sprintf("audit %s: %v", r.Name, shortError(r.Err))})
	}
	return nil
}

var errorLine = regexp.MustCompile(`(?m)^LINE (\d+):`)

// locate says in which line of which file a step's error is.
func locate(step Step, err error) sql.Problem {
	p := sql.Problem{File: step.Name(), Message: shortError(err)}
	if m, ok := modelOf(step); ok {
		p.File, p.Line = m.File, m.Line
		if found := errorLine.FindStringSubmatch(err.Error()); found != nil {
			if n, err := strconv.Atoi(found[1]); err == nil {
				p.Line = m.Line + n - 1
			}
		}
	}
	return p
}

// shortError is DuckDB's message without the excerpt of the statement.
func shortError(err error) string {
	text := err.Error()
	var se *duckdb.StatementError
	if errors.As(err, &se) {
		text = se.Err.Error()
	}
	text, _, _ = strings.Cut(text, "\n\nLINE ")
	text, _, _ = strings.Cut(text, "\nDid you mean") // it names what is nobody's business here
	text, _, _ = strings.Cut(text, "\n\tCandidate functions:")
	return strings.Join(strings.Fields(text), " ")
}
