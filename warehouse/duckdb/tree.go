package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
)

// TableRef is a table that a statement names.
type TableRef struct {
	Schema, Name string // Schema is empty when the text does not say it
	Offset       int    // byte offset in the text
}

// Table is the full name, "star.fct_order".
func (t TableRef) Table() string {
	if t.Schema == "" {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// ParseError is a text that is not one SELECT that DuckDB's parser takes.
type ParseError struct {
	Message string
	Offset  int // byte offset in the text, -1 if unknown
}

func (e *ParseError) Error() string { return e.Message }

// Tree returns the parse tree of one SELECT as DuckDB's json_serialize_sql gives it: names are not resolved, comments
// are lost. Read it, never turn it back into SQL (PITFALLS C1).
func (s *Session) Tree(ctx context.Context, query string) (map[string]any, error) {
	var text string
	if err := s.Row(ctx, "select json_serialize_sql("+Text(query)+")::varchar", &text); err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, fmt.Errorf("read the parse tree: %w", err)
	}
	if tree["error"] == true {
		pe := &ParseError{Message: fmt.Sprint(tree["error_message"]), Offset: -1}
		if at, err := strconv.Atoi(fmt.Sprint(tree["position"])); err == nil {
			pe.Offset = at
		}
		return nil, pe
	}
	if list, ok := tree["statements"].([]any); !ok || len(list) != 1 {
		return nil, &ParseError{Message: "one SELECT is expected, and nothing after it", Offset: -1}
	}
	return tree, nil
}

// Tables returns the tables that one SELECT reads, each once, in the order of the text; its own CTEs are not among them.
func (s *Session) Tables(ctx context.Context, query string) ([]TableRef, error) {
	tree, err := s.Tree(ctx, query)
	if err != nil {
		return nil, err
	}
	return TablesOf(tree), nil
}

// TablesOf is [Session.Tables] for a tree that is there already.
func TablesOf(tree map[string]any) []TableRef {
	ctes := map[string]bool{}
	Walk(tree, func(node map[string]any) {
		if m, ok := node["cte_map"].(map[string]any); ok {
			list, _ := m["map"].([]any)
			for _, entry := range list {
				if e, ok := entry.(map[string]any); ok {
					ctes[fmt.Sprint(e["key"])] = true
				}
			}
		}
		if node["type"] == "RECURSIVE_CTE_NODE" {
			ctes[fmt.Sprint(node["cte_name"])] = true
		}
	})
	first := map[string]TableRef{}
	Walk(tree, func(node map[string]any) {
		if node["type"] != "BASE_TABLE" {
			return
		}
		ref := TableRef{Offset: -1}
		ref.Schema, _ = node["schema_name"].(string)
		ref.Name, _ = node["table_name"].(string)
		if at, ok := node["query_location"].(float64); ok {
			ref.Offset = int(at)
		}
		if ref.Schema == "" && ctes[ref.Name] {
			return
		}
		if old, seen := first[ref.Table()]; !seen || ref.Offset < old.Offset {
			first[ref.Table()] = ref
		}
	})
	refs := make([]TableRef, 0, len(first))
	for _, ref := range first {
		refs = append(refs, ref)
	}
	sort.Slice(refs, func(i, j int) bool {
		return refs[i].Offset < refs[j].Offset || refs[i].Offset == refs[j].Offset && refs[i].Table() < refs[j].Table()
	})
	return refs
}

// Walk calls f for every object of a decoded JSON tree, outer ones first.
func Walk(tree any, f func(node map[string]any)) {
	switch t := tree.(type) {
	case map[string]any:
		f(t)
		for _, v := range t {
			Walk(v, f)
		}
	case []any:
		for _, v := range t {
			Walk(v, f)
		}
	}
}
