package publish

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// proveXLSX reads a written workbook back, by way of a CSV beside it.
func proveXLSX(ctx context.Context, source warehouse.Session, path string, t Table) (err error) {
	plain := path + ".check.csv"
	defer func() { err = errors.Join(err, os.Remove(plain)) }()
	if err := cellsToCSV(ctx, path, plain, len(t.Columns)); err != nil {
		return fmt.Errorf("read the workbook back: %w", err)
	}
	return t.check(ctx, source, "", t.readCSV(plain, "", false, parseCell), reading{blanks: true, millis: true})
}

// cellsToCSV writes the stored values of all sheets but the last, which explains the others, without their headers.
func cellsToCSV(ctx context.Context, from, to string, width int) (err error) {
	file, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<20)
	book, err := excelize.OpenFile(from, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	sheets := book.GetSheetList()
	for _, sheet := range sheets[:len(sheets)-1] {
		rows, err := book.Rows(sheet)
		if err != nil {
			return err
		}
		for first := true; rows.Next(); first = false {
			cells, err := rows.Columns()
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			if first {
				continue
			}
			if err := errors.Join(ctx.Err(), quotedLine(out, cells, width)); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
		if err := errors.Join(rows.Error(), rows.Close()); err != nil {
			return err
		}
	}
	return out.Flush()
}

// quotedLine writes every value that is not empty between quotes; cells at the end of a row may be left out.
func quotedLine(out *bufio.Writer, cells []string, width int) error {
	for i := range max(width, len(cells)) {
		text := ""
		if i < len(cells) && cells[i] != "" {
			text = `"` + strings.ReplaceAll(escapedRune.ReplaceAllStringFunc(cells[i], unescaped), `"`, `""`) + `"`
		} else if width == 1 {
			text = `""` // a line of its own
		}
		if i > 0 {
			text = "," + text
		}
		if _, err := out.WriteString(text); err != nil {
			return err
		}
	}
	return out.WriteByte('\n')
}

// escapedRune is Excel's own writing of a character that XML cannot hold, which excelize leaves in streamed cells.
var escapedRune = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescaped(s string) string {
	r, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return s
	}
	return string(rune(r))
}

// parseCell makes a value of what a cell stores: days count from 1899-12-30, for Excel takes 1900 for a leap year.
func parseCell(c Column) string {
	v := "nullif(" + quote(c.Name) + ", '')" // no value may be '' where a line has one cell
	serial := "try_cast(" + v + " as double)"
	switch c.Type {
	case models.Date:
		return "case when " + serial + " is null then cast(" + v + " as date) else date '1899-12-30' + cast(" + serial + " + case when " + serial + " < 60 then 1 else 0 end as integer) end"
	case models.Timestamp:
		return "case when " + serial + " is null then cast(" + v + " as timestamp with time zone) else make_timestamptz(cast(round((" + serial + " + case when " + serial + " < 60 then 1 else 0 end - 25569) * 86400000) as bigint) * 1000) end"
	case models.Money, models.Decimal, models.Rate:
		return "case when " + v + " similar to '.*[eE].*' then cast(cast(" + v + " as double) as decimal(38, 8)) else cast(" + v + " as decimal(38, 8)) end"
	case models.String, models.Currency, models.JSON:
		return "coalesce(" + v + ", '')"
	}
	return "replace(" + v + ", '+Inf', 'Infinity')"
}
