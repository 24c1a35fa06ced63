package trino

import (
	"math/big"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text             string
		precision, scale int32
		want             string // the number times 10^scale, "" for an error
	}{
		{"0", 18, 4, "0"},
		{"0.0000", 18, 4, "0"},
		{"-0.0001", 18, 4, "-1"},
		{"12.5", 18, 4, "125000"},
		{"-12.5000", 18, 4, "-125000"},
		{".5", 18, 4, "5000"},
		{"99999999999999.9999", 18, 4, "999999999999999999"},
		{"100000000000000.0000", 18, 4, ""},
		{"0.1", 38, 38, "10000000000000000000000000000000000000"},
		{"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"},
		{"-99999999999999999999999999999999999999", 38, 0, "-99999999999999999999999999999999999999"},
		{"9999999999999999999999999999999999.9999", 38, 4, "99999999999999999999999999999999999999"},
		{"12345678901234567890123456789012345.678", 38, 3, "12345678901234567890123456789012345678"},
		{"1.23456", 18, 4, ""},
		{"1e3", 18, 4, ""},
		{"0x10", 18, 4, ""},
		{"1_000", 18, 4, ""},
		{"", 18, 4, ""},
		{"-", 18, 4, ""},
		{"1.2.3", 18, 4, ""},
		{"NaN", 18, 4, ""},
		{"+1", 18, 4, ""},
		{"1-", 18, 4, ""},
		{" 1", 18, 4, ""},
	} {
		got, err := decimal(c.text, &arrow.Decimal128Type{Precision: c.precision, Scale: c.scale})
		want, ok := new(big.Int).SetString(c.want, 10)
		if ok != (err == nil) || ok && got.BigInt().Cmp(want) != 0 {
			t.Errorf("%q as decimal(%d,%d) is %s, not %s: %v", c.text, c.precision, c.scale, got.BigInt(), c.want, err)
		}
	}
}

// TestAppenderRefuses gives a builder what the driver never gives for its type.
func TestAppenderRefuses(t *testing.T) {
	t.Parallel()
	for _, kind := range []arrow.DataType{arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int64, arrow.BinaryTypes.String, arrow.FixedWidthTypes.Date32, &arrow.Decimal128Type{Precision: 18, Scale: 4}, arrow.BinaryTypes.Binary} {
		b := array.NewBuilder(memory.DefaultAllocator, kind)
		if _, err := appender(b)([]byte("x")); err == nil || b.Len() != 0 {
			t.Errorf("%s takes bytes", kind)
		}
		b.Release()
	}
}
