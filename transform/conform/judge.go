package conform

import "strings"

// judge makes heliu_groups, the values of the hold's key whose rows are judged, pool, the rows to be judged, and
// heliu_held, the keys of those that fail with the check's name.
func (b *build) judge() {
	key := ident(b.Entity.KeyColumn())
	pool := "select " + b.columnList() + ` from heliu_latest where not "_deleted"`
	groups := "select cast(null as bigint) as k where false"
	var held []string
	if b.hold != nil {
		by := ident(b.hold.By)
		for _, c := range b.hold.Bad {
			held = append(held, "select k, "+literal(c.Name)+" as cause from (\n"+strings.TrimSpace(c.SQL)+"\n) as bad(k)")
		}
		if !b.st.Full {
			before := b.existing(key + " in (select k from heliu_touched)")
			groups = "select " + by + " as k from heliu_latest union select " + by + " from (" + before + ") as before"
			if b.st.Touched != "" {
				groups += " union select * from (" + b.st.Touched + ") as changed"
			}
			if b.st.Judge {
				groups = "select " + by + " as k from heliu_latest union select " + by + " from (" + b.existing("true") + ") as before"
			}
			pool += "\nunion all select " + b.columnList() + " from (" + b.existing(by+" in (select k from heliu_groups) and "+key+" not in (select k from heliu_touched)") + `) as beside where not "_deleted"`
		}
	}
	if len(held) == 0 {
		held = []string{"select cast(null as bigint) as k, '' as cause where false"}
	}
	b.derive("heliu_groups", "select distinct k from ("+groups+") as g where k is not null")
	if !b.st.Full { // what is written to one table must not change what is read for the next
		b.keep("heliu_pool_rows", pool)
		pool = "select * from heliu_pool_rows"
	}
	b.view("pool", pool)
	hold := b.derive
	if b.hold != nil {
		hold = b.keep
	}
	hold("heliu_held", "select k, min(cause) as cause from (\n"+strings.Join(held, "\nunion all ")+"\n) as h group by k")
	b.count(&b.counts.Held, "select count(*) from heliu_held")
}

// keepOut makes heliu_kept_out: the rows that the quarantine is to have in place of those that whereQuarantine names.
// A bad row leaves when its key has a newer good one; the same bad row landed again is listed once.
func (b *build) keepOut() {
	key := ident(b.Entity.KeyColumn())
	bad := b.keep // conditions of what is removed name it
	if b.st.Full {
		bad = b.derive
	}
	bad("heliu_bad", `select
  key63("_source" || chr(31) || "_stream" || chr(31) || "_natural_key" || chr(31) || "_record") as quarantine_key,
  `+key+` as entity_key, "_natural_key" as natural_id, split_part("_reason", ':', 1) as field, "_reason" as reason, "_record" as record,
  false as is_held, cast(null as bigint) as held_by_key, "_source", "_stream", "_batch_id", "_extracted_at", "_version"
from heliu_stage where "_reason" is not null`)
	list := "quarantine_key, entity_key, natural_id, field, reason, record, is_held, held_by_key, \"_source\", \"_stream\", \"_batch_id\", \"_extracted_at\", \"_version\""
	rows, good := "select "+list+" from heliu_bad", "select "+key+` as k, "_version", "_extracted_at" from heliu_latest`
	if b.Told() != "" { // what is taken back later had its place as well
		good += "\nunion all select " + key + `, "_version", "_extracted_at" from heliu_told`
		if !b.st.Full {
			good += "\nunion all select " + key + ", " + versionExpr(b.Entity) + `, "_extracted_at" from ` + b.st.Told + " where " + key + " in (select entity_key from heliu_bad) and " + key + " not in (select k from temp.heliu_touched)"
		}
	}
	if !b.st.Full {
		rows += " union all select " + list + " from " + b.st.Quarantine + " where " + b.whereBad()
		good += "\nunion all select " + key + `, "_version", "_extracted_at" from (` + b.existing(key+" in (select entity_key from heliu_bad) and "+key+" not in (select k from heliu_touched)") + ") as beside"
	}
	var parts []string
	for _, f := range b.Entity.Fields {
		parts = append(parts, literal(f.Name)+", cast("+ident(f.Name)+" as varchar)")
	}
	by := "cast(null as bigint)"
	if b.hold != nil {
		by = ident(b.hold.By)
	}
	held := "select key63('held' || chr(31) || cast(" + key + " as varchar)) as quarantine_key, " + key + " as entity_key, " + b.shownKey() + ` as natural_id,
  '' as field, heliu_held.cause as reason, cast(json_object(` + strings.Join(parts, ", ") + `) as varchar) as record, true as is_held, ` + by + ` as held_by_key,
  "_source", "_stream", "_batch_id", "_extracted_at", ` + versionExpr(b.Entity) + ` as "_version"
from pool inner join heliu_held on heliu_held.k = ` + key
	keepOut := b.keep
	if b.st.Full {
		keepOut = b.derive
	}
	keepOut("heliu_kept_out", "with good as ("+good+"),\nbad as (select *, row_number() over (partition by quarantine_key order by \"_extracted_at\" desc, \"_batch_id\" desc) as copy from ("+rows+") as b)\n"+
		"select "+list+` from bad where copy = 1 and not exists (
  select 1 from good where good.k = bad.entity_key
    and (good."_version" > bad."_version" or good."_version" = bad."_version" and good."_extracted_at" > bad."_extracted_at"))
union all
`+held)
}

