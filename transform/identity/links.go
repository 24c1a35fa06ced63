package identity

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// linkSchema are the columns of star.customer_evidence.
func linkSchema() *arrow.Schema {
	number := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64, Nullable: true}
	}
	text := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	return arrow.NewSchema([]arrow.Field{number("customer_key"), number("person_key"), text("kind"), text("scope"), text("value"), text("refused")}, nil)
}

// batch is how many rows an Arrow batch holds.
const batch = 64 << 10

// fill makes a temporary table of links.
func fill(ctx context.Context, s Session, table string, links []Link) error {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, linkSchema())
	defer builder.Release()
	number := func(column int, v int64) { builder.Field(column).(*array.Int64Builder).Append(v) }
	text := func(column int, v string) { builder.Field(column).(*array.StringBuilder).Append(v) }
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	for part := range slices.Chunk(links, batch) {
		for _, l := range part {
			number(0, l.Customer)
			number(1, l.Person)
			text(2, l.Kind.String())
			text(3, l.Scope)
			text(4, l.Value)
			if l.Refused == "" {
				builder.Field(5).AppendNull()
			} else {
				text(5, l.Refused)
			}
		}
		batches = append(batches, builder.NewRecordBatch())
	}
	reader, err := array.NewRecordReader(builder.Schema(), batches)
	if err != nil {
		return err
	}
	defer reader.Release()
	return s.Fill(ctx, table, reader)
}
