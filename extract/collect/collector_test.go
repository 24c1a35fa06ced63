package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a collector whose timer the test fires.
type bench struct {
	*Collector
	timer chan time.Time
}

func newBench(t *testing.T, cfg Config) *bench {
	t.Helper()
	b := &bench{timer: make(chan time.Time)}
	cfg.Token, cfg.Now, cfg.After = "tok", func() time.Time { return now }, func(time.Duration) <-chan time.Time { return b.timer }
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Collector = c
	return b
}

// run runs the collector and stops it when the test ends.
func (b *bench) run(t *testing.T, s Source) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- b.Run(context.Background(), s) }()
	t.Cleanup(func() {
		b.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (b *bench) post(body, token string) (int, string, http.Header) {
	req := httptest.NewRequest(http.MethodPost, "/collect", strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, req)
	return w.Code, strings.TrimSpace(w.Body.String()), w.Header()
}

// memory is a source that keeps what it reads.
type memory struct {
	mu     sync.Mutex
	reader extract.Reader
	cursor string
	landed []string
	commit int
	fail   error
	begun  chan struct{} // if not nil, a read says here that it began
	hold   chan struct{} // and waits for this
}

func (m *memory) Read(ctx context.Context, _ string, _ extract.Options) ([]warehouse.Receipt, error) {
	if m.hold != nil {
		m.begun <- struct{}{}
		<-m.hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	out, err := m.reader.Read(ctx, extract.Slice{Cursor: m.cursor, Now: now}, func(p extract.Page) error {
		for _, r := range p.JSON {
			m.landed = append(m.landed, string(r))
		}
		return nil
	})
	if err == nil && !out.Empty {
		m.cursor = out.Cursor
		m.commit++
	}
	return nil, err
}

func (b *bench) memory(t *testing.T) *memory {
	t.Helper()
	r, err := b.Kind().Open(extract.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	return &memory{reader: r}
}

func one(id string) string {
	return fmt.Sprintf(`{"event_id":%q,"kind":"visit","at":"2026-03-01T11:59:00Z","visitor_id":"v1"}`, id)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{BatchSize: 1, MaxEvents: 3, MaxBody: 2000})
	m := b.memory(t)
	b.run(t, m)
	for _, c := range []struct {
		name, body, token string
		status            int
		want              string
	}{
		{"one", one("a"), "tok", 200, `{"accepted":1}`},
		{"again", one("a"), "tok", 200, `{"accepted":1}`},
		{"array", "[" + one("b") + "," + one("c") + "]", "tok", 200, `{"accepted":2}`},
		{"lines", one("d") + "\n\n" + one("e") + "\n", "tok", 200, `{"accepted":2}`},
		{"half", one("f") + "\n{\"event_id\":\"g\"", "tok", 422, `{"accepted":1,"refused":[{"index":1,"reason":"the event is no JSON object: unexpected end of JSON input"}]}`},
		{"no id", `{"kind":"visit"}`, "tok", 422, `{"accepted":0,"refused":[{"index":0,"reason":"event_id is missing: a text that no other event has"}]}`},
		{"case", strings.Replace(one("h"), "kind", "Kind", 1), "tok", 422, `{"accepted":0,"refused":[{"index":0,"event_id":"h","reason":"kind is missing; allowed are visit, ad_click, live_view, video_view, add_to_cart, checkout"}]}`},
		{"number as id", `{"event_id":7}`, "tok", 422, `{"accepted":0,"refused":[{"index":0,"reason":"event_id is missing: a text that no other event has"}]}`},
		{"future", strings.Replace(one("i"), "2026-03-01", "2027-03-01", 1), "tok", 422, `{"accepted":0,"refused":[{"index":0,"event_id":"i","reason":"at is in the future"}]}`},
		{"no zone", strings.Replace(one("j"), "00Z", "00", 1), "tok", 422, `{"accepted":0,"refused":[{"index":0,"event_id":"j","reason":"at is \"2026-03-01T11:59:00\"; write an instant with its zone, 2026-01-31T08:00:00+08:00"}]}`},
		{"nobody", strings.Replace(one("k"), `"v1"`, `""`, 1), "tok", 422, `{"accepted":0,"refused":[{"index":0,"event_id":"k","reason":"visitor_id or customer_id is missing"}]}`},
		{"not utf-8", strings.Replace(one("l"), "v1", "v\xff", 1), "tok", 422, `{"accepted":0,"refused":[{"index":0,"reason":"the event is not UTF-8"}]}`},
		{"empty", " \n", "tok", 400, `{"accepted":0,"error":"the body is empty"}`},
		{"broken array", "[{", "tok", 400, `{"accepted":0,"error":"the body is no JSON array: unexpected end of JSON input"}`},
		{"too many", strings.Repeat(one("m")+"\n", 4), "tok", 413, `{"accepted":0,"error":"a request has at most 3 events"}`},
		{"too large", strings.Repeat(" ", 3000), "tok", 413, `{"accepted":0,"error":"a request has at most 2000 bytes"}`},
		{"wrong token", one("n"), "tok2", 401, `{"accepted":0,"error":"the bearer token is missing or wrong"}`},
	} {
		status, body, _ := b.post(c.body, c.token)
		if status != c.status || body != c.want {
			t.Errorf("%s: %d %s\nwant %d %s", c.name, status, body, c.status, c.want)
		}
	}
	if d := cmp.Diff([]string{one("a"), one("b"), one("c"), one("d"), one("e"), one("f")}, m.landed); d != "" {
		t.Errorf("landed (-want +got):\n%s", d)
	}
}

// Requests that come while a batch is landed share the next one, and none is answered before its batch is durable.
func TestAnswersWhenDurable(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{BatchSize: 1, MaxWaiting: 3})
	m := b.memory(t)
	m.begun, m.hold = make(chan struct{}), make(chan struct{})
	b.run(t, m)
	answered := make(chan int, 10)
	post := func(id string) { status, _, _ := b.post(one(id), "tok"); answered <- status }
	waitFor := func(n int) {
		for {
			b.mu.Lock()
			got := b.events
			b.mu.Unlock()
			if got == n {
				return
			}
		}
	}
	go post("a")
	<-m.begun // the first batch is being landed
	for _, id := range []string{"b", "c", "d"} {
		go post(id)
	}
	waitFor(3)
	if status, body, header := b.post(one("e"), "tok"); status != 503 || header.Get("Retry-After") != "1" {
		t.Errorf("a full queue: %d %s %v", status, body, header)
	}
	select {
	case status := <-answered:
		t.Errorf("answered %d before the batch was durable", status)
	default:
	}
	m.hold <- struct{}{}
	<-m.begun
	m.hold <- struct{}{}
	for range 4 {
		if status := <-answered; status != 200 {
			t.Errorf("answered %d", status)
		}
	}
	if m.commit != 2 || len(m.landed) != 4 {
		t.Errorf("%d commits, %d events", m.commit, len(m.landed))
	}
}

func TestTimeFillsABatch(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{BatchSize: 100})
	m := b.memory(t)
	b.run(t, m)
	answered := make(chan int, 1)
	go func() { status, _, _ := b.post(one("a"), "tok"); answered <- status }()
	b.timer <- now
	if status := <-answered; status != 200 || len(m.landed) != 1 {
		t.Errorf("answered %d, landed %d", status, len(m.landed))
	}
}

func TestAFailedBatchIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{BatchSize: 1})
	m := b.memory(t)
	m.fail = errors.New("disk full at secret/path")
	b.run(t, m)
	status, body, header := b.post(one("a"), "tok")
	if status != 503 || header.Get("Retry-After") == "" || strings.Contains(body, "disk") {
		t.Errorf("%d %s", status, body)
	}
	m.mu.Lock()
	m.fail = nil
	m.mu.Unlock()
	if status, _, _ := b.post(one("a"), "tok"); status != 200 || len(m.landed) != 1 {
		t.Errorf("sent again: %d, landed %d", status, len(m.landed))
	}
}

