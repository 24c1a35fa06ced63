package models

import (
	"slices"
	"strings"
)

// finish applies the project's extensions, resolves what refers to what, and sorts.
func (l *loader) finish() {
	for _, x := range l.extends {
		e, ok := l.dict.Entity(x.name)
		if !ok {
			l.problems.Add(x.file, x.at.Line, "extends: there is no entity %q", x.name)
			continue
		}
		for _, f := range x.with.Fields {
			if _, dup := e.Field(f.Name); dup {
				l.problems.Add(x.file, f.Line, "entity %s already has a field %s", e.Name, f.Name)
				continue
			}
			e.Fields = append(e.Fields, f)
		}
		e.Refs = append(e.Refs, x.with.Refs...)
		e.Checks = append(e.Checks, x.with.Checks...)
	}
	sortByName(l.dict.Entities, func(e *Entity) string { return e.Name })
	sortByName(l.dict.Star, func(t *StarTable) string { return t.Name })
	sortByName(l.dict.Metrics, func(p *Passport) string { return p.Name })
	sortByName(l.dict.Codes, func(c *CodeList) string { return c.Name })
	for _, e := range l.dict.Entities {
		l.checkEntity(e)
	}
	for _, t := range l.dict.Star {
		l.checkStar(t)
	}
}

func (l *loader) checkEntity(e *Entity) {
	if e.Title.En == "" || e.Title.Zh == "" || e.Grain == "" {
		l.problems.Add(e.File, e.Line, "entity %s needs title: {en, zh} and grain: one row is what", e.Name)
	}
	l.resolveCodes(e.File, e.Fields)
	if len(e.Key) == 0 {
		l.problems.Add(e.File, e.Line, "entity %s has no key", e.Name)
	}
	for _, k := range e.Key {
		f, ok := e.Field(k)
		switch {
		case !ok: // reported while the file was read
		case !f.Required:
			l.problems.Add(e.File, f.Line, "key field %s must be required (give it a default where it may be empty)", k)
		case !contains([]string{"string", "integer", "date", "timestamp", "currency"}, string(f.Type)):
			l.problems.Add(e.File, f.Line, "key field %s cannot be of type %s", k, f.Type)
		}
	}
	versions := 0
	for _, f := range e.Fields {
		if f.Version {
			versions++
			if f.Type != Timestamp && f.Type != Integer && f.Type != Date {
				l.problems.Add(e.File, f.Line, "version field %s must be a timestamp, integer or date", f.Name)
			}
		}
		if f.Refers != "" {
			if _, ok := l.dict.Entity(f.Refers); !ok {
				l.problems.Add(e.File, f.Line, "field %s refers to %q, which is no entity", f.Name, f.Refers)
			}
		}
	}
	if versions > 1 {
		l.problems.Add(e.File, e.Line, "entity %s has %d version fields; one at most", e.Name, versions)
	}
	l.checkRefs(e)
	l.checkHold(e)
}

// checkRefs resolves the refs and marks their last fields.
func (l *loader) checkRefs(e *Entity) {
	seen := []string{e.Name}
	for _, r := range e.Refs {
		to, ok := l.dict.Entity(r.Entity)
		if !ok {
			l.problems.Add(e.File, r.Line, "ref %s: there is no entity %q", r.Name, r.Entity)
			continue
		}
		if contains(seen, r.Name) {
			l.problems.Add(e.File, r.Line, "column %s_key would exist twice", r.Name)
		}
		seen = append(seen, r.Name)
		if len(r.Fields) != len(to.Key) {
			l.problems.Add(e.File, r.Line, "ref %s: the key of %s is (%s), give a field for each", r.Name, to.Name, join(to.Key))
			continue
		}
		for i, name := range r.Fields {
			at := slices.IndexFunc(e.Fields, func(f Field) bool { return f.Name == name })
			if at < 0 {
				l.problems.Add(e.File, r.Line, "ref %s: there is no field %s", r.Name, name)
				continue
			}
			if target, ok := to.Field(to.Key[i]); ok && target.Type != e.Fields[at].Type {
				l.problems.Add(e.File, r.Line, "ref %s: %s is a %s, but %s.%s a %s", r.Name, name, e.Fields[at].Type, to.Name, to.Key[i], target.Type)
			}
			if i == len(r.Fields)-1 && e.Fields[at].Refers == "" && (to != e || r.Name != e.Name) {
				e.Fields[at].Refers = to.Name
			}
		}
	}
}

