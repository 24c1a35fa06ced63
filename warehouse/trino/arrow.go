package trino

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A batch ends at whichever comes first.
const (
	batchRows  = 64 << 10
	batchBytes = 16 << 20
)

// arrow runs one statement that reads and streams its rows as Arrow batches of at most 64 Ki rows and about 16 MB. The
// types are DuckDB's: BIGINT is int64, INTEGER int32, DECIMAL(p,s) decimal128, a timestamp with time zone microseconds in
// UTC. The caller releases the reader, which stops the statement if it is not over.
func (e *Engine) arrow(ctx context.Context, statement string) (array.RecordReader, error) {
	rows, err := e.rows(ctx, statement)
	if err != nil {
		return nil, err
	}
	b := &batches{rows: rows, statement: firstLine(statement)}
	b.refs.Store(1)
	if err := b.open(); err != nil {
		_ = rows.Close() // err says more
		return nil, err
	}
	return b, nil
}

// batches is the rows of a statement as Arrow batches.
type batches struct {
	refs      atomic.Int64
	rows      *sql.Rows
	statement string
	schema    *arrow.Schema
	columns   []column
	values    []any
	builder   *array.RecordBuilder
	current   arrow.RecordBatch
	over      bool
	err       error
}

// column writes the values of one column; it returns about how many bytes one took.
type column struct {
	name   string
	append func(value any) (int, error)
}

func (b *batches) open() error {
	types, err := b.rows.ColumnTypes()
	if err != nil {
		return err
	}
	fields := make([]arrow.Field, len(types))
	for i, t := range types {
		kind, err := arrowType(t)
		if err != nil {
			return fmt.Errorf("column %q: %w [in: %s]", t.Name(), err, b.statement)
		}
		fields[i] = arrow.Field{Name: t.Name(), Type: kind, Nullable: true}
	}
	b.schema = arrow.NewSchema(fields, nil)
	b.builder = array.NewRecordBuilder(memory.DefaultAllocator, b.schema)
	b.columns = make([]column, len(types))
	b.values = make([]any, len(types))
	for i, f := range fields {
		b.columns[i] = column{f.Name, appender(b.builder.Field(i))}
		b.values[i] = new(any)
	}
	return nil
}

// arrowType is the Arrow type of a column of Trino's.
func arrowType(t *sql.ColumnType) (arrow.DataType, error) {
	precision, scale, sized := t.DecimalSize()
	name := t.DatabaseTypeName()
	switch name {
	case "BOOLEAN":
		return arrow.FixedWidthTypes.Boolean, nil
	case "TINYINT":
		return arrow.PrimitiveTypes.Int8, nil
	case "SMALLINT":
		return arrow.PrimitiveTypes.Int16, nil
	case "INTEGER":
		return arrow.PrimitiveTypes.Int32, nil
	case "BIGINT":
		return arrow.PrimitiveTypes.Int64, nil
	case "REAL":
		return arrow.PrimitiveTypes.Float32, nil
	case "DOUBLE":
		return arrow.PrimitiveTypes.Float64, nil
	case "VARCHAR", "CHAR", "JSON":
		return arrow.BinaryTypes.String, nil
	case "DATE":
		return arrow.FixedWidthTypes.Date32, nil
	case "DECIMAL":
		if sized {
			return &arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)}, nil
		}
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		if sized && precision > 6 {
			return nil, fmt.Errorf("%s with %d digits of a second would lose some: cast it to timestamp(6)", name, precision)
		}
		kind := &arrow.TimestampType{Unit: arrow.Microsecond}
		if name != "TIMESTAMP" {
			kind.TimeZone = "UTC"
		}
		return kind, nil
	}
	return nil, fmt.Errorf("the type %s of Trino has no place in a table of other programs: write json_format(cast(… as json)), a field of a row, or cast it to varchar", name)
}

