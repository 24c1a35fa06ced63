package pipelines

import (
	"slices"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// Status says what became of a step.
type Status string

// The states of a step.
const (
	Built     Status = "built"     // computed, and its tables changed
	Unchanged Status = "unchanged" // computed or looked at; its tables are what they were
	Skipped   Status = "skipped"   // same definition, same inputs
	Failed    Status = "failed"    // see Err; its tables are what they were
	Blocked   Status = "blocked"   // not tried, because a step it depends on failed
)

// StepRecord says what a build did with one step.
type StepRecord struct {
	Name   string
	Status Status
	Mode   string         // full, days, keys, append, view
	Why    string         // "new", "definition changed", "input star.fct_order changed"
	Ranges []string       // days rebuilt, "2026-06-28…2026-07-01"
	Keys   int64          // keys rebuilt
	Rows   int64          // rows written to the table that names the step
	Was    int64          // the version of its tables before,
	Became int64          // and after
	Cost   warehouse.Cost // of its statements
	// Of an entity: raw rows taken, of which so many broke no rule and so many did (invariant 3).
	Conformed, Accepted, Quarantined int64
	Attempts                         int
	Started                          time.Time // by the builder's clock
	Seconds                          float64
	Notes                            []string
	Err                              error
}

// Report is what a build did.
type Report struct {
	Steps []StepRecord // in graph order
}

// days are the days, as of [StepRecord.Ranges], in which two versions of a step's tables differ; none when the build did not
// change them by days from the one to the other. There need be no report.
func (r *Report) days(step string, from, to int64) []string {
	if r == nil {
		return nil
	}
	i := slices.IndexFunc(r.Steps, func(s StepRecord) bool { return s.Name == step })
	if i < 0 || r.Steps[i].Status != Built || r.Steps[i].Mode != "days" || r.Steps[i].Was != from || r.Steps[i].Became != to {
		return nil
	}
	return r.Steps[i].Ranges
}

// Count is the number of steps with the status.
func (r *Report) Count(s Status) int {
	n := 0
	for _, step := range r.Steps {
		if step.Status == s {
			n++
		}
	}
	return n
}

// Event tells of a step that began or ended, or how far it is; Record.Status is empty until it ends.
type Event struct {
	Record  StepRecord
	Working *warehouse.Working // of the statement that is running; nil when the step began or ended
	Done    int                // steps that ended, this one included
	Total   int
}
