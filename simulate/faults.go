package simulate

import (
	"reflect"
	"slices"
	"sync"
	"time"
)

// FaultKind names one thing that goes wrong.
type FaultKind string

// The faults a server can show. Each stands for Fault.Times requests.
const (
	FaultHTTP500     FaultKind = "http500"      // status 500, JSON body
	FaultHTTP429     FaultKind = "http429"      // status 429 with Retry-After
	FaultThrottled   FaultKind = "throttled"    // status 200, the vendor's own code for too many calls
	FaultErrorBody   FaultKind = "error_body"   // status 200, the vendor's own code for a broken server
	FaultHTML        FaultKind = "html"         // status 200, an HTML page
	FaultTruncated   FaultKind = "truncated"    // status 200, half of the JSON
	FaultCutOff      FaultKind = "cut_off"      // the connection closes in the middle of the body
	FaultExpired     FaultKind = "expired"      // the token dies: vendor's own code until it is refreshed
	FaultHTTP401     FaultKind = "http401"      // the token dies: status 401 until it is refreshed
	FaultRepeatPage  FaultKind = "repeat_page"  // the page that was served before, again
	FaultShortPage   FaultKind = "short_page"   // half of the page's records, counts unchanged
	FaultLyingCount  FaultKind = "lying_count"  // the total is three too many
	FaultSlow        FaultKind = "slow"         // the answer comes after Fault.Delay
	FaultEmptyAnswer FaultKind = "empty_answer" // status 200, no body at all
)

// Fault is something that goes wrong on the way, a given number of times.
type Fault struct {
	// Stream is "<vendor>/<call>": "taobao/taobao.trades.sold.increment.get",
	// "oceanengine/v3.0/report/custom/get", "jushuitan/orders/single/query".
	// Empty means any stream.
	Stream string
	Kind   FaultKind
	// Skip lets that many requests of the stream pass first.
	Skip int
	// Times is how many requests are spoilt. 0 means 1. A request that the kind
	// cannot spoil, such as a short page without records, does not count.
	Times int
	// RetryAfter is what a 429 asks for, in whole seconds. 0 means 1 s.
	RetryAfter time.Duration
	// Delay is how long a slow answer takes.
	Delay time.Duration

	place int // in the handler's list
}

// faultState counts down the faults of one handler.
type faultState struct {
	mu     sync.Mutex
	faults []Fault
	pages  map[string][]record // what was served before, by stream
	shown  func(FaultKind)
}

func newFaultState(faults []Fault, shown func(FaultKind)) *faultState {
	own := slices.Clone(faults)
	for i := range own {
		own[i].place = i
		if own[i].Times == 0 {
			own[i].Times = 1
		}
		if own[i].RetryAfter == 0 {
			own[i].RetryAfter = time.Second
		}
	}
	return &faultState{faults: own, pages: map[string][]record{}, shown: shown}
}

// shows tells that an answer was spoilt.
func (s *faultState) shows(kind FaultKind) {
	if s.shown != nil {
		s.shown(kind)
	}
}

// take gives the fault that this request shows, if any.
func (s *faultState) take(stream string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if f.Times == 0 || (f.Stream != "" && f.Stream != stream) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Times--
		return *f
	}
	return Fault{}
}

// page cuts one page (numbered from 0) out of the records and applies the
// faults that concern pages. It gives the page and the total the server states.
func (s *faultState) page(stream string, fault Fault, all []record, number, size int) ([]record, int) {
	from, to := min(len(all), number*size), min(len(all), (number+1)*size)
	rows, total := all[from:to], len(all)
	s.mu.Lock()
	defer s.mu.Unlock()
	spoilt := true
	switch before := s.pages[stream]; fault.Kind {
	case FaultRepeatPage:
		spoilt = before != nil && (len(rows) != len(before) || len(rows) > 0 && !reflect.DeepEqual(rows, before))
		if spoilt {
			rows = before
		}
	case FaultShortPage:
		spoilt = len(rows) > 0
		rows = rows[:len(rows)/2]
	case FaultLyingCount:
		total += 3
	default:
		return s.served(stream, rows), total
	}
	if spoilt {
		s.shows(fault.Kind)
	} else {
		s.faults[fault.place].Times++
	}
	return s.served(stream, rows), total
}

// served remembers a page for the next one that is to repeat it.
func (s *faultState) served(stream string, rows []record) []record {
	s.pages[stream] = rows
	return rows
}
