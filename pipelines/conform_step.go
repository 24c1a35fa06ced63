package pipelines

import (
	"context"
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/transform/conform"
)

// ConformStep makes an entity, its quarantine and what is set aside from the raw tables that map to it.
type ConformStep struct{ Plan *conform.Plan }

// ConformSteps makes steps of compiled plans.
func ConformSteps(plans []*conform.Plan) []Step {
	steps := make([]Step, len(plans))
	for i, p := range plans {
		steps[i] = ConformStep{p}
	}
	return steps
}

// Name is the entity's table, "entity.order".
func (c ConformStep) Name() string { return c.Plan.Name() }

// Outputs are the entity, its quarantine and the tables beside them.
func (c ConformStep) Outputs() []string { return c.Plan.Outputs() }

// Inputs are the mapped raw tables and the entities that rows are held against.
func (c ConformStep) Inputs() []Input {
	var list []Input
	for _, table := range append(c.Plan.Raw(), c.Plan.Reads()...) {
		list = append(list, Input{Table: table})
	}
	return list
}

// Fingerprint is the plan's.
func (c ConformStep) Fingerprint() string { return c.Plan.Fingerprint() }

// TrackedColumns is the key by which rows are held.
func (c ConformStep) TrackedColumns() map[string][]string {
	tracked := map[string][]string{}
	for _, table := range c.Plan.Reads() {
		tracked[table] = []string{c.Plan.HoldBy()}
	}
	return tracked
}

// Build merges the rows that landed since.
func (c ConformStep) Build(ctx context.Context, w *Work) ([]Output, error) {
	st := conform.State{Full: c.full(w)}
	w.Mode("full")
	if !st.Full {
		w.Mode("keys")
		if err := c.increment(ctx, w, &st); err != nil {
			return nil, err
		}
	}
	writes, counts, err := c.Plan.Build(ctx, w.Session, st)
	if err != nil {
		return nil, err
	}
	w.notes.Keys, w.notes.Conformed, w.notes.Accepted, w.notes.Quarantined = counts.Keys, counts.Conformed, counts.Accepted, counts.Quarantined
	outputs := make([]Output, len(writes))
	for i, write := range writes {
		outputs[i] = Output{Table: write.Table, Rows: write.Rows, Where: write.Where, Key: write.Key}
	}
	return outputs, nil
}

// full says whether all raw rows must be looked at.
func (c ConformStep) full(w *Work) bool {
	for _, table := range c.Plan.Raw() {
		if w.Changes[table].Whole {
			return true
		}
	}
	return w.Full
}

// increment shows the plan the new raw rows only, and tells it which keys it must judge again.
func (c ConformStep) increment(ctx context.Context, w *Work, st *conform.State) error {
	for _, table := range c.Plan.Raw() {
		if _, err := w.BindNew(ctx, table); err != nil {
			return fmt.Errorf("new rows of %s: %w", table, err)
		}
	}
	name := w.builder.store.name
	st.Entity, st.Quarantine = name(c.Plan.Name()), name(c.Plan.Quarantine())
	if aside := c.Plan.Aside(); aside != "" {
		st.Aside = name(aside)
	}
	if told := c.Plan.Told(); told != "" {
		st.Told = name(told)
	}
	var touched []string
	for _, table := range c.Plan.Reads() {
		change, changed := w.Changes[table]
		switch {
		case changed && change.Whole:
			st.Judge = true
		case changed && w.changeLog(table) != "":
			touched = append(touched, fmt.Sprintf("select %q as %[1]q from %s where _version > %s", c.Plan.HoldBy(), w.changeLog(table), change.From))
		}
	}
	st.Touched = strings.Join(touched, " union ")
	return nil
}
