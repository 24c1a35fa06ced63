package models

import "gopkg.in/yaml.v3"

func (l *loader) readEntity(root node) {
	m := l.fields(root, "entity", "extends", "title", "grain", "key", "refs", "fields", "checks", "hold", "history", "joined")
	_, extends := m["extends"]
	e := &Entity{File: root.file, Line: root.Line}
	if extends {
		e.Name = l.text(m, "extends")
		for _, key := range []string{"entity", "title", "grain", "key", "hold", "history", "joined"} {
			if n, there := m[key]; there {
				l.add(n, "a file that extends an entity cannot change its %s", key)
			}
		}
	} else {
		e.Name = l.name(root, m, "entity")
		e.Title, e.Grain, e.Key = l.title(m, "title"), l.text(m, "grain"), l.list(m, "key")
	}
	e.History, e.Joined = l.flag(m, "history"), l.flag(m, "joined")
	if n, ok := m["fields"]; ok {
		e.Fields = l.readFields(n, false)
	}
	for _, k := range e.Key {
		if _, ok := e.Field(k); !ok {
			l.add(m["key"], "key field %s is not among the fields", k)
		}
	}
	e.Refs = l.readRefs(m)
	if n, ok := m["checks"]; ok {
		e.Checks = l.list(map[string]node{"checks": n}, "checks")
		l.checkLines(n, e)
	}
	if n, ok := m["hold"]; ok {
		e.Hold = l.readHold(n)
	}
	if extends {
		l.extends = append(l.extends, extension{root.file, m["extends"].Node, e.Name, e})
		return
	}
	if other, dup := l.dict.Entity(e.Name); dup {
		l.add(root, "entity %q is already defined in %s; to add fields write extends: %s", e.Name, other.File, e.Name)
		return
	}
	l.dict.Entities = append(l.dict.Entities, e)
}

func (l *loader) readRefs(m map[string]node) []Ref {
	n, ok := m["refs"]
	if !ok {
		return nil
	}
	var out []Ref
	for _, p := range l.pairs(n) {
		r := Ref{Name: p.key, Entity: p.key, Line: p.keyAt.Line}
		if p.value.Kind == yaml.SequenceNode {
			r.Fields = l.list(map[string]node{p.key: p.value}, p.key)
		} else {
			f := l.fields(p.value, "entity", "fields")
			r.Entity, r.Fields = l.text(f, "entity"), l.list(f, "fields")
		}
		if !namePattern.MatchString(r.Name) {
			l.add(p.keyAt, "ref %q must be lower case letters, digits and _", r.Name)
		}
		out = append(out, r)
	}
	return out
}

func (l *loader) readHold(n node) *Hold {
	m := l.fields(n, "by", "reads", "bad")
	h := &Hold{By: l.text(m, "by"), Reads: l.list(m, "reads"), Line: n.Line}
	bad, ok := m["bad"]
	if !ok || bad.Kind != yaml.SequenceNode || len(bad.Content) == 0 {
		l.add(n, "hold needs bad: a list of {name, sql}")
		return h
	}
	for _, c := range bad.Content {
		f := l.fields(node{c, n.file}, "name", "sql")
		check := HoldCheck{Name: l.text(f, "name"), SQL: l.text(f, "sql"), Line: c.Line}
		if check.Name == "" || check.SQL == "" {
			l.problems.Add(n.file, c.Line, "a hold check needs a name and sql")
		}
		h.Bad = append(h.Bad, check)
	}
	return h
}

func (l *loader) readStar(root node) {
	m := l.fields(root, "star", "title", "description", "grain", "time_column", "scd2", "columns")
	t := &StarTable{
		Name: l.name(root, m, "star"), Title: l.title(m, "title"), Description: l.title(m, "description"),
		Grain: l.list(m, "grain"), TimeColumn: l.text(m, "time_column"), SCD2: l.flag(m, "scd2"), File: root.file, Line: root.Line,
	}
	if n, ok := m["columns"]; ok {
		t.Columns = l.readFields(n, true)
	} else {
		l.add(root, "star table %s has no columns", t.Name)
	}
	if _, dup := l.dict.StarTable(t.Name); dup {
		l.add(root, "star table %q is defined twice", t.Name)
		return
	}
	l.dict.Star = append(l.dict.Star, t)
}
