package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/table"
)

// Write makes an Iceberg table of rows that the program computed, for an engine to read; one of that name is an error. It
// is no raw table: nothing is known of where its rows come from.
func (l *Lake) Write(ctx context.Context, name string, batches array.RecordReader) error {
	ident, err := identifier(name)
	if err != nil {
		return err
	}
	schema, err := table.ArrowSchemaToIcebergWithFreshIDs(batches.Schema(), true)
	if err != nil {
		return fmt.Errorf("columns of %s: %w", name, err)
	}
	made, err := l.cat.CreateTable(l.with(ctx), ident, schema, catalog.WithLocation(l.root+"/"+strings.Join(ident, "/")))
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	if _, err := made.Append(l.with(ctx), batches, nil); err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, batches.Err()))
	}
	return nil
}
