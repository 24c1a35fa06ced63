package files

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// csvRows reads the records of one CSV text, strictly: what RFC 4180 does not allow is a bad row, and what makes the
// rows behind it uncertain is an error of the file.
type csvRows struct {
	header  []string
	rows    *csv.Reader
	count   *counter
	skipped int64
	decoded bool // the text was not UTF-8: U+FFFD in it is a byte that could not be decoded
	read    int64
}

// badRow is a row that cannot be read; the rows behind it can.
type badRow struct {
	Line   int64
	Field  string // the column, "" for the whole row
	Reason string
	Text   string // the row as it stands in the file, in UTF-8
}

// Error names line, column and reason.
func (b *badRow) Error() string {
	if b.Field == "" {
		return fmt.Sprintf("line %d: %s", b.Line, b.Reason)
	}
	return fmt.Sprintf("line %d, column %s: %s", b.Line, b.Field, b.Reason)
}

// newCSV reads the header. A delimiter of 0 is detected; names, if not nil, stand for a header that the text has not;
// skip lines above the header are thrown away.
func newCSV(r io.Reader, t text, delimiter rune, names []string, skip int) (*csvRows, error) {
	head := bufio.NewReaderSize(t.reader(r), 1<<16)
	for range skip {
		if err := skipLine(head); err != nil {
			return nil, err
		}
	}
	if delimiter == 0 {
		peek, err := head.Peek(1 << 16)
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return nil, err
		}
		delimiter = delimiterOf(peek)
	}
	count := newCounter(head, delimiter)
	rows := csv.NewReader(count)
	rows.Comma, rows.FieldsPerRecord, rows.ReuseRecord = delimiter, -1, true
	c := &csvRows{rows: rows, count: count, skipped: int64(skip), decoded: t.enc != nil}
	if names != nil {
		c.header = names
		return c, nil
	}
	first, err := rows.Read()
	count.upTo(rows.InputOffset())
	if err == io.EOF {
		return nil, errors.New("the file is empty: it has not even a header")
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", c.explain(err))
	}
	if bad := slices.IndexFunc(first, func(s string) bool { return badText(s, c.decoded) != "" }); bad >= 0 {
		return nil, fmt.Errorf("header, column %d: %s: say which encoding the file has with encoding", bad+1, badText(first[bad], c.decoded))
	}
	c.header, err = columnNames(first)
	c.read = 1
	return c, err
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF {
			return errors.New("the file ends within the lines to skip")
		}
		return err
	}
}

// columnNames trims the names of a header and refuses two that are the same, also by case alone: a table cannot hold
// both. A column without a name is called column_3 after its place.
func columnNames(header []string) ([]string, error) {
	names := make([]string, len(header))
	seen := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(unprotect(name))
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		if j, twice := seen[strings.ToLower(name)]; twice {
			return nil, fmt.Errorf("the header names column %d and column %d alike: give each column a name of its own, or say header: [...] if the first line is a record already", j, i+1)
		}
		seen[strings.ToLower(name)] = i + 1
		names[i] = name
	}
	return names, nil
}

// Next returns the next record, valid until the next call, and the line it begins on. The error is io.EOF at the end,
// a *badRow for a record to be set aside, anything else for a file that cannot be read on.
func (c *csvRows) Next() ([]string, int64, error) {
	row, err := c.rows.Read()
	text := c.count.upTo(c.rows.InputOffset())
	if err == io.EOF {
		if n := c.count.total(); n != c.read {
			return nil, 0, fmt.Errorf("%d records were read where the control count finds %d: the quotes of the file are not in order", c.read, n)
		}
		return nil, 0, io.EOF
	}
	if err != nil {
		err = c.explain(err)
		if bad, ok := errors.AsType[*badRow](err); ok {
			bad.Text = rawRow(text)
			c.read++
		}
		return nil, 0, err
	}
	c.read++
	at, _ := c.rows.FieldPos(0)
	line := int64(at) + c.skipped
	if len(row) != len(c.header) {
		return nil, line, &badRow{Line: line, Reason: fmt.Sprintf("the row has %d fields where the header has %d", len(row), len(c.header)), Text: rawRow(text)}
	}
	for i, value := range row {
		if why := badText(value, c.decoded); why != "" {
			return nil, line, &badRow{Line: line, Field: c.header[i], Reason: why, Text: rawRow(text)}
		}
		row[i] = strings.TrimSpace(unprotect(value))
	}
	return row, line, nil
}

// Records is the control count of the text's records, without the header; it is complete when Next has answered io.EOF.
func (c *csvRows) Records(header bool) int64 {
	if header {
		return c.count.total() - 1
	}
	return c.count.total()
}

func (c *csvRows) explain(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	if line := c.count.unclosed(c.rows.InputOffset()); line > 0 && errors.Is(parse.Err, csv.ErrQuote) {
		return fmt.Errorf("line %d: a quote is opened that nothing closes; the rows behind it cannot be told apart", line+c.skipped)
	}
	reason := "a quote stands inside a field that is not quoted"
	if errors.Is(parse.Err, csv.ErrQuote) {
		reason = "text stands behind the closing quote of a field"
	}
	return &badRow{Line: int64(parse.StartLine) + c.skipped, Reason: reason}
}

// rawRow is the text of a row without the line ends around it; bytes that are no UTF-8 become U+FFFD, NUL its picture.
func rawRow(text []byte) string {
	s := strings.ToValidUTF8(strings.Trim(string(text), "\r\n"), "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\u2400")
}

// unprotect takes off the ="…" that exports put around ids so that Excel does not round them.
func unprotect(s string) string {
	if len(s) > 3 && strings.HasPrefix(s, `="`) && s[len(s)-1] == '"' {
		return s[2 : len(s)-1]
	}
	return s
}
