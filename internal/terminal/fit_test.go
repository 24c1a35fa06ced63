package terminal

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

// A table is no wider than the screen: its widest cells are wrapped, and one with too many columns is written record by
// record; nothing of it is lost.
func TestTablesFitTheScreen(t *testing.T) {
	t.Parallel()
	wide := Table{Header: []string{"stream", "needs", "rows"}, Right: []int{2}}
	wide.Add("tmall.orders", strings.Repeat("app_key, app_secret, 店铺, ", 8), "1,200")
	many := Table{Header: strings.Split(strings.Repeat("a_long_heading ", 12), " ")[:12]}
	many.Add("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", strings.Repeat("x", 40), "12")
	for name, c := range map[string]struct {
		table Table
		width int
		lines int
	}{
		"as wide as it is": {wide, 0, 3}, "wrapped": {wide, 80, 6}, "records": {many, 80, 13},
	} {
		c.table.Width = c.width
		var out bytes.Buffer
		if err := c.table.Write(&out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
		if len(lines) != c.lines {
			t.Errorf("%s: %d lines, want %d:\n%s", name, len(lines), c.lines, out.String())
		}
		for _, line := range lines {
			if w := runewidth.StringWidth(line); c.width > 0 && w > c.width {
				t.Errorf("%s: %d columns: %s", name, w, line)
			}
		}
		for _, cell := range append(c.table.Rows[0], c.table.Header...) {
			for word := range strings.FieldsSeq(cell) {
				if !strings.Contains(out.String(), word) {
					t.Errorf("%s: %s is lost:\n%s", name, word, out.String())
				}
			}
		}
	}
}
