package whole

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/heliu-data/heliu/simulate"
)

// Several nights of one company: what is published is the truth each morning, a second run beside the first leaves with
// exit code 4, and the increments leave what a full build over the same landed rows gives.
func TestNights(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := newProject(t, c)
	p.collect(t, c.now().AddDate(0, 0, -60), c.now())
	first := p.run(t).want(t, 0)
	t.Run("the first night shows the truth", func(t *testing.T) {
		touchesAreTrue(t, p)
		holdAgainstTruth(t, p)
		countsAreTheSources(t, p)
	})
	idle := p.run(t).want(t, 0)
	if !strings.Contains(idle.stdout, "Nothing new in any source") {
		t.Errorf("a run without anything new says:\n%s", idle.stdout)
	}
	t.Run("commands", func(t *testing.T) { commands(t, p) })
	c.sleep(1)
	p.collect(t, c.now().AddDate(0, 0, -1), c.now())
	t.Run("a night that fails", func(t *testing.T) { failingNight(t, p) })
	second := p.run(t).want(t, 0)
	t.Run("the second night shows the truth", func(t *testing.T) { holdAgainstTruth(t, p) })
	c.sleep(1)
	t.Run("two runs at once", func(t *testing.T) { twoRuns(t, p) })
	c.sleep(3)
	p.collect(t, c.now().AddDate(0, 0, -4), c.now())
	p.run(t).want(t, 0)
	t.Run("nights later it shows the truth", func(t *testing.T) { holdAgainstTruth(t, p); touchesAreTrue(t, p) })
	t.Run("increments equal a full build", func(t *testing.T) { equalsFullBuild(t, p) })
	t.Logf("first run %s, nothing new %s, a day more %s", first.took, idle.took, second.took)
}

// An order of two days ago has left its warehouse 48 seconds before a first night: at its newest change it is within the lag of
// its platform, which shows it nowhere else. It is of its day all the same.
func TestChangedJustNow(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.wakeAt(t, "2026-06-22T03:57:30+08:00")
	p := newProject(t, c)
	p.run(t).want(t, 0)
	truth, marts := c.Truth(c.now()), p.published(t) // not the stock: what changed since midnight was what then, the ERP does not tell
	shopDays(t, truth, marts)
	orders(t, truth, marts)
	countsAreTheSources(t, p)
}

// A company that runs out of two SKUs while ads for them go on: what is published of it is what can be known from the
// stock as it was each morning, and the increments leave what a full build gives.
func TestStockOuts(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.wakeAt(t, "2026-06-01T02:00:00+08:00")
	p := newProject(t, c)
	p.publishes(t, "duckdb: ./marts.duckdb")
	p.run(t).want(t, 0)
	for _, days := range []int{3, 8, 2} { // the second SKU runs out, the first is back, the second is back
		c.sleep(days)
		p.run(t).want(t, 0)
		stockOuts(t, c, p.published(t))
	}
	stock(t, c.Truth(c.now()), p.published(t))
	wasted := c.StockOuts(c.mornings)
	for _, sku := range []string{"HL001", "HL002"} {
		if !slices.ContainsFunc(wasted, func(o simulate.StockOut) bool { return o.SKU == sku && !o.To.IsZero() && o.Spend > 0 }) {
			t.Errorf("the company was to run out of %s while it is advertised, and to have it again: %+v", sku, wasted)
		}
	}
	equalsFullBuild(t, p)
}

func touchesAreTrue(t *testing.T, p *project) {
	touches(t, p.company.Truth(p.company.now()), p.published(t), p.warehouse(t))
}

// equalsFullBuild builds anew from what has landed, and compares every table of the star and of the marts.
func equalsFullBuild(t *testing.T, p *project) {
	built := []string{"star", "mart"}
	grown, shown := p.dumped(t, "warehouse.duckdb", built), p.dumped(t, "marts.duckdb", built)
	p.do(t, "build", "--full", "--project", p.dir).want(t, 0)
	full := p.dumped(t, "warehouse.duckdb", built)
	same(t, "increments against a full build", grown, full)
	for _, evidence := range []string{"star.customer_evidence", "star.customer_identity"} {
		delete(full, evidence) // of persons: it is not published
	}
	same(t, "publication against a full build", shown, full)
}

// twoRuns holds one run at its first request; whatever else wants to write meanwhile leaves and touches nothing.
func twoRuns(t *testing.T, p *project) {
	p.files(t)
	asked, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	before := p.company.url
	p.company.serveWith(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			once.Do(func() { close(asked) })
			<-goOn
			next.ServeHTTP(w, r)
		})
	})
	done := make(chan outcome, 1)
	command := p.command(context.Background(), "run", "--project", p.dir)
	go func() { done <- p.finish(t, command) }()
	p.company.url = before
	<-asked
	for _, args := range [][]string{{"run"}, {"build"}, {"extract"}, {"publish"}} {
		o := p.do(t, append(args, "--project", p.dir)...)
		if o.code != 4 {
			t.Errorf("%s beside a run: exit code %d, want 4\n%s", args, o.code, o.stderr)
		}
		if o.stdout != "" || !strings.Contains(o.stderr, "run 2026") {
			t.Errorf("%s beside a run says on standard output %q, on standard error %q: want the run that holds the lock", args, o.stdout, o.stderr)
		}
	}
	if o := p.do(t, "query", "--project", p.dir, "select count(*) from mart.sales_daily"); o.code != 0 {
		t.Errorf("a reader is kept out by a run: exit code %d\n%s", o.code, o.stderr)
	}
	close(goOn)
	if o := <-done; o.code != 0 {
		t.Errorf("the run that others met: exit code %d\n%s", o.code, o.stderr)
	}
}
