package pipelines

import (
	"context"
	"errors"
	"strings"
)

// PlannedStep says what a build would do with one step.
type PlannedStep struct {
	Name string
	Run  bool
	// Maybe says that the step runs only if a step before it changes its tables.
	Maybe bool
	Mode  string // how it is kept: table, incremental, keys, append, view, entity
	Why   string
}

// Plan says which of the selected steps a build would run, and why, in graph order. Nothing is written; the engine may
// be open read-only.
func (b Builder) Plan(ctx context.Context, sel Selection) (steps []PlannedStep, err error) {
	chosen, err := b.Graph.resolve(sel)
	if err != nil {
		return nil, err
	}
	run, err := b.prepare(ctx, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.store.close()) }()
	will := map[string]bool{}
	for _, s := range run.graph.steps {
		if !chosen[s.Name()] {
			continue
		}
		p := PlannedStep{Name: s.Name(), Mode: kindOf(s)}
		var waits []string
		for _, parent := range run.graph.Parents(s) {
			if will[parent.Name()] {
				waits = append(waits, parent.Name())
			}
		}
		st, known := run.state(s.Name())
		switch {
		case !known:
			p.Run, p.Why = true, "new"
		case sel.Full:
			p.Run, p.Why = true, "asked for"
		case st.fingerprint != run.fingerprint(s):
			p.Run, p.Why = true, "definition changed"
		default:
			d, err := run.decide(ctx, s, false)
			if err != nil && len(waits) == 0 {
				return nil, err
			}
			p.Run, p.Why = err == nil && d.run, d.why
			if !p.Run && len(waits) > 0 {
				p.Run, p.Maybe, p.Why = true, true, "if "+strings.Join(waits, " or ")+" changes"
			}
		}
		if err := run.store.sound(s, sel.Full, nil); err != nil { // the build will say so
			p.Run, p.Maybe, p.Why = true, false, err.Error()
		}
		will[s.Name()] = p.Run
		steps = append(steps, p)
	}
	return steps, nil
}

// kindOf is the word for how a step's table is kept.
func kindOf(s Step) string {
	switch t := s.(type) {
	case *ModelStep:
		return string(t.Model.Header.Materialize.Kind)
	case viewStep:
		return string(t.Model.Header.Materialize.Kind)
	case ConformStep:
		return "entity"
	default:
		return "program"
	}
}
