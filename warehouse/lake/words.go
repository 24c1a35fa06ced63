package lake

import (
	"encoding/binary"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// words is the dictionary of a text column: every text once, numbered in the order of appearance. It holds no pointers,
// so that the garbage collector passes over it.
type words struct {
	plain  []byte   // the page of the dictionary: each word behind its length
	starts []uint32 // where each word begins in plain
	hashes []uint32
	slots  []int32 // by hash, the word's number from 1; 0 is free
	last   int32   // the number that was asked for last
}

func (w *words) len() int { return len(w.starts) }

// bytes are those that the words take in the file.
func (w *words) bytes() int { return len(w.plain) }

func (w *words) at(i int32) string {
	start := w.starts[i]
	n := binary.LittleEndian.Uint32(w.plain[start-4:])
	return unsafe.String(unsafe.SliceData(w.plain[start:]), n)
}

// number is the word's, a new one for a new word, which is copied.
func (w *words) number(s string) int32 {
	if len(w.starts) > 0 && w.at(w.last) == s {
		return w.last
	}
	if len(w.starts)*2 >= len(w.slots) {
		w.grow()
	}
	hash := uint32(xxh3.HashString(s))
	mask := uint32(len(w.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		n := w.slots[i] - 1
		if n < 0 {
			n = int32(len(w.starts))
			w.slots[i] = n + 1
			w.plain = binary.LittleEndian.AppendUint32(w.plain, uint32(len(s)))
			w.starts, w.hashes = append(w.starts, uint32(len(w.plain))), append(w.hashes, hash)
			w.plain = append(w.plain, s...)
			w.last = n
			return n
		}
		if w.hashes[n] == hash && w.at(n) == s {
			w.last = n
			return n
		}
	}
}

func (w *words) grow() {
	w.slots = make([]int32, max(256, 2*len(w.slots)))
	mask := uint32(len(w.slots) - 1)
	for n, hash := range w.hashes {
		i := hash & mask
		for w.slots[i] != 0 {
			i = (i + 1) & mask
		}
		w.slots[i] = int32(n) + 1
	}
}

func (w *words) reset() {
	clear(w.slots)
	w.plain, w.starts, w.hashes, w.last = w.plain[:0], w.starts[:0], w.hashes[:0], 0
}
