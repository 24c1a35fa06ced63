package attribution_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/transform/attribution"
)

const day = 24 * time.Hour

func path(channels ...string) []attribution.Touch {
	touches := make([]attribution.Touch, len(channels))
	for i, c := range channels {
		touches[i] = attribution.Touch{Channel: c, Before: time.Duration(len(channels)-1-i) * day, Direct: c == "direct"}
	}
	return touches
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		model attribution.Model
		path  []attribution.Touch
		want  []int64 // of 10,000
	}{
		{"first", attribution.First, path("a", "b", "c"), []int64{10000, 0, 0}},
		{"last", attribution.Last, path("a", "b", "direct"), []int64{0, 0, 10000}},
		{"last non-direct", attribution.LastNonDirect, path("a", "b", "direct"), []int64{0, 10000, 0}},
		{"all direct", attribution.LastNonDirect, path("direct", "direct"), []int64{0, 10000}},
		{"linear", attribution.Linear, path("a", "b", "a"), []int64{3334, 3333, 3333}},
		{"position, one touch", attribution.Position, path("a"), []int64{10000}},
		{"position, two touches", attribution.Position, path("a", "b"), []int64{5000, 5000}},
		{"position, four touches", attribution.Position, path("a", "b", "b", "c"), []int64{4000, 1000, 1000, 4000}},
		{"time decay", attribution.TimeDecay, []attribution.Touch{{Before: 21 * day}, {Before: 14 * day}, {Before: 7 * day}, {}}, []int64{667, 1333, 2667, 5333}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := attribution.Credit(c.model, 10000, c.path, 7*day)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownModelAndHalfLife(t *testing.T) {
	t.Parallel()
	if _, err := attribution.Weights("middle", path("a"), 7*day); err == nil {
		t.Error("a model that does not exist is taken")
	}
	if _, err := attribution.Weights(attribution.TimeDecay, path("a"), 0); err == nil {
		t.Error("a half-life of 0 is taken")
	}
	if got, err := attribution.Credit(attribution.Linear, 5, nil, 7*day); got != nil || err != nil {
		t.Errorf("an empty path has credit %v, %v", got, err)
	}
	if _, err := attribution.Split(5, []int64{0, 0}); !errors.Is(err, attribution.ErrWeights) {
		t.Errorf("weights of zero: %v", err)
	}
}

// Whatever the amount and the weights, the shares sum to the amount, and none is a unit or more away from its part.
func TestSplitIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		amount := rapid.Int64Range(-1e15, 1e15).Draw(r, "amount")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 30).Draw(r, "weights")
		var total float64
		for _, w := range weights {
			total += float64(w)
		}
		shares, err := attribution.Split(amount, weights)
		if total == 0 {
			if err == nil {
				r.Fatal("no weight at all, and no error")
			}
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		var sum int64
		for i, s := range shares {
			sum += s
			if part := float64(amount) * float64(weights[i]) / total; math.Abs(float64(s)-part) > 1.5 {
				r.Fatalf("share %d is %d, its part %f", i, s, part)
			}
		}
		if sum != amount {
			r.Fatalf("shares sum to %d, not %d", sum, amount)
		}
	})
}

// Ties go to the earlier place: DOMAIN's 299.99 over two equal halves is 150.00 and 149.99.
func ExampleSplit() {
	shares, err := attribution.Split(29999, []int64{60, 60})
	fmt.Println(shares, err)
	// Output: [15000 14999] <nil>
}

var close6 = cmpopts.EquateApprox(0, 1e-6)

func TestMarkovPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		paths []attribution.Path
		want  map[string]float64
	}{
		{"ChannelAttribution", []attribution.Path{
			{Channels: []string{"A", "B", "A", "B", "B", "A"}, Converted: 1},
			{Channels: []string{"A", "B", "B", "A", "A"}, Converted: 1},
			{Channels: []string{"A", "A"}, Converted: 1},
		}, map[string]float64{"A": 2, "B": 1}},
		{"three channels", []attribution.Path{
			{Channels: []string{"C1", "C2", "C3"}, Converted: 1},
			{Channels: []string{"C1"}, Lost: 1},
			{Channels: []string{"C2", "C3"}, Lost: 1},
		}, map[string]float64{"C1": .2, "C2": .4, "C3": .4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := attribution.Markov(c.paths, 1)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, close6); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func drawPaths(r *rapid.T) []attribution.Path {
	var paths []attribution.Path
	for range rapid.IntRange(1, 12).Draw(r, "paths") {
		paths = append(paths, attribution.Path{
			Channels:  rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 1, 6).Draw(r, "channels"),
			Converted: float64(rapid.IntRange(0, 3).Draw(r, "converted")),
			Lost:      float64(rapid.IntRange(0, 3).Draw(r, "lost")),
		})
	}
	return paths
}

func TestMarkovSharesAllConversions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		paths := drawPaths(r)
		var converted float64
		for _, p := range paths {
			converted += p.Converted
		}
		credit, err := attribution.Markov(paths, rapid.IntRange(1, 3).Draw(r, "order"))
		if err != nil {
			r.Fatal(err)
		}
		var sum float64
		for channel, c := range credit {
			sum += c
			if c < -1e-9 {
				r.Fatalf("%s has credit %f", channel, c)
			}
		}
		if math.Abs(sum-converted) > 1e-6 {
			r.Fatalf("credits sum to %f, not %f", sum, converted)
		}
	})
}

func TestShapleyPublished(t *testing.T) {
	t.Parallel()
	worth := map[uint32]float64{1: 7, 2: 6, 4: 4, 3: 15, 5: 7, 6: 9, 7: 19} // O 1, F 2, D 4
	got, err := attribution.Shapley(3, func(set uint32) float64 { return worth[set] })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{7.666666667, 8.166666667, 3.166666667}, got, close6); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In the game of paths every path's conversions are shared evenly over its channels: efficiency, symmetry, the dummy
// player and additivity all follow.
func TestShapleyCreditIsEvenOverEachPath(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		paths := drawPaths(r)
		want := map[string]float64{}
		for _, p := range paths {
			channels := slices.Compact(slices.Sorted(slices.Values(p.Channels)))
			for _, c := range channels {
				want[c] += p.Converted / float64(len(channels))
			}
		}
		got, grouped, err := attribution.ShapleyCredit(paths)
		if err != nil || len(grouped) > 0 {
			r.Fatal(err, grouped)
		}
		if diff := cmp.Diff(want, got, close6); diff != "" {
			r.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestShapleyGroupsSmallChannels(t *testing.T) {
	t.Parallel()
	var paths []attribution.Path
	for i := range 23 {
		paths = append(paths, attribution.Path{Channels: []string{fmt.Sprintf("c%02d", i)}, Converted: float64(100 - i)})
	}
	credit, grouped, err := attribution.ShapleyCredit(paths)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"c19", "c20", "c21", "c22"}, grouped); diff != "" {
		t.Errorf("grouped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(81.0+80+79+78, credit[attribution.Other], close6); diff != "" {
		t.Errorf("other (-want +got):\n%s", diff)
	}
}
