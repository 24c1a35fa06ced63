package publish

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/heliu-data/heliu/warehouse"
)

// number is an exact decimal.
type number struct {
	unscaled decimal128.Num
	scale    int32
}

func (n number) String() string { return n.unscaled.ToString(n.scale) }

// day is a calendar day, as midnight UTC.
type day struct{ time.Time }

// cells gives a column's values row by row: nil, string, int64, bool, float64, number, day or time.Time (UTC). Strings
// share the batch's memory: they are used before the next batch is read.
func cells(column arrow.Array) (func(row int) any, error) {
	var get func(row int) any
	switch c := column.(type) {
	case *array.String:
		get = func(i int) any { return c.Value(i) }
	case *array.LargeString:
		get = func(i int) any { return c.Value(i) }
	case *array.Int64:
		get = func(i int) any { return c.Value(i) }
	case *array.Boolean:
		get = func(i int) any { return c.Value(i) }
	case *array.Float64:
		get = func(i int) any { return c.Value(i) }
	case *array.Decimal128:
		scale := c.DataType().(*arrow.Decimal128Type).Scale
		get = func(i int) any { return number{c.Value(i), scale} }
	case *array.Date32:
		get = func(i int) any { return day{c.Value(i).ToTime()} }
	case *array.Timestamp:
		unit := c.DataType().(*arrow.TimestampType).Unit
		get = func(i int) any { return c.Value(i).ToTime(unit).UTC() }
	default:
		return nil, fmt.Errorf("values of type %s cannot be published", column.DataType())
	}
	return func(row int) any {
		if column.IsNull(row) {
			return nil
		}
		return get(row)
	}, nil
}

// cursor walks over the rows of a query.
type cursor struct {
	reader  array.RecordReader
	columns []func(int) any
	at, n   int
	row     []any // of the last next, used again by the following one
	rows    int64
	err     error
}

func openCursor(ctx context.Context, source warehouse.Session, query string) (*cursor, error) {
	reader, err := source.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return &cursor{reader: reader}, nil
}

func (c *cursor) next(ctx context.Context) bool {
	for c.at == c.n {
		if c.err == nil {
			c.err = ctx.Err()
		}
		if c.err != nil || !c.reader.Next() {
			if c.err == nil {
				c.err = c.reader.Err()
			}
			return false
		}
		batch := c.reader.RecordBatch()
		c.at, c.n = 0, int(batch.NumRows())
		c.columns, c.row = make([]func(int) any, batch.NumCols()), make([]any, batch.NumCols())
		for i := range c.columns {
			if c.columns[i], c.err = cells(batch.Column(i)); c.err != nil {
				c.err = fmt.Errorf("column %s: %w", batch.ColumnName(i), c.err)
				return false
			}
		}
	}
	for i, get := range c.columns {
		c.row[i] = get(c.at)
	}
	c.at++
	c.rows++
	return true
}

func (c *cursor) close() { c.reader.Release() }

// eachRow runs a query and hands over its rows; row is used again for the next one.
func eachRow(ctx context.Context, source warehouse.Session, query string, f func(row []any) error) (int64, error) {
	c, err := openCursor(ctx, source, query)
	if err != nil {
		return 0, err
	}
	defer c.close()
	for c.next(ctx) {
		if err := f(c.row); err != nil {
			return c.rows, err
		}
	}
	return c.rows, c.err
}

// texts runs a small query all of whose columns are text.
func texts(ctx context.Context, source warehouse.Session, query string) ([][]string, error) {
	var out [][]string
	_, err := eachRow(ctx, source, query, func(row []any) error {
		list := make([]string, len(row))
		for i, v := range row {
			if s, ok := v.(string); ok {
				list[i] = strings.Clone(s)
			}
		}
		out = append(out, list)
		return nil
	})
	return out, err
}

// count is the number of a table's rows in the source.
func count(ctx context.Context, source warehouse.Session, t Table) (n int64, err error) {
	schema, name := t.split()
	_, err = eachRow(ctx, source, "select count(*) as n from "+quote(schema)+"."+quote(name), func(row []any) error {
		v, ok := row[0].(int64)
		if !ok {
			return fmt.Errorf("count of %s is %T", t.Name, row[0])
		}
		n = v
		return nil
	})
	return n, err
}
