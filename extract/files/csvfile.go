package files

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// pageRows is how many rows of a table are handed over at once.
const pageRows = 2000

// csvFile is the content of a CSV file.
type csvFile struct {
	rows    *csvRows
	header  bool // the first record was the header
	ids     []bool
	record  int64 // records begun, the header among them
	pending error
}

func openCSV(o options, s *extract.Stream, c *copied, log *slog.Logger) (content, error) {
	enc, err := o.text(c.survey)
	if err != nil {
		return nil, err
	}
	var delimiter rune
	if o.Delimiter != "" {
		if delimiter, err = delimiterNamed(o.Delimiter); err != nil {
			return nil, err
		}
	}
	raw := bufio.NewReaderSize(c, 1<<16)
	f := &csvFile{header: o.Header == nil}
	if f.rows, err = newCSV(raw, enc, delimiter, o.Header, o.Skip); err != nil {
		return nil, err
	}
	f.record = f.rows.read
	if err := columnsThere(s, f.rows.header, log); err != nil {
		return nil, err
	}
	f.ids = textColumns(s, f.rows.header, o.ExcelIDs)
	return f, nil
}

// text is the encoding that is declared, or else the one that was found out.
func (o options) text(found *survey) (text, error) {
	if o.Encoding != "" {
		return encodingNamed(o.Encoding)
	}
	return found.encodingOf()
}

func (f *csvFile) Next() (extract.Page, error) {
	if f.pending != nil {
		return extract.Page{}, f.pending
	}
	page := extract.Page{Names: f.rows.header, First: f.record + 1}
	for len(page.Rows)+len(page.Bad) < pageRows {
		row, line, err := f.rows.Next()
		if bad, ok := errors.AsType[*badRow](err); ok {
			f.record++
			page.Bad = append(page.Bad, extract.BadRecord{Record: bad.Text, Field: bad.Field, Reason: bad.Reason, At: bad.Line})
			continue
		}
		if err != nil {
			f.pending = err
			if len(page.Rows)+len(page.Bad) == 0 {
				return extract.Page{}, err
			}
			return page, nil
		}
		f.record++
		if at := f.mangled(row); at >= 0 {
			page.Bad = append(page.Bad, extract.BadRecord{Record: strings.Join(row, "\t"), Field: f.rows.header[at], At: line, Reason: mangledReason(row[at])})
			continue
		}
		values := make([]any, len(row))
		for i, v := range row {
			if v != "" {
				values[i] = v
			}
		}
		page.Rows, page.At = append(page.Rows, values), append(page.At, line)
	}
	return page, nil
}

func (f *csvFile) mangled(row []string) int {
	for i, v := range row {
		if i < len(f.ids) && f.ids[i] && isMangled(v) {
			return i
		}
	}
	return -1
}

func (f *csvFile) Count() (warehouse.CountKind, int64, error) {
	return warehouse.CountControl, f.rows.Records(f.header), nil
}

func (f *csvFile) Close() error { return nil }

// excelNumber is how Excel writes a long number that it has rounded to fifteen digits.
var excelNumber = regexp.MustCompile(`^[0-9](\.[0-9]+)?E\+[0-9]{2,3}$`)

func isMangled(v string) bool {
	return len(v) >= 5 && v[0] >= '0' && v[0] <= '9' && strings.Contains(v, "E+") && excelNumber.MatchString(v)
}

func mangledReason(v string) string {
	return fmt.Sprintf("%s is an id that Excel has rounded, its last digits are lost: export the column as text (or say excel_ids: keep)", v)
}

// textColumns says of each column of a file whether an id may stand in it: whether it feeds a field that is text.
func textColumns(s *extract.Stream, header []string, ids string) []bool {
	text := make([]bool, len(header))
	if ids == "keep" {
		return text
	}
	for _, f := range s.Fields {
		if f.Type != models.String || len(f.Path) != 1 {
			continue
		}
		if i := slices.Index(header, f.Path[0]); i >= 0 {
			text[i] = true
		}
	}
	return text
}

// columnsThere refuses a file without a column that every record needs, and warns of other declared ones it lacks.
func columnsThere(s *extract.Stream, header []string, log *slog.Logger) error {
	var needed, wanted []string
	for _, f := range s.Fields {
		if f.From != "" || slices.Contains(header, f.Path[0]) {
			continue
		}
		if f.Required || slices.Contains(s.Key, f.Name) {
			needed = append(needed, f.Path[0])
		} else {
			wanted = append(wanted, f.Path[0])
		}
	}
	if len(needed) > 0 {
		return fmt.Errorf("it lacks the column %s; of its %d columns, %s: correct the field's path, or keep files of another kind out of the stream", strings.Join(needed, ", "), len(header), declared(s, header))
	}
	if len(wanted) > 0 && log != nil {
		log.Warn("the file lacks declared columns, they are null", "columns", strings.Join(wanted, ", "))
	}
	return nil
}

// declared tells which columns of a header are declared. The others are not named: a file without a header has a record there.
func declared(s *extract.Stream, header []string) string {
	var known []string
	for _, f := range s.Fields {
		if f.From == "" && slices.Contains(header, f.Path[0]) {
			known = append(known, f.Path[0])
		}
	}
	if len(known) == 0 {
		return "none is declared; is its header missing (say header: [...])"
	}
	return strings.Join(known, ", ") + " are declared"
}

// inflate replaces a gzip file by what is in it.
func (c *copied) inflate() error {
	return gunzip(c)
}
