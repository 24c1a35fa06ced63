// Package conform turns landed rows into entities: it compiles the mappings of all sources and the rules of the data
// dictionary to set-based SQL that stages the new rows, keeps out what breaks a rule, and merges the rest so that the
// latest version of each key stands in entity.<name>, in whatever order the rows came (invariant 5).
package conform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// Deleted is the name under which a mapping tells that a row says its record is gone: a boolean expression. Such a row
// needs its key and version only; while it is the latest of its key, the key is not in the entity.
const Deleted = "_deleted"

// Plan is how one entity is made from all mappings to it.
type Plan struct {
	Entity *models.Entity

	dict     *models.Dictionary
	branches []branch
	given    []Given
	tellers  []teller
	hold     *models.Hold // nil when the entity has none or when what it reads has no source
	deletes  bool
}

// branch is one mapping, its expressions with the settings put in.
type branch struct {
	mapping models.Mapping
	where   string
	exprs   map[string]string // by field
	codes   map[string]map[string]string
	from    string // the table, or a SELECT in brackets
}

// Compile checks all mappings against the dictionary and returns one plan for each of its entities, by name; an entity
// without mapping or given rows gets an empty table, so that what reads it need not ask. Params are the settings of each source that its expressions may use as :name.
// Every mistake is reported at once, as [models.Problems] with file and line.
func Compile(dict *models.Dictionary, mappings []models.Mapping, params map[string]map[string]string, given ...Given) ([]*Plan, error) {
	var problems models.Problems
	plans := map[string]*Plan{}
	for _, e := range dict.Entities {
		plans[e.Name] = &Plan{Entity: e, dict: dict}
	}
	for _, m := range mappings {
		p, ok := plans[m.Entity]
		if !ok {
			problems.Add(m.File, m.Line, "%s.%s maps to %q, which is no entity of the dictionary%s", m.Source, m.Stream, m.Entity, near(m.Entity, entityNames(dict)))
			continue
		}
		b := newBranch(p.Entity, m, params[m.Source], &problems)
		_, deletes := b.exprs[Deleted]
		p.deletes = p.deletes || deletes
		p.branches = append(p.branches, b)
	}
	for _, g := range given {
		p, ok := plans[g.Entity]
		if !ok {
			problems.Add(g.File, g.Line, "%q is no entity of the dictionary", g.Entity)
			continue
		}
		g.check(p.Entity, &problems)
		p.given = append(p.given, g)
	}
	if err := problems.Err(); err != nil {
		return nil, fmt.Errorf("mappings to the data dictionary have mistakes:\n%w", err)
	}
	out := make([]*Plan, 0, len(plans))
	for _, e := range dict.Entities { // sorted by name
		p := plans[e.Name]
		if p.Mapped() && e.Hold != nil && !slices.ContainsFunc(e.Hold.Reads, func(name string) bool { return !plans[name].Mapped() }) {
			p.hold = e.Hold
		}
		slices.SortStableFunc(p.branches, func(a, b branch) int {
			return strings.Compare(a.mapping.Table+"\x00"+a.where, b.mapping.Table+"\x00"+b.where)
		})
		p.tellers = p.tellersOf()
		out = append(out, p)
	}
	return out, nil
}

func newBranch(e *models.Entity, m models.Mapping, params map[string]string, problems *models.Problems) branch {
	b := branch{mapping: m, from: table(m.Table), exprs: map[string]string{}, codes: map[string]map[string]string{}}
	at := func(line int) int {
		if line == 0 {
			return m.Line
		}
		return line
	}
	put := func(line int, what, expr string) string {
		sql, err := substitute(expr, params)
		if err != nil {
			problems.Add(m.File, at(line), "%s.%s to %s: %s: %v", m.Source, m.Stream, m.Entity, what, err)
		}
		return sql
	}
	if m.Where != "" {
		b.where = put(m.Line, "where", m.Where)
	}
	for _, f := range m.Fields {
		def, ok := e.Field(f.Name)
		if f.Name == Deleted {
			def, ok = models.Field{Name: Deleted, Type: models.Boolean}, true
		}
		switch _, twice := b.exprs[f.Name]; {
		case !ok:
			problems.Add(m.File, at(f.Line), "%s.%s: entity %s has no field %s%s", m.Source, m.Stream, m.Entity, f.Name, near(f.Name, fieldNames(e)))
			continue
		case twice:
			problems.Add(m.File, at(f.Line), "%s.%s to %s: %s is mapped twice", m.Source, m.Stream, m.Entity, f.Name)
			continue
		case strings.TrimSpace(f.Expr) == "":
			problems.Add(m.File, at(f.Line), "%s.%s to %s: %s has no expression", m.Source, m.Stream, m.Entity, f.Name)
			continue
		}
		b.exprs[f.Name] = put(f.Line, f.Name, f.Expr)
		if f.Codes == nil {
			continue
		}
		if len(f.Codes) == 0 {
			problems.Add(m.File, at(f.Line), "%s.%s to %s: the code table of %s is empty: give it codes, or map the field without one", m.Source, m.Stream, m.Entity, f.Name)
		}
		b.codes[f.Name] = f.Codes
		for _, code := range sortedKeys(f.Codes) {
			if len(def.Allowed) > 0 && !slices.Contains(def.Allowed, f.Codes[code]) {
				problems.Add(m.File, at(f.Line), "%s.%s to %s: %s: code %q becomes %q, which is not one of %s", m.Source, m.Stream, m.Entity, f.Name, code, f.Codes[code], strings.Join(def.Allowed, ", "))
			}
		}
	}
	for _, f := range e.Fields {
		if _, mapped := b.exprs[f.Name]; f.Required && !f.HasDefault && !mapped {
			problems.Add(m.File, m.Line, "%s.%s to %s: the required field %s is not mapped", m.Source, m.Stream, m.Entity, f.Name)
		}
	}
	b.where = b.ofRecord()
	return b
}

