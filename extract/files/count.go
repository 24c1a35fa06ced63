package files

import (
	"fmt"
	"io"
)

// maxRecord is the longest CSV record or JSON line that is read, in bytes. An unclosed quote would otherwise take the
// rest of the file, whatever its size, into memory.
const maxRecord = 16 << 20

// counter passes CSV text through and counts its records by the grammar of RFC 4180 alone, beside and apart from the
// reader that splits them: the control count of a file. Blank lines are no records. A quote where
// none may stand spoils the rest of its line and no more, as encoding/csv resumes on the line behind it.
type counter struct {
	r         io.Reader
	delimiter []byte
	records   int64
	line      int64 // lines begun, from 1
	start     int64 // line on which the record began
	length    int   // bytes of the current record
	inRecord  bool
	field     fieldState
	match     int // bytes of a multi-byte delimiter seen
	ended     bool
	recent    []byte // what was passed on and not yet forgotten
	forgotten int64  // bytes before recent
}

type fieldState byte

const (
	atStart  fieldState = iota // nothing of the field has been seen
	plain                      // inside an unquoted field
	quoted                     // inside quotes
	maybeEnd                   // behind a quote that either closes the field or is the first of two
	broken                     // behind a quote where none may stand; up to the end of the line
)

func newCounter(r io.Reader, delimiter rune) *counter {
	return &counter{r: r, delimiter: []byte(string(delimiter)), line: 1, start: 1}
}

// Read passes bytes on; it fails on a record longer than [maxRecord].
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.ended = c.ended || err == io.EOF
	c.recent = append(c.recent, p[:n]...)
	for _, b := range p[:n] {
		if c.length++; c.length > maxRecord {
			return 0, fmt.Errorf("the record that begins on line %d is longer than %d MB: is a quote not closed?", c.start, maxRecord>>20)
		}
		c.take(b)
	}
	return n, err
}

func (c *counter) take(b byte) {
	if b == '\n' {
		c.line++
	}
	if c.field == quoted {
		if b == '"' {
			c.field = maybeEnd
		}
		return
	}
	if b == '\n' {
		if c.inRecord {
			c.records++
		}
		c.inRecord, c.field, c.length, c.start, c.match = false, atStart, 0, c.line, 0
		return
	}
	if b == '\r' && !c.inRecord {
		return
	}
	c.inRecord = true
	if c.field == broken {
		return
	}
	if b == c.delimiter[c.match] {
		if c.match++; c.match == len(c.delimiter) {
			c.field, c.match = atStart, 0
		}
		return
	}
	c.match = 0
	switch {
	case b == '"' && (c.field == atStart || c.field == maybeEnd):
		c.field = quoted
	case b == '"', c.field == maybeEnd && b != '\r':
		c.field = broken
	case c.field == maybeEnd:
	default:
		c.field = plain
	}
}

// total is the number of records, the header's among them; the last one needs no line end.
func (c *counter) total() int64 {
	if c.inRecord {
		return c.records + 1
	}
	return c.records
}

// unclosed says on which line the record began whose quote nothing closed, or 0; at is how far the records were split.
func (c *counter) unclosed(at int64) int64 {
	if c.ended && c.field == quoted && at == c.forgotten+int64(len(c.recent)) {
		return c.start
	}
	return 0
}

// upTo returns the text from where it was asked for last up to offset at and forgets it.
func (c *counter) upTo(at int64) []byte {
	n := int(at - c.forgotten)
	was := c.recent[:n:n]
	c.recent, c.forgotten = c.recent[n:], at
	return was
}
