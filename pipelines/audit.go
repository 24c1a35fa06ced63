package pipelines

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"maps"
	"sort"
	"strings"

	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// AuditResult is what one audit found.
type AuditResult struct {
	Model   string // "mart.campaign_roi"
	Name    string // "unique(spend_date, campaign_key)"
	File    string
	Line    int
	SQL     string   // the query that gives the bad rows
	Bad     int64    // how many there are
	Samples []string // up to five of them, as text; or why none can be shown
	Err     error    // the query could not be run, so that nothing is known
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
		own := make([]AuditResult, 0, len(m.Header.Audits))
		for _, a := range m.Header.Audits {
			if a, some := heldReferences(a, held); some {
				own = append(own, AuditResult{Model: m.Table(), Name: a.Name(), File: cmp.Or(a.File, m.File), Line: a.Line, SQL: AuditSQL(m, a)})
			}
		}
		if err := runAudits(ctx, s, own, b.Cluster != nil); err != nil {
			return nil, fmt.Errorf("audit %s: %w", m.Table(), err)
		}
		results = append(results, own...)
	}
	return results, ctx.Err()
}

// runAudits counts the bad rows of a model's audits: one after another, or on a cluster, which takes longer for a statement
// than for its counting, at once. A statement of all that cannot be run is followed by each alone, which says what is wrong
// with which. The error is of a cluster that went away. Bad rows that are counted but cannot be shown are bad all the same.
func runAudits(ctx context.Context, s Session, audits []AuditResult, atOnce bool) error {
	counts, into := make([]string, len(audits)), make([]any, len(audits))
	for i := range audits {
		counts[i], into[i] = countSQL(audits[i].SQL), &audits[i].Bad
	}
	counted := false
	if atOnce && len(audits) > 1 {
		err := s.Row(ctx, "select "+strings.Join(counts, ", "), into...)
		if trino.IsGone(err) {
			return err
		}
		counted = err == nil
	}
	var gone error // since the counting
	for i := range audits {
		a := &audits[i]
		if !counted {
			a.Err = s.Row(ctx, "select "+counts[i], &a.Bad)
		}
		if trino.IsGone(a.Err) {
			return a.Err
		}
		if a.Err != nil || a.Bad == 0 {
			continue
		}
		err := gone
		if err == nil {
			a.Samples, err = samples(ctx, s, a.SQL)
		}
		if err != nil {
			a.Samples = []string{"(none can be shown: " + strings.Join(strings.Fields(err.Error()), " ") + ")"}
		}
		if trino.IsGone(err) { // not to be tried in vain; whether the cluster is back, the next counting tells
			gone = err
		}
	}
	return nil
}

// countSQL is the number of rows of a query as an expression.
func countSQL(query string) string { return "(select count(*) from (\n" + query + "\n))" }

// samples are some of the rows that a query gives, the first by their values' texts: {'shop_key': 1, 'title': NULL}.
func samples(ctx context.Context, s Session, query string) (list []string, err error) {
	names, err := columnsOf(ctx, s, query)
	if err != nil {
		return nil, err
	}
	own, texts, order := make([]string, len(names)), make([]string, len(names)), make([]string, len(names))
	for i := range names { // a query may give two columns one name, or none
		own[i], order[i] = fmt.Sprintf("c%d", i), fmt.Sprint(i+1)
		texts[i] = "cast(" + own[i] + " as varchar)"
	}
	rows, err := s.Rows(ctx, fmt.Sprintf("select %s from (\n%s\n) as bad(%s) order by %s limit %d",
		strings.Join(texts, ", "), query, strings.Join(own, ", "), strings.Join(order, ", "), auditSamples))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	cells, into := make([]stdsql.NullString, len(names)), make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		shown := make([]string, len(names))
		for i, cell := range cells {
			shown[i] = "'" + names[i] + "': NULL"
			if cell.Valid {
				shown[i] = "'" + names[i] + "': " + cell.String
			}
		}
		list = append(list, "{"+strings.Join(shown, ", ")+"}")
	}
	return list, rows.Err()
}

// columnsOf are the names of a query's columns.
func columnsOf(ctx context.Context, s Session, query string) (names []string, err error) {
	rows, err := s.Rows(ctx, "select * from (\n"+query+"\n) as bad where false")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if names, err = rows.Columns(); err != nil {
		return nil, err
	}
	for rows.Next() { // an answer is taken to its end
	}
	return names, rows.Err()
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
