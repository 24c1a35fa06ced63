package whole

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// killsVariable says how many kills from outside TestKilledAtRandom makes; `make test-kill` makes 50.
const killsVariable = "HELIU_WHOLE_KILLS"

// night is one night's run that can be taken back and done again, and what it leaves when nobody disturbs it.
type night struct {
	*project
	restore     func()
	undisturbed dump
}

// newNight brings a company to its second night, and looks at what an undisturbed run makes of it.
func newNight(t *testing.T) *night {
	c := newCompany(t)
	n := &night{project: newProject(t, c)}
	n.run(t).want(t, 0)
	back := n.keep(t)
	n.restore = func() {
		back()
		n.files(t) // as they are on the second night
	}
	c.sleep(1)
	n.run(t).want(t, 0)
	n.undisturbed = n.shown(t)
	return n
}

// shown is what readers see. When something was seen is no part of it, nor the key of a claim, of which that is a part: a
// run that was stopped has seen it later.
func (n *night) shown(t *testing.T) dump {
	return n.dumped(t, "marts.duckdb", []string{"star", "mart"}, "seen_at", "ad_claim_key")
}

// crash runs a command that is to kill itself at a point, and tells whether it got there.
func (n *night) crash(t *testing.T, point string, args ...string) bool {
	t.Helper()
	n.env["HELIU_TEST_CRASH"] = point
	o := n.do(t, append(args, "--project", n.dir)...)
	delete(n.env, "HELIU_TEST_CRASH")
	if o.code == -1 {
		return true
	}
	if o.code != 0 {
		t.Errorf("on the way to %s: exit code %d\n%s", point, o.code, o.stderr)
	}
	return false
}

// recovers runs once more and holds what is shown then against the undisturbed run.
func (n *night) recovers(t *testing.T, what string) {
	t.Helper()
	if o := n.run(t); o.code != 0 {
		t.Errorf("%s, run again: exit code %d\n%s", what, o.code, o.stderr)
		return
	}
	same(t, what+", run again", n.shown(t), n.undisturbed)
	n.receiptsOnce(t, what)
}

// receiptsOnce: every landed batch has one receipt, and the lake holds the rows that its receipts tell.
func (n *night) receiptsOnce(t *testing.T, what string) {
	t.Helper()
	db := open(t, filepath.Join(n.dir, "warehouse.duckdb"))
	defer db.Close()
	for _, row := range rows(t, db, "select source, stream, batch_id, count(*)::varchar from ops.receipts group by all having count(*) > 1") {
		t.Errorf("%s: a batch has several receipts: %v", what, row)
	}
	told := table(t, db, "select 'raw.' || source || '__' || stream, sum(landed_count)::bigint::varchar from ops.receipts group by all")
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Location: filepath.Join(n.dir, "lake"), Now: time.Now})
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

// notHere are the crash points that this test cannot reach, with where they are tested.
func notHere() map[string]string {
	return map[string]string{publish.PointSwapping: "within PostgreSQL's transaction: the tests of publish and test/real"}
}

// Killed at every numbered point, one after the other, the night still ends as if nothing had happened.
func TestKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	points := slices.Concat(extract.CrashPoints(), lake.CrashPoints(), pipelines.CrashPoints(), publish.CrashPoints())
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
	n.recovers(t, "killed in reading and building")
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

// killPublication kills the switch of the targets at each of its points; readers see the old or the new, never half.
func (n *night) killPublication(t *testing.T, reached map[string]bool) {
	t.Helper()
	n.restore()
	before := n.shown(t)
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
		if shown := n.shown(t); differ(shown, before) && differ(shown, n.undisturbed) {
			t.Errorf("killed at %s: readers see neither the old nor the new publication", point)
		}
		if o := n.do(t, "publish", "--project", n.dir); o.code != 0 {
			t.Errorf("killed at %s, published again: exit code %d\n%s", point, o.code, o.stderr)
			continue
		}
		same(t, "killed at "+point+", published again", n.shown(t), n.undisturbed)
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

// Killed from outside, again and again at any instant, the night still ends as if nothing had happened.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		return
	}
	kills := 5
	if text := os.Getenv(killsVariable); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	n := newNight(t)
	n.restore()
	dice := rand.New(rand.NewPCG(1, uint64(kills)))
	for killed := 0; killed < kills; {
		after := time.Duration(dice.Int64N(int64(4 * time.Second)))
		if n.killedAfter(t, after) {
			killed++
			continue
		}
		same(t, fmt.Sprintf("after %d kills", killed), n.shown(t), n.undisturbed)
		n.receiptsOnce(t, fmt.Sprintf("after %d kills", killed))
		n.restore()
	}
	n.recovers(t, fmt.Sprintf("after %d kills", kills))
}

// killedAfter runs the night's job and kills it after a time; false means that it had ended well before.
func (n *night) killedAfter(t *testing.T, after time.Duration) bool {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), after)
	defer stop()
	command := n.command(ctx, "run", "--project", n.dir)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGKILL) }
	o := n.finish(t, command)
	if o.code > 0 {
		t.Fatalf("between kills: exit code %d\n%s", o.code, o.stderr)
	}
	return o.code == -1
}
