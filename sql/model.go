// Package sql holds the marts: one file each, a leading comment that says what a row means and how the table is kept,
// then one SELECT. It parses such files, whoever wrote them, and refuses what the two engines would answer differently.
package sql

import "strings"

// Model is one SQL file.
type Model struct {
	Schema string // "mart" or "star", by the folder
	Name   string // the table, by the file's name
	File   string // as given to [Parse]
	Line   int    // line of the file on which SQL begins
	SQL    string // the SELECT, without a closing semicolon
	Header Header
}

// Table is the model's full name, "mart.campaign_roi".
func (m Model) Table() string { return m.Schema + "." + m.Name }

// LineOf is the line of the file that holds the byte at offset of the SQL text.
func (m Model) LineOf(offset int) int {
	if offset < 0 || offset > len(m.SQL) {
		return m.Line
	}
	return m.Line + strings.Count(m.SQL[:offset], "\n")
}

// Header is the leading comment.
type Header struct {
	Grain       []string
	Title       Text
	Description Text
	Materialize Materialize
	Inputs      map[string]Input
	Columns     map[string]Column
	Audits      []Audit
	Optional    []string
	DuckDBOnly  bool           // `dialect: duckdb`: the text need not run on Trino and is not linted
	Lines       map[string]int // of the keys, for errors: "materialize" stands on line 4
}

// Text is a text in both languages.
type Text struct{ En, Zh string }

// Kind says how a model's rows are kept.
type Kind string

// The kinds.
const (
	View        Kind = "view"        // not stored: readers compute it
	Table       Kind = "table"       // rebuilt whole whenever an input changed
	Incremental Kind = "incremental" // rebuilt for the days that its inputs touched
	Keys        Kind = "keys"        // rebuilt for the keys that its inputs touched
	Append      Kind = "append"      // each row comes from one row of one raw table; only new ones are computed
)

// Materialize says how a model's rows are kept.
type Materialize struct {
	Kind     Kind
	Column   string // Incremental: its stored DATE column; Keys: its key column; Append: the raw table
	LookBack int    // Incremental: a change on day d of an input touches the output days d … d + LookBack
	// Partition is, of Keys, a DATE column by which the files of a large table lie; "" is none. It is best one that does not
	// change while the row lives.
	Partition string
}

// PartitionedBy is the DATE column by which the model's files lie, "" for none.
func (m Materialize) PartitionedBy() string {
	if m.Kind == Incremental {
		return m.Column
	}
	return m.Partition
}

// Input says how changes of one input reach an incremental model.
type Input struct {
	Column string // the DATE column of the input (of a raw one: a date, timestamp or ISO text column) that drives the model
	Onward bool   // a change on day d touches every day from d on (`{from: column}`)
	Whole  bool   // the input is never filtered and any change of it rebuilds the model (`all`)
	// LookBack is the model's own, unless the input says another (`{column: c, look_back: N days}`): a change on day d
	// of this input touches the output days d … d + LookBack.
	LookBack int
	// Match, if not empty, says which rows of the model a changed row of the input touches: those whose columns, the
	// values, equal the input's columns, the keys (`{match: {rate_date: paid_date}}`); of several such maps, one is enough.
	Match []map[string]string
	Line  int
}

// Column describes a column of the result; what is left out is taken from the dictionary.
type Column struct {
	Text
	Passport string // name of the metric passport
	Line     int
}

// Audit is a check of the built table.
type Audit struct {
	Unique    []string            // no two rows agree in these columns
	NotNull   []string            // none of these is null
	Accepted  map[string][]string // each column holds only these values or null
	Conserves string              // the sum of this expression over the model …
	With      string              // … equals the sum of this one, "schema.table.expression"
	SQL       string              // a SELECT of the bad rows
	Refers    map[string]string   // each column's values are among those of the column that it names, "star.dim_x.x_key"; see [WithReferences]
	File      string              // where it is declared, when that is not the model's file
	Line      int
}

// Name is a short name of the audit for reports: "unique(order_key)".
func (a Audit) Name() string {
	switch {
	case a.Unique != nil:
		return "unique(" + strings.Join(a.Unique, ", ") + ")"
	case a.NotNull != nil:
		return "not_null(" + strings.Join(a.NotNull, ", ") + ")"
	case a.Accepted != nil:
		return "accepted(" + strings.Join(sortedKeys(a.Accepted), ", ") + ")"
	case a.Conserves != "":
		return "conserves(" + a.Conserves + ")"
	case a.Refers != nil:
		return "refers(" + strings.Join(sortedKeys(a.Refers), ", ") + ")"
	default:
		return "sql(" + strings.Join(strings.Fields(firstWords(a.SQL, 60)), " ") + ")"
	}
}

func firstWords(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
