package simulate

import (
	"cmp"
	"slices"
	"time"
)

// dirt says what is wrong with a record that a stream serves.
type dirt uint8

const (
	clean     dirt = iota
	duplicate      // the same record again
	stale          // an older version that the platform still serves
	malformed      // no order, no refund: garbage that must be rejected
)

// record is one version of one thing in a stream.
type record struct {
	At    int64 // unix seconds: when this version came to be
	Until int64 // when the next one did; 0: still the newest
	Dirt  dirt
	Key   string
	Thing any
}

func (r record) at() time.Time { return time.Unix(r.At, 0) }

// timeline is all versions of a stream by time.
type timeline struct{ records []record }

// add puts all versions of a thing on the timeline. Stale things keep showing
// their older versions in the window of their own time.
func (t *timeline) add(key string, thing any, changes []time.Time, mark dirt) {
	for i, change := range changes {
		r := record{At: change.Unix(), Key: key, Thing: thing}
		if i+1 < len(changes) {
			r.Until = changes[i+1].Unix()
			if mark == stale {
				r.Dirt = stale
			}
		}
		t.records = append(t.records, r)
		if mark == duplicate {
			r.Dirt = duplicate
			t.records = append(t.records, r)
		}
	}
}

func (t *timeline) sort() {
	slices.SortStableFunc(t.records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Key, b.Key))
	})
}

// visible says whether a record is served at an instant: it has happened and
// nothing newer has, or it is stale.
func (r record) visible(now int64) bool {
	return r.At <= now && (r.Until == 0 || r.Until > now || r.Dirt == stale)
}

// window gives what is served of from..to (both ends included), oldest first.
func (t *timeline) window(from, to, now time.Time) []record {
	start, _ := slices.BinarySearchFunc(t.records, from.Unix(), func(r record, at int64) int { return cmp.Compare(r.At, at) })
	var out []record
	for _, r := range t.records[start:] {
		if r.At > to.Unix() {
			break
		}
		if r.visible(now.Unix()) {
			out = append(out, r)
		}
	}
	return out
}

// count tallies what a reader of everything sees at an instant, by dirt.
func (t *timeline) count(now time.Time) map[dirt]int {
	out := map[dirt]int{}
	for _, r := range t.records {
		if r.visible(now.Unix()) {
			out[r.Dirt]++
		}
	}
	return out
}

// reversed is the newest first.
func reversed(records []record) []record {
	out := slices.Clone(records)
	slices.Reverse(out)
	return out
}
