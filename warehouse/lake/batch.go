package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

const (
	blockRows  = 1024    // rows gathered in columns before they are handed to the Parquet writer
	blockBytes = 8 << 20 // the same in bytes of text, for wide rows
)

// Batch builds the data files of one window of one table, column by column and row by row:
//
//	b := table.NewBatch(id)
//	b.AppendString(0, "A1")
//	b.AppendDecimal(1, 199900) // 19.99
//	err := b.EndRow()          // columns not appended to are null
//	files, err := b.Close()
//
// Column indexes are those of Table.Columns. Appending twice to a column of one row keeps the last value. Memory is
// bounded whatever the number of rows: row groups are flushed and files are closed past a size. The first error
// stays: every later EndRow and Close returns it.
type Batch struct {
	table   *Table
	id      string
	columns []column
	values  [][]parquet.Value
	rows    int   // whole rows in the block
	text    int   // bytes of text in the block
	total   int64 // whole rows so far
	arena   []byte
	file    *dataFile
	files   []warehouse.File
	ctx     context.Context // of uploads
	err     error
	closed  bool
}

// NewBatch starts a batch. The id names the window: the same window gets the same id whenever it is read, made of
// letters, digits and . _ - only, at most 120 of them.
func (t *Table) NewBatch(id string) *Batch {
	b := &Batch{table: t, id: id, ctx: context.Background(), columns: t.columns, values: make([][]parquet.Value, len(t.columns))}
	for i := range b.values {
		b.values[i] = make([]parquet.Value, 0, 64)
	}
	b.err = checkBatchID(id)
	for _, c := range t.columns {
		if want := iceTypes[c.Type]; b.err == nil && !c.ice.Equals(want) {
			b.err = fmt.Errorf("column %s of %s is %s in the lake, not %s: open the table by Ensure to widen it", c.Name, t.name, c.ice, want)
		}
	}
	return b
}

// WithContext makes uploads to S3 end when ctx does, and returns b.
func (b *Batch) WithContext(ctx context.Context) *Batch {
	b.ctx = ctx
	return b
}

func checkBatchID(id string) error {
	ok := id != "" && len(id) <= 120 && id[0] != '.' && strings.IndexFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
	if !ok {
		return fmt.Errorf("batch id %q: want 1 to 120 letters, digits, '.', '_' or '-'", id)
	}
	return nil
}

// AppendNull sets the column of the current row to null.
func (b *Batch) AppendNull(col int) { b.put(col, parquet.NullValue().Level(0, 0, col)) }

// AppendString sets a string, currency or JSON column. The string is not copied.
func (b *Batch) AppendString(col int, s string) {
	if b.is(col, models.String, models.Currency, models.JSON) {
		b.text += len(s)
		b.put(col, parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s))).Level(0, 1, col))
	}
}

// AppendBytes is AppendString for bytes that the caller will use again: they are copied.
func (b *Batch) AppendBytes(col int, s []byte) {
	if b.is(col, models.String, models.Currency, models.JSON) {
		if len(b.arena)+len(s) > cap(b.arena) {
			b.arena = make([]byte, 0, max(64<<10, len(s))) // values already put keep the old one alive
		}
		from := len(b.arena)
		b.arena = append(b.arena, s...)
		b.text += len(s)
		b.put(col, parquet.ByteArrayValue(b.arena[from:len(b.arena):len(b.arena)]).Level(0, 1, col))
	}
}

// AppendInt sets an integer or key column.
func (b *Batch) AppendInt(col int, v int64) {
	if b.is(col, models.Integer, models.Key, models.Key) {
		b.put(col, parquet.Int64Value(v).Level(0, 1, col))
	}
}

// AppendDecimal sets a money or decimal column, in units of 0.0001: 199900 is 19.99. At most 18 digits.
func (b *Batch) AppendDecimal(col int, unscaled int64) {
	if b.is(col, models.Money, models.Decimal, models.Decimal) {
		if unscaled > 999_999_999_999_999_999 || unscaled < -999_999_999_999_999_999 {
			b.fail(fmt.Errorf("column %s: %d units of 0.0001 do not fit decimal(18,4)", b.columns[col].Name, unscaled))
			return
		}
		b.put(col, parquet.Int64Value(unscaled).Level(0, 1, col))
	}
}

// AppendRate sets a rate column, in units of 0.00000001.
func (b *Batch) AppendRate(col int, unscaled decimal128.Num) {
	if b.is(col, models.Rate, models.Rate, models.Rate) {
		if !unscaled.FitsInPrecision(38) {
			b.fail(fmt.Errorf("column %s: the value does not fit decimal(38,8)", b.columns[col].Name))
			return
		}
		be := make([]byte, 16)
		hi, lo := uint64(unscaled.HighBits()), unscaled.LowBits()
		for i := range 8 {
			be[i], be[8+i] = byte(hi>>(56-8*i)), byte(lo>>(56-8*i))
		}
		b.put(col, parquet.FixedLenByteArrayValue(be).Level(0, 1, col))
	}
}

