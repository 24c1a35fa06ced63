package conform

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Session is what a plan needs of the engine. What is viewed or kept lives as long as the session and is named by its
// statements, kept tables also as temp.<name>.
type Session interface {
	View(ctx context.Context, name, query string) error
	Keep(ctx context.Context, name, query string) error
	// Derive is Keep for what is quickly computed from what is kept: the engine may compute it at each use.
	Derive(ctx context.Context, name, query string) error
	Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error)
}

// State says what there is already. The names are SQL; temporary objects that a plan makes are called heliu_… and pool.
type State struct {
	// Full computes everything anew from the raw rows in sight; the names below are not looked at.
	Full bool
	// Entity, Quarantine, Aside and Told name the plan's tables as they are now, as SQL; a history stands beside Entity,
	// its name followed by __history.
	Entity, Quarantine, Aside, Told string
	// Touched is a SELECT of the values of HoldBy under which a row of Reads changed; "" when none did.
	Touched string
	// Judge says that all of Reads may have changed: every row is judged again.
	Judge bool
}

// Write is what is to be written to one table: Rows takes the place of the rows for which Where holds, or of all when
// Where is empty. Both may name temporary tables of the session.
//
// Key is a column that no two rows share and that none lacks, "" when there is none.
type Write struct{ Table, Rows, Where, Key string }

// Counts are the figures of one build. Invariant 3: Conformed = Accepted + Quarantined.
type Counts struct {
	Conformed   int64 // rows in sight that some mapping takes, given ones included, counted in the raw tables
	Accepted    int64 // rows that break no rule; of several versions of a key the latest is kept
	Quarantined int64 // rows that break one
	Keys        int64 // keys that the accepted rows touch
	Held        int64 // rows among those judged that another entity contradicts
}

// Build stages the raw rows in sight (the raw tables under their own names: all rows when st.Full, else the new ones)
// and returns what is to be written, nothing when nothing changes. It writes to temporary tables only.
func (p *Plan) Build(ctx context.Context, s Session, st State) ([]Write, Counts, error) {
	b := &build{Plan: p, ctx: ctx, s: s, st: st}
	if !p.Mapped() {
		var writes []Write
		for _, table := range p.Outputs() {
			rows := p.emptySelect()
			if table == p.Quarantine() {
				rows = p.nothingKeptOut()
			}
			writes = append(writes, Write{Table: table, Rows: rows})
		}
		return writes, Counts{}, nil
	}
	b.stage()
	b.merge()
	b.remember()
	b.judge()
	b.keepOut()
	b.read()
	if b.err != nil {
		return nil, b.counts, fmt.Errorf("conform %s: %w", p.Entity.Name, b.err)
	}
	if c := b.counts; c.Conformed != c.Accepted+c.Quarantined {
		return nil, c, fmt.Errorf("conform %s: %d rows were to be taken, but %d were accepted and %d quarantined; this is a mistake of the program", p.Entity.Name, c.Conformed, c.Accepted, c.Quarantined)
	}
	return b.writes(), b.counts, nil
}

// build is one run of a plan; after an error its methods do nothing.
type build struct {
	*Plan
	ctx    context.Context
	s      Session
	st     State
	counts Counts
	err    error

	figures []figure
}

func (b *build) keep(name, query string) {
	if b.err == nil {
		b.err = b.s.Keep(b.ctx, name, query)
	}
}

func (b *build) derive(name, query string) {
	if b.err == nil {
		b.err = b.s.Derive(b.ctx, name, query)
	}
}

func (b *build) view(name, query string) {
	if b.err == nil {
		b.err = b.s.View(b.ctx, name, query)
	}
}

// figure is one number that is read when all is staged.
type figure struct {
	query string // of one bigint
	into  *int64 // added to
}

// count notes that a figure is to be read.
func (b *build) count(into *int64, query string) { b.figures = append(b.figures, figure{query, into}) }

// read reads the figures, in one statement.
func (b *build) read() {
	if b.err != nil {
		return
	}
	list := make([]string, len(b.figures))
	for i, f := range b.figures {
		list[i] = "cast((" + f.query + ") as bigint)"
	}
	sql := "select " + strings.Join(list, ",\n  ")
	reader, err := b.s.Query(b.ctx, sql)
	if err != nil {
		b.err = err
		return
	}
	defer reader.Release()
	for reader.Next() {
		record := reader.RecordBatch()
		for i, f := range b.figures {
			column, ok := record.Column(i).(*array.Int64)
			if !ok || column.Len() != 1 {
				b.err = fmt.Errorf("a count came back as %s [in: %s]", record.Column(i).DataType(), sql)
				return
			}
			*f.into += column.Value(0)
		}
	}
	b.err = reader.Err()
}

