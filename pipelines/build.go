package pipelines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

var errNoTable = warehouse.ErrNoTable

// Build runs the selected steps that have something to do, inputs first, several at once. A step that fails blocks those
// that depend on it; the others run. The error joins the steps' errors; the report is complete in any case. A build that
// was killed is simply run again: each step's tables, change log and state are one transaction (invariant 4).
func (b Builder) Build(ctx context.Context, sel Selection) (report *Report, err error) {
	chosen, err := b.Graph.resolve(sel)
	if err != nil {
		return nil, err
	}
	run, err := b.prepare(ctx, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.session.Close()) }()
	run.Crash("build.prepared")
	var list []Step
	for _, s := range run.graph.steps {
		if chosen[s.Name()] {
			list = append(list, s)
		}
	}
	run.all(ctx, list, sel.Full)
	report = &Report{}
	var failures []error
	for _, s := range list {
		record := run.outcomes[s.Name()]
		report.Steps = append(report.Steps, record)
		if record.Err != nil {
			failures = append(failures, fmt.Errorf("build %s: %w", record.Name, record.Err))
		}
	}
	if err := run.finish(ctx, report); err != nil {
		failures = append(failures, err)
	}
	return report, errors.Join(failures...)
}

// all runs the steps on the workers, each as soon as its parents in the list have ended.
func (b *builder) all(ctx context.Context, list []Step, full bool) {
	waiting := map[string]int{}
	children := map[string][]Step{}
	chosen := map[string]bool{}
	for _, s := range list {
		chosen[s.Name()] = true
	}
	queue := make(chan Step, len(list))
	for _, s := range list {
		n := 0
		for _, p := range b.graph.Parents(s) {
			if chosen[p.Name()] {
				children[p.Name()] = append(children[p.Name()], s)
				n++
			}
		}
		waiting[s.Name()] = n
		if n == 0 {
			queue <- s
		}
	}
	left := len(list)
	if left == 0 {
		close(queue)
	}
	var wg sync.WaitGroup
	for i := range b.Workers {
		scratch := "heliu_work_" + strconv.Itoa(i)
		wg.Go(func() {
			for step := range queue {
				record := b.one(ctx, step, full, scratch)
				b.mu.Lock()
				b.outcomes[step.Name()] = record
				left--
				b.tell(Event{Record: record, Done: len(list) - left, Total: len(list)})
				for _, c := range children[step.Name()] {
					if waiting[c.Name()]--; waiting[c.Name()] == 0 {
						queue <- c
					}
				}
				if left == 0 {
					close(queue)
				}
				b.mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func (b *builder) tell(e Event) {
	if b.Progress == nil {
		return
	}
	b.Progress(e)
}

// scratch goes to the database in which one worker's steps see their inputs, and makes it, macros and all, for the
// first of them.
func (b *builder) scratch(ctx context.Context, s *duckdb.Session, name string) error {
	b.mu.Lock()
	made := b.scratches[name]
	b.scratches[name] = true
	b.mu.Unlock()
	if made {
		return s.Exec(ctx, "use "+name)
	}
	text := "attach if not exists ':memory:' as " + name + ";"
	for _, schema := range []string{"lake", "lake_new"} {
		text += "create schema if not exists " + name + "." + schema + ";"
	}
	return s.Exec(ctx, text+schemaStatements(b.graph, name+".")+"use "+name+";"+duckdb.Prelude())
}

// one runs one step to its end and never fails itself.
func (b *builder) one(ctx context.Context, step Step, full bool, scratch string) StepRecord {
	record := StepRecord{Name: step.Name(), Started: b.Clock()}
	b.mu.Lock()
	for _, p := range b.graph.Parents(step) {
		if status := b.outcomes[p.Name()].Status; status == Failed || status == Blocked {
			record.Status, record.Why = Blocked, "waits for "+p.Name()
		}
	}
	b.mu.Unlock()
	if record.Status == Blocked {
		return record
	}
	err := ctx.Err()
	for attempt := 1; err == nil; attempt++ {
		record.Attempts = attempt
		err = b.try(ctx, step, full, scratch, &record, attempt > 1)
		full = full || errors.Is(err, errNeedsFull)
		if err == nil || attempt >= b.Attempts || !(errors.Is(err, errNeedsFull) || duckdb.IsConflict(err) || duckdb.IsOutOfMemory(err)) {
			break
		}
		record.Notes = append(record.Notes, fmt.Sprintf("attempt %d: %v", attempt, err))
		err = nil
	}
	if err != nil {
		record.Status, record.Err = Failed, err
	}
	record.Seconds = b.Clock().Sub(record.Started).Seconds()
	return record
}

// try runs a step once; alone means with no other step beside it, which leaves it all the memory.
func (b *builder) try(ctx context.Context, step Step, full bool, scratch string, record *StepRecord, alone bool) (err error) {
	lock, unlock := b.alone.RLock, b.alone.RUnlock
	if alone {
		lock, unlock = b.alone.Lock, b.alone.Unlock
	}
	lock()
	defer unlock()
	d, err := b.decide(ctx, step, full)
	if err != nil {
		return err
	}
	record.Why = d.why
	if !d.run {
		record.Status = Skipped
		return nil
	}
	b.mu.Lock()
	b.tell(Event{Record: StepRecord{Name: step.Name(), Why: d.why, Started: record.Started}})
	b.mu.Unlock()
	if view, ok := step.(Viewer); ok {
		return b.view(ctx, step, view, d, record)
	}
	s, err := b.Engine.ConnectBare(ctx) // the scratch database has the macros
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Profile(ctx); err != nil {
		return err
	}
	if err := b.scratch(ctx, s, scratch); err != nil {
		return err
	}
	w := &Work{Session: s, Now: b.Now, Full: d.full, Changes: d.changes, builder: b, step: step, scratch: scratch, notes: record}
	if err := w.bindInputs(ctx, step, map[string]bool{}); err != nil {
		return err
	}
	b.Crash("build.bound")
	outputs, err := step.Build(ctx, w)
	if err != nil {
		return err
	}
	b.Crash("build.computed")
	err = b.commit(ctx, s, step, d, outputs, record)
	record.RowsScanned = s.RowsScanned()
	return err
}

// commit writes the outputs, the change log and the state in one transaction (invariant 4).
func (b *builder) commit(ctx context.Context, s *duckdb.Session, step Step, d decision, outputs []Output, record *StepRecord) error {
	old, _ := b.state(step.Name())
	next := state{fingerprint: b.fingerprint(step), inputs: d.now, version: old.version}
	wr := &writer{s: s, catalog: b.catalog, tables: b.table, made: map[string][]column{}, version: old.version + 1, tracked: b.tracked, crash: b.Crash}
	record.Rows, record.Status = 0, Unchanged
	err := s.InTx(ctx, func(ctx context.Context) error {
		b.Crash("build.begun")
		for _, out := range outputs {
			w, err := wr.write(ctx, out)
			if err != nil {
				return fmt.Errorf("write %s: %w", out.Table, err)
			}
			if out.Table == step.Name() { // what stands beside it are older versions and rows kept out
				record.Rows += w.rows
			}
			if w.changed {
				next.version, record.Status = old.version+1, Built
			}
		}
		b.Crash("build.written")
		if err := next.write(ctx, s, b.catalog, step.Name(), b.Now); err != nil {
			return err
		}
		b.Crash("build.state")
		return nil
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.states[step.Name()] = next
	for table, columns := range wr.made {
		b.tables[table] = columns
		delete(b.views, table)
	}
	b.mu.Unlock()
	b.Crash("build.committed")
	return nil
}

// view stores a view under its name, for people to query; steps that read it are bound to what is beneath it.
func (b *builder) view(ctx context.Context, step Step, view Viewer, d decision, record *StepRecord) (err error) {
	s, err := b.Engine.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	st, _ := b.state(step.Name())
	record.Mode, record.Status = "view", Unchanged
	if st.fingerprint != b.fingerprint(step) || d.why == "asked for" || !maps.Equal(st.inputs, d.now) { // what it shows may differ

		st.version++
		record.Status = Built
	}
	st.fingerprint, st.inputs = b.fingerprint(step), d.now
	err = s.InTx(ctx, func(ctx context.Context) error {
		b.Crash("build.begun")
		if !b.readsRaw(step) { // made again even when only its inputs changed: it remembers their types
			if columns, _ := b.table(step.Name()); columns != nil {
				if err := s.Exec(ctx, "drop table "+qualified(b.catalog, step.Name())); err != nil {
					return err
				}
			}
			if err := s.Exec(ctx, "create or replace view "+qualified(b.catalog, step.Name())+" as "+view.ViewSQL()); err != nil {
				return err
			}
		}
		b.Crash("build.written")
		return st.write(ctx, s, b.catalog, step.Name(), b.Now)
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.states[step.Name()] = st
	delete(b.tables, step.Name())
	b.views[step.Name()] = true
	b.mu.Unlock()
	b.Crash("build.committed")
	return nil
}
