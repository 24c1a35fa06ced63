package extract

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/zeebo/xxh3"
)

const (
	nearRecords = 1 << 16 // at least so many records back a repeat is noticed at once
	runRecords  = 1 << 16 // so many are sorted in memory before they are written out
)

// repeats notices records that stand on two pages of a slice. A repeat among the last nearRecords is noticed when it
// comes; others when the slice is read, from sorted runs on disk. Its memory is bounded, however long the slice is.
type repeats struct {
	near, before map[xxh3.Uint128]int64 // record -> page
	run          []standing
	file         *os.File // sorted runs; nil as long as one is enough
	runs         []int    // the number of each run's entries
}

// standing says that a record, or a whole page, stands on a page.
type standing struct {
	what  uint64
	whole bool
	page  int64
}

const standingBytes = 16

func compareStandings(a, b standing) int {
	if c := cmp.Compare(a.what, b.what); c != 0 {
		return c
	}
	return cmp.Compare(a.page, b.page)
}

// add takes a record and says whether it stood on an earlier page not far back; such a one is not kept in mind again.
func (r *repeats) add(record xxh3.Uint128, page int64) (again bool, err error) {
	if r.stoodOn(record, page) {
		return true, nil
	}
	return false, r.keep(record, page)
}

func (r *repeats) stoodOn(record xxh3.Uint128, page int64) bool {
	p, ok := r.near[record]
	if !ok {
		p, ok = r.before[record]
	}
	return ok && p != page
}

// keep takes a record that may stand on an earlier page.
func (r *repeats) keep(record xxh3.Uint128, page int64) error {
	if r.near == nil || len(r.near) >= nearRecords {
		r.near, r.before = make(map[xxh3.Uint128]int64, len(r.near)), r.near
	}
	r.near[record] = page
	return r.append(standing{what: record.Lo, page: page})
}

// page takes the sum of a page's records.
func (r *repeats) page(sum uint64, page int64) error {
	return r.append(standing{what: sum, whole: true, page: page})
}

func (r *repeats) append(s standing) error {
	if r.run = append(r.run, s); len(r.run) < runRecords {
		return nil
	}
	return r.spill()
}

// spill writes the run out, sorted.
func (r *repeats) spill() error {
	slices.SortFunc(r.run, compareStandings)
	if r.file == nil {
		file, err := os.CreateTemp("", "heliu-*.part")
		if err != nil {
			return fmt.Errorf("room for the hashes of a long slice: %w", err)
		}
		r.file = file
	}
	w := bufio.NewWriter(r.file)
	var entry [standingBytes]byte
	for _, s := range r.run {
		binary.LittleEndian.PutUint64(entry[:], s.what)
		page := uint64(s.page) << 1
		if s.whole {
			page |= 1
		}
		binary.LittleEndian.PutUint64(entry[8:], page)
		if _, err := w.Write(entry[:]); err != nil {
			return fmt.Errorf("hashes of a long slice: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("hashes of a long slice: %w", err)
	}
	r.runs, r.run = append(r.runs, len(r.run)), r.run[:0]
	return nil
}

// end says how many records that were kept stand on an earlier page too, and whether a whole page does.
func (r *repeats) end() (far int64, pageTwice bool, err error) {
	slices.SortFunc(r.run, compareStandings)
	merge := &standings{}
	at := int64(0)
	for _, n := range r.runs {
		merge.add(&standingRun{from: bufio.NewReaderSize(io.NewSectionReader(r.file, at, int64(n)*standingBytes), 4096)})
		at += int64(n) * standingBytes
	}
	merge.add(&standingRun{rest: r.run})
	heap.Init(merge)
	var last [2]standing // of records and of pages
	for len(merge.runs) > 0 {
		s, err := merge.next()
		if err != nil {
			return 0, false, fmt.Errorf("hashes of a long slice: %w", err)
		}
		kind := 0
		if s.whole {
			kind = 1
		}
		before := last[kind]
		last[kind] = s
		if before.page == 0 || before.what != s.what || before.page == s.page {
			continue
		}
		if s.whole {
			pageTwice = true
		} else {
			far++
		}
	}
	return far, pageTwice, nil
}

// close gives the room on disk back.
func (r *repeats) close() error {
	if r == nil || r.file == nil {
		return nil
	}
	file := r.file
	r.file = nil
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// dropRepeats takes out the records that stood on an earlier page not far back. What all records of a page have in
// common counts as part of each: two warehouses may have the same stock.
func (l *landing) dropRepeats(p *Page) error {
	common := uint64(0)
	for _, name := range slices.Sorted(maps.Keys(p.With)) {
		common = xxh3.HashStringSeed(name+"\x1f"+p.With[name], common)
	}
	kept, sum := p.JSON[:0:0], common
	for _, r := range p.JSON {
		h := xxh3.Hash128Seed(r, common)
		sum = sum*31 + h.Lo
		again, err := false, error(nil)
		if l.twins == "" {
			again, err = l.seen.add(h, l.pages)
		} else {
			err = l.seen.keep(h, l.pages)
		}
		if err != nil {
			return err
		}
		if again {
			l.repeats++
			continue
		}
		kept = append(kept, r)
	}
	l.pageTwice = l.pageTwice || len(p.JSON) > 0 && len(kept) == 0
	p.JSON = kept
	if len(kept) == 0 {
		return nil
	}
	return l.seen.page(sum, l.pages)
}
