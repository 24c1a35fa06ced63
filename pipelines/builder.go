package pipelines

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// Builder builds the tables of a graph in a warehouse.
type Builder struct {
	Engine *duckdb.Engine
	// Cluster computes and keeps the tables in place of Engine, which then holds what the program notes down; nil is none.
	Cluster *trino.Engine
	Graph   *Graph
	Lake    Lake
	// Now is the time of the build; it goes into the state, whose version it is, and to the steps, not into any decision.
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
	store   store
	tracked map[string][]string
	alone   sync.RWMutex // held whole by a step that did not fit into memory beside another

	mu sync.Mutex
	stored
	heads    map[string]string
	outcomes map[string]StepRecord
}

// prepare opens the store and finds out what is in it.
func (b Builder) prepare(ctx context.Context, write bool) (run *builder, err error) {
	run = &builder{Builder: b, graph: b.Graph, heads: map[string]string{}, outcomes: map[string]StepRecord{}}
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
	if run.store, err = openStore(ctx, run); err != nil {
		return nil, err
	}
	if run.stored, err = run.store.prepare(ctx, b.Graph, write); err != nil {
		return nil, errors.Join(err, run.store.close())
	}
	return run, nil
}

// table gives the columns of a stored table; false when there is a view of that name.
func (b *builder) table(name string) ([]column, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tables[name], !b.views[name]
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

func (b *builder) state(step string) (state, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	st, ok := b.states[step]
	return st, ok
}
