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
	narrowest = 8 // columns of a cell that is still read
	between   = 2 // columns between two cells
)

// fit is how wide the cells of each column may be so that the table is no wider than the screen, nil for as wide as they
// are: first words are kept whole. False when cells would be too narrow to be read.
func (t *Table) fit() (widest []int, fits bool) {
	widths, words := make([]int, len(t.Header)), make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header, t.Footer}, t.Rows...) {
		for i, cell := range row[:min(len(row), len(widths))] {
			cell = Plain(cell)
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell))
			for word := range strings.FieldsSeq(cell) {
				words[i] = max(words[i], text.StringWidthWithoutEscSequences(word))
			}
		}
	}
	if t.Width <= 0 || total(widths) <= t.Width {
		return nil, true
	}
	for _, least := range [][]int{words, make([]int, len(words))} {
		for limit := t.Width; limit >= narrowest; limit-- {
			widest = make([]int, len(widths))
			for i := range widest {
				widest[i] = min(widths[i], max(least[i], limit))
			}
			if total(widest) <= t.Width {
				return widest, true
			}
		}
	}
	return nil, false
}

// total is the width of a table with columns of these widths; its lines reach behind the last one.
func total(widths []int) int {
	n := 0
	for _, w := range widths {
		n += w + between
	}
	return n
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
