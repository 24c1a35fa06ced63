package publish_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/warehouse"
)

type killed struct{ point string }

// company is a warehouse with two targets and a publisher that can be killed.
type company struct {
	session   warehouse.Session
	locations map[string]string
	crash     func(string)
}

func newCompany(t *testing.T) *company {
	t.Helper()
	dir := t.TempDir()
	return &company{session: openWarehouse(t), crash: func(string) {}, locations: map[string]string{"csv": filepath.Join(dir, "csv"), "duckdb": filepath.Join(dir, "marts.duckdb")}}
}

func (c *company) publisher(t *testing.T) *publish.Publisher {
	t.Helper()
	p := &publish.Publisher{Session: c.session, Targets: map[string]publish.Target{}, Now: func() time.Time { return time.Date(2026, 11, 12, 2, 0, 0, 0, time.UTC) }, Crash: func(at string) { c.crash(at) }}
	for kind, location := range c.locations {
		target, err := publish.Open(publish.Config{Kind: kind, Location: location, Crash: func(at string) { c.crash(at) }})
		if err != nil {
			t.Fatal(err)
		}
		p.Targets[kind] = target
	}
	return p
}

// shown is the publication that the readers of both targets see; it fails when they see different ones.
func (c *company) shown(t *testing.T) string {
	t.Helper()
	if !exists(c.locations["csv"]) && !exists(c.locations["duckdb"]) {
		return ""
	}
	one, rows := readCSV(t, c.locations["csv"], "mart.sales")
	other, same := readDuckDB(t, c.locations["duckdb"], "mart.sales")
	if one != other {
		t.Fatalf("csv shows %q, duckdb %q", one, other)
	}
	if diff := cmp.Diff(rows, same); diff != "" {
		t.Fatal(diff)
	}
	return one
}

func (c *company) states(t *testing.T) map[string]int {
	t.Helper()
	reader, err := c.session.Query(t.Context(), "select state from ops.publications where state in ('staging', 'staged')")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	out := map[string]int{}
	for reader.Next() {
		out["open"] += int(reader.RecordBatch().NumRows())
	}
	return out
}

// A publication that dies at any point is finished or rolled back by the next run: readers of all targets see the same
// one, and what they see is whole.
func TestKilledPublications(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if _, err := c.publisher(t).Publish(t.Context(), publication("p000", "")); err != nil {
		t.Fatal(err)
	}
	shown, n := "p000", 0
	for _, point := range publish.CrashPoints() {
		if point == publish.PointSwapping || point == publish.PointUndone {
			continue // of PostgreSQL; of a publication whose files are lost, below
		}
		for passing := 1; passing <= 2; passing++ {
			n++
			id := fmt.Sprintf("p%03d", n)
			run(t, c.session, fmt.Sprintf("insert into mart.sales values ('2026-11-12', '%s', 1, 1, true, now())", id))
			left := passing
			c.crash = func(at string) {
				if at == point {
					if left--; left == 0 {
						panic(killed{at})
					}
				}
			}
			p := publication(id, shown)
			p.Tables[0].Changed = days("2026-11-12", "2026-11-12")
			died := func() (died bool) {
				defer func() {
					if _, ok := recover().(killed); ok {
						died = true
					}
				}()
				_, err := c.publisher(t).Publish(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				return false
			}()
			if !died && !(passing == 2 && (point == publish.PointIntent || point == publish.PointDecided)) {
				t.Errorf("never came to %s for the %d. time", point, passing)
			}
			c.crash = func(string) {}
			if err := c.publisher(t).Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			was := shown
			shown = c.shown(t)
			decided := point >= publish.PointDecided || !died
			if want := map[bool]string{true: id, false: was}[decided]; shown != want {
				t.Errorf("after a kill at %s readers see %q, want %q", point, shown, want)
			}
			if open := c.states(t); len(open) != 0 {
				t.Errorf("after a kill at %s: open %v", point, open)
			}
		}
	}
}

type broken struct {
	publish.Target
	stage, flip error
}

func (b broken) Stage(ctx context.Context, s warehouse.Session, p publish.Publication) (publish.Staged, error) {
	if b.stage != nil {
		return publish.Staged{}, b.stage
	}
	return b.Target.Stage(ctx, s, p)
}

func (b broken) Switch(ctx context.Context, id string) error {
	if b.flip != nil {
		return b.flip
	}
	return b.Target.Switch(ctx, id)
}

func TestNothingIsPublishedWhenOneTargetFails(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if _, err := c.publisher(t).Publish(t.Context(), publication("p1", "")); err != nil {
		t.Fatal(err)
	}
	p := c.publisher(t)
	full := errors.New("no space left on device")
	p.Targets["duckdb"] = broken{Target: p.Targets["duckdb"], stage: full}
	if _, err := p.Publish(t.Context(), publication("p2", "p1")); !errors.Is(err, full) {
		t.Fatalf("error is %v", err)
	}
	if got := c.shown(t); got != "p1" {
		t.Errorf("readers see %q", got)
	}
	// a target that cannot be switched now is switched by the next run
	away := errors.New("connection refused")
	p = c.publisher(t)
	p.Targets["duckdb"] = broken{Target: p.Targets["duckdb"], flip: away}
	if _, err := p.Publish(t.Context(), publication("p3", "p1")); !errors.Is(err, away) {
		t.Fatalf("error is %v", err)
	}
	if err := c.publisher(t).Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.shown(t); got != "p3" {
		t.Errorf("readers see %q", got)
	}
	// one whose staged publication is lost takes the others back with it
	p = c.publisher(t)
	p.Targets["duckdb"] = broken{Target: p.Targets["duckdb"], flip: away}
	if _, err := p.Publish(t.Context(), publication("p4", "p3")); !errors.Is(err, away) {
		t.Fatalf("error is %v", err)
	}
	p = c.publisher(t)
	p.Targets["duckdb"] = broken{Target: p.Targets["duckdb"], flip: fmt.Errorf("%w: somebody tidied up", publish.ErrNotStaged)}
	for _, dies := range []bool{true, false} {
		c.crash = func(at string) {
			if dies && at == publish.PointUndone {
				panic(killed{at})
			}
		}
		func() {
			defer func() {
				if _, ok := recover().(killed); ok != dies {
					t.Errorf("died %v, want %v", ok, dies)
				}
			}()
			if err := p.Recover(t.Context()); err != nil {
				t.Error(err)
			}
		}()
	}
	if got := c.shown(t); got != "p3" || len(c.states(t)) != 0 {
		t.Errorf("readers see %q, open %v", got, c.states(t))
	}
}

func TestPublicationsAreChecked(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	bad := map[string]func(*publish.Publication){
		"no id":          func(p *publish.Publication) { p.ID = "" },
		"a path as id":   func(p *publish.Publication) { p.ID = "../x" },
		"twice":          func(p *publish.Publication) { p.Tables = append(p.Tables, p.Tables[0]) },
		"no schema":      func(p *publish.Publication) { p.Tables[0].Name = "sales" },
		"no columns":     func(p *publish.Publication) { p.Tables[0].Columns = nil },
		"a type unknown": func(p *publish.Publication) { p.Tables[0].Columns[0].Type = "varchar" },
	}
	for name, spoil := range bad {
		p := publication("p1", "")
		spoil(&p)
		if _, err := c.publisher(t).Publish(t.Context(), p); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
