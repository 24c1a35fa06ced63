package pipelines

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRangesCoverEveryTouchedDayAndStayFew(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var in touched
		for range rapid.IntRange(0, 30).Draw(r, "ranges") {
			from := rapid.IntRange(18000, 19000).Draw(r, "from")
			in.ranges = append(in.ranges, dayRange{from, from + rapid.IntRange(0, 40).Draw(r, "days")})
		}
		if rapid.Bool().Draw(r, "onward") {
			in.ranges = append(in.ranges, dayRange{rapid.IntRange(18000, 19000).Draw(r, "since"), lastDay})
		}
		before := slices.Clone(in.ranges)
		gap := rapid.IntRange(0, 40).Draw(r, "gap")
		out := in.merged(gap)
		if !slices.Equal(before, in.ranges) {
			r.Fatal("the touched days were changed")
		}
		if len(out) > maxRanges {
			r.Fatalf("%d ranges", len(out))
		}
		for i, o := range out {
			if i > 0 && o.from <= out[i-1].to+1+gap {
				r.Fatalf("%v and %v could be one", out[i-1], o)
			}
		}
		for _, t := range in.ranges {
			if !slices.ContainsFunc(out, func(o dayRange) bool { return o.from <= t.from && t.to <= o.to }) {
				r.Fatalf("%v is not in %v", t, out)
			}
		}
	})
}

func TestDriversCompareEveryTypeWithDays(t *testing.T) {
	for typ, want := range map[string][2]string{
		"DATE":                     {`"c"`, `"c" between date '2026-06-28' and date '2026-07-01'`},
		"VARCHAR":                  {`try_cast(left("c", 10) as date)`, `"c" >= '2026-06-28' and "c" < '2026-07-02'`},
		"TIMESTAMP":                {`cast("c" as date)`, `"c" >= timestamp '2026-06-28' and "c" < timestamp '2026-07-02'`},
		"TIMESTAMP WITH TIME ZONE": {`cast("c" as date)`, `"c" >= timestamptz '2026-06-28 00:00:00+00' and "c" < timestamptz '2026-07-02 00:00:00+00'`},
	} {
		d := driver{column: "c", typ: typ}
		if got := d.day(); got != want[0] {
			t.Errorf("%s: day %s, want %s", typ, got, want[0])
		}
		if got := d.where(20632, 20635); got != want[1] {
			t.Errorf("%s: where %s, want %s", typ, got, want[1])
		}
		if got := d.where(20632, lastDay); got == want[1] {
			t.Errorf("%s: an open range is closed: %s", typ, got)
		}
	}
}
