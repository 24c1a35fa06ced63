package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Builder builds the tables of a graph in a warehouse.
type Builder struct {
	Engine *duckdb.Engine
	Graph  *Graph
	Lake   Lake
	// Now is the time of the build; it goes into the state and to the steps, not into any decision.
	Now time.Time
	// Clock measures the steps; time.Now when nil.
	Clock func() time.Time
	// Workers is how many steps run at once; 2 when 0.
	Workers int
	// Attempts is how often a step is tried when the engine says that it may work again; 3 when 0.
	Attempts int
	// Progress, if set, is told of every step's beginning and end; calls do not overlap.
	Progress func(Event)
	// Crash, if set, is called at every point at which a kill must do no harm; see [CrashPoints].
	Crash func(point string)
}

// CrashPoints are the names of the points at which [Builder.Crash] is called, in the order in which a step passes them.
func CrashPoints() []string {
	return []string{"build.prepared", "build.bound", "build.computed", "build.begun", "build.logged", "build.deleted",
		"build.written", "build.state", "build.committed", "build.pruned", "build.checkpointed"}
}

// builder is one run of a Builder.
type builder struct {
	Builder
	graph   *Graph
	catalog string
	tracked map[string][]string
	alone   sync.RWMutex // held whole by a step that did not fit into memory beside another

	look    sync.Mutex // guards session, which answers small questions
	session *duckdb.Session

	mu        sync.Mutex
	scratches map[string]bool // databases of the workers that are there
	states    map[string]state
	tables    map[string][]column // tables of the warehouse, change logs among them
	views     map[string]bool
	heads     map[string]string
	outcomes  map[string]StepRecord
}

// prepare opens what all steps share: schemas, state tables, versions of the raw tables.
func (b Builder) prepare(ctx context.Context, write bool) (run *builder, err error) {
	run = &builder{Builder: b, graph: b.Graph, catalog: b.Engine.Catalog(), heads: map[string]string{}, outcomes: map[string]StepRecord{}, scratches: map[string]bool{}}
	if run.Clock == nil {
		run.Clock = time.Now
	}
	if run.Workers <= 0 {
		run.Workers = 2
	}
	if run.Attempts <= 0 {
		run.Attempts = 3
	}
	if run.Crash == nil {
		run.Crash = func(string) {}
	}
	if run.Lake == nil {
		run.Lake = NoLake{}
	}
	run.tracked = trackedColumns(b.Graph)
	s, err := b.Engine.ConnectBare(ctx)
	if err != nil {
		return nil, err
	}
	run.session = s
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if write {
		if err := s.Exec(ctx, opsTables+schemaStatements(run.graph, "")); err != nil {
			return nil, fmt.Errorf("make the schemas of the warehouse: %w", err)
		}
	} else {
		var n int
		if err := s.Row(ctx, "select count(*) from duckdb_tables() where schema_name = 'ops' and table_name = 'model_state'", &n); err != nil {
			return nil, err
		}
		if n == 0 {
			run.states = map[string]state{}
			return run, nil
		}
	}
	if run.states, err = readStates(ctx, s, run.catalog); err != nil {
		return nil, err
	}
	run.tables, run.views, err = readCatalog(ctx, s, run.catalog)
	return run, err
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

// table gives the columns of a stored table; false when there is a view of that name.
func (b *builder) table(name string) ([]column, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tables[name], !b.views[name]
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

func trackedColumns(g *Graph) map[string][]string {
	tracked := map[string][]string{}
	for _, s := range g.steps {
		if t, ok := s.(Tracked); ok {
			for table, columns := range t.TrackedColumns() {
				tracked[table] = append(tracked[table], columns...)
			}
		}
	}
	return tracked
}

// head is the version of a raw table in this build, asked for once.
func (b *builder) head(ctx context.Context, table string) (string, error) {
	b.mu.Lock()
	head, known := b.heads[table]
	b.mu.Unlock()
	if known {
		return head, nil
	}
	head, err := b.Lake.Head(ctx, table)
	if err != nil {
		return "", fmt.Errorf("version of %s: %w", table, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heads[table] = head
	return head, nil
}

// ask runs a small query that gives one row.
func (b *builder) ask(ctx context.Context, query string, dest ...any) error {
	b.look.Lock()
	defer b.look.Unlock()
	return b.session.Row(ctx, query, dest...)
}

func (b *builder) state(step string) (state, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	st, ok := b.states[step]
	return st, ok
}