// nothingKeptOut selects no row of the quarantine.
func (p *Plan) nothingKeptOut() string {
	return `select cast(null as bigint) as quarantine_key, cast(null as bigint) as entity_key, '' as natural_id, '' as field, '' as reason,
  '' as record, false as is_held, cast(null as bigint) as held_by_key, '' as "_source", '' as "_stream", '' as "_batch_id",
  cast(null as timestamp with time zone) as "_extracted_at", ` + p.emptyVersion() + " where false"
}

// shownKey is the natural key as text for people.
func (p *Plan) shownKey() string {
	parts := make([]string, len(p.Entity.Key))
	for i, name := range p.Entity.Key {
		parts[i] = "cast(" + ident(name) + " as varchar)"
	}
	return strings.Join(parts, " || '/' || ")
}

// whereBad names the listed bad rows that this build may change.
func (b *build) whereBad() string {
	return "(not is_held and (quarantine_key in (select quarantine_key from temp.heliu_bad) or entity_key in (select k from temp.heliu_touched)))"
}

// writes is what becomes of it all.
func (b *build) writes() []Write {
	key := ident(b.Entity.KeyColumn())
	entity := Write{Table: b.Name(), Key: b.Entity.KeyColumn(), Rows: "select " + b.columnList() + " from pool where " + key + " not in (select k from temp.heliu_held)"}
	quarantine := Write{Table: b.Quarantine(), Key: "quarantine_key", Rows: "select * from temp.heliu_kept_out"}
	aside := Write{Table: b.Aside(), Rows: "select pool.*, heliu_held.cause as \"_aside\" from pool inner join temp.heliu_held on heliu_held.k = pool." + key +
		"\nunion all select " + b.columnList() + `, 'deleted' as "_aside" from temp.heliu_latest where "_deleted"`}
	if !b.st.Full {
		entity.Where = key + " in (select k from temp.heliu_touched)"
		quarantine.Where = b.whereBad() + " or (is_held and entity_key in (select k from temp.heliu_touched))"
		if b.hold != nil {
			by := ident(b.hold.By)
			entity.Where += " or " + by + " in (select k from temp.heliu_groups)"
			quarantine.Where += " or (is_held and held_by_key in (select k from temp.heliu_groups))"
			aside.Rows += "\nunion all select " + b.columnList() + `, "_aside" from ` + b.st.Aside + ` where "_aside" = 'deleted' and ` + by + " in (select k from temp.heliu_groups) and " + key + " not in (select k from temp.heliu_touched)"
		}
		aside.Where = entity.Where
	}
	out := []Write{entity, quarantine}
	if b.Aside() != "" {
		out = append(out, aside)
	}
	if b.History() != "" {
		out = append(out, b.history())
	}
	if b.Told() != "" {
		out = append(out, b.toldWrite())
	}
	return out
}
