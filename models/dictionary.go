package models

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed entities/*.yaml star/*.yaml metrics/*.yaml codes.yaml columns.yaml currencies.yaml
var builtin embed.FS

// Dictionary is everything the program knows about what tables and figures mean. Treat it as read-only.
type Dictionary struct {
	Entities   []*Entity    // by name
	Star       []*StarTable // by name
	Metrics    []*Passport  // by name
	Codes      []*CodeList  // by name
	Currencies []Currency4217
	columns    map[string]Title // by name: what columns are called in tables that do not say it themselves
}

// Load reads the built-in dictionary.
func Load() (*Dictionary, error) { return LoadFS(nil) }

// LoadFS reads the built-in dictionary and a project's additions to it: entities/*.yaml, star/*.yaml, metrics/*.yaml,
// codes.yaml and columns.yaml under project (nil for none). A project's entity file may say "extends: order" in place of
// "entity:" to add fields, refs and checks to a built-in entity; its title of a column takes the place of the built-in
// one. Every mistake is reported at once, as [Problems].
func LoadFS(project fs.FS) (*Dictionary, error) {
	l := &loader{dict: &Dictionary{columns: map[string]Title{}}}
	l.readAll(builtin, "models/")
	if project != nil {
		l.readAll(project, "models/")
	}
	l.finish()
	if err := l.problems.Err(); err != nil {
		return nil, fmt.Errorf("the data dictionary has mistakes:\n%w", err)
	}
	return l.dict, nil
}

// Entity returns the entity called name.
func (d *Dictionary) Entity(name string) (*Entity, bool) {
	return byName(d.Entities, name, func(e *Entity) string { return e.Name })
}

// StarTable returns the star table called name.
func (d *Dictionary) StarTable(name string) (*StarTable, bool) {
	return byName(d.Star, name, func(t *StarTable) string { return t.Name })
}

// Metric returns the metric passport called name.
func (d *Dictionary) Metric(name string) (*Passport, bool) {
	return byName(d.Metrics, name, func(p *Passport) string { return p.Name })
}

// CodeList returns the list of canonical codes called name.
func (d *Dictionary) CodeList(name string) (*CodeList, bool) {
	return byName(d.Codes, name, func(c *CodeList) string { return c.Name })
}

// ColumnTitle is what a column of this name is called in a table that does not say it itself: columns.yaml, else the
// first star table that has one; empty where none has.
func (d *Dictionary) ColumnTitle(name string) Title {
	if t, ok := d.columns[name]; ok {
		return t
	}
	for _, t := range d.Star {
		if f, ok := t.Column(name); ok {
			return f.Title
		}
	}
	return Title{}
}

// byName searches a slice that is sorted by name, or still being read.
func byName[T any](list []*T, name string, of func(*T) string) (*T, bool) {
	i := slices.IndexFunc(list, func(x *T) bool { return of(x) == name })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

func sortByName[T any](list []*T, of func(*T) string) {
	slices.SortFunc(list, func(a, b *T) int { return cmp.Compare(of(a), of(b)) })
}
