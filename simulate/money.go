package simulate

import (
	"fmt"
	"slices"
)

// Fen is an amount in hundredths of its currency.
type Fen int64

// String gives two decimals: 1234 is 12.34.
func (f Fen) String() string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	return fmt.Sprintf("%s%d.%02d", sign, f/100, f%100)
}

// MarshalText writes what String gives, so that JSON and CSV agree.
func (f Fen) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// part is f times n over d, rounded down.
func (f Fen) part(n, d int64) Fen {
	if d == 0 {
		return 0
	}
	return Fen(int64(f) * n / d)
}

// share spreads total over weights by the largest remainder; ties go to the
// smaller index. Weights that are all zero give everything to the first.
func share(total Fen, weights []int64) []Fen {
	out := make([]Fen, len(weights))
	if len(weights) == 0 {
		return out
	}
	var sum int64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		out[0] = total
		return out
	}
	rest := total
	order := make([]int, len(weights))
	remainder := make([]int64, len(weights))
	for i, w := range weights {
		order[i] = i
		out[i] = total.part(w, sum)
		remainder[i] = int64(total) * w % sum
		rest -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(sign64(remainder[b] - remainder[a])) })
	for i := 0; rest > 0; i, rest = i+1, rest-1 {
		out[order[i%len(order)]]++
	}
	return out
}

func sign64(n int64) int64 {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}
