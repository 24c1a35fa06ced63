package result

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/xuri/excelize/v2"
)

func writeParquet(w io.Writer, rows array.RecordReader) (int64, error) {
	out, err := pqarrow.NewFileWriter(rows.Schema(), w, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	if err != nil {
		return 0, fmt.Errorf("write Parquet: %w", err)
	}
	var n int64
	for rows.Next() {
		if err := out.WriteBuffered(rows.RecordBatch()); err != nil {
			return n, errors.Join(fmt.Errorf("write Parquet: %w", err), out.Close())
		}
		n += rows.RecordBatch().NumRows()
	}
	return n, errors.Join(rows.Err(), out.Close())
}

const sheetRows = 1_048_576 // as many as Excel opens

func writeXLSX(w io.Writer, rows array.RecordReader) (n int64, err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return 0, err
	}
	styles, err := stylesOf(book, rows.Schema())
	if err != nil {
		return 0, err
	}
	header := make([]any, rows.Schema().NumFields())
	for i, name := range names(rows.Schema()) {
		header[i] = name
	}
	if err := sheet.SetRow("A1", header); err != nil {
		return 0, err
	}
	at := 1
	n, err = each(rows, func(batch arrow.RecordBatch, row int) error {
		if at++; at > sheetRows {
			return fmt.Errorf("Excel opens at most %d rows; narrow the query or take csv or parquet", sheetRows-1)
		}
		line := make([]any, batch.NumCols())
		for i := range line {
			line[i] = excelize.Cell{StyleID: styles[i], Value: cell(batch.Column(i), row)}
		}
		return sheet.SetRow("A"+strconv.Itoa(at), line)
	})
	if err != nil {
		return n, err
	}
	if err := sheet.Flush(); err != nil {
		return n, err
	}
	return n, book.Write(w)
}

// stylesOf are the styles of the columns: days and times as such, decimals with two places and their thousands apart;
// the value keeps all its places.
func stylesOf(book *excelize.File, schema *arrow.Schema) ([]int, error) {
	styles := make([]int, schema.NumFields())
	for i, f := range schema.Fields() {
		format := ""
		switch {
		case f.Type.ID() == arrow.DATE32:
			format = "yyyy-mm-dd"
		case f.Type.ID() == arrow.TIMESTAMP:
			format = "yyyy-mm-dd hh:mm:ss"
		case arrow.IsDecimal(f.Type.ID()):
			if format = "#,##0.00"; f.Type.(arrow.DecimalType).GetScale() > 4 {
				format = "0.00000000" // a rate
			}
		}
		if format == "" {
			continue
		}
		var err error
		if styles[i], err = book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, err
		}
	}
	return styles, nil
}

// cell is a number where Excel keeps it exactly, a text otherwise.
func cell(column arrow.Array, row int) any {
	if column.IsNull(row) {
		return nil
	}
	shown := text(column, row)
	switch c := column.(type) {
	case *array.Date32:
		return c.Value(row).ToTime()
	case *array.Timestamp:
		return c.Value(row).ToTime(c.DataType().(*arrow.TimestampType).Unit).UTC()
	case *array.Boolean:
		return c.Value(row)
	case *array.Float64:
		if v := c.Value(row); !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
	}
	if isNumber(column.DataType()) {
		digits := 0
		for _, r := range shown {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if v, err := strconv.ParseFloat(shown, 64); err == nil && digits <= 15 {
			return v
		}
	}
	return shown
}
