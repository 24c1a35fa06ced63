package pipelines

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Node is a column of a table with the columns that it comes from, down to the raw tables. Nodes are shared: the same
// column is the same node. The column "*" stands for a table's rows, whatever they hold.
type Node struct {
	Table, Column string
	Type          string // as DuckDB writes it; "" for a raw column
	From          []*Node
}

// Lineage gives the origins of a table's columns, or of one column if it is not empty; one that comes from no column, such as
// count(*), comes from the rows of the tables that are read.
func (c *Checked) Lineage(ctx context.Context, table, column string) (nodes []*Node, err error) {
	s, err := c.engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	t := &tracer{Checked: c, s: s, tables: map[string][]duckdb.ResultColumn{}, nodes: map[duckdb.Origin]*Node{}}
	columns, err := t.columns(ctx, table)
	if err != nil {
		return nil, err
	}
	if columns == nil {
		return nil, fmt.Errorf("nothing makes a table %s%s", table, c.graph.suggest(table))
	}
	var names []string
	for _, col := range columns {
		names = append(names, col.Name)
		if column != "" && col.Name != column {
			continue
		}
		node, err := t.node(ctx, duckdb.Origin{Table: table, Column: col.Name})
		if err != nil {
			return nil, err
		}
		if column != "" && len(node.From) == 0 {
			node.From = t.rows(table).From
		}
		nodes = append(nodes, node)
	}
	if nodes == nil {
		return nil, fmt.Errorf("%s has no column %s%s; it has %s", table, column, models.MeantBy(column, names), strings.Join(names, ", "))
	}
	return nodes, nil
}

type tracer struct {
	*Checked
	s      *duckdb.Session
	tables map[string][]duckdb.ResultColumn
	nodes  map[duckdb.Origin]*Node
}

func (t *tracer) node(ctx context.Context, at duckdb.Origin) (*Node, error) {
	if n, known := t.nodes[at]; known {
		return n, nil
	}
	n := &Node{Table: at.Table, Column: at.Column}
	t.nodes[at] = n
	columns, err := t.columns(ctx, at.Table)
	if err != nil {
		return nil, err
	}
	for _, col := range columns {
		if col.Name != at.Column {
			continue
		}
		n.Type = col.Type
		for _, from := range col.From {
			if from == at {
				continue
			}
			child, err := t.node(ctx, from)
			if err != nil {
				return nil, err
			}
			n.From = append(n.From, child)
		}
	}
	return n, nil
}

// rows is what a table's rows come from: the rows of what its step reads, down to the raw tables.
func (t *tracer) rows(table string) *Node {
	at := duckdb.Origin{Table: table, Column: "*"}
	if n, known := t.nodes[at]; known {
		return n
	}
	n := &Node{Table: table, Column: "*"}
	t.nodes[at] = n
	if owner, made := t.graph.Owner(table); made {
		for _, in := range owner.Inputs() {
			if in.Table != table {
				n.From = append(n.From, t.rows(in.Table))
			}
		}
	}
	return n
}

// columns are those of a table with what they come from directly; nil for raw tables and those that nothing makes.
func (t *tracer) columns(ctx context.Context, table string) ([]duckdb.ResultColumn, error) {
	if columns, known := t.tables[table]; known {
		return columns, nil
	}
	owner, made := t.graph.Owner(table)
	if !made {
		return nil, nil
	}
	var columns []duckdb.ResultColumn
	var err error
	if m, ok := modelOf(owner); ok {
		columns, err = t.s.Lineage(ctx, m.SQL)
	} else if columns, err = t.s.Describe(ctx, "select * from "+qualified(t.engine.Catalog(), table)); err == nil {
		err = t.made(ctx, table, owner, columns)
	}
	if err != nil {
		return nil, fmt.Errorf("lineage of %s: %w", table, err)
	}
	t.tables[table] = columns
	return columns, nil
}

// made fills in where the columns of a table come from that is not made by SQL: an entity's from its mappings, another
// program's from all inputs' columns of the same name, else from all their keys.
func (t *tracer) made(ctx context.Context, table string, owner Step, columns []duckdb.ResultColumn) error {
	step, ok := owner.(ConformStep)
	for i := range columns {
		if !ok || table != step.Name() {
			if err := t.sameName(ctx, owner, &columns[i]); err != nil {
				return err
			}
			continue
		}
		for _, m := range t.given.Mappings {
			if m.Entity != step.Plan.Entity.Name {
				continue
			}
			from, err := t.mapped(ctx, step.Plan.Entity, m, columns[i].Name)
			if err != nil {
				return err
			}
			columns[i].From = append(columns[i].From, from...)
		}
	}
	return nil
}

func (t *tracer) sameName(ctx context.Context, owner Step, column *duckdb.ResultColumn) error {
	for _, in := range owner.Inputs() {
		columns, err := t.s.Describe(ctx, "select * from "+qualified(t.engine.Catalog(), in.Table))
		if err != nil {
			return err
		}
		for _, c := range columns {
			if c.Name == column.Name {
				column.From = append(column.From, duckdb.Origin{Table: in.Table, Column: c.Name})
			}
		}
	}
	return nil
}

var setting = regexp.MustCompile(`(^|[^:]):[a-z][a-z0-9_]*`)

// mapped gives the raw columns from which one mapping fills one column of an entity.
func (t *tracer) mapped(ctx context.Context, e *models.Entity, m models.Mapping, column string) ([]duckdb.Origin, error) {
	parts := []string{column}
	if column == e.KeyColumn() {
		parts = e.Key
	}
	for _, r := range e.Refs {
		if column == r.Name+"_key" {
			parts = r.Fields
		}
	}
	var from []duckdb.Origin
	for _, part := range parts {
		expression := ""
		for _, f := range m.Fields {
			if f.Name == part {
				expression = f.Expr
			}
		}
		if expression == "" && strings.HasPrefix(part, "_") && part != "_version_hash" {
			expression = part
		}
		if expression == "" {
			continue
		}
		found, err := t.s.Lineage(ctx, "select "+setting.ReplaceAllString(expression, "$1''")+" as x from "+m.Table)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", m.File, m.Line, err)
		}
		from = append(from, found[0].From...)
	}
	return from, nil
}
