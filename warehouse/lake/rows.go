package lake

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"time"

	iceio "github.com/apache/iceberg-go/io"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// Row is a row as text and numbers: string, int64, float64, bool, Decimal text ("19.9900"), time.Time (UTC; a date
// is its midnight); nil is null. Columns that a file does not have are null.
type Row map[string]any

// Rows reads files of the table without an engine, by field id, after checking their SHA-256. All rows are held in
// memory: it is for tests and for looking at rejected records.
func (t *Table) Rows(ctx context.Context, files []warehouse.File) ([]Row, error) {
	if err := t.lake.Verify(ctx, files); err != nil {
		return nil, err
	}
	fields := map[int]warehouse.Column{}
	for _, c := range t.allColumns() {
		fields[c.id] = c.Column
	}
	var out []Row
	for _, file := range files {
		err := t.lake.parquet(ctx, file, func(f *parquet.File) error {
			for _, group := range f.RowGroups() {
				rows, err := readGroup(f, group, fields)
				if err != nil {
					return err
				}
				out = append(out, rows...)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file.Path, err)
		}
	}
	return out, nil
}

// parquet opens a data file of the lake for the time of f.
func (l *Lake) parquet(ctx context.Context, file warehouse.File, f func(*parquet.File) error) error {
	fs, err := l.writeIO(ctx)
	if err != nil {
		return err
	}
	in, err := fs.Open(file.Path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer closeQuietly(in)
	opened, err := parquet.OpenFile(in, file.Bytes)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return f(opened)
}

// closeQuietly closes a file that was only read: its error says nothing about what was read.
func closeQuietly(f iceio.File) { _ = f.Close() }

func readGroup(f *parquet.File, group parquet.RowGroup, fields map[int]warehouse.Column) ([]Row, error) {
	rows := make([]Row, group.NumRows())
	for i := range rows {
		rows[i] = Row{}
		for _, c := range fields {
			rows[i][c.Name] = nil
		}
	}
	for i, node := range f.Root().Columns() {
		column, ok := fields[node.ID()]
		if !ok {
			continue
		}
		at := 0
		err := eachValues(group.ColumnChunks()[i], func(values []parquet.Value) error {
			for _, v := range values {
				if at >= len(rows) {
					return fmt.Errorf("%w: column %s has more values than rows", ErrDamaged, column.Name)
				}
				rows[at][column.Name] = goValue(v, column.Type)
				at++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if at != len(rows) {
			return nil, fmt.Errorf("%w: column %s has %d values for %d rows", ErrDamaged, column.Name, at, len(rows))
		}
	}
	return rows, nil
}

// eachValues hands over a column chunk's values, nulls included, some hundred at a time.
func eachValues(chunk parquet.ColumnChunk, f func([]parquet.Value) error) (err error) {
	pages := chunk.Pages()
	defer func() {
		if failed := pages.Close(); err == nil {
			err = failed
		}
	}()
	buffer := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		values := page.Values()
		for {
			n, err := values.ReadValues(buffer)
			if n > 0 {
				if err := f(buffer[:n]); err != nil {
					return err
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		parquet.Release(page)
	}
}

func goValue(v parquet.Value, t models.Type) any {
	if v.IsNull() {
		return nil
	}
	switch t {
	case models.Integer, models.Key:
		if v.Kind() == parquet.Int32 {
			return int64(v.Int32())
		}
		return v.Int64()
	case models.Boolean:
		return v.Boolean()
	case models.Double:
		if v.Kind() == parquet.Float {
			return float64(v.Float())
		}
		return v.Double()
	case models.Date:
		return time.Unix(int64(v.Int32())*86400, 0).UTC()
	case models.Timestamp:
		return time.UnixMicro(v.Int64()).UTC()
	case models.Money, models.Decimal:
		return decimalText(big.NewInt(v.Int64()), 4)
	case models.Rate:
		n := new(big.Int).SetBytes(v.ByteArray())
		if b := v.ByteArray(); len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return decimalText(n, 8)
	default:
		return string(v.ByteArray())
	}
}

// decimalText writes an unscaled number with its places: 199900 and 4 is "19.9900".
func decimalText(n *big.Int, scale int) string {
	sign, digits := "", new(big.Int).Abs(n).String()
	if n.Sign() < 0 {
		sign = "-"
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}
