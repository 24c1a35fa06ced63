package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// Config says how events are taken. What is zero gets the value in brackets.
type Config struct {
	Stream string // the stream of the source (events)
	Token  string // the bearer token that clients send; required

	MaxBody    int64         // bytes of a request (1 MB)
	MaxEvents  int           // events of a request (1,000)
	MaxWaiting int           // events that wait for their batch; beyond them clients are told to come back (20,000)
	BatchSize  int           // a batch is landed when so many events wait (2,000)
	BatchWait  time.Duration // or when the first of them has waited so long (250 ms)
	Remember   int           // ids of landed events that are known again (200,000)

	Now   func() time.Time                       // required
	After func(d time.Duration) <-chan time.Time // a timer; required
}

// Source is what a collector lands with: an opened [extract.Source] whose kinds hold the collector's own Kind.
type Source interface {
	Read(ctx context.Context, stream string, opts extract.Options) ([]warehouse.Receipt, error)
}

// errBusy tells a client to come back; errClosed that the collector is going down.
var (
	errBusy   = errors.New("too many events wait to be landed")
	errClosed = errors.New("the collector is stopping")
)

// Collector takes events over HTTP and lands them. Make one with [New], open the source with its [Collector.Kind] among
// the kinds, then call [Collector.Run].
type Collector struct {
	cfg    Config
	box    *inbox
	wake   chan struct{} // something waits, or the collector is closed
	mu     sync.Mutex
	queue  []waiting
	events int
	closed bool
	known  map[string]bool // ids of landed events
	order  []string        // those ids, the oldest first
}

// waiting is a request's events; done gets the outcome of their batch.
type waiting struct {
	events []event
	done   chan error
}

// New makes a collector that is not running yet.
func New(cfg Config) (*Collector, error) {
	if cfg.Token == "" {
		return nil, errors.New("the collector needs a token: without one anybody could write events")
	}
	if cfg.Now == nil || cfg.After == nil {
		return nil, errors.New("the collector needs a clock and a timer")
	}
	if cfg.Stream == "" {
		cfg.Stream = "events"
	}
	fill(&cfg.MaxBody, 1<<20)
	fill(&cfg.MaxEvents, 1000)
	fill(&cfg.MaxWaiting, 20_000)
	fill(&cfg.BatchSize, 2000)
	fill(&cfg.BatchWait, 250*time.Millisecond)
	fill(&cfg.Remember, 200_000)
	return &Collector{cfg: cfg, box: &inbox{}, wake: make(chan struct{}, 1), known: map[string]bool{}}, nil
}

func fill[T ~int | ~int64](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// Kind is the way in that reads what this collector has taken.
func (c *Collector) Kind() extract.Kind { return kind(c.box) }

// Run lands batches into the source until the context ends or [Collector.Close] is called; then it lands what still
// waits and returns. The context given to Run must outlive the requests that are to be answered.
func (c *Collector) Run(ctx context.Context, s Source) error {
	for {
		select {
		case <-ctx.Done():
			c.fail(ctx.Err())
			return ctx.Err()
		case <-c.wake:
		}
		batch, closed := c.gather(ctx)
		if len(batch) > 0 {
			c.land(ctx, s, batch)
		}
		if closed && c.empty() {
			return nil
		}
	}
}

// Close refuses new events; Run lands those that wait and then returns.
func (c *Collector) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.signal()
}

// put adds a request's events to the queue.
func (c *Collector) put(events []event) (<-chan error, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	if c.events+len(events) > c.cfg.MaxWaiting {
		return nil, errBusy
	}
	w := waiting{events: events, done: make(chan error, 1)}
	c.queue, c.events = append(c.queue, w), c.events+len(events)
	c.signal()
	return w.done, nil
}

func (c *Collector) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// gather waits until a batch is full, has waited long enough, or the collector is closed, and takes the queue.
func (c *Collector) gather(ctx context.Context) ([]waiting, bool) {
	timer := c.cfg.After(c.cfg.BatchWait)
	for {
		c.mu.Lock()
		full, closed := c.events >= c.cfg.BatchSize, c.closed
		c.mu.Unlock()
		if full || closed {
			break
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-timer:
			return c.take(), false
		case <-c.wake:
		}
	}
	batch := c.take()
	c.mu.Lock()
	defer c.mu.Unlock()
	return batch, c.closed
}

func (c *Collector) take() []waiting {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.queue
	c.queue, c.events = nil, 0
	return batch
}

func (c *Collector) empty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue) == 0
}

// land commits a batch and tells everybody who waits for it. Events that were landed before are not landed again.
func (c *Collector) land(ctx context.Context, s Source, batch []waiting) {
	var fresh []string
	digest := sha256.New()
	seen := map[string]bool{}
	c.box.events = nil
	for _, w := range batch {
		for _, e := range w.events {
			if !c.known[e.id] && !seen[e.id] {
				seen[e.id] = true
				fresh = append(fresh, e.id)
				fmt.Fprintf(digest, "%d %s", len(e.text), e.text)
				c.box.events = append(c.box.events, e.text)
			}
		}
	}
	var err error
	if len(fresh) > 0 {
		c.box.received = c.cfg.Now()
		_, err = s.Read(ctx, c.cfg.Stream, extract.Options{Holds: hex.EncodeToString(digest.Sum(nil))})
		c.box.events = nil
	}
	if err == nil {
		c.remember(fresh)
	}
	for _, w := range batch {
		w.done <- err
	}
}

func (c *Collector) remember(ids []string) {
	for _, id := range ids {
		c.known[id] = true
	}
	c.order = append(c.order, ids...)
	if old := len(c.order) - c.cfg.Remember; old > 0 {
		for _, id := range c.order[:old] {
			delete(c.known, id)
		}
		c.order = append([]string(nil), c.order[old:]...)
	}
}

// fail tells everybody who waits that their events were not landed.
func (c *Collector) fail(err error) {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	for _, w := range c.take() {
		w.done <- err
	}
}
