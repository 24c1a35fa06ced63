package publish

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// writeCSV writes UTF-8 with a byte order mark, so that Excel reads Chinese, and a header of column names. Null is
// empty. Text that a spreadsheet would take for a formula gets an apostrophe before it.
func writeCSV(ctx context.Context, source warehouse.Session, path string, t Table, _ Publication, _ Config) (rows int64, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffer := bufio.NewWriterSize(file, 1<<20)
	if _, err := buffer.WriteString("\ufeff"); err != nil {
		return 0, err
	}
	out := csv.NewWriter(buffer) // with its plain line ends: the others would change those within values
	record := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		record[i] = c.Name
	}
	if err := out.Write(record); err != nil {
		return 0, err
	}
	rows, err = eachRow(ctx, source, t.sorted(), func(row []any) error {
		for i, v := range row {
			record[i] = csvText(v)
		}
		return out.Write(record)
	})
	if err != nil {
		return rows, err
	}
	out.Flush()
	return rows, errors.Join(out.Error(), buffer.Flush())
}

func csvText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return defuse(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case day:
		return dateOf(v.Time)
	case time.Time:
		return v.Format("2006-01-02T15:04:05.999999Z07:00")
	default:
		return fmt.Sprint(v)
	}
}

// defuse makes text that a spreadsheet would run as a formula plain text; numbers written as text stay.
func defuse(s string) string {
	trimmed := strings.TrimLeft(s, " \u3000\u00a0")
	if trimmed == "" || !strings.ContainsAny(trimmed[:1], "=+-@\t\r\n") && !strings.HasPrefix(trimmed, "＝") && !strings.HasPrefix(trimmed, "＋") &&
		!strings.HasPrefix(trimmed, "－") && !strings.HasPrefix(trimmed, "＠") {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "nNxX") {
		return s
	}
	return "'" + s
}

// proveCSV reads a written file back.
func proveCSV(ctx context.Context, source warehouse.Session, path string, t Table) error {
	return t.check(ctx, source, "", t.readCSV(path, "", true, parseInfinity), reading{blanks: true, quotes: true})
}

// parseInfinity reads doubles as Go writes them.
func parseInfinity(c Column) string {
	if c.Type != models.Double {
		return ""
	}
	return "replace(" + quote(c.Name) + ", '+Inf', 'Infinity')"
}
