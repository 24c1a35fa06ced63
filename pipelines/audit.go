package pipelines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sort"
	"strings"

	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// AuditResult is what one audit found.
type AuditResult struct {
	Model   string // "mart.campaign_roi"
	Name    string // "unique(spend_date, campaign_key)"
	File    string
	Line    int
	SQL     string   // the query that gives the bad rows
	Bad     int64    // how many there are
	Samples []string // up to five of them, as text
	Err     error    // the query could not be run
}

// Passed says whether the audit ran and found nothing.
func (a AuditResult) Passed() bool { return a.Err == nil && a.Bad == 0 }

const auditSamples = 5

// Audit runs the audits of the selected models on the tables as they are and returns all results in graph order; the
// error is for what prevents auditing at all, not for bad rows. References are held to the dimensions among the selected
// models, save those that are kept back: these cannot know yet what the others have read since.
func (b Builder) Audit(ctx context.Context, sel Selection, keptBack ...string) (results []AuditResult, err error) {
	chosen, err := b.Graph.resolve(sel)
	if err != nil {
		return nil, err
	}
	held := maps.Clone(chosen)
	for _, name := range keptBack {
		delete(held, name)
	}
	run, err := b.prepare(ctx, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.store.close()) }()
	s, err := run.store.reader(ctx, b.Graph)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, step := range b.Graph.Steps() {
		m, ok := modelOf(step)
		if !ok || !chosen[step.Name()] {
			continue
		}
		for _, a := range m.Header.Audits {
			a, some := heldReferences(a, held)
			if !some {
				continue
			}
			r := AuditResult{Model: m.Table(), Name: a.Name(), File: cmp.Or(a.File, m.File), Line: a.Line, SQL: AuditSQL(m, a)}
			r.run(ctx, s)
			results = append(results, r)
		}
	}
	return results, ctx.Err()
}

func (r *AuditResult) run(ctx context.Context, s Session) {
	if r.Err = s.Row(ctx, "select count(*) from (\n"+r.SQL+"\n)", &r.Bad); r.Err != nil || r.Bad == 0 {
		return
	}
	rows, err := s.Rows(ctx, "select cast(bad as varchar) from (\n"+r.SQL+"\n) as bad order by 1 limit "+fmt.Sprint(auditSamples))
	if err != nil {
		r.Err = err
		return
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if r.Err = rows.Scan(&text); r.Err != nil {
			return
		}
		r.Samples = append(r.Samples, text)
	}
	r.Err = rows.Err()
}

// AuditSQL is the query of an audit's bad rows, in portable SQL.
func AuditSQL(m sql.Model, a sql.Audit) string {
	table := m.Table()
	switch {
	case a.Unique != nil:
		list := strings.Join(a.Unique, ", ")
		return fmt.Sprintf("select %s, count(*) as row_count from %s group by %s having count(*) > 1", list, table, list)
	case a.NotNull != nil:
		return fmt.Sprintf("select * from %s where %s is null", table, strings.Join(a.NotNull, " is null or "))
	case a.Accepted != nil:
		var conditions []string
		for column, values := range a.Accepted {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = duckdb.Text(v)
			}
			conditions = append(conditions, fmt.Sprintf("cast(%s as varchar) not in (%s)", column, strings.Join(quoted, ", ")))
		}
		sort.Strings(conditions)
		return fmt.Sprintf("select * from %s where %s", table, strings.Join(conditions, " or "))
	case a.Conserves != "":
		other, expression := splitWith(a.With)
		return fmt.Sprintf("select here.total as %s, there.total as expected from (select coalesce(sum(%s), 0) as total from %s) as here "+
			"cross join (select coalesce(sum(%s), 0) as total from %s) as there where here.total <> there.total",
			"found", a.Conserves, table, expression, other)
	case a.Refers != nil:
		return referencesSQL(table, a.Refers)
	default:
		return a.SQL
	}
}

// referencesSQL gives the keys that have no row where they point to, each column's once.
func referencesSQL(table string, refers map[string]string) string {
	var dangling []string
	for _, column := range sortedKeys(refers) {
		other, key := splitWith(refers[column])
		dangling = append(dangling, fmt.Sprintf("select %s as foreign_key, %s as dangling_key, count(*) as row_count from %s "+
			"as here where not exists (select 1 from %s as there where there.%s = here.%[2]s) group by %[2]s", duckdb.Text(column), column, table, other, key))
	}
	return strings.Join(dangling, "\nunion all ")
}

// heldReferences leaves of an audit's references those to the tables that hold; false when none is left.
func heldReferences(a sql.Audit, tables map[string]bool) (sql.Audit, bool) {
	if a.Refers == nil {
		return a, true
	}
	a.Refers = maps.Clone(a.Refers)
	maps.DeleteFunc(a.Refers, func(_, to string) bool {
		table, _ := splitWith(to)
		return !tables[table]
	})
	return a, len(a.Refers) > 0
}

// splitWith takes "star.fct_order.net_amount" apart.
func splitWith(with string) (table, expression string) {
	parts := strings.SplitN(with, ".", 3)
	return parts[0] + "." + parts[1], parts[2]
}

// modelOf is the SQL model of a step.
func modelOf(s Step) (sql.Model, bool) {
	switch t := s.(type) {
	case *ModelStep:
		return t.Model, true
	case viewStep:
		return t.Model, true
	default:
		return sql.Model{}, false
	}
}
