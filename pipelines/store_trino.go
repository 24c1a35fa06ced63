package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/heliu-data/heliu/warehouse/trino"
)

// openStore opens the store of the engine that the build computes in.
func openStore(ctx context.Context, b *builder) (store, error) {
	desk, err := newDuckStore(ctx, b.Engine)
	if err != nil || b.Cluster == nil {
		return desk, err
	}
	return &trinoStore{cluster: b.Cluster, desk: desk, question: b.Cluster.Connect(), steps: map[string]trinoState{}, kept: map[string]string{}, partitions: partitions(b.Graph)}, nil
}

// trinoStore is the warehouse as Iceberg tables in the lake, computed by a cluster. The states are in the database of the
// lake's catalog, where they change together with what the tables point at. The desk is the DuckDB file of the program,
// which holds what it notes down itself.
type trinoStore struct {
	cluster *trino.Engine
	desk    *duckStore

	look     sync.Mutex // guards question
	question *trino.Session

	id         string // the catalog's
	mu         sync.Mutex
	written    map[string]string // the states as they stand in the catalog
	steps      map[string]trinoState
	changed    []string          // tables that somebody else wrote to
	kept       map[string]string // tables that the program keeps, as queries, by name
	partitions map[string]string // the column by which a table's files lie, by name
}

func (t *trinoStore) close() error { return errors.Join(t.question.Close(), t.desk.close()) }

func (t *trinoStore) prepare(ctx context.Context, g *Graph, write bool) (there stored, err error) {
	if _, err := t.desk.prepare(ctx, g, write); err != nil {
		return there, err
	}
	spaces := map[string]bool{"delta": true}
	for _, s := range g.steps {
		for _, table := range s.Outputs() {
			schema, _, _ := strings.Cut(table, ".")
			spaces[schema] = true
		}
	}
	if write {
		if err := t.cluster.Prepare(ctx, sortedKeys(spaces)); err != nil {
			return there, err
		}
	}
	written, err := t.cluster.States(ctx)
	if err != nil {
		return there, err
	}
	if t.changed, err = t.cluster.Changed(ctx); err != nil {
		return there, err
	}
	there = stored{states: map[string]state{}, tables: map[string][]column{}, views: map[string]bool{}}
	t.id, t.written = written[""], written
	delete(written, "")
	for name, text := range written {
		var st trinoState
		if err := json.Unmarshal([]byte(text), &st); err != nil {
			return there, fmt.Errorf("read the state of %s: %w", name, err)
		}
		t.steps[name] = st
		there.states[name] = state{st.Fingerprint, st.Inputs, st.Version}
		for table, known := range st.Tables {
			there.tables[table] = known.Columns
		}
	}
	return there, nil
}

func (t *trinoStore) session(context.Context, *Graph, int) (Session, error) {
	return t.cluster.Connect(), nil
}

// reader sees the tables under their own names, views and what the program keeps among them.
func (t *trinoStore) reader(ctx context.Context, g *Graph) (_ Session, err error) {
	s := t.cluster.Connect()
	defer func() {
		if err != nil { // what was filled before goes
			err = errors.Join(err, s.Close())
		}
	}()
	if err := t.views(ctx, s); err != nil {
		return nil, err
	}
	for _, table := range g.kept() {
		if err := t.bindKept(ctx, s, table); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// views lets a session see the steps that are views.
func (t *trinoStore) views(ctx context.Context, s Session) error {
	for name, st := range t.steps {
		if st.View == "" {
			continue
		}
		if err := s.View(ctx, quoted(name), st.View); err != nil {
			return err
		}
	}
	return nil
}

// sound refuses a step of which somebody else changed a table, unless it is built anew, or a table that it is about to read.
func (t *trinoStore) sound(step Step, full bool, reads []string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if table := t.disturbed(step.Outputs()); table != "" && !full {
		return fmt.Errorf("%s: %w since the last build; build it anew: heliu build --full %s", table, trino.ErrChanged, step.Name())
	}
	if table := t.disturbed(reads); table != "" {
		return fmt.Errorf("it reads %s: %w since the last build; build that anew first: heliu build --full %[1]s", table, trino.ErrChanged)
	}
	return nil
}

// disturbed is one of the tables, or a change log of theirs, that somebody else changed, "" for none.
func (t *trinoStore) disturbed(tables []string) string {
	for _, table := range tables {
		if slices.Contains(t.changed, table) || slices.Contains(t.changed, logOf(table)) {
			return table
		}
	}
	return ""
}

func (t *trinoStore) name(table string) string { return qualified(t.cluster.Catalog(), table) }

func (t *trinoStore) bindRaw(ctx context.Context, s Session, lake Lake, name string, part increment) error {
	columns, err := lake.Columns(ctx, part.table)
	if err != nil {
		return fmt.Errorf("columns of %s: %w", part.table, err)
	}
	return s.(*trino.Session).BindRaw(ctx, name, part.table, part.since, part.head, part.files, columns)
}

func (t *trinoStore) digest(ctx context.Context, table string) (string, error) {
	return t.desk.digest(ctx, table)
}

func (t *trinoStore) isWhole(_ context.Context, table string, version int64) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, st := range t.steps {
		if known, its := st.Tables[table]; its {
			return known.Whole > version || known.Logged == nil && known.Changed > version || st.Version < version, nil
		}
	}
	return true, nil
}

// log is the change log of a table that changed after a version without all of it having changed.
func (t *trinoStore) log(table string, version int64) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, st := range t.steps {
		if known, its := st.Tables[table]; its && known.Logged != nil && known.Changed > version {
			return t.name(logOf(table))
		}
	}
	return ""
}

