package whole

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// crashPoints are all numbered crash points.
func crashPoints() []string {
	return slices.Concat(extract.CrashPoints(), lake.CrashPoints(), pipelines.CrashPoints(), publish.CrashPoints())
}

// Whenever the nightly job is killed, run again it ends as if nothing had happened: on a company's first night and on its
// second.
func TestKilled(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := newProject(t, c)
	p.run(t).want(t, 0)
	first := p.shown(t)
	t.Run("on the first night", func(t *testing.T) { killedOnTheFirstNight(t, c, first) })
	n := second(t, p)
	t.Run("at every point", func(t *testing.T) { killedAtEveryPoint(t, n) })
	t.Run("at random", func(t *testing.T) { killedAtRandom(t, n) })
}

// notHere are the crash points that this test cannot reach, with where they are tested.
func notHere() map[string]string {
	return map[string]string{publish.PointSwapping: "within PostgreSQL's transaction: the tests of publish and test/real"}
}

// Killed at every numbered point, one after the other.
func killedAtEveryPoint(t *testing.T, n *night) {
	points := crashPoints()
	reached := map[string]bool{}
	if len(points) < 30 {
		t.Errorf("%d crash points; at least 30 are promised", len(points))
	}
	inChain := func(point string) bool {
		return !strings.HasPrefix(point, "publish:") && !slices.Contains(upkeepPoints(), point) && notHere()[point] == ""
	}
	n.restore()
	for _, point := range points {
		if !inChain(point) {
			continue
		}
		if reached[point] = n.crash(t, point, "run"); !reached[point] { // the night was over before it
			n.restore()
			reached[point] = n.crash(t, point, "run")
		}
	}
	n.recovers(t, "killed in reading and building", n.undisturbed)
	n.killUpkeep(t, reached)
	n.killPublication(t, reached)
	for _, point := range points {
		if reason, waived := notHere()[point]; waived {
			t.Logf("%s is not reached here: %s", point, reason)
		} else if !reached[point] {
			t.Errorf("no run has come to %s", point)
		}
	}
}

// upkeepPoints are those of merging, forgetting and sweeping.
func upkeepPoints() []string {
	return []string{lake.PointCompacted, lake.PointLedger, lake.PointExpired, lake.PointUnreferenced, lake.PointSweeping}
}

// killUpkeep kills the upkeep of the lake; what was merged is not what a later full build could tell.
func (n *night) killUpkeep(t *testing.T, reached map[string]bool) {
	t.Helper()
	now := n.company.now()
	defer func() { n.company.clock.Store(&now) }()
	reached[lake.PointCompacted] = n.crash(t, lake.PointCompacted, "lake", "compact")
	n.do(t, "lake", "compact", "--project", n.dir).want(t, 0)
	for _, point := range upkeepPoints()[1:] {
		if point == lake.PointSweeping {
			n.do(t, "lake", "expire", "--project", n.dir).want(t, 0) // notes what nothing needs, in every table
			n.company.sleep(30)                                      // the time of grace goes by
		}
		reached[point] = n.crash(t, point, "lake", "expire")
	}
	n.do(t, "lake", "expire", "--project", n.dir).want(t, 0)
	n.company.clock.Store(&now)
	n.do(t, "build", "--full", "--project", n.dir).want(t, 0)
	same(t, "built anew after killed upkeep", n.dumped(t, "warehouse.duckdb", []string{"mart"}, "seen_at"), marts(n.undisturbed))
}

func marts(d dump) dump {
	out := dump{}
	for name, rows := range d {
		if strings.HasPrefix(name, "mart.") {
			out[name] = rows
		}
	}
	return out
}

// killPublication kills the switch of the targets at each of its points; readers see the old or the new, never half. What
// is switched is a file and a folder, whatever they hold: the marts alone are staged here, in a fifth of the time. All
// tables are in the runs that are killed on the first night and at random.
func (n *night) killPublication(t *testing.T, reached map[string]bool) {
	t.Helper()
	n.restore()
	before, after := n.shown(t), marts(n.undisturbed)
	n.publishes(t, "{duckdb: ./marts.duckdb, tables: [mart.*]}", "{xlsx: ./out, tables: [mart.campaign_roi]}")
	n.do(t, "extract", "--project", n.dir).want(t, 0)
	n.do(t, "build", "--project", n.dir).want(t, 0)
	built := n.keep(t)
	for _, point := range publish.CrashPoints() {
		if notHere()[point] != "" {
			continue
		}
		built()
		if point == publish.PointUndone {
			n.crash(t, publish.PointDecided, "publish")
			n.loseStaged(t)
		}
		reached[point] = n.crash(t, point, "publish")
		if shown := n.shown(t); differ(shown, before) && differ(shown, after) {
			t.Errorf("killed at %s: readers see neither the old nor the new publication", point)
		}
		if o := n.do(t, "publish", "--project", n.dir); o.code != 0 {
			t.Errorf("killed at %s, published again: exit code %d\n%s", point, o.code, o.stderr)
			continue
		}
		same(t, "killed at "+point+", published again", n.shown(t), after)
	}
}

// loseStaged removes the file that is staged but not shown yet.
func (n *night) loseStaged(t *testing.T) {
	t.Helper()
	shown, err := filepath.EvalSymlinks(filepath.Join(n.dir, "marts.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	staged, err := filepath.Glob(filepath.Join(n.dir, "marts-*.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range staged {
		if filepath.Base(file) == filepath.Base(shown) {
			continue
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

func differ(a, b dump) bool {
	for name := range b {
		if differs(a[name], b[name]) != "" {
			return true
		}
	}
	return len(a) != len(b)
}
