package models

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed entities/*.yaml star/*.yaml metrics/*.yaml codes.yaml currencies.yaml
var builtin embed.FS

// Dictionary is everything the program knows about what tables and figures mean. Treat it as read-only.
type Dictionary struct {
	Entities   []*Entity    // by name
	Star       []*StarTable // by name
	Metrics    []*Passport  // by name
	Codes      []*CodeList  // by name
	Currencies []Currency4217
}

// Load reads the built-in dictionary.
func Load() (*Dictionary, error) { return LoadFS(nil) }

// LoadFS reads the built-in dictionary and a project's additions to it: entities/*.yaml, star/*.yaml, metrics/*.yaml
// and codes.yaml under project (nil for none). A project's entity file may say "extends: order" in place of "entity:"
// to add fields, refs and checks to a built-in entity. Every mistake is reported at once, as [Problems].
func LoadFS(project fs.FS) (*Dictionary, error) {
	l := &loader{dict: &Dictionary{}}
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
