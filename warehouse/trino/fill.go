package trino

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// chunkBytes is how long the text of one insert becomes; Trino takes a million characters.
const chunkBytes = 500_000

// Fill keeps rows that the program made: whole numbers, texts and nulls. They travel in the text of statements, so that
// it is for results that are small beside the facts.
func (s *Session) Fill(ctx context.Context, name string, batches array.RecordReader) error {
	full := s.scratch(canonical(name))
	var columns, types []string
	for _, f := range batches.Schema().Fields() {
		switch f.Type.ID() {
		case arrow.INT64:
			types = append(types, "bigint")
		case arrow.STRING:
			types = append(types, "varchar")
		default:
			return fmt.Errorf("fill %s: column %s is of the type %s; only int64 and text can be filled in", name, f.Name, f.Type)
		}
		columns = append(columns, ident(f.Name)+" "+types[len(types)-1])
	}
	if _, err := s.engine.exec(WithMeter(ctx, &s.meter), "create table "+full+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	s.keep(name, full)
	var text strings.Builder
	flush := func() error {
		if text.Len() == 0 {
			return nil
		}
		_, err := s.engine.exec(WithMeter(ctx, &s.meter), "insert into "+full+" values "+text.String())
		text.Reset()
		return err
	}
	for batches.Next() {
		record := batches.RecordBatch()
		for row := range int(record.NumRows()) {
			if text.Len() > 0 {
				text.WriteString(", ")
			}
			text.WriteString("(")
			for i, typ := range types {
				if i > 0 {
					text.WriteString(", ")
				}
				text.WriteString(cell(record.Column(i), row, typ))
			}
			text.WriteString(")")
			if text.Len() > chunkBytes {
				if err := flush(); err != nil {
					return fmt.Errorf("fill %s: %w", name, err)
				}
			}
		}
	}
	if err := batches.Err(); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	if err := flush(); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	return nil
}

// cell writes a value with its type, so that a first row of nulls makes no column of another type.
func cell(column arrow.Array, row int, typ string) string {
	switch values := column.(type) {
	case *array.Int64:
		if !values.IsNull(row) {
			return "bigint '" + values.ValueStr(row) + "'"
		}
	case *array.String:
		if !values.IsNull(row) {
			return literal(values.Value(row))
		}
	}
	return "cast(null as " + typ + ")"
}
