package trino

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Fill keeps rows that the program made: they are written to the lake, where the cluster reads them.
func (s *Session) Fill(ctx context.Context, name string, batches array.RecordReader) error {
	table := s.aside(canonical(name))
	if err := s.engine.lake.Write(ctx, scratchSpace+"."+table, batches); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	s.keep(name, s.engine.full(scratchSpace+"."+table))
	return nil
}
