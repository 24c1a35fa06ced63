package duckdb

import (
	_ "embed"
	"strings"
)

//go:embed prelude.sql
var prelude string

// Prelude returns the macros that let DuckDB answer SQL in Trino's dialect as Trino does, as persistent macros. Every
// connection of an [Engine] has them already, as temporary ones; a published file that keeps views gets them by this text.
func Prelude() string { return prelude }

// temporary turns the prelude's statements into ones that need no writable file.
func temporary(prelude string) string {
	return strings.ReplaceAll(prelude, "create or replace macro", "create or replace temp macro")
}
