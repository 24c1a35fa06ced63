package extract_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/cases"
	"github.com/heliu-data/heliu/simulate"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// week is the part of the tiny company's life that the tests of faults read.
func week() extract.Options {
	return extract.Options{From: time.Date(2026, 6, 17, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 6, 21, 0, 0, 0, 0, time.UTC)}
}

// fewDays is a clock that stands so that four days behind "2026-06-16" are read.
func fewDays() time.Time { return time.Date(2026, 6, 20, 4, 0, 0, 0, time.UTC) }

// TestFaultsHeal makes each passing fault happen in mid-run: the same rows land as without it.
func TestFaultsHeal(t *testing.T) {
	t.Parallel()
	const stream = "taobao/taobao.trades.sold.increment.get"
	want := ordersOf(t, newBench(t, simulate.Tiny(), afterAll))
	for _, kind := range []simulate.FaultKind{simulate.FaultHTTP500, simulate.FaultHTTP429, simulate.FaultThrottled, simulate.FaultErrorBody, simulate.FaultHTML,
		simulate.FaultTruncated, simulate.FaultCutOff, simulate.FaultExpired, simulate.FaultHTTP401, simulate.FaultRepeatPage, simulate.FaultEmptyAnswer,
		simulate.FaultShortPage, simulate.FaultLyingCount, simulate.FaultSlow} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			options, spoilt := simulate.Tiny(), 0
			options.Faults = []simulate.Fault{{Stream: stream, Kind: kind, Skip: 2, Delay: time.Millisecond}}
			options.Shown = func(simulate.FaultKind) { spoilt++ } // one read asks one thing at a time
			if diff := cmp.Diff(want, ordersOf(t, newBench(t, options, afterAll))); diff != "" {
				t.Errorf("other rows landed (-want +got):\n%s", diff)
			}
			if spoilt != 1 {
				t.Errorf("%d answers were spoilt, want 1", spoilt)
			}
		})
	}
}

func ordersOf(t *testing.T, b *bench) [][]string {
	t.Helper()
	if _, err := b.taobao(t).Read(context.Background(), "orders", week()); err != nil {
		t.Fatal(err)
	}
	return b.rows(t, "raw.tmall__orders", "tid", "modified", "payment", "_key_hash")
}

func (b *bench) rows(t *testing.T, table string, columns ...string) [][]string {
	t.Helper()
	rows, err := cases.Rows(context.Background(), b.lake, table, columns)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestFaultsThatStay makes a fault go on: the read fails with a clear word, and nothing of its window lands.
func TestFaultsThatStay(t *testing.T) {
	t.Parallel()
	for kind, want := range map[simulate.FaultKind]string{
		simulate.FaultHTML:        "the answer is HTML or XML, not JSON",
		simulate.FaultTruncated:   "the answer is no whole JSON",
		simulate.FaultCutOff:      "the answer broke off after",
		simulate.FaultEmptyAnswer: "the answer is empty",
		simulate.FaultHTTP500:     "HTTP 500",
		simulate.FaultHTTP429:     "HTTP 429",
		simulate.FaultThrottled:   "accesscontrol.limited-by-api-access-count",
		simulate.FaultErrorBody:   "isp.top-remote-connection-timeout",
		simulate.FaultExpired:     "the access token has expired",
		simulate.FaultHTTP401:     "the access token has expired",
		simulate.FaultLyingCount:  "nothing of the window was committed",
		simulate.FaultShortPage:   "nothing of the window was committed",
		simulate.FaultRepeatPage:  "nothing of the window was committed",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			options, spoilt := simulate.Tiny(), 0
			options.Shown = func(simulate.FaultKind) { spoilt++ }
			options.Faults = []simulate.Fault{{Stream: "taobao/taobao.trades.sold.increment.get", Kind: kind, Times: 1000}}
			b := newBench(t, options, afterAll)
			receipts, err := b.taobao(t).Read(context.Background(), "orders", week())
			if spoilt == 0 {
				t.Error("no answer was spoilt: this proves nothing")
			}
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "tmall.orders") {
				t.Errorf("error = %v, want %q and the stream in it", err, want)
			}
			var short *extract.ReceiptError
			if strings.HasPrefix(want, "nothing") != errors.As(err, &short) {
				t.Errorf("is a receipt error: %v", err)
			}
			for _, r := range receipts {
				if !r.Agrees() || r.Read > 0 && kind != simulate.FaultRepeatPage { // the first page repeats none
					t.Errorf("a window landed: %+v", r)
				}
			}
			if _, err := b.lake.Table(context.Background(), "raw.tmall__orders__rejected"); err != nil && !errors.Is(err, lake.ErrNoTable) {
				t.Error(err)
			}
		})
	}
}