func (l *loader) checkHold(e *Entity) {
	if e.Hold == nil {
		return
	}
	if !contains(keyColumns(e), e.Hold.By) {
		l.problems.Add(e.File, e.Hold.Line, "hold: by %q is not one of the key columns %s", e.Hold.By, join(keyColumns(e)))
	}
	for _, name := range e.Hold.Reads {
		to, ok := l.dict.Entity(name)
		if !ok {
			l.problems.Add(e.File, e.Hold.Line, "hold: there is no entity %q", name)
		} else if !contains(keyColumns(to), e.Hold.By) {
			l.problems.Add(e.File, e.Hold.Line, "hold: entity %s has no column %s", name, e.Hold.By)
		}
	}
}

func keyColumns(e *Entity) []string {
	out := []string{e.KeyColumn()}
	for _, r := range e.Refs {
		out = append(out, r.Name+"_key")
	}
	return out
}

func (l *loader) checkStar(t *StarTable) {
	l.resolveCodes(t.File, t.Columns)
	if t.Title.En == "" || t.Title.Zh == "" {
		l.problems.Add(t.File, t.Line, "star table %s needs title: {en, zh}", t.Name)
	}
	if len(t.Grain) == 0 {
		l.problems.Add(t.File, t.Line, "star table %s has no grain", t.Name)
	}
	for _, g := range t.Grain {
		if _, ok := t.Column(g); !ok {
			l.problems.Add(t.File, t.Line, "grain column %s is not among the columns", g)
		}
	}
	if t.TimeColumn != "" {
		if c, ok := t.Column(t.TimeColumn); !ok || c.Type != Date {
			l.problems.Add(t.File, t.Line, "time_column %s must be a column of type date", t.TimeColumn)
		}
	}
	if t.SCD2 {
		for _, name := range []string{"valid_from_at", "valid_to_at"} {
			if c, ok := t.Column(name); !ok || c.Type != Timestamp {
				l.problems.Add(t.File, t.Line, "an scd2 table needs a timestamp column %s", name)
			}
		}
	}
	for _, c := range t.Columns {
		if c.Refers == "" {
			continue
		}
		to, ok := l.dict.StarTable(c.Refers)
		if !ok {
			l.problems.Add(t.File, c.Line, "column %s refers to %q, which is no star table", c.Name, c.Refers)
			continue
		}
		if name, dim := strings.CutPrefix(to.Name, "dim_"); dim {
			if _, ok := to.Column(name + "_key"); !ok {
				l.problems.Add(t.File, c.Line, "column %s refers to %s, which has no column %s_key", c.Name, to.Name, name)
			}
		}
	}
}

// resolveCodes gives fields the values of their code lists and checks defaults against them.
func (l *loader) resolveCodes(file string, fields []Field) {
	for i := range fields {
		f := &fields[i]
		if f.Codes != "" {
			list, ok := l.dict.CodeList(f.Codes)
			if !ok {
				l.problems.Add(file, f.Line, "field %s: there is no code list %q in codes.yaml", f.Name, f.Codes)
				continue
			}
			f.Allowed = list.values()
		}
		if f.HasDefault && len(f.Allowed) > 0 && !contains(f.Allowed, f.Default) {
			l.problems.Add(file, f.Line, "field %s: the default %q is not one of %s", f.Name, f.Default, strings.Join(f.Allowed, ", "))
		}
	}
}
