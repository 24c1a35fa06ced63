package whole

import (
	"context"
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/simulate"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// faultyStreams are one stream of each vendor, by the source and stream that reads it.
func faultyStreams() map[string]string {
	return map[string]string{
		"tmall.orders": "taobao/taobao.trades.sold.increment.get", "erp.orders": "jushuitan/orders/single/query",
		"ads.spend_promotions": "oceanengine/v3.0/report/custom/get",
	}
}

// fate is how a run ends that meets a kind of fault in every answer.
type fate struct {
	kind simulate.FaultKind
	code int
	says string
}

// fates of all kinds of faults. A receipt that does not agree is exit code 3, whatever else ends reading is 1.
func fates() []fate {
	const uncommitted = "nothing of the window was committed"
	return []fate{{simulate.FaultHTTP500, 1, "HTTP 500"}, {simulate.FaultHTTP429, 1, "HTTP 429"}, {simulate.FaultThrottled, 1, "the source answers with error"},
		{simulate.FaultErrorBody, 1, "the source answers with error"}, {simulate.FaultHTML, 1, "the answer is HTML or XML, not JSON"},
		{simulate.FaultTruncated, 1, "the answer is no whole JSON"}, {simulate.FaultCutOff, 1, "the answer broke off after"},
		{simulate.FaultExpired, 1, "the access token has expired"}, {simulate.FaultHTTP401, 1, "the access token has expired"},
		{simulate.FaultRepeatPage, 3, uncommitted}, {simulate.FaultShortPage, 3, uncommitted}, {simulate.FaultLyingCount, 3, uncommitted},
		{simulate.FaultSlow, 0, ""}, {simulate.FaultEmptyAnswer, 1, "the answer is empty"}}
}

// ofVendor are the faults that each vendor's own dialect or counts decide, and all for the shop's orders: in every answer
// the faults of HTTP end as the tests of extract show.
func ofVendor(name string, forGood bool) []fate {
	kinds := []simulate.FaultKind{simulate.FaultErrorBody, simulate.FaultExpired, simulate.FaultShortPage, simulate.FaultLyingCount}
	if name == "tmall.orders" {
		kinds = append(kinds, simulate.FaultHTML, simulate.FaultRepeatPage)
	}
	all := fates()
	if forGood || name != "tmall.orders" {
		all = slices.DeleteFunc(all, func(f fate) bool { return !slices.Contains(kinds, f.kind) })
	}
	return all
}

// Whatever goes wrong on the way: once, reading gets over it and lands the same; for good, it ends with the exit code and
// the words that the fault deserves, never green and short, and as soon as the fault is gone it lands the same.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, stream := range faultyStreams() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, newCompany(t))
			p.do(t, "extract", name, "--project", p.dir).want(t, 0)
			right := p.landed(t, name)
			if len(right) == 0 {
				t.Fatal("without a fault nothing was read")
			}
			t.Run("each once", func(t *testing.T) { eachFaultOnce(t, name, stream, right) })
			for _, f := range ofVendor(name, true) {
				t.Run(string(f.kind)+" for good", func(t *testing.T) { faultForGood(t, name, stream, f, right) })
			}
		})
	}
}

// eachFaultOnce meets every kind of fault in one read, a few requests apart.
func eachFaultOnce(t *testing.T, name, stream string, right map[string]bool) {
	var all []simulate.Fault
	for i, f := range ofVendor(name, false) {
		all = append(all, simulate.Fault{Stream: stream, Kind: f.kind, Skip: i + 2, Delay: 50 * time.Millisecond})
	}
	p := newProject(t, newCompany(t, all...))
	p.do(t, "extract", name, "--project", p.dir).want(t, 0)
	for _, f := range ofVendor(name, false) {
		if !p.company.showed(f.kind) {
			t.Errorf("no answer was spoilt by %s", f.kind)
		}
	}
	if got := p.landed(t, name); !maps.Equal(got, right) {
		t.Errorf("green and wrong: %d keys landed, want %d", len(got), len(right))
	}
}

func faultForGood(t *testing.T, name, stream string, f fate, right map[string]bool) {
	p := newProject(t, newCompany(t, simulate.Fault{Stream: stream, Kind: f.kind, Skip: 2, Times: 1 << 30, Delay: time.Millisecond}))
	o := p.do(t, "extract", name, "--project", p.dir)
	if !p.company.showed(f.kind) {
		t.Error("no answer was spoilt: this proves nothing")
	}
	if o.code != f.code || !strings.Contains(o.stderr, f.says) || f.code != 0 && !strings.Contains(o.stderr, "error: read "+name+" from ") {
		t.Errorf("exit code %d, want %d, the stream and %q in\n%s", o.code, f.code, f.says, o.stderr)
	}
	if got := p.landed(t, name); maps.Equal(got, right) != (f.code == 0) {
		t.Errorf("exit code %d, %d keys landed of %d", o.code, len(got), len(right))
	}
	p.company.server.Close()
	p.company = newCompany(t)
	p.do(t, "extract", name, "--project", p.dir).want(t, 0)
	if got := p.landed(t, name); !maps.Equal(got, right) {
		t.Errorf("the fault is gone: %d keys landed, want %d", len(got), len(right))
	}
}

// landed are the keys of a stream's rows in the lake.
func (p *project) landed(t *testing.T, name string) map[string]bool {
	t.Helper()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Location: filepath.Join(p.dir, "lake"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out := map[string]bool{}
	table, err := l.Table(ctx, "raw."+strings.ReplaceAll(name, ".", "__"))
	if err != nil {
		return out // no window has been read yet
	}
	increment, err := table.FilesSince(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, f := range increment.Files {
		for _, row := range rows(t, db, "select _key_hash::varchar from read_parquet('"+f.Path+"')") {
			out[row[0]] = true
		}
	}
	return out
}

// failingNight: a page that stays short fails the night's receipts. Nothing is published, readers go on with what was, and
// the next night, the source being well again, is right.
func failingNight(t *testing.T, p *project) {
	before, err := os.Readlink(filepath.Join(p.dir, "marts.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	healthy, now := p.company, p.company.now()
	sick := newCompany(t, simulate.Fault{Stream: faultyStreams()["tmall.orders"], Kind: simulate.FaultLyingCount, Times: 1 << 30})
	sick.clock.Store(&now)
	p.company = sick
	o := p.run(t)
	p.company = healthy
	if o.code != 3 {
		t.Errorf("a count that lies: exit code %d, want 3\n%s", o.code, o.stderr)
	}
	if after, err := os.Readlink(filepath.Join(p.dir, "marts.duckdb")); err != nil || after != before {
		t.Errorf("a failed night has published %s over %s (%v)", after, before, err)
	}
	if o := p.do(t, "query", "--project", p.dir, "select count(*) from mart.sales_daily"); o.code != 0 || !strings.Contains(o.stderr, "failed") {
		t.Errorf("a reader after a failed night: exit code %d, on standard error %q; want a word that it failed", o.code, o.stderr)
	}
}