// TestSecretsStayOut plants secrets and lets everything go wrong: no error says them.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulate.Tiny(), afterAll)
	secrets := []string{"s3cret-app&", "s3cret+session", "s3cret refresh"}
	s := b.open(t, "tmall", "taobao", map[string]any{"app_key": simulate.AppKey, "app_secret": secrets[0], "session": secrets[1],
		"refresh_token": secrets[2], "token_url": "http://127.0.0.1:1/token?x=" + secrets[2], "base_url": "http://127.0.0.1:1/" + secrets[1]})
	_, err := s.Read(context.Background(), "orders", week())
	for _, err := range []error{err, s.Test(context.Background())} {
		if err == nil {
			t.Fatal("no error")
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a secret is in the error: %v", err)
		}
	}
	for name, value := range s.Params() {
		if strings.Contains(value, "s3cret") && name != "base_url" && name != "token_url" {
			t.Errorf("a secret is in the parameter %s", name)
		}
	}
}

// TestRenewedTokensAreKept reads on with the token that an earlier run was given.
func TestRenewedTokensAreKept(t *testing.T) {
	t.Parallel()
	options := simulate.Tiny()
	options.Faults = []simulate.Fault{{Kind: simulate.FaultExpired}}
	b := newBench(t, options, afterAll)
	tokens := extract.NewFileTokens(filepath.Join(t.TempDir(), "tokens.json"))
	for range 2 {
		deps := b.deps()
		deps.Tokens = tokens
		s, err := extract.Open(extract.Config{Name: "tmall", Connector: "taobao", Settings: map[string]any{"app_key": simulate.AppKey, "app_secret": simulate.AppSecret,
			"session": simulate.AccessToken, "refresh_token": simulate.RefreshToken, "token_url": b.url + "/taobao/token", "base_url": b.url + "/taobao/router/rest"}}, deps)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(context.Background(), "orders", week()); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := tokens.Load("tmall")
	if err != nil {
		t.Fatal(err)
	}
	if want := simulate.AccessToken + "-2"; kept["session"] != want { // -1 is the one that killed the first
		t.Errorf("kept session %q, want %q: renewed once and used again", kept["session"], want)
	}
	deps := b.deps()
	deps.Tokens = tokens
	again, err := extract.Open(extract.Config{Name: "tmall", Connector: "taobao", Settings: map[string]any{"app_key": simulate.AppKey, "app_secret": simulate.AppSecret,
		"session": "configured-since", "refresh_token": "none", "token_url": b.url + "/taobao/token", "base_url": b.url + "/taobao/router/rest"}}, deps)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Test(context.Background()); err == nil {
		t.Error("a session that was configured since was not tried: the kept one was used instead")
	}
}

type crashed string

// TestCrashes ends a read at every crash point of landing and some of the lake, starts it again, and compares the lake
// with one that was never disturbed: no row is missing, and every order has its lines in its own batch.
func TestCrashes(t *testing.T) {
	t.Parallel()
	undisturbed := newBench(t, simulate.Tiny(), fewDays)
	if _, err := undisturbed.taobaoSince(t, "2026-06-16").Read(context.Background(), "orders", extract.Options{}); err != nil {
		t.Fatal(err)
	}
	want := undisturbed.landed(t)
	for _, point := range append(extract.CrashPoints(), lake.PointFilePlaced, lake.PointAfterSwap) {
		t.Run(strings.ReplaceAll(point, ":", "_"), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulate.Tiny(), fewDays)
			count := 0
			if !b.crashAt(t, func(p string) {
				if p == point {
					if count++; count == 2 {
						panic(crashed(p))
					}
				}
			}) {
				t.Fatalf("the point %s was not met twice", point)
			}
			if _, err := b.taobaoSince(t, "2026-06-16").Read(context.Background(), "orders", extract.Options{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, b.landed(t)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// landed are the orders that landed, each once, with the number of lines that its own batch has for it.
func (b *bench) landed(t *testing.T) map[string]int {
	t.Helper()
	lines := map[string]map[string]bool{}
	for _, r := range b.rows(t, "raw.tmall__order_lines", "_batch_id", "tid", "modified", "oid") {
		key := strings.Join(r[:3], " ")
		if lines[key] == nil {
			lines[key] = map[string]bool{}
		}
		lines[key][r[3]] = true
	}
	out := map[string]int{}
	for _, r := range b.rows(t, "raw.tmall__orders", "_batch_id", "tid", "modified") {
		out[r[1]+" "+r[2]] = len(lines[strings.Join(r, " ")])
	}
	return out
}

// crashAt reads until the crash; the lake is opened again behind it, as a new process would.
func (b *bench) crashAt(t *testing.T, crash func(string)) (met bool) {
	t.Helper()
	dir := t.TempDir()
	l, err := lake.Open(context.Background(), lake.Config{Location: dir, Crash: crash})
	if err != nil {
		t.Fatal(err)
	}
	b.lake = l
	func() {
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(crashed); !ok {
					panic(r)
				}
				met = true
			}
		}()
		deps := b.deps()
		deps.Crash = crash
		s, err := extract.Open(extract.Config{Name: "tmall", Connector: "taobao", Settings: map[string]any{"app_key": simulate.AppKey, "app_secret": simulate.AppSecret,
			"session": simulate.AccessToken, "base_url": b.url + "/taobao/router/rest", "start": "2026-06-16"}}, deps)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(context.Background(), "orders", extract.Options{}); err != nil {
			t.Fatal(err)
		}
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if b.lake, err = lake.Open(context.Background(), lake.Config{Location: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.lake.Close() }) // read only from here on
	return met
}
