package models

import "slices"

// Mapping tells how the rows of one raw table conform to one entity. Connectors and the sources of a project's file
// declare mappings; package transform/conform compiles them to SQL.
type Mapping struct {
	Source string // the configured system, "tmall"
	Stream string // the kind of record, "order_lines"
	Table  string // the raw table, "raw.tmall__order_lines"
	Entity string // the entity of the dictionary, "order_line"
	Where  string // SQL condition over the raw columns; rows that fail it are another entity's; "" takes all
	Fields []MappedField
	// OnlyShops, if not nil, takes the rows of these shops alone; NotShops leaves theirs out. See [Mapping.OfRecord].
	OnlyShops, NotShops []string
	File                string // where the mapping is written, for errors
	Line                int
}

// MappedField gives one field of the entity its value.
type MappedField struct {
	Name  string            // the entity's field
	Expr  string            // SQL over the raw columns in the portable dialect; :name stands for a setting of the source
	Codes map[string]string // if not nil, the code table: source code (as text) to dictionary value; a code not in it is quarantined
	Line  int
}

// OfRecord gives the mapping of a source of a kind of system (shop, erp, …) as it is where some shops have the ERP for
// the record of their sales: one system counts each sale, so a shop's system gives none of those shops and an ERP none
// of the others. A source of another kind, such as files, gives what it is said to give.
func (m Mapping) OfRecord(kind string, erpShops []string) Mapping {
	if !slices.Contains([]string{"order", "order_line", "order_discount", "order_event", "refund"}, m.Entity) {
		return m
	}
	switch kind {
	case "shop":
		m.NotShops = erpShops
	case "erp":
		m.OnlyShops = append([]string{}, erpShops...)
	}
	return m
}
