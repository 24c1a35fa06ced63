package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
)

// Origin is a column of a table that a result is computed from.
type Origin struct{ Table, Column string }

// ResultColumn is a column of a statement's result.
type ResultColumn struct {
	Name string
	Type string   // as DuckDB writes it, "DECIMAL(18,4)"
	From []Origin // sorted; empty for a constant, what only filters rows or joins them is not counted
}

// Describe gives the columns of one SELECT's result with their types, without running it. The tables it reads may be
// empty.
func (s *Session) Describe(ctx context.Context, query string) ([]ResultColumn, error) {
	rows, err := s.Rows(ctx, "describe "+query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []ResultColumn
	for rows.Next() {
		var c ResultColumn
		var null, key, def, extra any
		if err := rows.Scan(&c.Name, &c.Type, &null, &key, &def, &extra); err != nil {
			return nil, fmt.Errorf("describe a statement: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Lineage is [Session.Describe] with the origins of every column, found in the bound plan: views, macros, stars and
// common table expressions are resolved.
func (s *Session) Lineage(ctx context.Context, query string) ([]ResultColumn, error) {
	columns, err := s.Describe(ctx, query)
	if err != nil {
		return nil, err
	}
	var text string
	if err := s.Row(ctx, "select json_serialize_plan("+Text(query)+")::varchar", &text); err != nil {
		return nil, err
	}
	var result struct {
		Error   bool           `json:"error"`
		Message string         `json:"error_message"`
		Plans   []planOperator `json:"plans"`
	}
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		return nil, fmt.Errorf("read the bound plan: %w", err)
	}
	if result.Error || len(result.Plans) != 1 {
		return nil, &ParseError{Message: result.Message, Offset: -1}
	}
	r := resolver{byIndex: map[int][]origins{}}
	found := r.columns(result.Plans[0])
	if len(found) != len(columns) {
		return nil, fmt.Errorf("the bound plan has %d columns, the result %d", len(found), len(columns))
	}
	for i := range columns {
		for o := range found[i] {
			columns[i].From = append(columns[i].From, o)
		}
		sort.Slice(columns[i].From, func(a, b int) bool {
			x, y := columns[i].From[a], columns[i].From[b]
			return x.Table < y.Table || x.Table == y.Table && x.Column < y.Column
		})
	}
	return columns, nil
}

// origins are the columns that a value is computed from.
type origins map[Origin]bool

func (o origins) add(others ...origins) origins {
	for _, other := range others {
		for k := range other {
			o[k] = true
		}
	}
	return o
}

// planOperator is an operator of DuckDB's bound plan, as far as lineage needs it.
type planOperator struct {
	Type        string         `json:"type"`
	Children    []planOperator `json:"children"`
	Expressions []any          `json:"expressions"`
	TableIndex  *int           `json:"table_index"`
	CTEIndex    int            `json:"cte_index"`
	JoinType    string         `json:"join_type"`
	Groups      []any          `json:"groups"`
	GroupIndex  *int           `json:"group_index"`
	AggIndex    *int           `json:"aggregate_index"`
	Groupings   []any          `json:"grouping_functions"`
	Names       []string       `json:"names"`
	Function    struct {
		Schema string `json:"schema"`
		Table  string `json:"table"`
	} `json:"function_data"`
	ColumnIndexes []struct {
		Index json.Number `json:"index"`
	} `json:"column_indexes"`
	Projected  []int `json:"projected_input"` // of a table function over rows, such as unnest
	ChunkTypes []any `json:"chunk_types"`
	Eliminated []any `json:"duplicate_eliminated_columns"`
	ProjMap    []int `json:"projection_map"`
}

// resolver walks a bound plan from its leaves. Expressions refer to the columns of an operator's children by position.
type resolver struct {
	byIndex map[int][]origins // table index -> columns
	delim   [][]origins       // columns that the enclosing delim joins hand to their right sides
}

func (r *resolver) columns(op planOperator) []origins {
	out := r.outputs(op)
	if op.TableIndex != nil {
		r.byIndex[*op.TableIndex] = out
	}
	return out
}

func (r *resolver) outputs(op planOperator) []origins {
	switch op.Type {
	case "LOGICAL_GET":
		return r.scan(op)
	case "LOGICAL_MATERIALIZED_CTE":
		r.byIndex[*op.TableIndex] = r.columns(op.Children[0])
		out := r.columns(op.Children[1])
		op.TableIndex = nil
		return out
	case "LOGICAL_RECURSIVE_CTE":
		anchor := r.columns(op.Children[0])
		r.byIndex[*op.TableIndex] = anchor
		return merge(anchor, r.columns(op.Children[1]))
	case "LOGICAL_CTE_REF":
		return r.byIndex[op.CTEIndex]
	case "LOGICAL_DELIM_GET":
		if n := len(r.delim); n > 0 {
			return r.delim[n-1]
		}
		return make([]origins, len(op.ChunkTypes))
	case "LOGICAL_DELIM_JOIN":
		left := r.columns(op.Children[0])
		r.delim = append(r.delim, r.all(op.Eliminated, left))
		right := r.columns(op.Children[1])
		r.delim = r.delim[:len(r.delim)-1]
		return joined(op.JoinType, left, right)
	case "LOGICAL_UNION", "LOGICAL_EXCEPT", "LOGICAL_INTERSECT":
		out := r.columns(op.Children[0])
		for _, c := range op.Children[1:] {
			out = merge(out, r.columns(c))
		}
		return out
	case "LOGICAL_EXPRESSION_GET":
		return r.values(op)
	}
	var in [][]origins
	var flat []origins
	for _, c := range op.Children {
		in = append(in, r.columns(c))
		flat = append(flat, in[len(in)-1]...)
	}
	switch op.Type {
	case "LOGICAL_PROJECTION":
		return r.all(op.Expressions, flat)
	case "LOGICAL_AGGREGATE_AND_GROUP_BY":
		groups, aggregates := r.all(op.Groups, flat), r.all(op.Expressions, flat)
		r.index(op.GroupIndex, groups)
		r.index(op.AggIndex, aggregates)
		return append(append(groups, aggregates...), make([]origins, len(op.Groupings))...)
	case "LOGICAL_WINDOW", "LOGICAL_UNNEST":
		return append(append([]origins{}, flat...), r.all(op.Expressions, flat)...)
	case "LOGICAL_FILTER":
		if len(op.ProjMap) > 0 {
			var out []origins
			for _, i := range op.ProjMap {
				out = append(out, flat[i])
			}
			return out
		}
	}
	if len(in) == 2 {
		return joined(op.JoinType, in[0], in[1])
	}
	return flat
}

func (r *resolver) index(at *int, columns []origins) {
	if at != nil {
		r.byIndex[*at] = columns
	}
}

func (r *resolver) scan(op planOperator) []origins {
	var out, in []origins
	for _, c := range op.Children {
		in = append(in, r.columns(c)...)
	}
	for _, c := range op.ColumnIndexes {
		o := origins{}
		if len(in) > 0 {
			o.add(in[0]) // the function's argument comes first
		}
		i, err := c.Index.Int64()
		if err == nil && op.Function.Table != "" && i >= 0 && int(i) < len(op.Names) {
			o[Origin{op.Function.Schema + "." + op.Function.Table, op.Names[i]}] = true
		}
		out = append(out, o)
	}
	for _, i := range op.Projected {
		if i < len(in) {
			out = append(out, in[i])
		}
	}
	return out
}

func (r *resolver) values(op planOperator) []origins {
	var child []origins
	for _, c := range op.Children {
		child = append(child, r.columns(c)...)
	}
	var out []origins
	for _, row := range op.Expressions {
		list, _ := row.([]any)
		out = merge(out, r.all(list, child))
	}
	return out
}

func (r *resolver) all(expressions []any, in []origins) []origins {
	out := make([]origins, len(expressions))
	for i, e := range expressions {
		out[i] = r.expression(e, in)
	}
	return out
}

// expression collects what a bound expression refers to.
func (r *resolver) expression(e any, in []origins) origins {
	out := origins{}
	Walk(e, func(node map[string]any) {
		switch node["expression_class"] {
		case "BOUND_REF":
			if i, ok := node["index"].(float64); ok && int(i) < len(in) {
				out.add(in[int(i)])
			}
		case "BOUND_COLUMN_REF":
			binding, _ := node["binding"].(map[string]any)
			table, ok := binding["table_index"].(float64)
			column, ok2 := binding["column_index"].(float64)
			if columns := r.byIndex[int(table)]; ok && ok2 && int(column) < len(columns) {
				out.add(columns[int(column)])
			}
		}
	})
	return out
}

func joined(kind string, left, right []origins) []origins {
	switch kind {
	case "SEMI", "ANTI":
		return left
	case "MARK":
		return append(append([]origins{}, left...), origins{})
	default:
		return append(append([]origins{}, left...), right...)
	}
}

// merge joins the origins of two inputs column by column.
func merge(a, b []origins) []origins {
	out := make([]origins, max(len(a), len(b)))
	for i := range out {
		out[i] = origins{}
		if i < len(a) {
			out[i].add(a[i])
		}
		if i < len(b) {
			out[i].add(b[i])
		}
	}
	return out
}
