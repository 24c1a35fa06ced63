package result

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/internal/terminal"
)

func writeTable(w io.Writer, rows array.RecordReader, counts []string) (int64, error) {
	schema := rows.Schema()
	t := terminal.Table{Header: names(schema)}
	apart := make([]bool, schema.NumFields())
	for i, f := range schema.Fields() {
		apart[i] = isNumber(f.Type) && slices.Contains(counts, f.Name)
		if isNumber(f.Type) {
			t.Right = append(t.Right, i)
		}
	}
	n, err := each(rows, func(batch arrow.RecordBatch, row int) error {
		line := make([]string, batch.NumCols())
		for i := range line {
			line[i] = text(batch.Column(i), row)
			if apart[i] {
				line[i] = terminal.Thousands(line[i])
			}
		}
		t.Rows = append(t.Rows, line)
		return nil
	})
	if err != nil {
		return n, err
	}
	return n, t.Write(w)
}

func writeCSV(w io.Writer, rows array.RecordReader) (int64, error) {
	out := csv.NewWriter(w)
	if err := out.Write(names(rows.Schema())); err != nil {
		return 0, err
	}
	line := make([]string, rows.Schema().NumFields())
	n, err := each(rows, func(batch arrow.RecordBatch, row int) error {
		for i := range line {
			line[i] = text(batch.Column(i), row)
			if !isNumber(batch.Column(i).DataType()) {
				line[i] = Guarded(line[i])
			}
		}
		return out.Write(line)
	})
	if err != nil {
		return n, err
	}
	out.Flush()
	return n, out.Error()
}

// writeJSON writes one array with an object a line.
func writeJSON(w io.Writer, rows array.RecordReader) (int64, error) {
	out := bufio.NewWriter(w)
	keys := make([][]byte, rows.Schema().NumFields())
	for i, name := range names(rows.Schema()) {
		key, err := json.Marshal(name)
		if err != nil {
			return 0, err
		}
		keys[i] = key
	}
	first := true
	n, err := each(rows, func(batch arrow.RecordBatch, row int) error {
		line := []byte(",\n{")
		if first {
			line = []byte("[\n{")
		}
		first = false
		for i, key := range keys {
			if i > 0 {
				line = append(line, ',', ' ')
			}
			line = append(append(line, key...), ':', ' ')
			value, err := jsonValue(batch.Column(i), row)
			if err != nil {
				return err
			}
			line = append(line, value...)
		}
		_, err := out.Write(append(line, '}'))
		return err
	})
	if err != nil {
		return n, err
	}
	end := "\n]\n"
	if first {
		end = "[]\n"
	}
	if _, err := out.WriteString(end); err != nil {
		return n, err
	}
	return n, out.Flush()
}

func jsonValue(column arrow.Array, row int) ([]byte, error) {
	switch {
	case column.IsNull(row):
		return []byte("null"), nil
	case arrow.IsDecimal(column.DataType().ID()):
		return []byte(column.ValueStr(row)), nil
	case column.DataType().ID() == arrow.TIMESTAMP:
		return json.Marshal(strings.Replace(text(column, row), " ", "T", 1) + "Z")
	case column.DataType().ID() == arrow.STRING:
		return json.Marshal(text(column, row))
	}
	return json.Marshal(column.GetOneForMarshal(row))
}
