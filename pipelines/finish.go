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

// finish forgets the changes that every reader has taken and writes the file out, once, alone (PITFALLS C4).
func (b *builder) finish(ctx context.Context, report *Report) (err error) {
	if report.Count(Built)+report.Count(Unchanged) == 0 {
		return nil
	}
	s, err := b.Engine.ConnectBare(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := b.prune(ctx, s); err != nil {
		return fmt.Errorf("shorten the change logs: %w", err)
	}
	b.Crash("build.pruned")
	if b.Engine.Path() != "" {
		if err := s.Exec(ctx, "checkpoint "+duckdb.Ident(b.catalog)); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	b.Crash("build.checkpointed")
	return nil
}

// prune deletes the logged changes up to the version that all readers of a table have read. A reader that was never
// built starts with everything anyway.
func (b *builder) prune(ctx context.Context, s *duckdb.Session) error {
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
	text, err := b.forget(ctx, s)
	if err != nil {
		return err
	}
	for _, step := range b.graph.steps {
		for _, table := range step.Outputs() {
			log := deltaTable(b.catalog, table)
			if columns, _ := b.table(logOf(table)); columns == nil {
				continue
			}
			where := "true" // nobody reads it
			if n, ok := read[table]; ok {
				where = fmt.Sprintf("_version <= %d", n)
			}
			text += fmt.Sprintf("delete from %s where not _full and %s;\n", log, where)
		}
	}
	if text == "" {
		return nil
	}
	return s.Exec(ctx, text)
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
// are not kept for them, so that they are built anew when they come back. Their versions go on counting.
func (b *builder) forget(ctx context.Context, s *duckdb.Session) (string, error) {
	states, err := readStates(ctx, s, b.catalog)
	if err != nil {
		return "", err
	}
	for _, step := range b.graph.steps {
		delete(states, step.Name())
	}
	text := ""
	for name := range states {
		text += fmt.Sprintf("update %s set fingerprint = '', inputs = '{}' where model = %s;\n", qualified(b.catalog, "ops.model_state"), duckdb.Text(name))
	}
	return text, nil
}
