package pipelines

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// dayRange is a closed range of days, counted from 1970-01-01.
type dayRange struct{ from, to int }

// touched are the days of an incremental model that its inputs' changes reach.
type touched struct {
	ranges []dayRange
	null   bool // rows without a day are touched
}

const (
	lastDay   = 2932532 // 9999-01-01, so that look_back may be added
	maxRanges = 6
)

// merged joins the ranges that overlap or are no further apart than gap days: few of them, since each is a statement
// that reads as many days more as the model looks back.
func (t touched) merged(gap int) []dayRange {
	ranges := slices.Clone(t.ranges)
	slices.SortFunc(ranges, func(a, b dayRange) int { return cmp.Compare(a.from, b.from) })
	var list []dayRange
	for _, r := range ranges {
		if n := len(list); n > 0 && r.from <= list[n-1].to+1+gap {
			list[n-1].to = max(list[n-1].to, r.to)
			continue
		}
		list = append(list, r)
	}
	for len(list) > maxRanges { // close the smallest gap
		best := 1
		for i := 2; i < len(list); i++ {
			if list[i].from-list[i-1].to < list[best].from-list[best-1].to {
				best = i
			}
		}
		list[best-1].to = max(list[best-1].to, list[best].to)
		list = slices.Delete(list, best, best+1)
	}
	return list
}

func (t touched) empty() bool { return len(t.ranges) == 0 && !t.null }

func dateLiteral(day int) string {
	return "date '" + time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) + "'"
}

// where is a condition on a DATE column that pushes down to the scan.
func (r dayRange) where(column string) string {
	if r.to >= lastDay {
		return fmt.Sprintf("%s >= %s", column, dateLiteral(r.from))
	}
	return fmt.Sprintf("%s between %s and %s", column, dateLiteral(r.from), dateLiteral(r.to))
}

func (r dayRange) String() string {
	show := func(d int) string { return strings.Trim(dateLiteral(d)[5:], "'") }
	if r.to >= lastDay {
		return show(r.from) + "…"
	}
	return show(r.from) + "…" + show(r.to)
}
