// Package attribution shares what orders are worth over the touches that led to them. The rule models (first, last, last
// non-direct, linear, position, time decay) work on one path at a time and are what mart.attribution computes in SQL; a
// test holds both together. Markov and Shapley work on all paths at once. Everything is numbers in, numbers out.
//
// A path holds the touches of one person in the window before the order was placed, start inclusive, end exclusive, the
// oldest first. The value of an order is its net_sales_order_day, so a refund re-states every credit.
package attribution

import (
	"fmt"
	"math"
	"time"
)

// Model names a rule model.
type Model string

// The rule models.
const (
	First         Model = "first"
	Last          Model = "last"
	LastNonDirect Model = "last_non_direct" // an all-direct path stays direct
	Linear        Model = "linear"
	Position      Model = "position" // 40 % first, 40 % last, 20 % between; one touch 100 %, two 50 % each
	TimeDecay     Model = "time_decay"
)

// Models lists the rule models.
func Models() []Model { return []Model{First, Last, LastNonDirect, Linear, Position, TimeDecay} }

// Touch is one touch of a path.
type Touch struct {
	Channel string
	Before  time.Duration // how long before the order; 0 for what is stamped on the order itself
	Direct  bool
}

// decayScale is the whole number that stands for the weight 1 in time decay, so that weights are exact and the same on
// every engine.
const decayScale = 1_000_000_000

// Weights gives each touch of a path its whole-number weight under a model; credit is value × weight ÷ sum of weights.
// Half-life is looked at by [TimeDecay] only: a touch one half-life before another weighs half as much. An empty path
// has no weights. The error is for a model that does not exist and a half-life that is not positive.
func Weights(model Model, path []Touch, halfLife time.Duration) ([]int64, error) {
	n := len(path)
	weights := make([]int64, n)
	if n == 0 {
		return weights, nil
	}
	switch model {
	case First:
		weights[0] = 1
	case Last:
		weights[n-1] = 1
	case LastNonDirect:
		at := n - 1
		for at >= 0 && path[at].Direct {
			at--
		}
		if at < 0 {
			at = n - 1
		}
		weights[at] = 1
	case Linear:
		for i := range weights {
			weights[i] = 1
		}
	case Position:
		for i := range weights {
			weights[i] = 1
		}
		if n > 2 {
			weights[0], weights[n-1] = 2*int64(n-2), 2*int64(n-2)
		}
	case TimeDecay:
		if halfLife <= 0 {
			return nil, fmt.Errorf("time decay needs a half-life above 0, not %s", halfLife)
		}
		for i, t := range path {
			weights[i] = int64(math.Round(decayScale * math.Pow(2, -t.Before.Seconds()/halfLife.Seconds())))
		}
	default:
		return nil, fmt.Errorf("no attribution model %q; there are %v", model, Models())
	}
	return weights, nil
}
