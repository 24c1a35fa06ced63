package simulate

import (
	"slices"
	"testing"
)

func TestShare(t *testing.T) {
	for name, c := range map[string]struct {
		total   Fen
		weights []int64
		want    []Fen
	}{
		"tie goes to the first":     {29999, []int64{60, 60}, []Fen{15000, 14999}},
		"largest remainder":         {100, []int64{1, 1, 4}, []Fen{17, 17, 66}},
		"the larger remainder wins": {10, []int64{11, 19}, []Fen{4, 6}},
		"no weights":                {500, []int64{0, 0}, []Fen{500, 0}},
		"nothing":                   {0, []int64{3, 2}, []Fen{0, 0}},
		"nobody":                    {7, nil, []Fen{}},
	} {
		if got := share(c.total, c.weights); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFenText(t *testing.T) {
	for fen, want := range map[Fen]string{0: "0.00", 5: "0.05", 1234: "12.34", -1050: "-10.50"} {
		if got := fen.String(); got != want {
			t.Errorf("%d is %q, want %q", int64(fen), got, want)
		}
	}
}
