package pipelines

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// versions gives the present version of every stored table that the step reads.
func (b *builder) versions(ctx context.Context, step Step) (map[string]string, error) {
	versions := map[string]string{}
	for _, table := range b.graph.leaves(step) {
		switch owner, built := b.graph.Owner(table); {
		case built:
			st, ok := b.state(owner.Name())
			if !ok {
				return nil, fmt.Errorf("%s reads %s, which is not built yet: build it too (+%s)", step.Name(), table, step.Name())
			}
			versions[table] = strconv.FormatInt(st.version, 10)
		case b.graph.raw[table]:
			head, err := b.head(ctx, table)
			if err != nil {
				return nil, err
			}
			versions[table] = head
		default: // a small table that the program keeps: its content is its version
			hash, err := b.store.digest(ctx, table)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", table, err)
			}
			versions[table] = hash
		}
	}
	return versions, nil
}

// decision says whether a step must run, and what it will be told.
type decision struct {
	run     bool
	why     string
	full    bool
	changes map[string]InputChange
	now     map[string]string
}

// decide compares the step with its state.
func (b *builder) decide(ctx context.Context, step Step, full bool) (decision, error) {
	now, err := b.versions(ctx, step)
	if err != nil {
		return decision{}, err
	}
	d := decision{run: true, full: true, now: now, changes: map[string]InputChange{}}
	st, known := b.state(step.Name())
	switch {
	case !known:
		d.why = "new"
	case full:
		d.why = "asked for"
	case st.fingerprint != b.fingerprint(step):
		d.why = "definition changed"
	default:
		d.full = false
	}
	var changed []string
	for _, table := range sortedKeys(now) {
		if from, read := st.inputs[table]; !read || from != now[table] {
			c := InputChange{From: from, To: now[table], Whole: !read || d.full}
			if !c.Whole {
				if c.Whole, err = b.isWhole(ctx, table, from, now[table]); err != nil {
					return d, err
				}
			}
			d.changes[table] = c
			changed = append(changed, table)
		}
	}
	if !d.full {
		d.run = len(changed) > 0
		d.why = "nothing new"
		if d.run {
			d.why = "changed: " + strings.Join(changed, ", ")
		}
	}
	return d, nil
}

// isWhole says whether all of an input may have changed since the version from.
func (b *builder) isWhole(ctx context.Context, table, from, to string) (bool, error) {
	if b.graph.raw[table] {
		_, reset, err := b.Lake.Files(ctx, table, from, to)
		if err != nil {
			return false, fmt.Errorf("list the files of %s: %w", table, err)
		}
		return reset, nil
	}
	if _, built := b.graph.Owner(table); !built {
		return true, nil
	}
	version, err := strconv.ParseInt(from, 10, 64)
	if err != nil {
		return true, nil // written by a program that counted otherwise
	}
	return b.store.isWhole(ctx, table, version)
}
