package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/vbauerster/mpb/v8/cwriter"
)

// Width is the number of columns of the terminal that w is, 0 when it is none.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !IsTerminal(w) {
		return 0
	}
	width, _, err := cwriter.GetSize(int(f.Fd()))
	if err != nil {
		return 0 // a terminal that does not say how wide it is
	}
	return width
}

const (
	narrowest = 10 // columns of a cell that is still read
	between   = 2  // columns between two cells
)

// fit is how wide a cell may be so that the table is no wider than the screen, 0 for as wide as it is; false when cells
// would be too narrow to be read.
func (t *Table) fit() (widest int, fits bool) {
	widths := make([]int, len(t.Header))
	measure := func(row []string) {
		for i, cell := range row {
			if i < len(widths) {
				widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(Plain(cell)))
			}
		}
	}
	measure(t.Header)
	measure(t.Footer)
	for _, row := range t.Rows {
		measure(row)
	}
	total := func(limit int) int {
		n := 0
		for _, w := range widths {
			n += min(w, limit) + between
		}
		return n
	}
	most := 0
	for _, w := range widths {
		most = max(most, w)
	}
	if t.Width <= 0 || total(most) <= t.Width {
		return 0, true
	}
	for limit := most - 1; limit >= narrowest; limit-- {
		if total(limit) <= t.Width {
			return limit, true
		}
	}
	return 0, false
}

// writeRecords draws each row as lines of heading and value: for tables with more columns than a screen has room for.
func (t *Table) writeRecords(w io.Writer) error {
	var out strings.Builder
	if t.Title != "" {
		fmt.Fprintln(&out, t.Title)
	}
	heading := 0
	for _, h := range t.Header {
		heading = max(heading, text.StringWidthWithoutEscSequences(Plain(h)))
	}
	for i, row := range append(t.Rows, t.Footer) {
		if i == len(t.Rows) && len(row) == 0 {
			break
		}
		fmt.Fprintln(&out, strings.Repeat("─", heading+between))
		for k, cell := range row {
			if cell = Plain(cell); cell != "" && k < len(t.Header) {
				fmt.Fprintln(&out, text.Pad(Plain(t.Header[k]), heading+between, ' ')+cell)
			}
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