// stage fills heliu_stage with the rows in sight. Given rows are part of the definition: they are there from the last
// full build on.
func (b *build) stage() {
	var selects []string
	for _, br := range b.branches {
		selects = append(selects, "("+b.branchSQL(br)+")")
		where := ""
		if br.where != "" {
			where = " where (" + br.where + "\n)"
		}
		b.count(&b.counts.Conformed, "select count(*) from "+br.from+where)
	}
	if b.st.Full {
		for _, g := range b.given {
			if len(g.Rows) > 0 {
				selects = append(selects, "("+b.branchSQL(b.givenBranch(g))+")")
				b.counts.Conformed += int64(len(g.Rows))
			}
		}
	}
	if len(selects) == 0 {
		selects = []string{b.emptySelect(`false as "_deleted"`, b.emptyVersion(), `'' as "_natural_key"`, `'' as "_reason"`, `'' as "_record"`)}
	}
	b.keep("heliu_stage", strings.Join(selects, "\nunion all\n"))
	b.count(&b.counts.Accepted, `select count(*) from heliu_stage where "_reason" is null`)
	b.count(&b.counts.Quarantined, `select count("_reason") from heliu_stage`)
}

// newestFirst is the total order of the versions of a key (invariant 5).
const newestFirst = `"_version" desc nulls last, "_extracted_at" desc, "_version_hash" desc, "_deleted" desc, "_batch_id" desc, "_source" desc, "_stream" desc`

// merge makes heliu_touched, the keys of the good rows, and heliu_latest, what stands of each of them among the good rows
// and those that the warehouse has: the latest version, or what the latest of each teller make together.
func (b *build) merge() {
	key := ident(b.Entity.KeyColumn())
	columns := b.columnList() + `, "_deleted", "_version"`
	candidates := "select " + columns + ` from heliu_stage where "_reason" is null`
	b.derive("heliu_touched", "select "+key+" as k, count(*) as n from heliu_stage where \"_reason\" is null group by "+key)
	b.count(&b.counts.Keys, "select count(*) from heliu_touched")
	repeated := "select k from heliu_touched where n > 1"
	if !b.st.Full {
		candidates += "\nunion all " + b.before()
		repeated = "select k from heliu_touched" // those may stand in the warehouse as well
	}
	b.view("heliu_candidates", candidates)
	several := ""
	if b.Told() != "" {
		b.tell(repeated)
		several = " and " + key + " not in (select " + key + " from heliu_told)"
	}
	latest := "select " + columns + " from heliu_candidates where " + key + " not in (" + repeated + ")\nunion all\n" +
		"select " + columns + ` from (
  select *, row_number() over (partition by ` + key + " order by " + newestFirst + `) as "_rank"
  from heliu_candidates where ` + key + " in (" + repeated + ")" + several + "\n) as ranked where \"_rank\" = 1"
	if b.Told() != "" {
		latest += "\nunion all\n" + b.together()
	}
	if !b.st.Full { // a full build reads it once or twice, and it is wide
		b.keep("heliu_latest_rows", latest)
		latest = "select * from heliu_latest_rows"
	}
	b.view("heliu_latest", latest)
}

// existing selects the rows that the warehouse has, aside ones included, as candidates.
func (b *build) existing(where string) string {
	rest := `, false as "_deleted", ` + versionExpr(b.Entity) + ` as "_version"`
	sql := "select " + b.columnList() + rest + " from " + b.st.Entity + " where " + where
	if b.Aside() != "" {
		rest = `, "_aside" = 'deleted' as "_deleted", ` + versionExpr(b.Entity) + ` as "_version"`
		sql += "\nunion all select " + b.columnList() + rest + " from " + b.st.Aside + " where " + where
	}
	return sql
}

// columnList are the entity's columns, quoted, in order.
func (p *Plan) columnList() string {
	var out []string
	for _, c := range p.Entity.Columns() {
		out = append(out, ident(c.Name))
	}
	return strings.Join(out, ", ")
}

// emptySelect selects no row with the entity's columns and more.
func (p *Plan) emptySelect(more ...string) string {
	var out []string
	for _, c := range p.Entity.Columns() {
		out = append(out, "cast(null as "+sqlType(c.Type)+") as "+ident(c.Name))
	}
	return "select " + strings.Join(append(out, more...), ", ") + " where false"
}

func (p *Plan) emptyVersion() string {
	return "cast(null as " + p.versionType() + `) as "_version"`
}

func (p *Plan) versionType() string {
	if f, ok := p.Entity.Version(); ok {
		return sqlType(f.Type)
	}
	return "timestamp with time zone"
}
