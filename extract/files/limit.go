package files

import (
	"fmt"
	"io"
)

// recordLimit bounds how much one record, or one value beside the list of records, takes into memory.
type recordLimit struct {
	r    io.Reader
	left int64 // bytes that may still be read for the value at hand
}

// Read fails where the value at hand is longer than [maxRecord].
func (l *recordLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a value is longer than %d MB", maxRecord>>20)
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
