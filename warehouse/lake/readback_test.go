package lake

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// readBack compares the rows as DuckDB, parquet-go and iceberg-go read them with those that were written.
func readBack(t *testing.T, table *Table, files []warehouse.File, want [][]string) {
	t.Helper()
	for reader, read := range map[string]func(*testing.T, *Table, []warehouse.File, func(n int64, row []string)){"DuckDB": byDuckDB, "parquet-go": byParquetGo, "iceberg-go": byIceberg} {
		seen := make([]bool, len(want))
		wrong, rows := 0, 0
		read(t, table, files, func(n int64, row []string) {
			rows++
			if n < 0 || int(n) >= len(want) || seen[n] {
				t.Fatalf("%s: row %d comes twice or was never written", reader, n)
			}
			seen[n] = true
			for i, v := range row {
				if v != want[n][i] {
					if wrong++; wrong < 5 {
						t.Errorf("%s: row %d column %s is %.60q, want %.60q", reader, n, table.columns[i+1].Name, v, want[n][i])
					}
				}
			}
		})
		if rows != len(want) || wrong > 0 {
			t.Errorf("%s: %d rows for %d, %d wrong values", reader, rows, len(want), wrong)
		}
	}
	for _, f := range files {
		checkFooter(t, table, f, want)
	}
}

func byDuckDB(t *testing.T, table *Table, files []warehouse.File, row func(int64, []string)) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	items := []string{"n"}
	for _, c := range table.columns[1:] {
		switch c.Type {
		case models.Timestamp:
			items = append(items, "epoch_us("+c.Name+")::varchar")
		case models.Double:
			items = append(items, c.Name)
		default:
			items = append(items, c.Name+"::varchar")
		}
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, "'"+f.Path+"'")
	}
	rows, err := db.QueryContext(t.Context(), "select "+strings.Join(items, ", ")+" from read_parquet(["+strings.Join(paths, ", ")+"])")
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	values, into := make([]any, len(items)-1), []any{&n}
	for i := range values {
		into = append(into, &values[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
				texts[i] = null
			case float64:
				texts[i] = doubleText(v)
			default:
				texts[i] = fmt.Sprint(v)
			}
		}
		row(n, texts)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
}

func byParquetGo(t *testing.T, table *Table, files []warehouse.File, row func(int64, []string)) {
	t.Helper()
	rows, err := table.Rows(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		texts := make([]string, len(table.columns)-1)
		for i, c := range table.columns[1:] {
			switch v := r[c.Name].(type) {
			case nil:
				texts[i] = null
			case float64:
				texts[i] = doubleText(v)
			case time.Time:
				if texts[i] = strconv.FormatInt(v.UnixMicro(), 10); c.Type == models.Date {
					texts[i] = v.Format(time.DateOnly)
				}
			default:
				texts[i] = fmt.Sprint(v)
			}
		}
		row(r["n"].(int64), texts)
	}
}

func byIceberg(t *testing.T, table *Table, _ []warehouse.File, row func(int64, []string)) {
	t.Helper()
	_, records, err := table.tbl.Scan().ToArrowRecords(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for record, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(record.NumRows()) {
			texts := make([]string, record.NumCols()-1)
			for c := range texts {
				texts[c] = arrowText(t, record.Column(c+1), i)
			}
			row(record.Column(0).(*array.Int64).Value(i), texts)
		}
		record.Release()
	}
}

func arrowText(t *testing.T, column arrow.Array, i int) string {
	t.Helper()
	if column.IsNull(i) {
		return null
	}
	switch c := column.(type) {
	case *array.Float64:
		return doubleText(c.Value(i))
	case *array.Timestamp:
		return strconv.FormatInt(int64(c.Value(i)), 10)
	case *array.Date32:
		return c.Value(i).ToTime().Format(time.DateOnly)
	case *array.Decimal128:
		return decimalText(c.Value(i).BigInt(), int(c.DataType().(*arrow.Decimal128Type).Scale))
	case *array.LargeString:
		return c.Value(i)
	case *array.String:
		return c.Value(i)
	}
	return column.ValueStr(i)
}
