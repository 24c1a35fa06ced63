package pipelines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
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
	defer func() { err = errors.Join(err, run.store.close()) }()
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
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	left := len(list)
	if left == 0 {
		close(queue)
	}
	var wg sync.WaitGroup
	for i := range b.Workers {
		wg.Go(func() {
			for step := range queue {
				record := b.one(ctx, step, full, i)
				if trino.IsGone(record.Err) { // the others would wait for it in vain, one after another
					lost(record.Err)
				}
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

// one runs one step to its end and never fails itself.
func (b *builder) one(ctx context.Context, step Step, full bool, worker int) StepRecord {
	record := StepRecord{Name: step.Name(), Started: b.Clock()}
	b.mu.Lock()
	for _, p := range b.graph.Parents(step) {
		if status := b.outcomes[p.Name()].Status; status == Failed || status == Blocked {
			record.Status, record.Why = Blocked, "waits for "+p.Name()
		}
	}
	b.mu.Unlock()
	if trino.IsGone(context.Cause(ctx)) {
		record.Status, record.Why = Blocked, "waits for the cluster"
	}
	if record.Status == Blocked {
		return record
	}
	err := ctx.Err()
	for attempt := 1; err == nil; attempt++ {
		record.Attempts = attempt
		err = b.try(ctx, step, full, worker, &record, attempt > 1)
		full = full || errors.Is(err, errNeedsFull)
		if err == nil || attempt >= b.Attempts || !(errors.Is(err, errNeedsFull) || mayWorkAgain(err)) {
			break
		}
		record.Notes = append(record.Notes, fmt.Sprintf("attempt %d: %v", attempt, err))
		err = nil
	}
	switch {
	case err != nil && trino.IsGone(context.Cause(ctx)) && !trino.IsGone(err): // stopped because another step lost it
		record.Status, record.Why, record.Notes = Blocked, "waits for the cluster", append(record.Notes, err.Error())
	case err != nil:
		record.Status, record.Err = Failed, err
	}
	record.Seconds = b.Clock().Sub(record.Started).Seconds()
	return record
}

// try runs a step once; alone means with no other step beside it, which leaves it all the memory.
func (b *builder) try(ctx context.Context, step Step, full bool, worker int, record *StepRecord, alone bool) (err error) {
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
	var reads []string
	if d.run {
		reads = b.graph.leaves(step)
	}
	if err := b.store.sound(step, full, reads); err != nil {
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
	ctx = warehouse.WithProgress(ctx, func(w warehouse.Working) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.tell(Event{Record: StepRecord{Name: step.Name(), Started: record.Started}, Working: &w})
	})
	s, err := b.store.session(ctx, b.graph, worker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w := &Work{Session: s, Now: b.Now, Full: d.full, Changes: d.changes, builder: b, step: step, notes: record}
	if err := w.bindInputs(ctx, step, map[string]bool{}); err != nil {
		return err
	}
	b.Crash("build.bound")
	record.Mode, record.Ranges, record.Keys = "", nil, 0 // an earlier try may have come so far
	outputs, err := step.Build(ctx, w)
	if err != nil {
		return err
	}
	b.Crash("build.computed")
	old, _ := b.state(step.Name())
	next := state{fingerprint: b.fingerprint(step), inputs: d.now, version: old.version}
	record.Rows, record.Status = 0, Unchanged
	next, made, err := b.store.write(ctx, b, s, change{step: step, full: full, next: next, outputs: outputs, record: record})
	record.Cost = s.Cost()
	if err != nil {
		return err
	}
	if record.Was, record.Became = old.version, next.version; record.Became > record.Was {
		record.Status = Built
	}
	b.mu.Lock()
	b.states[step.Name()] = next
	for table, columns := range made {
		b.tables[table] = columns
		delete(b.views, table)
	}
	b.mu.Unlock()
	b.Crash("build.committed")
	return nil
}

// mayWorkAgain says whether a step that failed so is tried again.
func mayWorkAgain(err error) bool {
	return duckdb.IsConflict(err) || duckdb.IsOutOfMemory(err) || trino.IsConflict(err) || trino.IsOutOfMemory(err) || trino.IsInterrupted(err)
}

// view keeps a view under its name, for people to query; steps that read it are bound to what is beneath it.
func (b *builder) view(ctx context.Context, step Step, view Viewer, d decision, record *StepRecord) error {
	st, _ := b.state(step.Name())
	record.Mode, record.Status = "view", Unchanged
	if st.fingerprint != b.fingerprint(step) || d.why == "asked for" || !maps.Equal(st.inputs, d.now) { // what it shows may differ
		st.version = st.after(b.Now)
		record.Status = Built
	}
	st.fingerprint, st.inputs = b.fingerprint(step), d.now
	if err := b.store.show(ctx, b, step, view, st); err != nil {
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
