package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// duckStore is the warehouse in one DuckDB file. A step's tables, change logs and state are one transaction of it.
type duckStore struct {
	engine  *duckdb.Engine
	catalog string

	mu        sync.Mutex
	scratches map[string]bool // databases of the workers that are there

	look     sync.Mutex // guards question
	question *duckdb.Session
}

func newDuckStore(ctx context.Context, e *duckdb.Engine) (*duckStore, error) {
	s, err := e.ConnectBare(ctx)
	return &duckStore{engine: e, catalog: e.Catalog(), scratches: map[string]bool{}, question: s}, err
}

func (d *duckStore) close() error { return d.question.Close() }

func (d *duckStore) prepare(ctx context.Context, g *Graph, write bool) (there stored, err error) {
	if write {
		if err := d.question.Exec(ctx, opsTables+schemaStatements(g, "")); err != nil {
			return there, fmt.Errorf("make the schemas of the warehouse: %w", err)
		}
	} else {
		var n int
		err := d.question.Row(ctx, "select count(*) from duckdb_tables() where schema_name = 'ops' and table_name = 'model_state'", &n)
		if err != nil || n == 0 {
			return stored{states: map[string]state{}}, err
		}
	}
	if there.states, err = readStates(ctx, d.question, d.catalog); err != nil {
		return there, err
	}
	there.tables, there.views, err = readCatalog(ctx, d.question, d.catalog)
	return there, err
}

// readCatalog looks once at all that is stored; each step knows of its own tables what it made of them.
func readCatalog(ctx context.Context, s *duckdb.Session, catalog string) (map[string][]column, map[string]bool, error) {
	rows, err := s.Rows(ctx, `select c.schema_name || '.' || c.table_name, c.column_name, c.data_type, v.view_oid is not null
		from duckdb_columns() c left join duckdb_views() v on v.database_oid = c.database_oid and v.view_oid = c.table_oid
		where not c.internal and c.database_name = `+duckdb.Text(catalog)+" order by 1, c.column_index")
	if err != nil {
		return nil, nil, fmt.Errorf("read the tables of the warehouse: %w", err)
	}
	defer rows.Close()
	tables, views := map[string][]column{}, map[string]bool{}
	for rows.Next() {
		var table string
		var c column
		var view bool
		if err := rows.Scan(&table, &c.Name, &c.Type, &view); err != nil {
			return nil, nil, fmt.Errorf("read the tables of the warehouse: %w", err)
		}
		if view {
			views[table] = true
			continue
		}
		tables[table] = append(tables[table], c)
	}
	return tables, views, rows.Err()
}

func schemaStatements(g *Graph, catalog string) string {
	seen := map[string]bool{}
	for _, s := range g.steps {
		for _, t := range s.Outputs() {
			schema, _, _ := strings.Cut(t, ".")
			seen[schema] = true
		}
		for _, in := range s.Inputs() {
			schema, _, _ := strings.Cut(in.Table, ".")
			seen[schema] = seen[schema] || catalog != ""
		}
	}
	var text strings.Builder
	for _, schema := range sortedKeys(seen) {
		if seen[schema] {
			fmt.Fprintf(&text, "\ncreate schema if not exists %s%s;", catalog, duckdb.Ident(schema))
		}
	}
	return text.String()
}

// session opens a connection that works in a database in memory, one a worker, in which inputs are views under their own
// names. It is made, macros and all, for the first step of the worker.
func (d *duckStore) session(ctx context.Context, g *Graph, worker int) (_ Session, err error) {
	s, err := d.engine.ConnectBare(ctx) // the database has the macros
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.Profile(ctx); err != nil {
		return nil, err
	}
	name := "heliu_work_" + strconv.Itoa(worker)
	d.mu.Lock()
	made := d.scratches[name]
	d.scratches[name] = true
	d.mu.Unlock()
	if made {
		return s, s.Exec(ctx, "use "+name)
	}
	text := "attach if not exists ':memory:' as " + name + ";"
	for _, schema := range []string{"lake", "lake_new"} {
		text += "create schema if not exists " + name + "." + schema + ";"
	}
	return s, s.Exec(ctx, text+schemaStatements(g, name+".")+"use "+name+";"+duckdb.Prelude())
}

func (d *duckStore) reader(ctx context.Context, _ *Graph) (Session, error) {
	return d.engine.Connect(ctx)
}

func (d *duckStore) sound(Step, bool, []string) error { return nil }

