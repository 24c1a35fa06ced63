package attribution

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Path is a way that some customers took: its channels in order, a repeated one each time, with how many times (or how
// much money) it ended in a conversion, and how many times without one.
type Path struct {
	Channels  []string
	Converted float64
	Lost      float64
}

// ErrTooManyStates says that a chain has more states than are solved exactly.
var ErrTooManyStates = errors.New("too many states for an exact solution: use a lower order or fewer channels")

const maxStates = 2000

// Markov gives each channel's credit by its removal effect in the chain of the given order (1 to 3) that the paths
// describe: RE = 1 − P(conversion | the channel's states lead to null) / P(conversion), credit = conversions × RE / Σ RE.
// Both probabilities are solved exactly as linear systems. A state is the last touches, as many as the order, fewer at
// the beginning of a path. Without any conversion every credit is 0.
// Anderl, Becker, von Wangenheim, Schumann 2016, International Journal of Research in Marketing 33(3).
func Markov(paths []Path, order int) (map[string]float64, error) {
	if order < 1 || order > 3 {
		return nil, fmt.Errorf("the order of a Markov chain must be 1, 2 or 3, not %d", order)
	}
	c := newChain(paths, order)
	if len(c.states) > maxStates {
		return nil, fmt.Errorf("%w: %d states, at most %d", ErrTooManyStates, len(c.states), maxStates)
	}
	credit := map[string]float64{}
	all, err := c.conversion("")
	if err != nil {
		return nil, err
	}
	var total float64
	for _, channel := range c.channels {
		credit[channel] = 0
		if all <= 0 {
			continue
		}
		without, err := c.conversion(channel)
		if err != nil {
			return nil, err
		}
		credit[channel] = 1 - without/all
		total += credit[channel]
	}
	for _, channel := range c.channels {
		if total > 0 {
			credit[channel] *= c.converted / total
		}
	}
	return credit, nil
}

// chain counts the moves between states.
type chain struct {
	channels  []string
	states    []string           // sorted, so that sums run in one order
	last      map[string]string  // state -> its latest channel
	begin     map[string]float64 // state -> weight of paths beginning there
	moves     map[string][]move  // state -> moves to other states
	ends      map[string]ending  // state -> what ended there
	converted float64            // all conversions
	started   float64            // all paths
}

type move struct {
	to     string
	weight float64
}

type ending struct{ converted, lost float64 }

const stateSeparator = "\x1f"

func newChain(paths []Path, order int) *chain {
	c := &chain{last: map[string]string{}, begin: map[string]float64{}, moves: map[string][]move{}, ends: map[string]ending{}}
	channels := map[string]bool{}
	counts := map[string]map[string]float64{}
	for _, p := range paths {
		weight := p.Converted + p.Lost
		if len(p.Channels) == 0 || weight == 0 {
			continue
		}
		c.started += weight
		c.converted += p.Converted
		before := ""
		for i, channel := range p.Channels {
			channels[channel] = true
			state := strings.Join(p.Channels[max(0, i-order+1):i+1], stateSeparator)
			c.last[state] = channel
			if i == 0 {
				c.begin[state] += weight
			} else {
				if counts[before] == nil {
					counts[before] = map[string]float64{}
				}
				counts[before][state] += weight
			}
			before = state
		}
		end := c.ends[before]
		c.ends[before] = ending{end.converted + p.Converted, end.lost + p.Lost}
	}
	for channel := range channels {
		c.channels = append(c.channels, channel)
	}
	for state := range c.last {
		c.states = append(c.states, state)
	}
	slices.Sort(c.channels)
	slices.Sort(c.states)
	for _, state := range c.states {
		for to, weight := range counts[state] {
			c.moves[state] = append(c.moves[state], move{to, weight})
		}
		sort.Slice(c.moves[state], func(i, j int) bool { return c.moves[state][i].to < c.moves[state][j].to })
	}
	return c
}

// conversion is the probability that a path converts when the states of the removed channel lead to null; "" removes none.
func (c *chain) conversion(removed string) (float64, error) {
	at := map[string]int{}
	var kept []string
	for _, state := range c.states {
		if removed == "" || c.last[state] != removed {
			at[state] = len(kept)
			kept = append(kept, state)
		}
	}
	if len(kept) == 0 {
		return 0, nil
	}
	system := mat.NewDense(len(kept), len(kept), nil)
	straight := mat.NewVecDense(len(kept), nil)
	for i, state := range kept {
		end := c.ends[state]
		out := end.converted + end.lost
		for _, m := range c.moves[state] {
			out += m.weight
		}
		system.Set(i, i, 1)
		for _, m := range c.moves[state] {
			if j, ok := at[m.to]; ok {
				system.Set(i, j, system.At(i, j)-m.weight/out)
			}
		}
		straight.SetVec(i, end.converted/out)
	}
	var reached mat.VecDense
	if err := reached.SolveVec(system, straight); err != nil {
		return 0, fmt.Errorf("solve the chain without %q: %w", removed, err)
	}
	var probability float64
	for i, state := range kept {
		probability += c.begin[state] / c.started * reached.AtVec(i)
	}
	return probability, nil
}
