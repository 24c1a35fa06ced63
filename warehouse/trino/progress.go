package trino

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// Stats is what Trino says of a statement: while it runs, or when it is over.
type Stats struct {
	QueryID            string        // as the cluster's own pages show it; "" before the cluster took the statement
	State              string        // QUEUED, PLANNING, RUNNING, FINISHING, FINISHED, FAILED …
	Done, Splits       int           // pieces of work done, and known so far
	Rows, Bytes        int64         // read from tables so far
	PhysicalInputBytes int64         // read from storage
	WrittenBytes       int64         // written to storage
	PeakMemory         int64         // bytes, over all nodes
	CPU                time.Duration // over all nodes
	Waited             time.Duration // what the program waited for responses to its requests
}

// Meter adds up what statements cost. It is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	total Stats
	last  Stats
	count int
}

type meterKey struct{}

// WithMeter makes every statement that runs with the returned context count in m when it is over.
func WithMeter(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// Total is the sum over the statements that are over; PeakMemory is the largest of them. It has no QueryID and State.
func (m *Meter) Total() Stats { m.mu.Lock(); defer m.mu.Unlock(); return m.total }

// Last is what the statement that ended last cost.
func (m *Meter) Last() Stats { m.mu.Lock(); defer m.mu.Unlock(); return m.last }

// Count is how many statements are over; one that was tried again counts each time.
func (m *Meter) Count() int { m.mu.Lock(); defer m.mu.Unlock(); return m.count }

func (m *Meter) add(s Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last, m.count = s, m.count+1
	t := &m.total
	t.Done += s.Done
	t.Splits += s.Splits
	t.Rows += s.Rows
	t.Bytes += s.Bytes
	t.PhysicalInputBytes += s.PhysicalInputBytes
	t.WrittenBytes += s.WrittenBytes
	t.PeakMemory = max(t.PeakMemory, s.PeakMemory)
	t.CPU += s.CPU
	t.Waited += s.Waited
}

// call is one statement on its way through the cluster: what its responses said of it.
type call struct {
	progress func(Stats)
	every    time.Duration
	now      func() time.Time
	meter    *Meter

	mu     sync.Mutex
	waited time.Duration
	stats  Stats
	next   string // where its next response is; "" when it is over
	told   time.Time
	ended  bool
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// envelope is a response without its rows.
type envelope struct {
	ID    string `json:"id"`
	Next  string `json:"nextUri"`
	Stats struct {
		State                string `json:"state"`
		TotalSplits          int    `json:"totalSplits"`
		CompletedSplits      int    `json:"completedSplits"`
		CPUTimeMillis        int64  `json:"cpuTimeMillis"`
		ProcessedRows        int64  `json:"processedRows"`
		ProcessedBytes       int64  `json:"processedBytes"`
		PhysicalInputBytes   int64  `json:"physicalInputBytes"`
		PhysicalWrittenBytes int64  `json:"physicalWrittenBytes"`
		PeakMemoryBytes      int64  `json:"peakMemoryBytes"`
	} `json:"stats"`
}

// saw takes in a response, without its rows, and tells the progress when it is time.
func (c *call) saw(response []byte) {
	var e envelope
	if err := json.Unmarshal(response, &e); err != nil || e.ID == "" {
		return // the driver reads the same response and says what is wrong with it
	}
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	s := e.Stats
	c.mu.Lock()
	c.next = e.Next
	c.stats = Stats{QueryID: e.ID, State: s.State, Done: s.CompletedSplits, Splits: s.TotalSplits, Rows: s.ProcessedRows, Bytes: s.ProcessedBytes,
		PhysicalInputBytes: s.PhysicalInputBytes, WrittenBytes: s.PhysicalWrittenBytes, PeakMemory: s.PeakMemoryBytes,
		CPU: ms(s.CPUTimeMillis)}
	now, stats := c.now(), c.stats
	tell := c.progress != nil && !c.ended && now.Sub(c.told) >= c.every
	if tell {
		c.told = now
	}
	c.mu.Unlock()
	if tell {
		c.progress(stats)
	}
}

// sent begins to count what a request waits for its response; it waits no more when the function is called that it gives.
func (c *call) sent() (answered func()) {
	if c == nil {
		return func() {}
	}
	begun := c.now()
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.waited += c.now().Sub(begun)
	}
}

// end says that no more is heard of the statement, and counts it. It does so once.
func (c *call) end() {
	c.mu.Lock()
	ended, stats := c.ended, c.stats
	stats.Waited = c.waited
	c.ended = true
	c.mu.Unlock()
	if !ended && c.meter != nil {
		c.meter.add(stats)
	}
}

func (c *call) state() (s Stats, next string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats, c.next
}

// skimmer copies a response as it passes, all but its rows: the value of the key "data" of the outermost object.
type skimmer struct {
	kept     []byte
	depth    int
	inString bool
	escaped  bool
	key      []byte // the last string at depth 1
	skip     bool   // within the value of "data"
	whole    bool   // the outermost object has been closed
}

func (s *skimmer) write(p []byte) {
	from := 0 // of what is not yet kept
	for i := 0; i < len(p); i++ {
		b := p[i]
		switch {
		case s.escaped:
			s.escaped = false
			continue
		case s.inString && s.depth > 1: // most of what comes
			for i < len(p)-1 && p[i] != '"' && p[i] != '\\' {
				i++
			}
			s.inString, s.escaped = p[i] != '"', p[i] == '\\'
			continue
		case s.inString:
			if s.inString, s.escaped = b != '"', b == '\\'; len(s.key) < 8 && s.inString {
				s.key = append(s.key, b)
			}
			continue
		}
		switch b {
		case '"':
			if s.inString = true; s.depth == 1 {
				s.key = s.key[:0]
			}
		case '{', '[':
			s.depth++
		case '}', ']':
			s.depth--
			s.whole = s.whole || s.depth == 0
		}
		switch {
		case s.depth > 1:
		case b == ':' && string(s.key) == "data":
			s.kept = append(s.kept, p[from:i+1]...)
			s.skip = true
		case s.skip && (b == ',' || s.whole):
			s.kept = append(s.kept, "null"...)
			s.skip, from = false, i
		}
	}
	if !s.skip {
		s.kept = append(s.kept, p[from:]...)
	}
}
