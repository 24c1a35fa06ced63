package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Upkeep says how a lake is kept small and quick; the zero value has working thresholds.
type Upkeep struct {
	Compaction Compaction
	Keep       int                // snapshots kept; 0 is 20. Expiry starts at twice as many
	Grace      time.Duration      // how long unneeded files stay; 0 is 24 hours
	Positions  map[string][]int64 // table -> the positions that models hold; see Expiry.Never
	Now        bool               // do not wait for the thresholds
}

// Upkept tells what was done to one table.
type Upkept struct {
	Table     string
	Compacted Compacted
	Expired   int // snapshots
	Swept     Swept
}

// Upkeep compacts, expires and sweeps the tables that are past a threshold, and returns those that it changed. A table
// that fails does not keep the others from their turn. It is part of every run: no writer works at the same time.
func (l *Lake) Upkeep(ctx context.Context, u Upkeep) ([]Upkept, error) {
	names, err := l.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var out []Upkept
	var failed error
	for _, name := range names {
		done, err := l.upkeep(ctx, name, u)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("upkeep of %s: %w", name, err))
		}
		if done.Compacted.Before > 0 || done.Expired > 0 || done.Swept.Deleted > 0 {
			out = append(out, done)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return out, failed
}

func (l *Lake) upkeep(ctx context.Context, name string, u Upkeep) (Upkept, error) {
	out := Upkept{Table: name}
	t, err := l.Table(ctx, name)
	if err != nil {
		return out, err
	}
	files := cmp.Or(u.Compaction.Files, 32)
	keep := cmp.Or(u.Keep, 20)
	if u.Now {
		u.Compaction.Files = 2
	}
	if size := t.Size(); u.Now || size.Files >= int64(files) {
		if out.Compacted, err = t.Compact(ctx, u.Compaction); err != nil {
			return out, err
		}
	}
	if u.Now || t.Size().Snapshots >= 2*keep {
		if out.Expired, err = t.Expire(ctx, Expiry{Keep: keep, Never: u.Positions[name]}); err != nil {
			return out, err
		}
	}
	if u.Now || out.Expired > 0 {
		out.Swept, err = t.Sweep(ctx, cmp.Or(u.Grace, 24*time.Hour))
	}
	return out, err
}