func (d *duckStore) name(table string) string { return qualified(d.catalog, table) }

func (d *duckStore) bindRaw(ctx context.Context, s Session, lake Lake, name string, part increment) error {
	own := s.(*duckdb.Session)
	if binder, ok := lake.(Binder); ok {
		return binder.Bind(ctx, own, name, part.table, part.files)
	}
	columns, err := lake.Columns(ctx, part.table)
	if err != nil {
		return fmt.Errorf("columns of %s: %w", part.table, err)
	}
	return own.Bind(ctx, name, part.files, columns)
}

func (d *duckStore) bindKept(ctx context.Context, s Session, table string) error {
	return s.View(ctx, quoted(table), "select * from "+d.name(table))
}

func (d *duckStore) digest(ctx context.Context, table string) (hash string, err error) {
	return hash, d.ask(ctx, "select count(*)::varchar || ':' || coalesce(bit_xor(hash(t))::varchar, '') from "+d.name(table)+" t", &hash)
}

func (d *duckStore) isWhole(ctx context.Context, table string, version int64) (whole bool, err error) {
	err = d.ask(ctx, fmt.Sprintf("select coalesce(bool_or(_full), false) from %s where _version > %d", d.name(logOf(table)), version), &whole)
	if errors.Is(err, errNoTable) {
		return true, nil
	}
	return whole, err
}

func (d *duckStore) log(table string, _ int64) string { return d.name(logOf(table)) }

func (d *duckStore) ask(ctx context.Context, query string, dest ...any) error {
	d.look.Lock()
	defer d.look.Unlock()
	return d.question.Row(ctx, query, dest...)
}

func (d *duckStore) write(ctx context.Context, b *builder, s Session, c change) (state, map[string][]column, error) {
	own := s.(*duckdb.Session)
	next := c.next
	wr := &writer{s: own, catalog: d.catalog, tables: b.table, made: map[string][]column{}, version: next.after(b.Now), tracked: b.tracked, crash: b.Crash}
	err := own.InTx(ctx, func(ctx context.Context) error {
		b.Crash("build.begun")
		for _, out := range c.outputs {
			w, err := wr.write(ctx, out)
			if err != nil {
				return fmt.Errorf("write %s: %w", out.Table, err)
			}
			if out.Table == c.step.Name() { // what stands beside it are older versions and rows kept out
				c.record.Rows += w.rows
			}
			if w.changed {
				next.version = wr.version
			}
		}
		b.Crash("build.written")
		if err := next.write(ctx, own, d.catalog, c.step.Name(), b.Now); err != nil {
			return err
		}
		b.Crash("build.state")
		return nil
	})
	return next, wr.made, err
}

func (d *duckStore) show(ctx context.Context, b *builder, step Step, view Viewer, next state) (err error) {
	s, err := d.engine.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.InTx(ctx, func(ctx context.Context) error {
		b.Crash("build.begun")
		if !b.readsRaw(step) { // made again even when only its inputs changed: it remembers their types
			if columns, _ := b.table(step.Name()); columns != nil {
				if err := s.Exec(ctx, "drop table "+d.name(step.Name())); err != nil {
					return err
				}
			}
			if err := s.Exec(ctx, "create or replace view "+d.name(step.Name())+" as "+view.ViewSQL()); err != nil {
				return err
			}
		}
		b.Crash("build.written")
		return next.write(ctx, s, d.catalog, step.Name(), b.Now)
	})
}

// finish writes the file out besides, once, alone (PITFALLS C4).
func (d *duckStore) finish(ctx context.Context, b *builder, read map[string]int64) error {
	text, err := b.forget(ctx, d.question)
	if err != nil {
		return err
	}
	for _, step := range b.graph.steps {
		for _, table := range step.Outputs() {
			if columns, _ := b.table(logOf(table)); columns == nil {
				continue
			}
			where := "true" // nobody reads it
			if n, ok := read[table]; ok {
				where = fmt.Sprintf("_version <= %d", n)
			}
			text += fmt.Sprintf("delete from %s where not _full and %s;\n", d.name(logOf(table)), where)
		}
	}
	if text != "" {
		if err := d.question.Exec(ctx, text); err != nil {
			return fmt.Errorf("shorten the change logs: %w", err)
		}
	}
	b.Crash("build.pruned")
	if d.engine.Path() != "" {
		if err := d.question.Exec(ctx, "checkpoint "+duckdb.Ident(d.catalog)); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	b.Crash("build.checkpointed")
	return nil
}
