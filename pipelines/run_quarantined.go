package pipelines

import (
	"context"
	"errors"
	"strings"
)

// quarantined counts the rows that are in quarantine, of whichever run.
func (r *run) quarantined(ctx context.Context) (n int64, err error) {
	s, err := r.engine.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, step := range r.graph.Steps() {
		for _, table := range step.Outputs() {
			if !strings.HasPrefix(table, "quarantine.") || strings.Contains(table, "__") {
				continue // what is beside a quarantine is kept for the next build
			}
			var rows int64
			err := s.Row(ctx, "select count(*) from "+qualified(r.engine.Catalog(), table), &rows)
			if err != nil && !errors.Is(err, errNoTable) {
				return 0, err
			}
			n += rows
		}
	}
	return n, nil
}
