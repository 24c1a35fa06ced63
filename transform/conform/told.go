package conform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// teller is a stream of a source, or a section of the project's file, that tells of a joined entity. Of one teller the
// latest row of a key stands whole, so that it can blank what it said before; of several a field is what the newest says
// that states it (see [Plan.joined]).
type teller struct {
	source, stream string
	fields         map[string]bool // what it states
}

func (p *Plan) tellersOf() []teller {
	var out []teller
	add := func(source, stream string) map[string]bool {
		i := slices.IndexFunc(out, func(t teller) bool { return t.source == source && t.stream == stream })
		if i < 0 {
			i, out = len(out), append(out, teller{source, stream, map[string]bool{}})
		}
		return out[i].fields
	}
	for _, b := range p.branches {
		fields := add(b.mapping.Source, b.mapping.Stream)
		for name := range b.exprs {
			fields[name] = true
		}
	}
	for _, g := range p.given {
		fields := add("project", g.Stream)
		for _, row := range g.Rows {
			for name := range row.Values {
				fields[name] = true
			}
		}
	}
	return out
}

// Told is the table of what each teller says of the keys of which several tell, "entity.customer__told": the latest row
// of each (all its versions for an entity with a history), shaped as the entity, then _deleted. It is "" when there is
// one teller, or when of several the newest row stands whole.
func (p *Plan) Told() string {
	if !p.Entity.Joined || len(p.tellers) < 2 {
		return ""
	}
	return p.Name() + "__told"
}

// before selects what the warehouse has of the touched keys, as candidates: the rows of each teller.
func (b *build) before() string {
	key := ident(b.Entity.KeyColumn())
	touched := key + " in (select k from heliu_touched)"
	if b.Told() == "" {
		return b.existing(touched)
	}
	return b.existing(touched+" and "+key+" not in (select "+key+" from "+b.st.Told+")") +
		"\nunion all select " + b.columnList() + `, "_deleted", ` + versionExpr(b.Entity) + ` as "_version" from ` + b.st.Told + " where " + touched
}

// tell makes heliu_told: of the keys of which several tell, the latest row of each teller; with a history its other
// versions too, of each what was extracted last.
func (b *build) tell(repeated string) {
	key := ident(b.Entity.KeyColumn())
	columns := b.columnList() + `, "_deleted", "_version"`
	from := "select " + columns + " from heliu_candidates"
	keep := `"_rank" = 1`
	ranked := "select *, row_number() over (partition by " + key + `, "_source", "_stream" order by ` + newestFirst + `) as "_rank"`
	copies := ""
	if b.History() != "" {
		keep += ` or not "_deleted" and "_copy" = 1`
		copies = `, row_number() over (partition by ` + key + `, "_source", "_stream", "_version", "_deleted" order by "_rank") as "_copy"`
		if !b.st.Full {
			from += "\nunion all select " + b.columnList() + `, false as "_deleted", ` + versionExpr(b.Entity) + ` as "_version" from ` + beside(b.st.Entity) +
				" where " + key + " in (select k from heliu_touched) and " + key + " not in (select " + key + " from " + b.st.Told + ")"
		}
	}
	ranked += "\n  from (" + from + ") as c where " + key + " in (\n    select " + key + " from heliu_candidates where " + key + " in (" + repeated + ") group by " + key +
		` having min("_source") <> max("_source") or min("_stream") <> max("_stream"))`
	b.keep("heliu_told", "select "+columns+" from (select *"+copies+" from (\n  "+ranked+"\n) as ranked) as copied where "+keep)
}

// together selects what stands of the keys in heliu_told.
func (b *build) together() string {
	key := ident(b.Entity.KeyColumn())
	return b.joined(`select * from (select *, row_number() over (partition by `+key+`, "_source", "_stream" order by `+newestFirst+`) as "_latest" from heliu_told) as t where "_latest" = 1`, key)
}

// versionsTogether selects what stood at each version of the keys in heliu_told. It takes no notice of deletions, as the
// history of a key with one teller does not.
func (b *build) versionsTogether() string {
	key := ident(b.Entity.KeyColumn())
	at := "select told.*, versions.\"_at\" from heliu_told as told inner join (select distinct " + key + ` as k, "_version" as "_at" from heliu_told where not "_deleted") as versions` +
		"\n  on told." + key + ` = versions.k and told."_version" <= versions."_at" where not told."_deleted"`
	return "select " + b.columnList() + " from (" + b.joined(`select * from (select *, row_number() over (partition by `+key+`, "_at", "_source", "_stream" order by `+newestFirst+`) as "_latest" from (`+at+`) as a) as t where "_latest" = 1`,
		key+`, "_at"`) + ") as joined"
}

