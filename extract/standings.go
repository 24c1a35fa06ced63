package extract

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"io"
)

// standingRun is a sorted run of standings, in memory or on disk.
type standingRun struct {
	rest []standing
	from *bufio.Reader
	head standing
	err  error // of reading; io.EOF behind the last one
}

func (r *standingRun) advance() {
	if r.from == nil {
		if len(r.rest) == 0 {
			r.err = io.EOF
			return
		}
		r.head, r.rest = r.rest[0], r.rest[1:]
		return
	}
	var entry [standingBytes]byte
	if _, r.err = io.ReadFull(r.from, entry[:]); r.err == nil {
		page := binary.LittleEndian.Uint64(entry[8:])
		r.head = standing{what: binary.LittleEndian.Uint64(entry[:]), whole: page&1 == 1, page: int64(page >> 1)}
	}
}

// standings merges sorted runs; it is a heap of their heads.
type standings struct{ runs []*standingRun }

func (m *standings) add(r *standingRun) {
	if r.advance(); r.err != io.EOF {
		m.runs = append(m.runs, r)
	}
}

// next takes the smallest standing out.
func (m *standings) next() (standing, error) {
	r := m.runs[0]
	if r.err != nil {
		return standing{}, r.err
	}
	s := r.head
	if r.advance(); r.err == io.EOF {
		heap.Remove(m, 0)
	} else {
		heap.Fix(m, 0)
	}
	return s, nil
}

// Len, Less, Swap, Push and Pop make a heap of the runs.
func (m *standings) Len() int { return len(m.runs) }
func (m *standings) Less(i, j int) bool {
	return compareStandings(m.runs[i].head, m.runs[j].head) < 0
}
func (m *standings) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }
func (m *standings) Push(x any)    { m.runs = append(m.runs, x.(*standingRun)) }
func (m *standings) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
