package project

import (
	"reflect"
	"slices"
	"strings"
)

// key is one key of a mapping, read from the tags of the declaration.
type key struct {
	Name, En, Zh, Default, Example string
	Allowed                        []string
	is                             []string
	field                          int
}

func (k key) has(mark string) bool     { return slices.Contains(k.is, mark) }
func (k key) allows(value string) bool { return slices.Contains(k.Allowed, value) }

// keysOf returns the keys of a struct in the order of the declaration.
func keysOf(t reflect.Type) []key {
	var keys []key
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		k := key{Name: name, En: tag.Get("en"), Zh: tag.Get("zh"), Default: tag.Get("default"), Example: tag.Get("eg"), field: i}
		k.is = strings.Split(tag.Get("is"), ",")
		if allowed := tag.Get("oneof"); allowed != "" {
			k.Allowed = strings.Split(allowed, "|")
		}
		keys = append(keys, k)
	}
	return keys
}

func find(keys []key, name string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.Name == name && name != "" })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func shortOf(keys []key) (key, bool) { return marked(keys, "short") }
func restOf(keys []key) (key, bool)  { return marked(keys, "rest") }

func marked(keys []key, mark string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.has(mark) })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func names(keys []key) string { return strings.Join(named(keys), ", ") }

func named(keys []key) (list []string) {
	for _, k := range keys {
		if k.Name != "" {
			list = append(list, k.Name)
		}
	}
	return list
}
