package lake

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/heliu-data/heliu/models"
)

// AppendNull sets the column of the current row to null.
func (b *Batch) AppendNull(col int) {
	if c := b.column(col); c != nil {
		c.null()
	}
}

// AppendString sets a string, currency or JSON column. The string is copied.
func (b *Batch) AppendString(col int, s string) {
	if c := b.column(col, models.String, models.Currency, models.JSON); c != nil {
		b.text += len(s)
		c.string(s)
	}
}

// AppendBytes is AppendString for bytes.
func (b *Batch) AppendBytes(col int, s []byte) { b.AppendString(col, stringOf(s)) }

// AppendInt sets an integer or key column.
func (b *Batch) AppendInt(col int, v int64) {
	if c := b.column(col, models.Integer, models.Key); c != nil {
		c.long(v)
	}
}

// AppendDecimal sets a money or decimal column, in units of 0.0001: 199900 is 19.99. At most 18 digits.
func (b *Batch) AppendDecimal(col int, unscaled int64) {
	if unscaled > 999_999_999_999_999_999 || unscaled < -999_999_999_999_999_999 {
		b.fail(fmt.Errorf("column %s: %d units of 0.0001 do not fit decimal(18,4)", b.columns[col].Name, unscaled))
		return
	}
	if c := b.column(col, models.Money, models.Decimal); c != nil {
		c.long(unscaled)
	}
}

// AppendRate sets a rate column, in units of 0.00000001.
func (b *Batch) AppendRate(col int, unscaled decimal128.Num) {
	if !unscaled.FitsInPrecision(38) {
		b.fail(fmt.Errorf("column %s: the value does not fit decimal(38,8)", b.columns[col].Name))
		return
	}
	if c := b.column(col, models.Rate); c != nil {
		var be [16]byte
		binary.BigEndian.PutUint64(be[:8], uint64(unscaled.HighBits()))
		binary.BigEndian.PutUint64(be[8:], unscaled.LowBits())
		c.fixed(be[:])
	}
}

// AppendFloat sets a double column.
func (b *Batch) AppendFloat(col int, v float64) {
	if c := b.column(col, models.Double); c != nil {
		c.long(int64(math.Float64bits(v)))
	}
}

// AppendBool sets a boolean column.
func (b *Batch) AppendBool(col int, v bool) {
	if c := b.column(col, models.Boolean); c != nil {
		c.long(boolLong(v))
	}
}

// AppendDate sets a date column, in days since 1970-01-01.
func (b *Batch) AppendDate(col int, days int32) {
	if c := b.column(col, models.Date); c != nil {
		c.long(int64(days))
	}
}

// AppendTime sets a timestamp column, in microseconds since 1970-01-01 00:00 UTC.
func (b *Batch) AppendTime(col int, micros int64) {
	if c := b.column(col, models.Timestamp); c != nil {
		c.long(micros)
	}
}

// FillString makes rows have s where nothing was appended to the string column, instead of null.
func (b *Batch) FillString(col int, s string) {
	b.fills = append(b.fills, fill{col: col, text: s})
}

// FillTime is FillString for a timestamp column, in microseconds since 1970-01-01 00:00 UTC.
func (b *Batch) FillTime(col int, micros int64) {
	b.fills = append(b.fills, fill{col: col, long: micros})
}

// fill is what a column has where nothing was appended to it.
type fill struct {
	col  int
	text string
	long int64
}
