package pipelines

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/warehouse"
)

// Query runs one statement on a session of its own and hands the rows to f as Arrow batches, which are valid until f
// returns.
func Query(ctx context.Context, e warehouse.Engine, statement string, f func(array.RecordReader) error) (err error) {
	s, err := e.Session(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	reader, err := s.Query(ctx, statement)
	if err != nil {
		return err
	}
	defer reader.Release()
	if err := f(reader); err != nil {
		return err
	}
	return reader.Err()
}