// joined joins the rows of several tellers that from selects, one a teller, to one row per by. A field has the value of
// the newest row that states it; the version and the lineage are the newest row's. What belongs together stays so: an
// amount comes from a row in the currency that stands, a part of a reference from a row that agrees in its other parts.
// A deletion takes back what the same source said before; a key of which nothing is left is deleted.
func (p *Plan) joined(from, by string) string {
	e := p.Entity
	sql := "select *, row_number() over (partition by " + by + " order by " + newestFirst + ") as \"_rank\" from (" + from + ") as f"
	sql = `select *, min(case when "_deleted" then "_rank" end) over (partition by ` + by + `, "_source") as "_gone" from (` + sql + ") as f"
	sql = `select *, coalesce("_rank" >= "_gone", false) as "_taken_back" from (` + sql + ") as f"
	sql = "select *, row_number() over (partition by " + by + ` order by "_taken_back", "_rank") as "_place" from (` + sql + ") as f"
	for _, floor := range p.floors() {
		values := make([]string, len(floor))
		for i, f := range floor {
			agrees := []string{`(not "_taken_back" or "_place" = 1)`}
			for _, a := range p.anchors(f) {
				agrees = append(agrees, ident(a.Name)+" is not distinct from "+ident("m_"+a.Name))
			}
			values[i] = fmt.Sprintf("first_value(case when %s then %s end ignore nulls) over place as %s", strings.Join(agrees, " and "), p.stated(f), ident("m_"+f.Name))
		}
		sql = "select *, " + strings.Join(values, ",\n  ") + "\nfrom (" + sql + ") as f\nwindow place as (partition by " + by + ` order by "_place" rows between unbounded preceding and unbounded following)`
	}
	var fields []string
	for _, f := range e.Fields {
		switch value := ident("m_" + f.Name); {
		case !p.joins(f):
			fields = append(fields, ident(f.Name))
		case f.HasDefault:
			fields = append(fields, fmt.Sprintf("coalesce(%s, case when not \"_deleted\" then cast(%s as %s) end) as %s", value, literal(f.Default), sqlType(f.Type), ident(f.Name)))
		default:
			fields = append(fields, value+" as "+ident(f.Name))
		}
	}
	own := []string{ident(e.KeyColumn())}
	columns := []string{ident(e.KeyColumn())}
	for _, r := range e.Refs {
		columns = append(columns, keyHash(e, r.Fields)+" as "+ident(r.Name+"_key"))
	}
	for _, f := range e.Fields {
		columns = append(columns, ident(f.Name))
	}
	lineage := []string{`"_source"`, `"_stream"`, `"_batch_id"`, `"_extracted_at"`, `"_version_hash"`, `"_deleted"`, `"_version"`}
	return "select " + strings.Join(append(columns, lineage...), ", ") + "\nfrom (select " + strings.Join(append(append(own, fields...), lineage...), ", ") +
		"\nfrom (" + sql + ") as f where \"_place\" = 1) as joined"
}

// joins says whether a field may come from another row than the newest.
func (p *Plan) joins(f models.Field) bool {
	return !f.Version && !slices.Contains(p.Entity.Key, f.Name)
}

// stated is the field where its teller states it: a default that stands for a field which a teller does not give is no
// statement. A currency is, since amounts are in it.
func (p *Plan) stated(f models.Field) string {
	var silent []string
	for _, t := range p.tellers {
		if f.HasDefault && f.Type != models.Currency && !t.fields[f.Name] {
			silent = append(silent, `"_source" = `+literal(t.source)+` and "_stream" = `+literal(t.stream))
		}
	}
	if len(silent) == 0 {
		return ident(f.Name)
	}
	return "case when " + strings.Join(silent, " or ") + " then null else " + ident(f.Name) + " end"
}

// inOrder are the fields that are joined in the order in which they are decided: currencies, then what each row must
// state, then the others.
func (p *Plan) inOrder() []models.Field {
	rank := func(f models.Field) int {
		switch {
		case f.Type == models.Currency:
			return 0
		case f.Required:
			return 1
		}
		return 2
	}
	var out []models.Field
	for _, f := range p.Entity.Fields {
		if p.joins(f) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b models.Field) int { return rank(a) - rank(b) })
	return out
}

// anchors are the fields in which a row must agree with what stands before it may give the field: those decided earlier.
func (p *Plan) anchors(f models.Field) []models.Field {
	var out []models.Field
	for _, a := range p.inOrder() {
		if a.Name == f.Name {
			break
		}
		sameRef := slices.ContainsFunc(p.Entity.Refs, func(r models.Ref) bool { return slices.Contains(r.Fields, a.Name) && slices.Contains(r.Fields, f.Name) })
		if sameRef || a.Type == models.Currency && f.Type == models.Money {
			out = append(out, a)
		}
	}
	return out
}

// floors are the fields that are joined, each after its anchors.
func (p *Plan) floors() [][]models.Field {
	var floors [][]models.Field
	depth := map[string]int{}
	for _, f := range p.inOrder() {
		n := 0
		for _, a := range p.anchors(f) {
			n = max(n, depth[a.Name]+1)
		}
		depth[f.Name] = n
		if n == len(floors) {
			floors = append(floors, nil)
		}
		floors[n] = append(floors[n], f)
	}
	return floors
}

// toldWrite is what becomes of the table of tellers.
func (b *build) toldWrite() Write {
	w := Write{Table: b.Told(), Rows: "select " + b.columnList() + `, "_deleted" from temp.heliu_told`}
	if !b.st.Full {
		w.Where = ident(b.Entity.KeyColumn()) + " in (select k from temp.heliu_touched)"
	}
	return w
}
