package warehouse

import "time"

// CountKind says how a source's own count of a window was obtained.
type CountKind string

// The kinds of count, strongest first.
const (
	CountTotal   CountKind = "total"    // the source stated a total for the window
	CountControl CountKind = "control"  // a second, independent query counted it
	CountPageSum CountKind = "page_sum" // the rows of all pages, each page stating its size
	CountNone    CountKind = "none"     // the source gives no count: not proved
)

// Receipt records what the source said of one window and what landed of it. Invariant 3: Read = Landed + Rejected.
type Receipt struct {
	Source      string           `json:"source"`
	Stream      string           `json:"stream"`
	BatchID     string           `json:"batch_id"`
	From        time.Time        `json:"from,omitzero"` // the window, start inclusive
	To          time.Time        `json:"to,omitzero"`   // end exclusive
	CountKind   CountKind        `json:"count_kind"`
	SourceCount *int64           `json:"source_count,omitempty"` // nil when CountKind is none
	Read        int64            `json:"read"`
	Landed      int64            `json:"landed"`
	Rejected    int64            `json:"rejected"`
	Repeated    int64            `json:"repeated"`           // read again on another page, landed once, counted in no other number
	Children    map[string]int64 `json:"children,omitempty"` // rows landed in each child stream
	Cursor      string           `json:"cursor"`             // the cursor after this window
	Files       []string         `json:"files,omitempty"`    // of a source of files: the paths that were read
	Parts       []string         `json:"parts,omitempty"`    // of a stream read once for each account or the like: those that are landed from its start on; where it changes
	Failed      bool             `json:"failed,omitempty"`   // the read failed, whatever its counts: nothing of it landed
	StartedAt   time.Time        `json:"started_at"`
	FinishedAt  time.Time        `json:"finished_at"`
}

// Proved reports whether the source gave a count at all.
func (r Receipt) Proved() bool { return r.CountKind != CountNone && r.SourceCount != nil }

// Agrees reports whether every row the source says it has is accounted for; a receipt that is not proved,
// or of a read that failed, does not agree.
func (r Receipt) Agrees() bool {
	return !r.Failed && r.Proved() && r.Read == r.Landed+r.Rejected && *r.SourceCount == r.Read
}
