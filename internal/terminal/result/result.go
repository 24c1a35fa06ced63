// Package result writes the answer of a query as a table, CSV, JSON, Parquet or Excel.
package result

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Formats are the names of the formats.
func Formats() []string { return []string{"table", "csv", "json", "parquet", "xlsx"} }

// Binary reports whether a format is not text.
func Binary(format string) bool { return format == "parquet" || format == "xlsx" }

// Write writes all rows in the format and returns their number. Exact numbers stay exact; times are UTC.
//
// A table for people shows the numbers of the columns counts with their thousands apart.
//
// A text that a spreadsheet would take for a formula gets a ' in front in CSV; in Excel it is a text cell.
func Write(w io.Writer, format string, rows array.RecordReader, counts ...string) (int64, error) {
	switch format {
	case "table":
		return writeTable(w, rows, counts)
	case "csv":
		return writeCSV(w, rows)
	case "json":
		return writeJSON(w, rows)
	case "parquet":
		return writeParquet(w, rows)
	case "xlsx":
		return writeXLSX(w, rows)
	}
	return 0, fmt.Errorf("format %q is not known; allowed: %s", format, strings.Join(Formats(), ", "))
}

// each calls f for every row of every batch.
func each(rows array.RecordReader, f func(batch arrow.RecordBatch, row int) error) (int64, error) {
	var n int64
	for rows.Next() {
		batch := rows.RecordBatch()
		for i := range int(batch.NumRows()) {
			if err := f(batch, i); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, rows.Err()
}

func names(s *arrow.Schema) []string {
	list := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		list[i] = f.Name
	}
	return list
}

// text is a value as people read it, "" for null.
func text(column arrow.Array, row int) string {
	if column.IsNull(row) {
		return ""
	}
	switch c := column.(type) {
	case *array.Timestamp:
		unit := c.DataType().(*arrow.TimestampType).Unit
		return c.Value(row).ToTime(unit).UTC().Format("2006-01-02 15:04:05.999999")
	case *array.String:
		return strings.Clone(c.Value(row)) // the batch's memory is the engine's
	}
	return column.ValueStr(row)
}

func isNumber(t arrow.DataType) bool {
	return arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID())
}

// Guarded puts a ' in front of a text that a spreadsheet would take for a formula.
func Guarded(s string) string {
	if s != "" && slices.Contains([]byte("=+-@\t\r"), s[0]) {
		return "'" + s
	}
	return s
}
