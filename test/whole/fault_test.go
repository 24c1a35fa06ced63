package whole

import (
	"context"
	"database/sql"
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

func faultKinds() []simulate.FaultKind {
	return []simulate.FaultKind{simulate.FaultHTTP500, simulate.FaultHTTP429, simulate.FaultThrottled, simulate.FaultErrorBody, simulate.FaultHTML,
		simulate.FaultTruncated, simulate.FaultCutOff, simulate.FaultExpired, simulate.FaultHTTP401, simulate.FaultRepeatPage, simulate.FaultShortPage,
		simulate.FaultLyingCount, simulate.FaultSlow, simulate.FaultEmptyAnswer}
}

// passing are the faults that reading gets over by asking again; once they have passed the run is green.
func passing() []simulate.FaultKind {
	return []simulate.FaultKind{simulate.FaultHTTP500, simulate.FaultHTTP429, simulate.FaultThrottled, simulate.FaultTruncated, simulate.FaultCutOff,
		simulate.FaultExpired, simulate.FaultHTTP401, simulate.FaultSlow, simulate.FaultEmptyAnswer}
}

// faults are what a stream is put through: every kind once for the shop's orders, and what does not pass by itself for
// good; for the other vendors what their own dialect decides.
func faults(name string) []simulate.Fault {
	once, forGood := faultKinds(), []simulate.FaultKind{simulate.FaultHTML, simulate.FaultRepeatPage, simulate.FaultShortPage, simulate.FaultLyingCount}
	if name != "tmall.orders" {
		once = []simulate.FaultKind{simulate.FaultThrottled, simulate.FaultErrorBody, simulate.FaultExpired, simulate.FaultShortPage}
		forGood = []simulate.FaultKind{simulate.FaultLyingCount}
	}
	var out []simulate.Fault
	for _, kind := range once {
		out = append(out, simulate.Fault{Kind: kind, Times: 1})
	}
	for _, kind := range forGood {
		out = append(out, simulate.Fault{Kind: kind, Times: 1 << 30})
	}
	return out
}

// Whatever goes wrong on the way, once or for good, reading is either right or not green, and right as soon as the fault
// is gone.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, stream := range faultyStreams() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			right := readWith(t, name)
			if len(right) == 0 {
				t.Fatal("without a fault nothing was read")
			}
			for _, fault := range faults(name) {
				fault.Stream, fault.Skip, fault.Delay = stream, 2, 50*time.Millisecond
				t.Run(string(fault.Kind)+map[bool]string{true: " once", false: " for good"}[fault.Times == 1], func(t *testing.T) {
					readWithFault(t, name, fault, right)
				})
			}
		})
	}
}

func readWith(t *testing.T, name string, faults ...simulate.Fault) map[string]bool {
	p := newProject(t, newCompany(t, faults...))
	p.do(t, "extract", name, "--project", p.dir).want(t, 0)
	return p.landed(t, name)
}

func readWithFault(t *testing.T, name string, fault simulate.Fault, right map[string]bool) {
	p := newProject(t, newCompany(t, fault))
	o := p.do(t, "extract", name, "--project", p.dir)
	switch got := p.landed(t, name); {
	case o.code == 0 && !equal(got, right):
		t.Errorf("green and wrong: %d keys landed, want %d\n%s", len(got), len(right), o.stdout)
	case o.code != 0 && o.code != 1 && o.code != 3:
		t.Errorf("exit code %d, want 0, 1 or 3\n%s", o.code, o.stderr)
	case o.code != 0 && !strings.Contains(o.stderr, name):
		t.Errorf("the error does not name %s:\n%s", name, o.stderr)
	}
	if o.code != 0 && fault.Times == 1 && slices.Contains(passing(), fault.Kind) {
		t.Errorf("a fault that passes by itself ends the run with exit code %d\n%s", o.code, o.stderr)
	}
	if o.code == 0 && fault.Times > 1 && fault.Kind == simulate.FaultLyingCount {
		t.Error("green although the source goes on to count three more than it gives")
	}
	p.company.server.Close()
	healthy := newCompany(t)
	p.company = healthy
	if o := p.do(t, "extract", name, "--project", p.dir); o.code != 0 {
		t.Errorf("the fault is gone: exit code %d\n%s", o.code, o.stderr)
	}
	if got := p.landed(t, name); !equal(got, right) {
		t.Errorf("the fault is gone: %d keys landed, want %d", len(got), len(right))
	}
}

func equal(a, b map[string]bool) bool {
	for key := range b {
		if !a[key] {
			return false
		}
	}
	return len(a) == len(b)
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
