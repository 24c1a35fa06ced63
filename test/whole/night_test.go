package whole

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// night is one night's run that can be taken back and done again, and what it leaves when nobody disturbs it.
type night struct {
	*project
	restore     func()
	took        time.Duration // of the run that nobody disturbed
	undisturbed dump
}

// second brings a project that has had its first night to its second one, and looks at what an undisturbed run makes of it.
func second(t *testing.T, p *project) *night {
	n := &night{project: p}
	back := n.keep(t)
	n.restore = func() {
		back()
		n.files(t) // as they are on the second night
	}
	p.company.sleep(1)
	n.took = n.run(t).want(t, 0).took
	n.undisturbed = n.shown(t)
	return n
}

// shown is what readers see. When something was seen is no part of it, nor the key of a claim, of which that is a part: a
// run that was stopped has seen it later.
func (p *project) shown(t *testing.T) dump {
	return p.dumped(t, "marts.duckdb", []string{"star", "mart"}, "seen_at", "ad_claim_key")
}

// crash runs a command that is to kill itself at a point, and tells whether it got there.
func (p *project) crash(t *testing.T, point string, args ...string) bool {
	t.Helper()
	p.env["HELIU_TEST_CRASH"] = point
	o := p.do(t, append(args, "--project", p.dir)...)
	delete(p.env, "HELIU_TEST_CRASH")
	if o.code == -1 {
		return true
	}
	if o.code != 0 {
		t.Errorf("on the way to %s: exit code %d\n%s", point, o.code, o.stderr)
	}
	return false
}

// recovers runs once more and holds what is shown then against an undisturbed run.
func (p *project) recovers(t *testing.T, what string, undisturbed dump) {
	t.Helper()
	if o := p.run(t); o.code != 0 {
		t.Errorf("%s, run again: exit code %d\n%s", what, o.code, o.stderr)
		return
	}
	same(t, what+", run again", p.shown(t), undisturbed)
	p.receiptsOnce(t, what)
}

// receiptsOnce: every landed batch has one receipt, and the lake holds the rows that its receipts tell.
func (p *project) receiptsOnce(t *testing.T, what string) {
	t.Helper()
	db := open(t, filepath.Join(p.dir, "warehouse.duckdb"))
	defer db.Close()
	for _, row := range rows(t, db, "select source, stream, batch_id, count(*)::varchar from ops.receipts group by all having count(*) > 1") {
		t.Errorf("%s: a batch has several receipts: %v", what, row)
	}
	told := table(t, db, "select 'raw.' || source || '__' || stream, sum(landed_count)::bigint::varchar from ops.receipts group by all")
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Location: filepath.Join(p.dir, "lake"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	landed := figures{}
	for name := range told {
		table, err := l.Table(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		files, err := table.FilesSince(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		var count int64
		for _, f := range files.Files {
			count += f.Rows
		}
		landed[name] = strconv.FormatInt(count, 10)
	}
	landed.differ(t, what+": rows in the lake", told)
}
