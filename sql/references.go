package sql

import (
	"strings"

	"github.com/heliu-data/heliu/models"
)

const dimensionPrefix = "dim_"

// WithReferences gives every star table among the models one audit more: that each key which the dictionary says points
// to a dimension (`refers: dim_x`) has its row there, null being no key. A key that points to another fact is not held
// to it: a refund may be older than the first order that was read.
func WithReferences(dict *models.Dictionary, list []Model) []Model {
	for i, m := range list {
		t, ok := dict.StarTable(m.Name)
		if !ok || m.Schema != "star" {
			continue
		}
		a := Audit{Refers: map[string]string{}, File: t.File, Line: t.Line}
		for _, c := range t.Columns {
			if name, dim := strings.CutPrefix(c.Refers, dimensionPrefix); dim {
				a.Refers[c.Name] = "star." + c.Refers + "." + name + "_key"
			}
		}
		if len(a.Refers) > 0 {
			list[i].Header.Audits = append(list[i].Header.Audits, a)
		}
	}
	return list
}