// appender writes the driver's values into a builder.
func appender(builder array.Builder) func(any) (int, error) {
	wrong := func(v any) (int, error) { return 0, fmt.Errorf("the driver gave a %T for %s", v, builder.Type()) }
	switch b := builder.(type) {
	case *array.BooleanBuilder:
		return put(b.Append, 1, wrong)
	case *array.Int8Builder:
		return put(func(v int64) { b.Append(int8(v)) }, 1, wrong)
	case *array.Int16Builder:
		return put(func(v int64) { b.Append(int16(v)) }, 2, wrong)
	case *array.Int32Builder:
		return put(func(v int64) { b.Append(int32(v)) }, 4, wrong)
	case *array.Int64Builder:
		return put(b.Append, 8, wrong)
	case *array.Float32Builder:
		return put(func(v float64) { b.Append(float32(v)) }, 4, wrong)
	case *array.Float64Builder:
		return put(b.Append, 8, wrong)
	case *array.Date32Builder:
		return put(func(v time.Time) { b.Append(arrow.Date32FromTime(v)) }, 4, wrong)
	case *array.TimestampBuilder:
		return put(func(v time.Time) { b.Append(arrow.Timestamp(v.UnixMicro())) }, 8, wrong)
	case *array.StringBuilder:
		return func(v any) (int, error) {
			text, ok := v.(string)
			if !ok {
				return wrong(v)
			}
			b.Append(text)
			return len(text) + 4, nil
		}
	case *array.Decimal128Builder:
		kind := b.Type().(*arrow.Decimal128Type)
		return func(v any) (int, error) {
			text, ok := v.(string)
			if !ok {
				return wrong(v)
			}
			number, err := decimal(text, kind)
			if err == nil {
				b.Append(number)
			}
			return 16, err
		}
	}
	return wrong
}

func put[T any](append func(T), bytes int, wrong func(any) (int, error)) func(any) (int, error) {
	return func(v any) (int, error) {
		value, ok := v.(T)
		if !ok {
			return wrong(v)
		}
		append(value)
		return bytes, nil
	}
}

// decimal reads a decimal number exactly: one that has more digits than its type, before or behind the point, is an error.
func decimal(text string, kind *arrow.Decimal128Type) (n decimal128.Num, err error) {
	unsigned, negative := strings.CutPrefix(text, "-")
	whole, part, _ := strings.Cut(unsigned, ".")
	digits := whole + part
	missing := int(kind.Scale) - len(part)
	if digits == "" || missing < 0 || strings.Trim(digits, "0123456789") != "" {
		return n, fmt.Errorf("%q is no %s", text, kind)
	}
	digits += strings.Repeat("0", missing)
	if small, err := strconv.ParseInt(digits, 10, 64); err == nil {
		n = decimal128.FromI64(small)
	} else if large, _ := new(big.Int).SetString(digits, 10); large.BitLen() < 128 {
		n = decimal128.FromBigInt(large)
	} else {
		return n, fmt.Errorf("%q is no %s", text, kind)
	}
	if !n.FitsInPrecision(kind.Precision) {
		return n, fmt.Errorf("%q is no %s", text, kind)
	}
	if negative {
		n = n.Negate()
	}
	return n, nil
}

// Next builds the next batch.
func (b *batches) Next() bool {
	b.drop()
	if b.over || b.err != nil {
		return false
	}
	n, bytes := 0, 0
	for n < batchRows && bytes < batchBytes {
		if !b.rows.Next() {
			b.over = true
			break
		}
		if b.err = b.rows.Scan(b.values...); b.err != nil {
			return false
		}
		for i, c := range b.columns {
			value := *b.values[i].(*any)
			if value == nil {
				b.builder.Field(i).AppendNull()
				continue
			}
			size, err := c.append(value)
			if err != nil {
				b.err = fmt.Errorf("column %q: %w [in: %s]", c.name, err, b.statement)
				return false
			}
			bytes += size
		}
		n++
	}
	if b.err = b.rows.Err(); b.err != nil || n == 0 {
		return false
	}
	b.current = b.builder.NewRecordBatch()
	return true
}

func (b *batches) drop() {
	if b.current != nil {
		b.current.Release()
		b.current = nil
	}
}

// Schema has the columns with their types.
func (b *batches) Schema() *arrow.Schema { return b.schema }

// RecordBatch is the batch that Next built; it is released by the next Next.
func (b *batches) RecordBatch() arrow.RecordBatch { return b.current }

// Record is the same as RecordBatch.
func (b *batches) Record() arrow.RecordBatch { return b.current }

// Err is why Next gave no more, nil at the end.
func (b *batches) Err() error { return b.err }

// Retain counts one more user.
func (b *batches) Retain() { b.refs.Add(1) }

// Release counts one user less; the last one stops the statement.
func (b *batches) Release() {
	if b.refs.Add(-1) > 0 {
		return
	}
	b.drop()
	b.builder.Release()
	_ = b.rows.Close() // nobody is left to be told
}
