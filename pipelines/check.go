package pipelines

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Checked is a graph whose every table was made without rows, so that all columns and types are known without data.
type Checked struct {
	// Problems are what is wrong, every one with its file and line where it has one.
	Problems sql.Problems
	// Warnings are what may be meant, and makes figures empty or wrong where it is not.
	Warnings sql.Problems

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
	Table      string // the one table to check, with what it is made from; "" is every one
	// Prepare makes the tables of the schema ops that models read; may be nil.
	Prepare func(ctx context.Context, s *duckdb.Session) error
}

// Check makes the tables of every step in memory, in the order of the graph, without a row: each statement is bound
// once, and what reads a table finds its columns. The error is for what prevents the check; what is wrong with the
// models is in Problems. The caller closes what it returns.
func Check(ctx context.Context, given Given) (c *Checked, err error) {
	e, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "500MB", Threads: 1})
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
	if err := errors.Join(c.rawTables(ctx, s), s.Exec(ctx, "pragma disable_optimizer")); err != nil { // no row is ever looked for
		return nil, err
	}
	missing, only := map[string]bool{}, given.Graph.making(given.Table)
	for _, step := range given.Graph.Steps() {
		if only != nil && !only[step.Name()] {
			continue
		}
		for _, parent := range given.Graph.Parents(step) {
			missing[step.Name()] = missing[step.Name()] || missing[parent.Name()]
		}
		if missing[step.Name()] {
			continue // what is wrong is said of its parent
		}
		if err := c.step(ctx, s, step); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			missing[step.Name()] = true
			c.Problems = append(c.Problems, c.locate(ctx, s, step, err)...)
			continue
		}
		if m, ok := modelOf(step); ok {
			if err := c.model(ctx, s, m); err != nil {
				return nil, err
			}
		}
	}
	if only != nil { // an audit may read what the table is not made from
		return c, nil
	}
	c.mappings()
	return c, c.audits(ctx, s, missing)
}

// Close releases the tables.
func (c *Checked) Close() error { return c.engine.Close() }

// rawTables makes the schemas, the raw tables, and what models read of ops.
func (c *Checked) rawTables(ctx context.Context, s *duckdb.Session) error {
	if err := s.Exec(ctx, "create schema if not exists raw; create schema if not exists ops;"+schemaStatements(c.graph, "")); err != nil {
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

// step makes what one step writes, views as tables too: what reads them need not bind them again.
func (c *Checked) step(ctx context.Context, s *duckdb.Session, step Step) error {
	var outputs []Output
	if m, ok := modelOf(step); ok {
		outputs = []Output{{Table: m.Table(), Rows: m.SQL}}
	} else {
		var err error
		work := &Work{Session: s, Now: time.Unix(0, 0), Full: true, step: step, notes: &StepRecord{}}
		if outputs, err = step.Build(ctx, work); err != nil {
			return err
		}
	}
	for _, out := range outputs {
		if err := s.Exec(ctx, "create table "+qualified(c.engine.Catalog(), out.Table)+" as "+out.Rows+"\nwith no data"); err != nil {
			return err
		}
	}
	return nil
}

// audits runs the audits over the empty tables: only their mistakes count, and only those of models that are there.
func (c *Checked) audits(ctx context.Context, s *duckdb.Session, missing map[string]bool) error {
	for _, step := range c.graph.Steps() {
		m, ok := modelOf(step)
		if !ok || missing[step.Name()] {
			continue
		}
		for _, a := range m.Header.Audits {
			var bad int64
			err := s.Row(ctx, "select "+countSQL(AuditSQL(m, a)), &bad)
			if err == nil || len(c.Problems) > 0 && errors.Is(err, errNoTable) {
				continue
			}
			c.Problems = append(c.Problems, sql.Problem{File: m.File, Line: a.Line, Message: fmt.Sprintf("audit %s: %v", a.Name(), shortError(err))})
		}
	}
	return ctx.Err()
}

var errorLine = regexp.MustCompile(`(?m)^LINE (\d+):`)

// locate says in which line of which file a step's error is.
func (c *Checked) locate(ctx context.Context, s *duckdb.Session, step Step, err error) sql.Problems {
	if entity, ok := step.(ConformStep); ok {
		if found := c.mapped(ctx, s, entity.Plan.Entity); len(found) > 0 {
			return found
		}
	}
	p := sql.Problem{File: step.Name(), Message: shortError(err)}
	if m, ok := modelOf(step); ok {
		p.File, p.Line = m.File, m.Line
		if found := errorLine.FindStringSubmatch(err.Error()); found != nil {
			if n, err := strconv.Atoi(found[1]); err == nil {
				p.Line = m.Line + n - 1
			}
		}
	}
	return sql.Problems{p}
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
