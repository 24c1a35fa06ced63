package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// errNeedsFull says that a step cannot go on from what the warehouse holds; it is then built anew.
var errNeedsFull = errors.New("the stored table does not fit the increment")

// finish tells the store up to which version every table was read by all who read it. A reader that was never built
// starts with everything anyway.
func (b *builder) finish(ctx context.Context, report *Report) error {
	if report.Count(Built)+report.Count(Unchanged) == 0 {
		return nil
	}
	read := map[string]int64{} // table -> the least version that some reader has read
	for _, step := range b.graph.steps {
		st, known := b.state(step.Name())
		if _, view := step.(Viewer); view || !known {
			continue
		}
		for table, version := range st.inputs {
			n, err := strconv.ParseInt(version, 10, 64)
			if _, built := b.graph.Owner(table); !built || err != nil {
				continue
			}
			if old, seen := read[table]; !seen || n < old {
				read[table] = n
			}
		}
	}
	return b.store.finish(ctx, b, read)
}

// fingerprint is the step's own and that of every view that it reads.
func (b *builder) fingerprint(step Step) string {
	text := step.Fingerprint()
	seen := map[string]bool{}
	var visit func(Step)
	visit = func(s Step) {
		for _, p := range b.graph.Parents(s) {
			if _, view := p.(Viewer); view && !seen[p.Name()] {
				seen[p.Name()] = true
				text += "\x1f" + p.Fingerprint()
				visit(p)
			}
		}
	}
	visit(step)
	return digest(text)
}

// readsRaw says whether a view reads raw files, which only a running build can see.
func (b *builder) readsRaw(step Step) bool {
	for _, table := range b.graph.leaves(step) {
		if b.graph.raw[table] {
			return true
		}
	}
	return false
}

// forget makes the states of steps that the graph no longer has those of another definition: their inputs' change logs
// are not kept for them, so that they are built anew when they come back. Their versions stay.
func (b *builder) forget(ctx context.Context, s *duckdb.Session) (string, error) {
	states, err := readStates(ctx, s, b.Engine.Catalog())
	if err != nil {
		return "", err
	}
	for _, step := range b.graph.steps {
		delete(states, step.Name())
	}
	text := ""
	for name := range states {
		text += fmt.Sprintf("update %s set fingerprint = '', inputs = '{}' where model = %s;\n", qualified(b.Engine.Catalog(), "ops.model_state"), duckdb.Text(name))
	}
	return text, nil
}
