package whole

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heliu-data/heliu/simulate"
)

// firstDay is the instant of a company's first run; its company has a week of history still to come.
const firstDay = "2026-06-26T02:00:00+08:00"

// company is the sample company behind its servers, with a clock that only the test moves.
type company struct {
	*simulate.Company
	url      string
	clock    atomic.Pointer[time.Time]
	mornings []time.Time // all that the clock has shown since it was set
	server   *httptest.Server
	spoilt   sync.Map // simulate.FaultKind of an answer that was spoilt -> true
}

// newCompany opens a tiny company on loopback, at firstDay, with what goes wrong on the way.
func newCompany(t *testing.T, faults ...simulate.Fault) *company {
	t.Helper()
	opts := simulate.Tiny()
	opts.Faults = faults
	return openCompany(t, opts)
}

func openCompany(t *testing.T, opts simulate.Options) *company {
	t.Helper()
	watch(t)
	c := &company{}
	opts.Shown = func(kind simulate.FaultKind) { c.spoilt.Store(kind, true) }
	made, err := simulate.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	c.Company = made
	c.wakeAt(t, firstDay)
	c.server = httptest.NewServer(made.Handler(c.now))
	t.Cleanup(c.server.Close)
	c.url = c.server.URL
	return c
}

// showed tells whether a fault of that kind has spoilt an answer.
func (c *company) showed(kind simulate.FaultKind) bool {
	_, shown := c.spoilt.Load(kind)
	return shown
}

func (c *company) now() time.Time { return *c.clock.Load() }

// wakeAt sets the clock to an instant (RFC 3339), with which the mornings begin anew.
func (c *company) wakeAt(t *testing.T, text string) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Store(&now)
	c.mornings = []time.Time{now}
}

// sleep lets whole days pass.
func (c *company) sleep(days int) {
	next := c.now().AddDate(0, 0, days)
	c.clock.Store(&next)
	c.mornings = append(c.mornings, next)
}

// serveWith puts another handler between the company and its callers.
func (c *company) serveWith(t *testing.T, wrap func(http.Handler) http.Handler) {
	t.Helper()
	server := httptest.NewServer(wrap(c.Handler(c.now)))
	t.Cleanup(server.Close)
	c.url = server.URL
}

// watch looks into every folder that the program is made of: go test takes a result from its cache as long as nothing has
// changed that a test itself looked at, and the program is built by another process.
func watch(t *testing.T) {
	t.Helper()
	for _, room := range []string{"cmd", "extract", "internal", "models", "pipelines", "publish", "sql", "transform", "warehouse"} {
		err := filepath.WalkDir(filepath.Join("..", "..", room), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