// AppendFloat sets a double column.
func (b *Batch) AppendFloat(col int, v float64) {
	if b.is(col, models.Double, models.Double, models.Double) {
		b.put(col, parquet.DoubleValue(v).Level(0, 1, col))
	}
}

// AppendBool sets a boolean column.
func (b *Batch) AppendBool(col int, v bool) {
	if b.is(col, models.Boolean, models.Boolean, models.Boolean) {
		b.put(col, parquet.BooleanValue(v).Level(0, 1, col))
	}
}

// AppendDate sets a date column, in days since 1970-01-01.
func (b *Batch) AppendDate(col int, days int32) {
	if b.is(col, models.Date, models.Date, models.Date) {
		b.put(col, parquet.Int32Value(days).Level(0, 1, col))
	}
}

// AppendTime sets a timestamp column, in microseconds since 1970-01-01 00:00 UTC.
func (b *Batch) AppendTime(col int, micros int64) {
	if b.is(col, models.Timestamp, models.Timestamp, models.Timestamp) {
		b.put(col, parquet.Int64Value(micros).Level(0, 1, col))
	}
}

func (b *Batch) is(col int, x, y, z models.Type) bool {
	if t := b.columns[col].Type; t != x && t != y && t != z {
		b.fail(fmt.Errorf("column %s of %s is %s, not %s", b.columns[col].Name, b.table.name, t, x))
		return false
	}
	return true
}

func (b *Batch) put(col int, v parquet.Value) {
	if len(b.values[col]) > b.rows {
		b.values[col][b.rows] = v
		return
	}
	b.values[col] = append(b.values[col], v)
}

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// DropRow forgets what was appended since the last EndRow.
func (b *Batch) DropRow() {
	for i := range b.values {
		b.values[i] = b.values[i][:b.rows]
	}
}

// EndRow ends the current row; columns not appended to are null.
func (b *Batch) EndRow() error {
	if b.err != nil {
		return b.err
	}
	if b.closed {
		return errors.New("batch is closed")
	}
	for i := range b.values {
		if len(b.values[i]) == b.rows {
			b.values[i] = append(b.values[i], parquet.NullValue().Level(0, 0, i))
		}
	}
	b.rows++
	b.total++
	if b.rows == blockRows || b.text >= blockBytes {
		b.err = b.flush()
	}
	return b.err
}

// Rows is the number of whole rows so far.
func (b *Batch) Rows() int64 { return b.total }

func (b *Batch) flush() error {
	if b.rows == 0 {
		return nil
	}
	if b.file == nil {
		var err error
		if b.file, err = b.newFile(); err != nil {
			return fmt.Errorf("data file of %s: %w", b.table.name, err)
		}
	}
	if err := b.file.write(b.values, b.rows, b.text); err != nil {
		return fmt.Errorf("data file of %s: %w", b.table.name, err)
	}
	for i := range b.values {
		b.values[i] = b.values[i][:0]
	}
	b.rows, b.text, b.arena = 0, 0, b.arena[:0]
	if b.file.full() {
		return b.finishFile()
	}
	return nil
}

func (b *Batch) finishFile() error {
	file, err := b.file.finish(b.ctx, b.table.Location()+"/data/"+b.id, len(b.files))
	b.file = nil
	if err != nil {
		return fmt.Errorf("data file of %s: %w", b.table.name, err)
	}
	b.files = append(b.files, file)
	return nil
}

// Close finishes the last file and returns all of them, durable and under their final names, ready for Commit.
// A batch without rows has no files. After an error the temporary file is gone; files already finished are in no
// snapshot and upkeep removes them.
func (b *Batch) Close() ([]warehouse.File, error) {
	if b.err == nil && b.closed {
		return nil, errors.New("batch is closed already")
	}
	b.closed = true
	b.DropRow()
	if b.err == nil {
		b.err = b.flush()
	}
	if b.err == nil && b.file != nil {
		b.err = b.finishFile()
	}
	if b.err != nil {
		return nil, errors.Join(b.err, b.Abort())
	}
	return b.files, nil
}

// Abort removes the temporary file of an unfinished batch. After Close it does nothing.
func (b *Batch) Abort() error {
	b.closed = true
	if b.file == nil {
		return nil
	}
	err := b.file.abort()
	b.file = nil
	return err
}

// newFile opens a temporary file whose text columns are dictionary-encoded where the first block shows repetition.
func (b *Batch) newFile() (*dataFile, error) {
	dictionary := make([]bool, len(b.columns))
	for i := range b.columns {
		seen, texts := map[string]struct{}{}, 0
		for _, v := range b.values[i] {
			if v.Kind() != parquet.ByteArray || v.IsNull() {
				continue
			}
			texts++
			seen[string(v.ByteArray())] = struct{}{}
		}
		dictionary[i] = texts > 0 && len(seen)*10 <= texts*7
	}
	return b.table.lake.newDataFile(b.table.Location(), b.columns, dictionary)
}
