package whole

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/heliu-data/heliu/simulate"
)

// collector is `heliu serve`, taking the storefront's events.
type collector struct {
	command *exec.Cmd
	url     string
}

// serve starts the collector of a project on a free port; a crash point, if any, kills it.
func (p *project) serve(t *testing.T, crash string) *collector {
	t.Helper()
	if crash != "" {
		p.env["HELIU_TEST_CRASH"] = crash
		defer delete(p.env, "HELIU_TEST_CRASH")
	}
	c := &collector{command: p.command(context.Background(), "serve", "--addr", "127.0.0.1:0", "--project", p.dir)}
	said, err := c.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "Listening on "); found {
			c.url, _, _ = strings.Cut(after, " ")
			break
		}
	}
	if c.url == "" {
		t.Fatalf("the collector does not listen: %v", c.command.Wait())
	}
	return c
}

// stop sends a signal and waits for the end; -1 is the exit code of a kill.
func (c *collector) stop(t *testing.T, signal syscall.Signal) int {
	t.Helper()
	_ = c.command.Process.Signal(signal) // it may have killed itself
	if err := c.command.Wait(); err != nil && c.command.ProcessState == nil {
		t.Fatal(err)
	}
	return c.command.ProcessState.ExitCode()
}

// push posts events as JSON lines and tells whether they were acknowledged.
func (c *collector) push(t *testing.T, token string, events []simulate.Event) bool {
	t.Helper()
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	for _, e := range events {
		if err := encoder.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequest(http.MethodPost, c.url, &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return false // killed before it answered
	}
	defer answer.Body.Close()
	var said struct{ Accepted int }
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return false
	}
	if answer.StatusCode != http.StatusOK || said.Accepted != len(events) {
		t.Fatalf("HTTP %d, %d of %d events accepted", answer.StatusCode, said.Accepted, len(events))
	}
	return true
}

// collect pushes what the storefront's visitors did between two instants, and stops the collector as a service is.
func (p *project) collect(t *testing.T, from, to time.Time) {
	t.Helper()
	c := p.serve(t, "")
	if second := p.do(t, "serve", "--addr", "127.0.0.1:0", "--project", p.dir).want(t, 4); !strings.Contains(second.stderr, "a collector of events, process") {
		t.Errorf("a second collector is not told who holds the lock: %s", second.stderr)
	}
	token := p.environment()["HELIU_DEMO_COLLECT_TOKEN"]
	sent, err := p.company.PushEvents(t.Context(), http.DefaultClient, c.url, token, from, to)
	if err != nil || sent == 0 {
		t.Errorf("%d events pushed: %v", sent, err)
	}
	http.DefaultClient.CloseIdleConnections()
	if code := c.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("the collector ends with exit code %d", code)
	}
}

// collectKilled pushes the same through a collector that is killed again and again: at every point of landing, before it
// has answered, whereupon the client sends the same again; and by kill -9 as soon as it has.
func (p *project) collectKilled(t *testing.T, from, to time.Time) {
	t.Helper()
	points := []string{"extract:1:slice-read", "lake:1:file-open", "lake:2:file-written", "lake:3:file-synced", "lake:4:file-placed", "lake:6:before-swap",
		"lake:7:after-swap", "lake:8:committed", "extract:4:committed"}
	token := p.environment()["HELIU_DEMO_COLLECT_TOKEN"]
	var events []simulate.Event
	for e := range p.company.Events(from, to) {
		events = append(events, e)
	}
	size := len(events)/(len(points)+1) + 1
	if size < 5 {
		t.Fatalf("%d events only", len(events))
	}
	for i := 0; len(events) > 0; i++ {
		batch := events[:min(size, len(events))]
		if i < len(points) {
			c := p.serve(t, points[i])
			if c.push(t, token, batch) {
				t.Errorf("the collector has answered before %s", points[i])
			}
			if code := c.stop(t, syscall.SIGKILL); code != -1 {
				t.Errorf("exit code %d at %s", code, points[i])
			}
		}
		c := p.serve(t, "")
		if !c.push(t, token, batch) {
			t.Error("events that are sent again are not acknowledged")
		}
		c.stop(t, syscall.SIGKILL)
		events = events[len(batch):]
	}
}

// What a killed collector has acknowledged is in the lake, and an event that was sent again counts once.
func TestKilledCollector(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := newProject(t, c)
	p.collectKilled(t, c.now().AddDate(0, 0, -60), c.now())
	acknowledged := map[string]int{}
	for e := range c.Events(c.now().AddDate(0, 0, -60), c.now()) {
		acknowledged[e.EventID]++
	}
	if got := p.landed(t, "site.events"); len(got) != len(acknowledged) {
		t.Errorf("%d events are in the lake, %d were acknowledged", len(got), len(acknowledged))
	}
	p.do(t, "build", "entity.touch", "--project", p.dir).want(t, 0)
	counts := rows(t, p.warehouse(t), "select count(*), count(distinct touch_id) from entity.touch")
	if want := fmt.Sprint(len(acknowledged)); counts[0][0] != want || counts[0][1] != want {
		t.Errorf("%v touches and ids of touches, want %s", counts, want)
	}
}