func (t *trinoStore) ask(ctx context.Context, query string, dest ...any) error {
	t.look.Lock()
	defer t.look.Unlock()
	return t.question.Row(ctx, query, dest...)
}

func (t *trinoStore) write(ctx context.Context, b *builder, s Session, c change) (state, map[string][]column, error) {
	own := s.(*trino.Session)
	t.mu.Lock()
	was := t.steps[c.step.Name()]
	anew := t.disturbed(c.step.Outputs()) != ""
	old := t.written[c.step.Name()]
	t.mu.Unlock()
	w := &trinoWriter{store: t, s: own, commit: own.Begin(), anew: anew, version: c.next.after(b.Now), tracked: b.tracked, crash: b.Crash,
		tables: map[string]trinoTable{}, made: map[string][]column{}}
	for table, known := range was.Tables {
		w.tables[table] = known
	}
	if anew || c.full {
		w.commit.Anew()
	}
	next := c.next
	b.Crash("build.begun")
	for _, out := range c.outputs {
		done, err := w.write(ctx, out)
		if err != nil {
			return next, nil, errors.Join(fmt.Errorf("write %s: %w", out.Table, err), w.commit.Undo(context.WithoutCancel(ctx)))
		}
		if out.Table == c.step.Name() {
			c.record.Rows += done.rows
		}
		if done.changed {
			next.version = w.version
		}
	}
	b.Crash("build.written")
	now, text, err := put(w.commit, c.step.Name(), old, trinoState{Fingerprint: next.fingerprint, Inputs: next.inputs, Version: next.version, BuiltAt: b.Now.UTC(), Tables: w.tables})
	if err != nil {
		return next, nil, errors.Join(err, w.commit.Undo(context.WithoutCancel(ctx)))
	}
	b.Crash("build.state")
	if err := w.commit.Do(ctx); err != nil {
		return next, nil, err
	}
	t.mu.Lock()
	t.steps[c.step.Name()], t.written[c.step.Name()] = now, text
	t.changed = slices.DeleteFunc(t.changed, func(name string) bool {
		return slices.ContainsFunc(c.step.Outputs(), func(table string) bool { return name == table || name == logOf(table) })
	})
	t.mu.Unlock()
	return next, w.made, nil
}

// show remembers a view: the catalog has none, so that it is part of the statements that read it. A table that it was is
// taken away.
func (t *trinoStore) show(ctx context.Context, b *builder, step Step, view Viewer, next state) error {
	commit := t.cluster.Connect().Begin()
	t.mu.Lock()
	defer t.mu.Unlock()
	for table, known := range t.steps[step.Name()].Tables {
		commit.Remove(table)
		if known.Logged != nil {
			commit.Remove(logOf(table))
		}
	}
	now, text, err := put(commit, step.Name(), t.written[step.Name()], trinoState{Fingerprint: next.fingerprint, Inputs: next.inputs, Version: next.version, BuiltAt: b.Now.UTC(), View: view.ViewSQL()})
	if err != nil {
		return err
	}
	b.Crash("build.begun")
	b.Crash("build.written")
	if err := commit.Do(ctx); err != nil {
		return err
	}
	t.steps[step.Name()], t.written[step.Name()] = now, text
	return nil
}

// finish takes away the change logs that every reader has read to their end, and the states of steps that are gone. Where
// another program builds at the same time, it is left to the next build.
func (t *trinoStore) finish(ctx context.Context, b *builder, read map[string]int64) error {
	commit := t.cluster.Connect().Begin()
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, st := range t.steps {
		step, inGraph := b.graph.Owner(name)
		if !inGraph {
			st.Fingerprint, st.Inputs, st.View = "", map[string]string{}, "" // built anew when it comes back; its version stays
		}
		tables := map[string]trinoTable{}
		for table, known := range st.Tables {
			n, isRead := read[table]
			if known.Logged != nil && (!isRead || n >= st.Version) && inGraph && step.Name() == name {
				known.Logged = nil
				commit.Remove(logOf(table))
			}
			tables[table] = known
		}
		st.Tables = tables
		text, err := json.Marshal(st)
		if err != nil {
			return fmt.Errorf("write the state of %s: %w", name, err)
		}
		if t.written[name] != string(text) {
			commit.Put(name, t.written[name], string(text))
		}
	}
	if err := commit.Do(ctx); err != nil && !errors.Is(err, trino.ErrChanged) {
		return fmt.Errorf("shorten the change logs: %w", err)
	}
	b.Crash("build.pruned")
	return nil
}
