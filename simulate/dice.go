package simulate

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice is the company's only source of chance: one stream for each label, so
// that a change in one part of the company leaves the others as they were.
type dice struct{ *rand.Rand }

func newDice(seed uint64, label string) dice {
	return dice{rand.New(rand.NewPCG(seed, hash64(label)))}
}

func hash64(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash never fails to write
	return h.Sum64()
}

// chance is true in percent of 100 throws.
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// between gives a whole number in low..high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// span gives a duration of whole seconds in low..high.
func (d dice) span(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64((high-low)/time.Second)+1))*time.Second
}

// weighted gives an index, each as likely as its weight says.
func (d dice) weighted(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := d.IntN(total)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	return len(weights) - 1
}
