package pipelines

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Query runs one statement on a session of its own and hands the rows to f as Arrow batches, which are valid until f
// returns. With [Job.OpenRaw] before it, it may name raw tables of the lake.
func (j *Job) Query(ctx context.Context, e *duckdb.Engine, statement string, f func(array.RecordReader) error) (err error) {
	s, err := e.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if j.raw != nil {
		if err := j.bindRaw(ctx, s, statement); err != nil {
			return err
		}
	}
	reader, err := s.Query(ctx, statement)
	if refused := (*duckdb.StatementError)(nil); errors.As(err, &refused) {
		return refused.Err // who asks knows the statement; DuckDB shows the place
	}
	if err != nil {
		return err
	}
	defer reader.Release()
	if err := f(reader); err != nil {
		return err
	}
	return reader.Err()
}