// Closing lands what waits and refuses what comes after.
func TestClose(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{BatchSize: 100})
	m := b.memory(t)
	done, err := b.put([]event{{id: "a", text: []byte(one("a"))}})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	if err := b.Run(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || len(m.landed) != 1 {
		t.Errorf("%v, landed %v", err, m.landed)
	}
	if status, _, _ := b.post(one("b"), "tok"); status != 503 {
		t.Errorf("after closing: %d", status)
	}
}

// The whole way, through the connector into a lake: personal values are hashed, and an event sent again after a restart
// stands under the same key.
func TestIntoTheLake(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Location: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 {
		b := newBench(t, Config{BatchSize: 1})
		s, err := extract.Open(extract.Config{Name: "site", Connector: "events", Settings: map[string]any{"token": "tok"}},
			extract.Deps{Lake: l, Kinds: []extract.Kind{b.Kind()}, Now: func() time.Time { return now }, PersonalKey: []byte("key")})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx, s) }()
		status, body, _ := b.post(strings.Replace(one("a"), `"visitor_id"`, `"phone":"13800000000","visitor_id"`, 1), "tok")
		if status != 200 {
			t.Fatal(status, body)
		}
		b.Close()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	table, err := l.Table(ctx, "raw.site__events")
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := table.Receipts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(receipts) != 2 || !receipts[0].Agrees() || !receipts[1].Agrees() || receipts[0].BatchID == receipts[1].BatchID {
		t.Errorf("receipts %+v", receipts)
	}
}

func TestSizeOfAnAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	req := httptest.NewRequest(http.MethodGet, "/collect", http.NoBody)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, req)
	if body, err := io.ReadAll(w.Body); w.Code != 405 || err != nil || len(body) == 0 {
		t.Errorf("GET: %d %s %v", w.Code, body, err)
	}
}
