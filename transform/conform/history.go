package conform

import "strings"

// remember makes heliu_versions: all good versions of the touched keys, of each version what was extracted last; of a key
// with several tellers what stood at each version.
func (b *build) remember() {
	if b.History() == "" {
		return
	}
	key := ident(b.Entity.KeyColumn())
	versions := "select " + b.columnList() + `, "_version" from heliu_stage where "_reason" is null and not "_deleted"`
	if !b.st.Full {
		versions += "\nunion all select " + b.columnList() + ", " + versionExpr(b.Entity) + ` as "_version" from ` + beside(b.st.Entity) + " where " + key + " in (select k from heliu_touched)"
	}
	several, together := "", ""
	if b.Told() != "" {
		several = " where " + key + " not in (select " + key + " from heliu_told)"
		together = "\nunion all\n" + b.versionsTogether()
	}
	b.keep("heliu_versions", "select "+b.columnList()+" from (\n  select *, row_number() over (partition by "+key+
		`, "_version" order by "_extracted_at" desc, "_version_hash" desc, "_batch_id" desc, "_source" desc, "_stream" desc) as "_rank"`+
		"\n  from ("+versions+") as v"+several+`
) as ranked where "_rank" = 1`+together)
}

func (b *build) history() Write {
	w := Write{Table: b.History(), Rows: "select * from temp.heliu_versions"}
	if !b.st.Full {
		w.Where = ident(b.Entity.KeyColumn()) + " in (select k from temp.heliu_touched)"
	}
	return w
}

// beside is the name of the history table beside an entity's.
func beside(entity string) string {
	if name, ok := strings.CutSuffix(entity, `"`); ok {
		return name + `__history"`
	}
	return entity + "__history"
}
