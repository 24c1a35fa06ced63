package models

// StarTable is one dimension, fact or bridge of the star schema; its table is star.<Name>.
type StarTable struct {
	Name        string
	Title       Title
	Description Title
	Grain       []string // the columns that make a row unique
	TimeColumn  string   // the DATE column that places a row in time; "" for tables without one
	SCD2        bool     // rows are versions with valid_from_at and valid_to_at
	Columns     []Field  // in order; Refers names the dimension that a key column points to
	File        string
	Line        int
}

// Column returns the column called name.
func (t *StarTable) Column(name string) (Field, bool) { return findField(t.Columns, name) }
