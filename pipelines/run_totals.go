package pipelines

import (
	"cmp"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/warehouse"
)

// StreamTotal sums a stream's receipts of one run.
type StreamTotal struct {
	Source, Stream string
	Kind           warehouse.CountKind // the weakest of its windows
	Windows        int
	SourceCount    int64 // what the source said, over all windows; only if Proved
	Read           int64
	Landed         int64
	Rejected       int64
	Proved         bool // every window was counted by the source
	Failed         bool // reading it failed; the windows before are counted
}

// Totals sums the receipts by stream, in order; streams with nothing new are listed with no window.
func (x Extraction) Totals() []StreamTotal {
	var list []StreamTotal
	at := map[string]int{}
	find := func(source, stream string) *StreamTotal {
		i, known := at[source+"."+stream]
		if !known {
			i = len(list)
			at[source+"."+stream] = i
			list = append(list, StreamTotal{Source: source, Stream: stream, Proved: true})
		}
		return &list[i]
	}
	for _, name := range x.Streams {
		source, stream, _ := strings.Cut(name, ".")
		t := find(source, stream)
		t.Failed = x.Failed["raw."+source+"__"+stream] != nil
	}
	strength := []warehouse.CountKind{"", warehouse.CountTotal, warehouse.CountControl, warehouse.CountPageSum, warehouse.CountNone}
	for _, r := range x.Receipts {
		t := find(r.Source, r.Stream)
		t.Windows++
		t.Read, t.Landed, t.Rejected = t.Read+r.Read, t.Landed+r.Landed, t.Rejected+r.Rejected
		if slices.Index(strength, r.CountKind) > slices.Index(strength, t.Kind) {
			t.Kind = r.CountKind
		}
		if r.Proved() {
			t.SourceCount += *r.SourceCount
		} else {
			t.Proved = false
		}
	}
	slices.SortFunc(list, func(a, b StreamTotal) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Stream, b.Stream))
	})
	return list
}

// FailedAudits is the number of audits that found bad rows or could not run.
func (r *Result) FailedAudits() int {
	n := 0
	for _, a := range r.Audits {
		if !a.Passed() {
			n++
		}
	}
	return n
}

// FirstMart names a mart to look at: campaign_roi or sales_daily where it has rows, else the first that has, else the first.
func (r *Result) FirstMart() string {
	for _, name := range []string{"mart.campaign_roi", "mart.sales_daily", ""} {
		for _, h := range r.Headlines {
			if h.Rows > 0 && (h.Table == name || name == "") {
				return h.Table
			}
		}
	}
	if len(r.Headlines) > 0 {
		return r.Headlines[0].Table
	}
	return "ops.publication"
}

// Rejected is the number of records that were read and could not be landed.
func (x Extraction) Rejected() (n int64) {
	for _, r := range x.Receipts {
		n += r.Rejected
	}
	return n
}
