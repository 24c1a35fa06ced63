package conform

import (
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// epoch is the instant from which timestamps that are parts of keys are counted, in milliseconds.
const epoch = "timestamp '1970-01-01 00:00:00'"

// branchSQL is the SELECT that stages the rows of one mapping: columns of the entity in order, then
// _deleted, _version, _natural_key, _reason (null for a good row) and _record (the raw values, of a bad row).
// It has five floors: the raw expressions (r_), the values cast to the dictionary's types (t_), the values with
// defaults under the fields' own names, whether the row is bad, and the keys, reasons and hash over those.
func (p *Plan) branchSQL(b branch) string {
	e := p.Entity
	var raw []string
	for _, f := range p.mapped(b) {
		raw = append(raw, fmt.Sprintf("(%s\n) as %s", b.exprs[f.Name], ident("r_"+f.Name)))
	}
	raw = append(raw, `"_source"`, `"_stream"`, `"_batch_id"`, `"_extracted_at"`)
	from := "select " + strings.Join(raw, ",\n  ") + "\nfrom " + b.from
	if b.where != "" {
		from += "\nwhere (" + b.where + "\n)"
	}
	var typed []string
	for _, f := range p.mapped(b) {
		typed = append(typed, p.cast(f, b)+" as "+ident("t_"+f.Name))
	}
	values := make([]string, 0, len(e.Fields)+1)
	for _, f := range e.Fields {
		values = append(values, p.value(f, b)+" as "+ident(f.Name))
	}
	deleted := "false"
	if _, ok := b.exprs[Deleted]; ok {
		deleted = `coalesce("t__deleted", false)`
	}
	values = append(values, deleted+` as "_deleted"`)

	rules := p.rules(b)
	final := []string{keyHash(e, e.Key) + " as " + ident(e.KeyColumn())}
	for _, r := range e.Refs {
		final = append(final, keyHash(e, r.Fields)+" as "+ident(r.Name+"_key"))
	}
	for _, f := range e.Fields {
		final = append(final, ident(f.Name))
	}
	final = append(final, text("_source"), text("_stream"), text("_batch_id"), `cast("_extracted_at" as timestamp with time zone) as "_extracted_at"`, contentHash(e)+` as "_version_hash"`,
		`"_deleted"`, versionExpr(e)+` as "_version"`, `case when "_bad" then `+naturalKey(p, b)+` end as "_natural_key"`,
		`case when "_bad" then `+rules.reason()+` end as "_reason"`, `case when "_bad" then `+p.record(b)+` end as "_record"`)
	return "select " + strings.Join(final, ",\n  ") +
		"\nfrom (select *, " + rules.any() + ` as "_bad"` +
		"\nfrom (select *, " + strings.Join(values, ",\n  ") +
		"\nfrom (select *, " + strings.Join(typed, ",\n  ") +
		"\nfrom (" + from + ") as r) as t) as v) as judged"
}

func text(name string) string { return "cast(" + ident(name) + " as varchar) as " + ident(name) }

// mapped are the fields that the branch gives an expression, in the entity's order, _deleted last.
func (p *Plan) mapped(b branch) []models.Field {
	var out []models.Field
	for _, f := range append(p.Entity.Fields[:len(p.Entity.Fields):len(p.Entity.Fields)], models.Field{Name: Deleted, Type: models.Boolean}) {
		if _, ok := b.exprs[f.Name]; ok {
			out = append(out, f)
		}
	}
	return out
}

// cast turns a raw expression into the field's type; what does not fit becomes null, which is a reason.
func (p *Plan) cast(f models.Field, b branch) string {
	r := ident("r_" + f.Name)
	if codes, ok := b.codes[f.Name]; ok {
		var s strings.Builder
		s.WriteString("case cast(" + r + " as varchar)")
		for _, code := range sortedKeys(codes) {
			s.WriteString(" when " + literal(code) + " then " + literal(codes[code]))
		}
		return fmt.Sprintf("cast(%s end as varchar)", s.String())
	}
	switch f.Type {
	case models.String, models.Currency, models.JSON:
		return "nullif(cast(" + r + " as varchar), '')"
	default:
		return reader(f.Type) + "(" + r + ")"
	}
}

// reader is the function that makes a value of a type, null of what is none. Of texts both engines take the same ones,
// which their own casts do not.
func reader(t models.Type) string {
	switch name := sqlType(t); name {
	case "timestamp with time zone":
		return "heliu_instant"
	default:
		return "heliu_" + strings.NewReplacer("(", "_", ",", "_", ")", "").Replace(name)
	}
}

func (p *Plan) value(f models.Field, b branch) string {
	_, mapped := b.exprs[f.Name]
	def := fmt.Sprintf("cast(%s as %s)", literal(f.Default), sqlType(f.Type))
	switch {
	case mapped && f.HasDefault:
		return "coalesce(" + ident("t_"+f.Name) + ", " + def + ")"
	case mapped:
		return ident("t_" + f.Name)
	case f.HasDefault:
		return def
	default:
		return "cast(null as " + sqlType(f.Type) + ")"
	}
}

// sqlType is the type's name in SQL; the loader has refused types that have none.
func sqlType(t models.Type) string {
	s, err := t.SQL()
	if err != nil {
		return "varchar"
	}
	return s
}

// keyHash is key63 over fields joined by chr(31), null when one of them is null.
func keyHash(e *models.Entity, names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		f, _ := e.Field(name)
		parts[i] = KeyPart(f)
	}
	return "key63(" + strings.Join(parts, " || chr(31) || ") + ")"
}

