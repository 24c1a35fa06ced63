package terminal

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is a titled table of texts. Columns listed in Right are flush right.
type Table struct {
	Title  string
	Header []string
	Right  []int
	Rows   [][]string
	Footer []string
	Width  int // columns of the screen; 0: those of the terminal that is written to, and as many as it takes elsewhere
}

// Add adds a row; each cell is printed with %v.
func (t *Table) Add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	t.Rows = append(t.Rows, row)
}

// Write draws the table. Control characters of data are shown as ␀-like symbols, so that no record can steer a terminal.
func (t *Table) Write(w io.Writer) error {
	if t.Width == 0 {
		t.Width = Width(w)
	}
	widest, fits := t.fit()
	if !fits {
		return t.writeRecords(w)
	}
	drawn := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
	style.Format = table.FormatOptions{Header: text.FormatDefault, Footer: text.FormatDefault, Row: text.FormatDefault}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Title = table.TitleOptions{Format: text.FormatDefault, Align: text.AlignLeft}
	drawn.SetStyle(style)
	drawn.SuppressTrailingSpaces()
	columns := make([]table.ColumnConfig, len(t.Header))
	for i := range columns {
		columns[i] = table.ColumnConfig{Number: i + 1}
		if slices.Contains(t.Right, i) {
			columns[i].Align, columns[i].AlignHeader, columns[i].AlignFooter = text.AlignRight, text.AlignRight, text.AlignRight
		}
		if widest != nil {
			columns[i].WidthMax, columns[i].WidthMaxEnforcer = widest[i], text.WrapSoft
		}
	}
	drawn.SetColumnConfigs(columns)
	drawn.AppendHeader(cells(t.Header))
	for _, r := range t.Rows {
		drawn.AppendRow(cells(r))
	}
	if len(t.Footer) > 0 {
		drawn.AppendFooter(cells(t.Footer))
	}
	out := drawn.Render() + "\n"
	if t.Title != "" {
		out = t.Title + "\n" + out
	}
	_, err := io.WriteString(w, out)
	return err
}

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, t := range texts {
		row[i] = Plain(t)
	}
	return row
}

// Plain returns the text with control characters made visible and without the characters that turn the direction of
// writing.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

// Count writes a number with its thousands apart: 1,234,567.
func Count(n int64) string { return Thousands(strconv.FormatInt(n, 10)) }

// Thousands sets the thousands of a decimal number apart: -1234567.80 becomes -1,234,567.80.
func Thousands(number string) string {
	digits, fraction, _ := strings.Cut(number, ".")
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if fraction != "" {
		digits += "." + fraction
	}
	return sign + digits
}
