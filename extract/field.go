package extract

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/models"
)

type rawField struct {
	Type      string   `yaml:"type"`
	Path      string   `yaml:"path"`
	From      string   `yaml:"from"`
	Layout    string   `yaml:"layout"`
	Zone      string   `yaml:"zone"`
	Personal  string   `yaml:"personal"`
	Required  bool     `yaml:"required"`
	Empty     []string `yaml:"empty"`
	Thousands string   `yaml:"thousands"`
	Title     Title    `yaml:"title"`
}

// FieldTypes are the words a field's type may be: the dictionary's types, and those with a unit.
func FieldTypes() []string {
	return []string{"string", "integer", "boolean", "money", "money fen", "money micros", "decimal", "rate", "double",
		"date", "date epoch_s", "date epoch_ms", "timestamp", "timestamp epoch_s", "timestamp epoch_ms", "timestamp epoch_us", "currency", "json"}
}

// PersonalKinds are the ways a personal field may be landed.
func PersonalKinds() []string { return []string{"pseudonym", "phone", "email", "drop"} }

// field parses `name: type` or `name: {type: …, …}`.
func (p *parser) field(o Option) Field {
	raw := rawField{}
	if o.Value.Kind == yaml.ScalarNode {
		raw.Type = o.Value.Value
	} else {
		p.problems = append(p.problems, DecodeStrict(p.file, o.Value, &raw)...)
	}
	f := Field{Name: o.Name, From: raw.From, Layout: raw.Layout, Zone: raw.Zone, Personal: raw.Personal,
		Required: raw.Required, Empty: raw.Empty, Thousands: raw.Thousands, Title: raw.Title, Line: o.Line, Path: []string{o.Name}}
	if !columnName.MatchString(o.Name) {
		p.add(o.Line, "%q is no name of a field; write lower case letters, digits and underscores, and give the source's spelling as path", o.Name)
	}
	if raw.Path != "" {
		f.Path = strings.Split(raw.Path, ".")
	}
	if raw.From != "" && raw.Path != "" {
		p.add(o.Line, "%s: a field has a path in the record or comes from elsewhere, not both", o.Name)
	}
	if raw.Zone != "" {
		p.zone(o.Line, o.Name+": zone", raw.Zone)
	}
	if raw.Personal != "" && !slices.Contains(PersonalKinds(), raw.Personal) {
		p.add(o.Line, "%s: personal %q%s; allowed are %s", o.Name, raw.Personal, models.MeantBy(raw.Personal, PersonalKinds()), strings.Join(PersonalKinds(), ", "))
	}
	if !slices.Contains(FieldTypes(), raw.Type) {
		p.add(o.Line, "%s: unknown type %q%s; allowed are %s", o.Name, raw.Type, models.MeantBy(raw.Type, FieldTypes()), strings.Join(FieldTypes(), ", "))
		return f
	}
	kind, unit, _ := strings.Cut(raw.Type, " ")
	f.Type = models.Type(kind)
	if epoch, ok := strings.CutPrefix(unit, "epoch_"); ok {
		f.Epoch = epoch
	} else {
		f.Unit = unit
	}
	if raw.Thousands != "" && (raw.Thousands != "," && raw.Thousands != " " && raw.Thousands != "'" || !slices.Contains([]models.Type{models.Money, models.Decimal, models.Rate, models.Integer}, f.Type)) {
		p.add(o.Line, "%s: thousands %q; allowed are \",\", \" \" and \"'\", on money, decimal, rate and integer fields", o.Name, raw.Thousands)
	}
	if raw.Personal != "" && raw.Personal != "drop" && f.Type != models.String {
		p.add(o.Line, "%s: a personal field is a string", o.Name)
	}
	return f
}