// KeyPart is the SQL text of a field as a part of a natural key: strings as they are, numbers and days as text,
// instants as milliseconds since 1970.
func KeyPart(f models.Field) string {
	switch f.Type {
	case models.String, models.Currency:
		return ident(f.Name)
	case models.Timestamp:
		return "cast(date_diff('millisecond', " + epoch + ", " + ident(f.Name) + " at time zone 'UTC') as varchar)"
	default:
		return "cast(" + ident(f.Name) + " as varchar)"
	}
}

// contentHash tells two versions of a row apart when nothing else does.
func contentHash(e *models.Entity) string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		text := "cast(" + ident(f.Name) + " as varchar)"
		switch f.Type {
		case models.String, models.Currency, models.JSON:
			text = ident(f.Name)
		case models.Timestamp:
			text = KeyPart(f)
		}
		parts[i] = "coalesce(" + text + ", chr(30))"
	}
	return "key63(concat_ws(chr(31), " + strings.Join(parts, ", ") + "))" // || would copy the text at each field
}

// versionExpr orders the versions of a key before the time of extraction does. A row whose own version is missing or
// unreadable counts as no newer than its extraction.
func versionExpr(e *models.Entity) string {
	f, ok := e.Version()
	switch {
	case !ok:
		return `"_extracted_at"`
	case f.Type == models.Timestamp:
		return "coalesce(" + ident(f.Name) + `, "_extracted_at")`
	default:
		return ident(f.Name)
	}
}

// naturalKey shows the key as the source wrote it, for people.
func naturalKey(p *Plan, b branch) string {
	parts := make([]string, len(p.Entity.Key))
	for i, name := range p.Entity.Key {
		text := ident(name)
		if _, ok := b.exprs[name]; ok {
			text = ident("r_" + name)
		}
		parts[i] = "coalesce(cast(" + text + " as varchar), '')"
	}
	return strings.Join(parts, " || '/' || ")
}

// record is the row as the mapping read it, all as text in one JSON object.
func (p *Plan) record(b branch) string {
	var parts []string
	for _, f := range p.mapped(b) {
		parts = append(parts, literal(f.Name)+", cast("+ident("r_"+f.Name)+" as varchar)")
	}
	return "cast(json_object(" + strings.Join(parts, ", ") + ") as varchar)"
}
