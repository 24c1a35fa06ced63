package models

import (
	"slices"
	"strconv"
	"strings"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func join(list []string) string { return strings.Join(list, ", ") }

// PersonalClasses are the values of a field's personal: what it would tell about a person.
func PersonalClasses() []string {
	return []string{"none", "pseudonym", "phone", "email", "name", "address"}
}

func typeNames() []string {
	names := make([]string, 0, len(sqlTypes))
	for t := range sqlTypes {
		names = append(names, string(t))
	}
	slices.Sort(names)
	return names
}

// readFields reads the fields of an entity or the columns of a star table.
func (l *loader) readFields(n node, star bool) []Field {
	keys := []string{"type", "required", "default", "min", "allowed", "codes", "unit", "personal", "refers", "title", "note"}
	if !star {
		keys = append(keys, "version")
	}
	var out []Field
	for _, p := range l.pairs(n) {
		m := l.fields(p.value, keys...)
		f := Field{
			Name: p.key, Type: Type(l.text(m, "type")), Required: l.flag(m, "required"), Version: l.flag(m, "version"),
			Unit: l.text(m, "unit"), Min: l.text(m, "min"), Default: l.text(m, "default"), Codes: l.text(m, "codes"),
			Allowed: l.list(m, "allowed"), Personal: l.text(m, "personal"), Refers: l.text(m, "refers"),
			Title: l.title(m, "title"), Note: l.text(m, "note"), Line: p.keyAt.Line,
		}
		_, f.HasDefault = m["default"]
		if !namePattern.MatchString(f.Name) {
			l.add(p.keyAt, "field %q must be lower case letters, digits and _", f.Name)
		}
		l.checkField(p.keyAt, m, &f)
		out = append(out, f)
	}
	return out
}

func (l *loader) checkField(at node, m map[string]node, f *Field) {
	if _, err := f.Type.SQL(); err != nil {
		l.problems.Add(at.file, l.line(m, "type", at.Line), "field %s: type %q is not one of %s", f.Name, f.Type, join(typeNames()))
	}
	numeric := contains([]string{"integer", "money", "decimal", "rate", "double"}, string(f.Type))
	if f.Min != "" && (!numeric || !isNumber(f.Min)) {
		l.add(m["min"], "field %s: min must be a number, on a field that is one", f.Name)
	}
	if f.HasDefault && !f.accepts(f.Default, numeric) {
		l.add(m["default"], "field %s: the default %q is no %s", f.Name, f.Default, f.Type)
	}
	if f.Personal == "" {
		f.Personal = "none"
	}
	if !contains(PersonalClasses(), f.Personal) {
		l.add(m["personal"], "field %s: personal %q is not one of %s", f.Name, f.Personal, join(PersonalClasses()))
	}
	if f.Codes != "" && f.Allowed != nil {
		l.add(m["codes"], "field %s: give codes or allowed, not both", f.Name)
	}
	if (f.Codes != "" || f.Allowed != nil) && f.Type != String {
		l.add(at, "field %s: only a string has codes", f.Name)
	}
	if f.Title == (Title{}) {
		f.Title = Title{f.Name, f.Name}
	}
}

// accepts reports whether a default written in YAML can be a value of the field.
func (f *Field) accepts(value string, numeric bool) bool {
	switch {
	case f.Type == Integer:
		_, err := strconv.ParseInt(value, 10, 64)
		return err == nil
	case numeric:
		return isNumber(value)
	case f.Type == Boolean:
		return value == "true" || value == "false"
	default:
		return f.Type == String || f.Type == Currency
	}
}
