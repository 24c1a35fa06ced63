package trino

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a coordinator that answers as the test tells it to.
type fake struct {
	t      *testing.T
	server *httptest.Server
	// answer gives the n-th response (from 0 for the one to its submission) to the k-th submission of a statement.
	answer func(k, n int) answer

	mu        sync.Mutex
	submitted []string // statements, without those of Open
	polls     int
	stopped   []string // ids
	waits     []time.Duration
	headers   http.Header // of the last submission
}

// answer is one response.
type answer struct {
	status int    // 0: 200
	broken bool   // the line breaks before the response
	text   string // in place of what follows
	data   string // JSON of the rows, "" for none; Trino sends none with its first response
	err    string // Trino's name of an error
	more   bool   // there is a next response
	update int64
}

func coordinator(t *testing.T, answers func(k, n int) answer) *fake {
	f := &fake{t: t, answer: answers}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	k, n := len(f.submitted), 0
	switch {
	case strings.Contains(string(body), "system.metadata.catalogs"):
		f.write(w, "catalogs", 0, answer{more: true})
		return
	case r.URL.Path == "/v1/statement/catalogs/1":
		f.write(w, "catalogs", 1, answer{data: `[["lake","iceberg"],["system","system"]]`})
		return
	case r.Method == http.MethodPost:
		f.headers = r.Header
		f.submitted = append(f.submitted, string(body))
	default:
		if _, err := fmt.Sscanf(r.URL.Path, "/v1/statement/q%d/%d", &k, &n); err != nil && r.Method != http.MethodDelete {
			f.t.Errorf("%s %s", r.Method, r.URL)
		}
		if r.Method == http.MethodDelete {
			f.stopped = append(f.stopped, r.URL.Path)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		f.polls++
	}
	f.write(w, fmt.Sprintf("q%d", k), n, f.answer(k, n))
}

func (f *fake) write(w http.ResponseWriter, id string, n int, a answer) {
	switch {
	case a.broken:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			f.t.Error(err)
		}
		_ = conn.Close() // that is the point
		return
	case a.status != 0:
		http.Error(w, a.text, a.status)
		return
	case a.text != "":
		_, _ = io.WriteString(w, a.text) // the client notices
		return
	}
	m := map[string]any{"id": id, "infoUri": f.server.URL, "stats": map[string]any{"state": "RUNNING", "processedRows": 10 * (n + 1), "cpuTimeMillis": 1}, "updateCount": a.update}
	if a.more {
		m["nextUri"] = fmt.Sprintf("%s/v1/statement/%s/%d", f.server.URL, id, n+1)
	}
	if a.data != "" {
		m["data"] = json.RawMessage(a.data)
		text := map[string]any{"rawType": "varchar", "arguments": []any{}}
		m["columns"] = []any{map[string]any{"name": "a", "type": "varchar", "typeSignature": text}, map[string]any{"name": "b", "type": "varchar", "typeSignature": text}}
	}
	if a.err != "" {
		m["error"] = map[string]any{"message": "it is so", "errorName": a.err, "errorType": "INTERNAL_ERROR", "errorCode": 1}
	}
	if err := json.NewEncoder(w).Encode(m); err != nil {
		f.t.Error(err)
	}
}

// times is how many statements were submitted.
func (f *fake) times() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.submitted) }

// open connects to the coordinator; waiting takes no time and is written down.
func (f *fake) open(change func(*Config)) *Engine {
	f.t.Helper()
	cfg := Config{Address: "trino://ann@" + strings.TrimPrefix(f.server.URL, "http://") + "/lake", Wait: func(ctx context.Context, d time.Duration) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.waits = append(f.waits, d)
		return ctx.Err()
	}}
	if change != nil {
		change(&cfg)
	}
	e, err := Open(context.Background(), cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = e.Close() })
	return e
}
