package models

import "slices"

// Entity is one kind of thing of the data dictionary; its table is entity.<Name>.
type Entity struct {
	Name    string
	Title   Title
	Grain   string   // one row is what
	Key     []string // the fields of the natural key, in the order in which they are hashed
	Refs    []Ref    // links to other entities; each gives a column <Ref.Name>_key
	Fields  []Field  // in the order of the file
	Checks  []string // SQL conditions over the fields; a row is bad when one is false (null passes)
	Hold    *Hold    // checks against other entities; nil when there are none
	History bool     // entity.<Name>__history keeps every version, for dimensions that show the past
	Joined  bool     // rows of several sources are joined field by field, null says nothing; else the newest row stands whole
	File    string
	Line    int
}

// Ref links an entity to another by the fields that form the other's natural key.
type Ref struct {
	Name   string   // the column is <Name>_key
	Entity string   // the entity it points to
	Fields []string // fields of this entity, in the order of the other's key
	Line   int
}

// Hold keeps rows out of their entity while they contradict rows of other entities. All rows with the same value of
// column By are judged together, each time one of them or a row of an entity in Reads with that value changes; so the
// verdict does not depend on the order in which they came.
type Hold struct {
	By    string      // a key column of this entity that the entities of Reads have as well: "order_key"
	Reads []string    // the entities that the queries read; when one of them has no source, nothing is held
	Bad   []HoldCheck // at least one
	Line  int
}

// HoldCheck is one query over pool (the rows to be judged, shaped as the entity) and the entities of Reads that
// returns the keys of the bad rows.
type HoldCheck struct {
	Name string
	SQL  string
	Line int
}

// Field is one typed column of an entity or a star table.
type Field struct {
	Name       string
	Type       Type
	Required   bool
	Version    bool   // of two versions of a row the one with the greater value is newer; one field an entity at most
	Unit       string // of what is not money: "pieces", "days"
	Min        string // the least value allowed, as a number; "" for no bound
	Default    string // what a missing value becomes, as text
	HasDefault bool   // tells the default "" from no default
	Codes      string // the list of codes.yaml that Allowed was taken from, "" when Allowed is the field's own
	Allowed    []string
	Personal   string // none, pseudonym, phone, email, name, address
	Refers     string // the entity or star table that the field points to
	Title      Title
	Note       string
	Line       int
}

// Field returns the field called name.
func (e *Entity) Field(name string) (Field, bool) { return findField(e.Fields, name) }

// Version returns the field by which versions are ordered; false when only the time of extraction orders them.
func (e *Entity) Version() (Field, bool) {
	i := slices.IndexFunc(e.Fields, func(f Field) bool { return f.Version })
	if i < 0 {
		return Field{}, false
	}
	return e.Fields[i], true
}

// KeyColumn is the name of the entity's surrogate key: "order_line_key".
func (e *Entity) KeyColumn() string { return e.Name + "_key" }

// MetaColumns are the columns that end every entity table.
func MetaColumns() []Field {
	return []Field{
		{Name: "_source", Type: String, Required: true, Title: Title{"Source", "来源系统"}},
		{Name: "_stream", Type: String, Required: true, Title: Title{"Stream", "来源数据流"}},
		{Name: "_batch_id", Type: String, Required: true, Title: Title{"Batch", "批次"}},
		{Name: "_extracted_at", Type: Timestamp, Required: true, Title: Title{"Extracted at", "抽取时间"}},
		{Name: "_version_hash", Type: Key, Required: true, Title: Title{"Hash of the content", "内容哈希"}},
	}
}

// Columns returns all columns of entity.<Name> in order: the key, one key a ref, the fields, the meta columns.
func (e *Entity) Columns() []Field {
	cols := []Field{{Name: e.KeyColumn(), Type: Key, Required: true, Title: Title{e.Title.En + " (key)", e.Title.Zh + "键"}}}
	for _, r := range e.Refs {
		cols = append(cols, Field{Name: r.Name + "_key", Type: Key, Refers: r.Entity, Title: Title{r.Name + " (key)", r.Name + "键"}})
	}
	return append(append(cols, e.Fields...), MetaColumns()...)
}

func findField(fields []Field, name string) (Field, bool) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return fields[i], true
}
