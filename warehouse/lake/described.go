package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/iceberg-go"

	"github.com/heliu-data/heliu/warehouse"
)

// Described gives the columns of any Iceberg table of the lake's catalog as its present metadata has them, of raw tables
// and of those that an engine wrote alike; [warehouse.ErrNoTable] when there is none.
func (l *Lake) Described(ctx context.Context, name string) ([]warehouse.Described, error) {
	t, err := l.load(ctx, name)
	if errors.Is(err, ErrNoTable) {
		return nil, fmt.Errorf("%s: %w", name, warehouse.ErrNoTable)
	}
	if err != nil {
		return nil, err
	}
	return described(t.Schema()), nil
}

// DescribedAt is [Lake.Described] as the table was at a snapshot, which may lack a column that was added since.
func (l *Lake) DescribedAt(ctx context.Context, name string, snapshot int64) ([]warehouse.Described, error) {
	t, err := l.load(ctx, name)
	if err != nil {
		return nil, err
	}
	found := t.SnapshotByID(snapshot)
	if found == nil {
		return nil, fmt.Errorf("%s has no snapshot %d any more: it was forgotten while this run read it; run again", name, snapshot)
	}
	if found.SchemaID == nil {
		return described(t.Schema()), nil
	}
	for id, schema := range t.Schemas() {
		if id == *found.SchemaID {
			return described(schema), nil
		}
	}
	return nil, fmt.Errorf("%s: snapshot %d names schema %d, which is not in its metadata", name, snapshot, *found.SchemaID)
}

func described(schema *iceberg.Schema) []warehouse.Described {
	fields := schema.Fields()
	list := make([]warehouse.Described, len(fields))
	for i, f := range fields {
		list[i] = warehouse.Described{Name: f.Name, Type: sharedType(f.Type)}
	}
	return list
}

// sharedType is the spelling of a type that all engines share.
func sharedType(t iceberg.Type) string {
	switch t := t.(type) {
	case iceberg.Int64Type:
		return "BIGINT"
	case iceberg.Int32Type:
		return "INTEGER"
	case iceberg.StringType:
		return "VARCHAR"
	case iceberg.Float64Type:
		return "DOUBLE"
	case iceberg.BooleanType:
		return "BOOLEAN"
	case iceberg.DateType:
		return "DATE"
	case iceberg.TimestampTzType:
		return "TIMESTAMP WITH TIME ZONE"
	case iceberg.TimestampType:
		return "TIMESTAMP"
	case iceberg.DecimalType:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision(), t.Scale())
	default:
		return strings.ToUpper(t.String())
	}
}
