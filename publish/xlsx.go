package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

const (
	sheetRows = 1_048_576 // of Excel
	cellChars = 32_767
)

// writeXLSX writes a workbook: the rows under their titles, on as many sheets as Excel's limit of rows needs, and a
// last sheet that explains the columns and names the publication. Text is text, never a formula; ids and whole
// numbers beyond 15 digits are text, for Excel would round them. A text that does not fit a cell is an error.
func writeXLSX(ctx context.Context, source warehouse.Session, path string, t Table, p Publication, c Config) (rows int64, err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	w := &workbook{book: book, table: t, language: c.Language, limit: cmp.Or(c.sheetRows, sheetRows)}
	if err := w.styles(); err != nil {
		return 0, err
	}
	cells := make([]any, len(t.Columns))
	rows, err = eachRow(ctx, source, t.sorted(), func(row []any) error {
		for i, v := range row {
			if cells[i], err = w.cell(t.Columns[i], v); err != nil {
				return fmt.Errorf("row %d, column %s: %w", w.total+1, t.Columns[i].Name, err)
			}
		}
		return w.add(cells)
	})
	if err != nil {
		return rows, err
	}
	if w.stream == nil { // a table without rows still has its header
		if err := w.sheet(); err != nil {
			return rows, err
		}
	}
	if err := w.stream.Flush(); err != nil {
		return rows, err
	}
	if err := w.explain(p); err != nil {
		return rows, err
	}
	return rows, book.SaveAs(path)
}

// workbook is a workbook that is being written.
type workbook struct {
	book                       *excelize.File
	table                      Table
	language                   string
	limit                      int
	bold, dayStyle, clockStyle int
	stream                     *excelize.StreamWriter
	sheets                     int
	row                        int // rows on the sheet, header included
	total                      int64
}

func (w *workbook) styles() (err error) {
	dayFormat, clockFormat := "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
	if w.bold, err = w.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	if w.dayStyle, err = w.book.NewStyle(&excelize.Style{CustomNumFmt: &dayFormat}); err != nil {
		return err
	}
	w.clockStyle, err = w.book.NewStyle(&excelize.Style{CustomNumFmt: &clockFormat})
	return err
}

func (w *workbook) add(cells []any) error {
	if w.stream == nil || w.row == w.limit {
		if err := w.sheet(); err != nil {
			return err
		}
	}
	w.row++
	w.total++
	return w.stream.SetRow("A"+strconv.Itoa(w.row), cells)
}

// sheet ends the current sheet and begins the next: "Campaign ROI", "Campaign ROI 2", …
func (w *workbook) sheet() error {
	if w.stream != nil {
		if err := w.stream.Flush(); err != nil {
			return err
		}
	}
	w.sheets++
	_, name := w.table.split()
	title := w.table.Title.In(w.language)
	if title == "" {
		title = name
	}
	title = sheetName(title, w.sheets)
	if w.sheets == 1 {
		if err := w.book.SetSheetName("Sheet1", title); err != nil {
			return err
		}
	} else if _, err := w.book.NewSheet(title); err != nil {
		return err
	}
	var err error
	if w.stream, err = w.book.NewStreamWriter(title); err != nil {
		return err
	}
	if err := w.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header := make([]any, len(w.table.Columns))
	for i, c := range w.table.Columns {
		text := c.Title.In(w.language)
		if text == "" {
			text = c.Name
		}
		header[i] = excelize.Cell{StyleID: w.bold, Value: text}
	}
	w.row = 1
	return w.stream.SetRow("A1", header)
}

// sheetName fits a title to Excel's rules: 31 characters, none of []:*?/\ and no apostrophe at either end.
func sheetName(title string, number int) string {
	title = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, title), "' ")
	suffix := ""
	if number > 1 {
		suffix = " " + strconv.Itoa(number)
	}
	runes := []rune(title)
	return string(runes[:min(len(runes), 31-len(suffix)-4)]) + suffix // four to spare for characters of two units
}

func (w *workbook) cell(c Column, v any) (any, error) {
	switch v := v.(type) {
	case string:
		if n := utf8.RuneCountInString(v); n > cellChars {
			return nil, fmt.Errorf("the text has %d characters, a cell of Excel holds %d: publish this table as CSV or Parquet", n, cellChars)
		}
		return cellText(v), nil
	case int64:
		if c.Type == models.Key || v > 999_999_999_999_999 || v < -999_999_999_999_999 {
			return strconv.FormatInt(v, 10), nil
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64), nil
		}
	case number:
		text := v.String()
		digits := strings.Trim(strings.Replace(strings.TrimPrefix(text, "-"), ".", "", 1), "0")
		if len(digits) > 15 {
			return text, nil
		}
		f, err := strconv.ParseFloat(text, 64)
		return f, err
	case day:
		if v.Year() < 1900 || v.Year() > 9999 {
			return dateOf(v.Time), nil
		}
		return excelize.Cell{StyleID: w.dayStyle, Value: v.Time}, nil
	case time.Time:
		if v.Year() < 1900 || v.Year() > 9999 {
			return csvText(v), nil
		}
		return excelize.Cell{StyleID: w.clockStyle, Value: v.Round(time.Millisecond)}, nil // Excel's days are doubles
	}
	return v, nil
}

// cellText writes characters that XML cannot hold in Excel's own way, "_x000B_", and text that looks like that so that
// it stays as it is. The result shares no memory with s.
func cellText(s string) string {
	plain := !strings.Contains(s, "_x")
	for _, r := range s {
		plain = plain && !unwritable(r)
	}
	if plain {
		return strings.Clone(s)
	}
	var out strings.Builder
	for i, r := range s {
		switch {
		case unwritable(r):
			fmt.Fprintf(&out, "_x%04X_", r)
		case r == '_' && escaped(s[i:]):
			out.WriteString("_x005F_")
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func unwritable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}

// escaped reports whether s begins like "_x000B_".
func escaped(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}

// explain writes the sheet that tells what the columns are and which publication this is.
func (w *workbook) explain(p Publication) error {
	words := map[string][]string{"zh": {"说明", "字段", "名称", "英文名称", "类型", "发布编号", "数据表", "时间均为 UTC"}, "en": {"About", "Column", "Title", "Chinese", "Type", "Publication", "Table", "times are UTC"}}
	word, other := words["zh"], "en"
	if w.language == "en" {
		word, other = words["en"], "zh"
	}
	if _, err := w.book.NewSheet(word[0]); err != nil {
		return err
	}
	stream, err := w.book.NewStreamWriter(word[0])
	if err != nil {
		return err
	}
	rows := [][]any{{word[5], p.ID}, {word[6], w.table.Name}, {word[0], w.table.Description.In(w.language)}, {"", word[7]}, {word[1], word[2], word[3], word[4]}}
	for _, c := range w.table.Columns {
		rows = append(rows, []any{c.Name, c.Title.In(w.language), c.Title.In(other), string(c.Type)})
	}
	for i, row := range rows {
		if err := stream.SetRow("A"+strconv.Itoa(i+1), row); err != nil {
			return err
		}
	}
	return stream.Flush()
}