// Mapped says whether the entity has a mapping or given rows at all.
func (p *Plan) Mapped() bool { return len(p.branches)+len(p.given) > 0 }

// Name is the table that the plan makes: "entity.order_line".
func (p *Plan) Name() string { return "entity." + p.Entity.Name }

// Quarantine is the table of the rows kept out: "quarantine.order_line".
func (p *Plan) Quarantine() string { return "quarantine." + p.Entity.Name }

// Aside is the table of rows that are sound but not in the entity, because another entity contradicts them or because
// the source deleted them; "" when the entity has no such rows. It is shaped as the entity, then _aside with the cause.
func (p *Plan) Aside() string {
	if p.hold == nil && !p.deletes {
		return ""
	}
	return "quarantine." + p.Entity.Name + "__aside"
}

// History is the table of all accepted versions, one row a key and version, shaped as the entity; "" when the
// dictionary does not ask for it.
func (p *Plan) History() string {
	if !p.Entity.History {
		return ""
	}
	return p.Name() + "__history"
}

// Outputs are the tables that the plan writes, the entity first.
func (p *Plan) Outputs() []string {
	out := []string{p.Name()}
	if p.History() != "" {
		out = append(out, p.History())
	}
	out = append(out, p.Quarantine())
	if !p.Mapped() {
		return out
	}
	if p.Aside() != "" {
		out = append(out, p.Aside())
	}
	if p.Told() != "" {
		out = append(out, p.Told())
	}
	return out
}

// Raw are the raw tables that the plan reads, sorted.
func (p *Plan) Raw() []string {
	var out []string
	for _, b := range p.branches {
		if !slices.Contains(out, b.mapping.Table) {
			out = append(out, b.mapping.Table)
		}
	}
	slices.Sort(out)
	return out
}

// Reads are the entity tables that rows of this one are held against.
func (p *Plan) Reads() []string {
	if p.hold == nil {
		return nil
	}
	out := make([]string, len(p.hold.Reads))
	for i, name := range p.hold.Reads {
		out[i] = "entity." + name
	}
	return out
}

// HoldBy is the key column by which rows are judged against Reads; "" when they are not.
func (p *Plan) HoldBy() string {
	if p.hold == nil {
		return ""
	}
	return p.hold.By
}

// Fingerprint changes when the entity, a mapping, a setting or a given row does.
func (p *Plan) Fingerprint() string {
	h := sha256.New()
	fmt.Fprintln(h, p.columnList(), p.Outputs())
	for _, b := range p.branches {
		fmt.Fprintln(h, b.mapping.Table, p.branchSQL(b))
	}
	for _, g := range p.given {
		fmt.Fprintln(h, p.branchSQL(p.givenBranch(g)))
	}
	if p.Told() != "" {
		fmt.Fprintln(h, p.joined("told", ident(p.Entity.KeyColumn())))
	}
	if p.hold != nil {
		fmt.Fprintf(h, "%s %q", p.hold.By, p.hold.Reads)
		for _, c := range p.hold.Bad {
			fmt.Fprintf(h, "%q %q", c.Name, c.SQL)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func entityNames(d *models.Dictionary) []string {
	out := make([]string, len(d.Entities))
	for i, e := range d.Entities {
		out[i] = e.Name
	}
	return out
}

func fieldNames(e *models.Entity) []string {
	out := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		out[i] = f.Name
	}
	return out
}
