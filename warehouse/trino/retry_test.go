package trino

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	read  = "-- the sum\nselect a, b from t"
	write = "insert into t select * from s"
)

// drain runs a statement to its end.
func drain(ctx context.Context, e *Engine, statement string) (rows int, err error) {
	r, err := e.rows(ctx, statement)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		rows++
	}
	return rows, r.Err()
}

// TestAgain says what is tried again, and how often the statement reaches the cluster for it.
func TestAgain(t *testing.T) {
	t.Parallel()
	ok := answer{data: `[["x","y"]]`, update: 3}
	// at gives first the answer a as response n of the first submission, and everything good else.
	at := func(n int, a answer) func(k, i int) answer {
		return func(k, i int) answer {
			switch {
			case k == 0 && i == n:
				return a
			case k == 0 && i < n, i == 0:
				return answer{more: true}
			}
			return ok
		}
	}
	for name, c := range map[string]struct {
		answers       func(k, n int) answer
		reads, writes int      // how often either is submitted
		fails         []string // what the write says when it fails
		gone          bool     // and whether the cluster went away
	}{
		"nothing wrong":      {at(9, ok), 1, 1, nil, false},
		"503 at submission":  {at(0, answer{status: 503}), 2, 2, nil, false},
		"502 at submission":  {at(0, answer{status: 502}), 2, 2, nil, false},
		"504 at submission":  {at(0, answer{status: 504}), 2, 2, nil, false},
		"429 at submission":  {at(0, answer{status: 429}), 2, 2, nil, false},
		"starting":           {at(0, answer{err: "SERVER_STARTING_UP"}), 2, 2, nil, false},
		"queue full":         {at(1, answer{err: "QUERY_QUEUE_FULL"}), 2, 2, nil, false},
		"a worker gone":      {at(2, answer{err: "REMOTE_HOST_GONE"}), 2, 1, []string{"a server of the cluster went away", "REMOTE_HOST_GONE"}, true},
		"restarted":          {at(2, answer{status: 404, text: "Query not found"}), 2, 1, []string{"restarted while the statement ran", "run again", "query q0"}, true},
		"forgotten":          {at(2, answer{status: 410}), 2, 1, []string{"restarted while the statement ran"}, true},
		"a line that breaks": {at(0, answer{broken: true}), 2, 2, nil, false},
		"a wrong statement":  {at(1, answer{err: "SYNTAX_ERROR"}), 1, 1, []string{"it is so [SYNTAX_ERROR, query q0, in: insert into t select * from s]"}, false},
		"killed":             {at(1, answer{err: "ADMINISTRATIVELY_KILLED"}), 1, 1, []string{"an administrator"}, false},
		"out of memory":      {at(1, answer{err: "CLUSTER_OUT_OF_MEMORY"}), 1, 1, []string{"too little memory"}, false},
		"a conflict":         {at(1, answer{err: "ICEBERG_COMMIT_ERROR"}), 1, 1, []string{"somebody else changed the table"}, false},
		"an empty response":  {at(1, answer{text: "{}"}), 2, 1, []string{"broke off before its end"}, true},
		"no JSON":            {at(1, answer{text: "<html>"}), 1, 1, []string{"invalid character"}, false},
		"a refused login":    {at(0, answer{status: 401, text: "who?"}), 1, 1, []string{"401", "who?", "check user, password"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for statement, times := range map[string]int{read: c.reads, write: c.writes} {
				f := coordinator(t, c.answers)
				e := f.open(nil)
				_, err := e.exec(context.Background(), statement)
				if f.times() != times {
					t.Errorf("%q reached the cluster %d times, not %d: %v", statement, f.times(), times, err)
				}
				if fails := times == 1 && c.fails != nil; (err != nil) != fails {
					t.Errorf("%q ended with %v", statement, err)
				}
				for _, words := range c.fails {
					if statement == write && !strings.Contains(fmt.Sprint(err), words) {
						t.Errorf("%q is not in: %v", words, err)
					}
				}
				if gone := statement == write && c.gone; IsGone(err) != gone {
					t.Errorf("gone is %v: %v", !gone, err)
				}
				var s *StatementError
				if err != nil && (!errors.As(err, &s) || s.Statement == "") {
					t.Errorf("not a StatementError: %#v", err)
				}
			}
		})
	}
}

// TestPollsAgain breaks the line while the statement runs: its responses can be asked for again.
func TestPollsAgain(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]answer{"503": {status: 503}, "broken": {broken: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			f := coordinator(t, func(_, n int) answer {
				if n == 1 {
					if asked++; asked <= 3 {
						return bad
					}
					return answer{data: `[["x","y"]]`, update: 3}
				}
				return answer{more: true}
			})
			e := f.open(nil)
			n, err := e.exec(context.Background(), write)
			if n != 3 || err != nil || f.times() != 1 {
				t.Errorf("%d rows after %d submissions: %v", n, f.times(), err)
			}
			// net/http itself asks a second time on a line that was used before.
			want := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}
			if len(f.waits) < 2 || !slices.Equal(f.waits, want[:len(f.waits)]) {
				t.Errorf("the waits are %v", f.waits)
			}
		})
	}
}

