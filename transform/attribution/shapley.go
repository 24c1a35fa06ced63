package attribution

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"
)

// MaxPlayers is the largest number of channels for which Shapley values are computed over all sets.
const MaxPlayers = 20

// Other is the name under which channels beyond the largest [MaxPlayers] − 1 are taken together.
const Other = "other"

// Shapley gives each of n players its Shapley value φ_i = Σ_S |S|!(n−|S|−1)!/n! · [v(S∪i) − v(S)], S running over all
// sets of other players. Value is asked once for every set, player i being the bit 1<<i; the empty set counts as 0
// whatever value says. The values sum to v of all players. The error is for more than [MaxPlayers] players.
func Shapley(n int, value func(set uint32) float64) ([]float64, error) {
	if n < 0 || n > MaxPlayers {
		return nil, fmt.Errorf("Shapley values are exact up to %d players, not %d: group the small ones", MaxPlayers, n)
	}
	phi := make([]float64, n)
	if n == 0 {
		return phi, nil
	}
	// weight[s] = s!(n−s−1)!/n! = 1 / (n · C(n−1, s))
	weight := make([]float64, n)
	choose := 1.0
	for s := range n {
		weight[s] = 1 / (float64(n) * choose)
		choose = choose * float64(n-1-s) / float64(s+1)
	}
	values := make([]float64, 1<<n)
	for set := 1; set < len(values); set++ {
		values[set] = value(uint32(set))
	}
	for set := range values {
		size := bits.OnesCount32(uint32(set))
		for i := range n {
			if set&(1<<i) == 0 {
				phi[i] += weight[size] * (values[set|1<<i] - values[set])
			}
		}
	}
	return phi, nil
}

// ShapleyCredit gives each channel its Shapley value in the game in which a set of channels is worth the conversions of
// the paths that need no other channel. With more than [MaxPlayers] channels the smallest, by the conversions of the
// paths they stand in, are one player called [Other]; grouped names them.
func ShapleyCredit(paths []Path) (credit map[string]float64, grouped []string, err error) {
	reach := map[string]float64{}
	for _, p := range paths {
		for channel := range distinct(p.Channels) {
			reach[channel] += p.Converted
		}
	}
	players := make([]string, 0, len(reach))
	for channel := range reach {
		players = append(players, channel)
	}
	sort.Slice(players, func(i, j int) bool {
		if reach[players[i]] != reach[players[j]] {
			return reach[players[i]] > reach[players[j]]
		}
		return players[i] < players[j]
	})
	if len(players) > MaxPlayers {
		grouped = slices.Clone(players[MaxPlayers-1:])
		players = append(players[:MaxPlayers-1:MaxPlayers-1], Other)
		slices.Sort(grouped)
	}
	at := map[string]int{}
	for i, p := range players {
		at[p] = i
	}
	for _, g := range grouped {
		at[g] = len(players) - 1
	}
	worth := make([]float64, 1<<len(players))
	for _, p := range paths {
		set := 0
		for channel := range distinct(p.Channels) {
			set |= 1 << at[channel]
		}
		worth[set] += p.Converted
	}
	worth[0] = 0 // a path without a touch is nobody's
	for i := range players {
		for set := range worth {
			if set&(1<<i) != 0 {
				worth[set] += worth[set&^(1<<i)]
			}
		}
	}
	phi, err := Shapley(len(players), func(set uint32) float64 { return worth[set] })
	if err != nil {
		return nil, grouped, err
	}
	credit = map[string]float64{}
	for i, p := range players {
		credit[p] = phi[i]
	}
	return credit, grouped, nil
}

func distinct(channels []string) map[string]bool {
	set := map[string]bool{}
	for _, c := range channels {
		set[c] = true
	}
	return set
}
