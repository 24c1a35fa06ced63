package files

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// state remembers the files that were read, each by two short fingerprints: of path, size and time of change (or the
// store's tag), which tells an untouched file without opening it, and of path, size and SHA-256, which tells a
// touched file whose content is the same. As text it is 16 characters a file. The number of times it was written
// stands before them: a state never comes again, also when a file gets back the content it once had.
type state struct {
	written int64
	known   map[print]bool
	order   []print // quick and content prints, in pairs
}

type print [6]byte

// maxFiles keeps the state under the 64 KB that a cursor may have.
const maxFiles = 3900

func readState(cursor string) (*state, error) {
	s := &state{known: map[print]bool{}}
	if cursor == "" {
		return s, nil
	}
	number, prints, _ := strings.Cut(cursor, ".")
	written, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("the cursor is no state of files: %.40q", cursor)
	}
	s.written = written
	raw, err := base64.RawURLEncoding.DecodeString(prints)
	if err != nil || len(raw)%12 != 0 {
		return nil, fmt.Errorf("the cursor is no state of files: %.40q", cursor)
	}
	for i := 0; i < len(raw); i += 12 {
		s.add(print(raw[i:i+6]), print(raw[i+6:i+12]))
	}
	return s, nil
}

func (s *state) add(quick, content print) {
	s.order = append(s.order, quick, content)
	s.known[quick], s.known[content] = true, true
}

// keep returns the state that knows only the files of the list: files that are gone are forgotten.
func (s *state) keep(seen map[print]bool) *state {
	out := &state{written: s.written, known: map[print]bool{}}
	for i := 0; i+1 < len(s.order); i += 2 {
		if seen[s.order[i]] || seen[s.order[i+1]] {
			out.add(s.order[i], s.order[i+1])
		}
	}
	return out
}

func (s *state) text() (string, error) {
	if n := len(s.order) / 2; n > maxFiles {
		return "", fmt.Errorf("the stream has %d files, and the state of at most %d can be kept: move files that were read to another folder, or make the path narrower", n, maxFiles)
	}
	return strconv.FormatInt(s.written+1, 10) + "." + base64.RawURLEncoding.EncodeToString(slices.Concat(flat(s.order)...)), nil
}

func flat(prints []print) [][]byte {
	out := make([][]byte, len(prints))
	for i := range prints {
		out[i] = prints[i][:]
	}
	return out
}

// quick is the fingerprint of a file that was not opened. A local file that changed less than two seconds before now
// has none worth keeping: it may change again within the same tick of its clock.
func (o object) quick(now time.Time) (print, bool) {
	if o.Tag != "" {
		return fingerprint("tag", o.Path, fmt.Sprint(o.Size), o.Tag), true
	}
	return fingerprint("time", o.Path, fmt.Sprint(o.Size), o.Changed.UTC().Format(time.RFC3339Nano)), now.Sub(o.Changed) > 2*time.Second
}

func (o object) content(sha string) print {
	return fingerprint("sha256", o.Path, fmt.Sprint(o.Size), sha)
}

func fingerprint(parts ...string) print {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return print(sum[:6])
}
