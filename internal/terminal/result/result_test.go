package result

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/xuri/excelize/v2"
)

func sample(t *testing.T) array.RecordReader {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "店铺", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "amount", Type: &arrow.Decimal128Type{Precision: 18, Scale: 4}, Nullable: true},
		{Name: "key", Type: arrow.PrimitiveTypes.Int64},
		{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	b.Field(0).(*array.StringBuilder).AppendValues([]string{"=cmd()", ""}, []bool{true, false})
	b.Field(1).(*array.Decimal128Builder).Append(decimal128.FromI64(-123456))
	b.Field(1).AppendNull()
	b.Field(2).(*array.Int64Builder).AppendValues([]int64{9007199254740993, 2}, nil)
	b.Field(3).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{1767225600000000, 0}, nil)
	b.Field(4).(*array.Date32Builder).AppendValues([]arrow.Date32{20454, 0}, nil)
	rows, err := array.NewRecordReader(schema, []arrow.RecordBatch{b.NewRecordBatch()})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTextFormatsKeepValuesExact(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"csv":  "店铺,amount,key,at,day\n'=cmd(),-12.3456,9007199254740993,2026-01-01 00:00:00,2026-01-01\n,,2,1970-01-01 00:00:00,1970-01-01\n",
		"json": "[\n{\"店铺\": \"=cmd()\", \"amount\": -12.3456, \"key\": 9007199254740993, \"at\": \"2026-01-01T00:00:00Z\", \"day\": \"2026-01-01\"},\n{\"店铺\": null, \"amount\": null, \"key\": 2, \"at\": \"1970-01-01T00:00:00Z\", \"day\": \"1970-01-01\"}\n]\n",
	} {
		var out bytes.Buffer
		n, err := Write(&out, format, sample(t))
		if err != nil || n != 2 || out.String() != want {
			t.Errorf("%s: %d rows, %v\n%s", format, n, err, out.String())
		}
	}
	var out bytes.Buffer
	if _, err := Write(&out, "table", sample(t)); err != nil || !strings.Contains(out.String(), "-12.3456") {
		t.Errorf("table: %v\n%s", err, out.String())
	}
}

// Only the columns that are named as counts have their thousands apart, and only for people.
func TestCountsOfTables(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"table": "9,007,199,254,740,993", "csv": ",9007199254740993,"} {
		var out bytes.Buffer
		if _, err := Write(&out, format, sample(t), "key", "店铺"); err != nil || !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "=cmd()") {
			t.Errorf("%s: %v\n%s", format, err, out.String())
		}
	}
	var out bytes.Buffer
	if _, err := Write(&out, "table", sample(t)); err != nil || !strings.Contains(out.String(), "9007199254740993") {
		t.Errorf("a number that is no count: %v\n%s", err, out.String())
	}
}

func TestExcelHoldsNoFormulaAndLosesNoDigit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := Write(&out, "xlsx", sample(t)); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	formula, err := book.GetCellFormula("Sheet1", "A2")
	if err != nil || formula != "" {
		t.Errorf("formula %q, %v", formula, err)
	}
	for cell, want := range map[string]string{"A2": "=cmd()", "B2": "-12.35", "C2": "9007199254740993", "D2": "2026-01-01 00:00:00", "E2": "2026-01-01", "B3": ""} {
		if got, err := book.GetCellValue("Sheet1", cell); err != nil || got != want {
			t.Errorf("%s is %q, %v", cell, got, err)
		}
	}
}

// What stands in the cell is a number and a day, to its last place; only what is shown is rounded.
func TestExcelCellsAreNumbersAndDays(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := Write(&out, "xlsx", sample(t)); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{"B2": "-12.3456", "D2": "46023", "E2": "46023"} {
		raw, err := book.GetCellValue("Sheet1", cell, excelize.Options{RawCellValue: true})
		kind, typeErr := book.GetCellType("Sheet1", cell)
		if err != nil || typeErr != nil || raw != want || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
			t.Errorf("%s is %q of kind %v, %v %v", cell, raw, kind, err, typeErr)
		}
	}
}

func TestParquetAndUnknownFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if n, err := Write(&out, "parquet", sample(t)); err != nil || n != 2 || !bytes.HasPrefix(out.Bytes(), []byte("PAR1")) {
		t.Errorf("parquet: %d rows, %v", n, err)
	}
	if _, err := Write(&out, "yaml", sample(t)); err == nil || !strings.Contains(err.Error(), "allowed: table") {
		t.Errorf("got %v", err)
	}
}
