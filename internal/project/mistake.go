package project

import (
	"fmt"
	"sort"
	"strings"
)

// Mistake is one thing wrong with a project, where it stands and what is allowed there.
type Mistake struct {
	File string
	Line int // 0: the file as a whole
	Col  int
	Text string
}

// Error gives "heliu.yaml:4:3: unknown key …".
func (m Mistake) Error() string {
	switch {
	case m.Line == 0:
		return m.File + ": " + m.Text
	case m.Col == 0:
		return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Col, m.Text)
}

// Mistakes is every mistake of a project at once, in the order of the file.
type Mistakes []Mistake

// Error gives one mistake a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

func (ms Mistakes) sort() {
	sort.SliceStable(ms, func(i, j int) bool {
		if ms[i].Line != ms[j].Line {
			return ms[i].Line < ms[j].Line
		}
		return ms[i].Col < ms[j].Col
	})
}
