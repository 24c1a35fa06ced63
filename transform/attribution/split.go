package attribution

import (
	"errors"
	"math/bits"
	"slices"
	"time"
)

// ErrWeights says that a value cannot be shared: a weight is negative, all are zero, or their sum does not fit.
var ErrWeights = errors.New("weights must not be negative, must not all be zero, and must add up to less than 2^63")

// Split shares an amount in the smallest money unit by weights, by largest remainder, ties to the earlier place. The
// shares always sum to the amount; a negative amount is shared as its positive, with the sign put back.
func Split(amount int64, weights []int64) ([]int64, error) {
	shares := make([]int64, len(weights))
	var total uint64
	for _, w := range weights {
		if w < 0 || total+uint64(w) >= 1<<63 {
			return nil, ErrWeights
		}
		total += uint64(w)
	}
	if total == 0 {
		if len(weights) == 0 && amount == 0 {
			return shares, nil
		}
		return nil, ErrWeights
	}
	whole, sign := uint64(amount), int64(1)
	if amount < 0 {
		whole, sign = -whole, -1
	}
	left := whole
	remainders := make([]uint64, len(weights))
	places := make([]int, len(weights))
	for i, w := range weights {
		high, low := bits.Mul64(whole, uint64(w))
		quotient, remainder := bits.Div64(high, low, total)
		shares[i], remainders[i], places[i] = sign*int64(quotient), remainder, i
		left -= quotient
	}
	slices.SortStableFunc(places, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		default:
			return 0
		}
	})
	for _, i := range places[:left] {
		shares[i] += sign
	}
	return shares, nil
}

// Credit shares what an order is worth, in the smallest money unit, over the touches of its path by a rule model; nil for
// an empty path, whose order is unattributed.
func Credit(model Model, amount int64, path []Touch, halfLife time.Duration) ([]int64, error) {
	weights, err := Weights(model, path, halfLife)
	if err != nil || len(path) == 0 {
		return nil, err
	}
	return Split(amount, weights)
}
