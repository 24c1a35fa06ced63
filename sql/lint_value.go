package sql

import (
	"fmt"
	"slices"
	"strings"
)

func (l *linter) function(name string, n map[string]any, at float64) {
	if help, bad := refused[name]; bad && help != "" {
		l.add(at, "%s: %s", name, help)
	}
	children, _ := n["children"].([]any)
	switch {
	case name == "/" && len(children) == 2 && !isDouble(children[0]) && !isDouble(children[1]) && !leavesNothing(children[0]):
		l.add(at, "whole numbers, decimals and zero divide differently: write cast(a as double) / nullif(b, 0)")
	case name == "avg" && len(children) == 1 && !isDouble(children[0]):
		l.add(at, "the average of decimals is rounded by Trino: write avg(cast(x as double))")
	case name == "date_part" && len(children) == 2 && slices.Contains([]string{"dow", "dayofweek"}, constant(children[0])):
		l.add(at, "a week's days are numbered from 0 by DuckDB, from 1 by Trino: use day_of_week")
	case (name == "substr" || name == "substring") && len(children) > 1 && constant(children[1]) == "0":
		l.add(at, "the first character is 1: from 0 on DuckDB gives one less, Trino nothing")
	}
}

// cast refuses a cast of a plain double that rounds: the engines do not agree on halves.
func (l *linter) cast(n map[string]any, at float64) {
	child, _ := n["child"].(map[string]any)
	rounded := slices.Contains([]string{"round", "floor", "ceil", "ceiling", "trunc", "truncate"}, fmt.Sprint(child["function_name"]))
	if !isDouble(child) || rounded {
		return
	}
	switch typ := castType(n); {
	case strings.Contains(typ, "INT"):
		l.add(at, "a half is rounded to even by DuckDB, up by Trino: write cast(round(x) as bigint)")
	case strings.Contains(typ, "DECIMAL"):
		l.add(at, "a double is rounded differently: write cast(round(x, 4) as decimal(18, 4))")
	}
}

// zoned refuses an instant in another zone than UTC that is not at once made a day, a local time or a part of it: for
// DuckDB it is a local time, for Trino still the instant.
func (l *linter) zoned(n map[string]any, at float64, above map[string]any) {
	children, _ := n["children"].([]any)
	zone := 0
	switch n["function_name"] {
	case "timezone":
	case "at_timezone":
		zone = 1
	default:
		return
	}
	if len(children) != 2 || strings.EqualFold(constant(children[zone]), "utc") {
		return
	}
	if to := castType(above); above["class"] == "CAST" && (to == "DATE" || to == "TIMESTAMP") || above["function_name"] == "date_part" {
		return
	}
	l.add(at, "an instant in a zone is a local time for DuckDB only: write cast(… as date) or cast(… as timestamp) around it")
}

// castType is the type that a cast casts to, in capitals: "DATE".
func castType(n map[string]any) string {
	to, _ := n["cast_type"].(map[string]any)
	info, _ := to["type_info"].(map[string]any)
	named, _ := info["expr"].(map[string]any) // newer trees keep the name as it is written
	if name, ok := named["type_name"].(string); ok {
		return strings.ToUpper(name)
	}
	id, _ := to["id"].(string)
	return id
}

// constant is the text of a literal; "" for anything else.
func constant(e any) string {
	n, _ := e.(map[string]any)
	value, _ := n["value"].(map[string]any)
	if n["class"] != "CONSTANT" || value["value"] == nil {
		return ""
	}
	return fmt.Sprint(value["value"])
}

// leavesNothing says whether a number to be divided is of the form x - mod(x, y), so that the quotient is whole.
func leavesNothing(e any) bool {
	n, _ := e.(map[string]any)
	children, _ := n["children"].([]any)
	if n["function_name"] != "-" || len(children) != 2 {
		return false
	}
	mod, _ := children[1].(map[string]any)
	return mod["function_name"] == "mod" || mod["function_name"] == "%"
}

// isDouble says whether an expression is plainly a double: a cast to double, or arithmetic with one.
func isDouble(e any) bool {
	n, _ := e.(map[string]any)
	if n["cast_type"] != nil {
		return castType(n) == "DOUBLE"
	}
	children, _ := n["children"].([]any)
	for _, c := range children {
		if isDouble(c) {
			return true
		}
	}
	return false
}