// TestAgainEnds has a cluster that never comes back.
func TestAgainEnds(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]answer{"503": {status: 503}, "starting": {err: "SERVER_STARTING_UP"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coordinator(t, func(_, _ int) answer { return bad })
			_, err := f.open(nil).exec(context.Background(), write)
			var sum time.Duration
			for _, d := range f.waits {
				sum += d
			}
			if err == nil || f.times() != 11 || len(f.waits) != 10 || sum != 127750*time.Millisecond {
				t.Errorf("%d submissions over %s: %v", f.times(), sum, err)
			}
		})
	}
}

// TestNobodyListens: Open says so at once, a statement waits for the cluster to come back.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	f := coordinator(t, func(_, _ int) answer { return answer{} })
	e := f.open(nil)
	f.server.Close()
	_, err := e.exec(context.Background(), write)
	if err == nil || !strings.Contains(err.Error(), "connection refused: no cluster answers at "+e.place.server.Host) || strings.Contains(err.Error(), "giving up") || len(f.waits) != 10 {
		t.Errorf("after %d waits: %v", len(f.waits), err)
	}
	f.waits = nil
	if _, err = Open(context.Background(), e.cfg); err == nil || len(f.waits) != 0 {
		t.Errorf("Open waited %d times: %v", len(f.waits), err)
	}
}

// TestNoSecondTimeAfterARow fails when rows were given already: they would come twice.
func TestNoSecondTimeAfterARow(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]answer{"404": {status: 404}, "gone": {err: "REMOTE_HOST_GONE"}, "empty": {text: "{}"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := coordinator(t, func(_, n int) answer {
				if n == 1 {
					return answer{data: `[["x","y"],["z",null]]`, more: true}
				}
				if n > 1 {
					return bad
				}
				return answer{more: true}
			})
			e := f.open(nil)
			var m Meter
			rows, err := drain(WithMeter(context.Background(), &m), e, read)
			var s *StatementError
			if m.Count() != 1 || rows != 2 || !errors.As(err, &s) || f.times() != 1 {
				t.Errorf("%d rows after %d submissions: %v", rows, f.times(), err)
			}
			r, err := e.arrow(context.Background(), read)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Release()
			if r.Next() || !errors.As(r.Err(), &s) {
				t.Errorf("half a result passes for a whole one: %v", r.Err())
			}
		})
	}
}

// TestStop ends statements early: the cluster is told once, at the place of the next response, and not when it is gone.
func TestStop(t *testing.T) {
	t.Parallel()
	f := coordinator(t, func(_, n int) answer {
		if n == 0 {
			return answer{more: true}
		}
		return answer{data: `[["x","y"]]`, more: n < 20}
	})
	e := f.open(nil)
	if n, err := drain(context.Background(), e, read); n != 20 || err != nil {
		t.Errorf("%d rows: %v", n, err)
	}
	stopped := func() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.stopped) }
	if stopped() != 0 {
		t.Errorf("a whole result is stopped: %s", f.stopped)
	}
	r, err := e.rows(context.Background(), read)
	if err != nil || !r.Next() {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if stopped() != 1 || !strings.HasPrefix(f.stopped[0], "/v1/statement/q1/") {
		t.Errorf("stopped %s", f.stopped)
	}
	if r, err = e.rows(context.Background(), read); err != nil || !r.Next() {
		t.Fatal(err)
	}
	f.server.CloseClientConnections()
	f.server.Listener.Close()
	f.mu.Lock()
	f.waits = nil
	f.mu.Unlock()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestSilentServer takes the statement and then says nothing.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	free := make(chan bool)
	f := coordinator(t, func(_, n int) answer {
		if n == 1 {
			<-free
		}
		return answer{more: n == 0}
	})
	t.Cleanup(func() { close(free) })
	e := f.open(nil)
	e.client.to.(*http.Transport).ResponseHeaderTimeout = 50 * time.Millisecond
	if _, err := e.exec(context.Background(), write); !IsGone(err) || !strings.Contains(err.Error(), "does not answer any more") {
		t.Error(err)
	}
}

// TestWaitingEnds cancels the context while it waits to try again.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	f := coordinator(t, func(_, _ int) answer { return answer{status: 503} })
	ctx, cancel := context.WithCancel(context.Background())
	e := f.open(nil)
	e.client.wait = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	if _, err := e.exec(ctx, write); !errors.Is(err, context.Canceled) || f.times() != 1 {
		t.Errorf("after %d submissions: %v", f.times(), err)
	}
}

// TestEndOfTheWait holds the real way to wait against a context that is over.
func TestEndOfTheWait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	if err := wait(ctx, time.Nanosecond); err != nil {
		t.Error(err)
	}
	cancel()
	if err := wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]bool{
		"select 1": true, "(select 1)": true, "-- x\n/* insert */ WITH a as (select 1) select * from a": true, "values 1": true, "table t": true, "show tables": true, "describe t": true,
		"insert into t select 1": false, "-- select\ndelete from t": false, "explain analyze insert into t select 1": false, "call p()": false, "create table t as select 1": false, "": false, "-- x": false, "/* x": false,
		"merge into t using s on true when matched then delete": false, "selective": false,
	} {
		if Reads(statement) != want {
			t.Errorf("%q reads: %v", statement, !want)
		}
	}
}
