package files

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// xlsxFile is the content of one sheet of an Excel file, read row by row.
type xlsxFile struct {
	book    *excelize.File
	sheet   string
	path    string
	rows    *excelize.Rows
	names   []string
	fields  []*extract.Field // the declared field of each column, nil for none
	ids     []bool
	since04 bool
	row     int64 // rows begun, blank ones among them
	above   int64 // rows with something in them above the records
}

// errorCells are what Excel shows where a formula failed.
var errorCells = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}

func openXLSX(o options, s *extract.Stream, c *copied) (content, error) {
	book, err := excelize.OpenFile(c.Name(), excelize.Options{RawCellValue: true, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		return nil, fmt.Errorf("it is no whole Excel file (.xlsx): %w", err)
	}
	f := &xlsxFile{book: book, sheet: o.Sheet, path: c.Name()}
	if err := f.open(o, s); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return f, nil
}

func (f *xlsxFile) open(o options, s *extract.Stream) error {
	sheets := f.book.GetSheetList()
	if f.sheet == "" && len(sheets) > 0 {
		f.sheet = sheets[0]
	}
	if !slices.Contains(sheets, f.sheet) {
		return fmt.Errorf("it has no sheet %q; it has %s", f.sheet, strings.Join(sheets, ", "))
	}
	props, err := f.book.GetWorkbookProps()
	if err != nil {
		return err
	}
	f.since04 = props.Date1904 != nil && *props.Date1904
	if f.rows, err = f.book.Rows(f.sheet); err != nil {
		return err
	}
	for range o.Skip {
		row, err := f.next()
		if err == io.EOF {
			return errors.New("the sheet ends within the rows to skip")
		}
		if err != nil {
			return err
		}
		if !blank(row) {
			f.above++
		}
	}
	header := o.Header
	if header == nil {
		if header, err = f.filled(); err == io.EOF {
			return fmt.Errorf("the sheet %q is empty: it has not even a header", f.sheet)
		}
		if err != nil {
			return err
		}
		f.above++
	}
	if f.names, err = columnNames(header); err != nil {
		return err
	}
	f.ids = textColumns(s, f.names, o.ExcelIDs)
	f.fields = make([]*extract.Field, len(f.names))
	for i := range s.Fields {
		if at := slices.Index(f.names, s.Fields[i].Path[0]); at >= 0 && len(s.Fields[i].Path) == 1 {
			f.fields[at] = &s.Fields[i]
		}
	}
	return columnsThere(s, f.names, nil)
}

// next returns the next row of the sheet, blank or not.
func (f *xlsxFile) next() ([]string, error) {
	if !f.rows.Next() {
		if err := f.rows.Error(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	f.row++
	return f.rows.Columns()
}

// filled returns the next row that is not blank.
func (f *xlsxFile) filled() ([]string, error) {
	for {
		row, err := f.next()
		if err != nil || !blank(row) {
			return row, err
		}
	}
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(s string) bool { return s != "" })
}

func (f *xlsxFile) Next() (extract.Page, error) {
	page := extract.Page{Names: f.names, First: f.row + 1}
	for len(page.Rows)+len(page.Bad) < pageRows {
		row, err := f.filled()
		if err == io.EOF && len(page.Rows)+len(page.Bad) > 0 {
			return page, nil
		}
		if err != nil {
			return extract.Page{}, err
		}
		values, bad := f.values(row)
		if bad != nil {
			page.Bad = append(page.Bad, *bad)
			continue
		}
		page.Rows, page.At = append(page.Rows, values), append(page.At, f.row)
	}
	return page, nil
}

func (f *xlsxFile) values(row []string) ([]any, *extract.BadRecord) {
	reject := func(column int, format string, args ...any) ([]any, *extract.BadRecord) {
		b := &extract.BadRecord{Record: strings.Join(row, "\t"), Reason: fmt.Sprintf(format, args...), At: f.row}
		if column >= 0 {
			b.Field = f.names[column]
		}
		return nil, b
	}
	for len(row) > len(f.names) && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	if len(row) > len(f.names) {
		return reject(-1, "the row has %d cells where the header has %d", len(row), len(f.names))
	}
	out := make([]any, len(f.names))
	for i, text := range row {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case slices.Contains(errorCells, text):
			return reject(i, "the cell holds Excel's error %s", text)
		case f.ids[i] && isMangled(text):
			return reject(i, "%s", mangledReason(text))
		default:
			v, err := f.cell(f.fields[i], text)
			if err != nil {
				return reject(i, "%v", err)
			}
			out[i] = v
		}
	}
	return out, nil
}

// cell turns what Excel stores into what it shows: a number of days into a date, a number into its fifteen digits.
func (f *xlsxFile) cell(field *extract.Field, text string) (any, error) {
	if field == nil {
		return text, nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text, nil
	}
	switch field.Type {
	case models.Date, models.Timestamp:
		if field.Epoch != "" || field.Layout != "" || number > 2958465.99999 { // 9999-12-31
			return text, nil
		}
		at, err := excelize.ExcelDateToTime(number, f.since04)
		if err != nil {
			return nil, err
		}
		if field.Type == models.Date {
			return at.Format("2006-01-02"), nil
		}
		return extract.LocalTime(at.Round(1e6).Format("2006-01-02 15:04:05.999")), nil
	case models.Money, models.Decimal, models.Rate, models.Double:
		shown, err := strconv.ParseFloat(strconv.FormatFloat(number, 'g', 15, 64), 64)
		if err != nil {
			return nil, err
		}
		return extract.Numeric(strconv.FormatFloat(shown, 'f', -1, 64)), nil
	}
	return text, nil
}

// Count is the control count: the rows of the sheet's XML that have a value, found by another reader of ZIP and XML.
func (f *xlsxFile) Count() (warehouse.CountKind, int64, error) {
	n, err := countSheetRows(f.path, f.sheet)
	return warehouse.CountControl, n - f.above, err
}

func (f *xlsxFile) Close() error {
	return errors.Join(f.rows.Close(), f.book.Close())
}
