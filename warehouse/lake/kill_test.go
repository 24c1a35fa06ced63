package lake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

var lines = TableSpec{Name: "raw.tmall__lines", Parent: "raw.tmall__orders", Columns: []warehouse.Column{
	{Name: "id", Type: models.String}, {Name: "amount", Type: models.Money}}}

// reader follows a table as a model does: it keeps what it was given, once, and its position.
type reader struct {
	position int64
	seen     []string
}

func (r *reader) follow(ctx context.Context, t *Table) error {
	inc, err := t.FilesSince(ctx, r.position)
	if err != nil {
		return err
	}
	if err := held(ctx, t, inc.Files); err != nil {
		return err
	}
	rows, err := t.Rows(ctx, inc.Files)
	if err != nil {
		return err
	}
	if inc.Reset {
		r.seen = nil
	}
	for _, row := range rows {
		r.seen = append(r.seen, row["id"].(string))
	}
	r.position = inc.Snapshot
	return nil
}

// runner is a nightly job in small: it lands window after window into a parent and a child table, with upkeep.
type runner struct {
	lake            *Lake
	parent, child   *Table
	orders, details *reader
}

func newRunner(ctx context.Context, dir string, crash func(string)) (*runner, error) {
	l, err := Open(ctx, Config{Location: dir, Crash: crash})
	if err != nil {
		return nil, err
	}
	r := &runner{lake: l}
	if r.parent, err = l.Ensure(ctx, orders); err == nil {
		r.child, err = l.Ensure(ctx, lines)
	}
	return r, err
}

func landRows(t *Table, id string, n int) ([]warehouse.File, error) {
	b := t.NewBatch(id)
	for i := range n {
		b.AppendString(0, fmt.Sprintf("%s-%d", id, i))
		if err := b.EndRow(); err != nil {
			return nil, err
		}
	}
	return b.Close()
}

// window lands the window behind the cursor: n%3 rows in the parent, n%4 in the child.
func (r *runner) window(ctx context.Context, suffix string) (int, error) {
	n, _ := strconv.Atoi(r.parent.Head().Cursor)
	n++
	id := fmt.Sprintf("w%d%s", n, suffix)
	child, err := landRows(r.child, id, n%4)
	if err != nil {
		return n, err
	}
	if err := r.child.Commit(ctx, Commit{BatchID: id, Files: child}); err != nil {
		return n, err
	}
	files, err := landRows(r.parent, id, n%3)
	if err != nil {
		return n, err
	}
	return n, r.parent.Commit(ctx, Commit{BatchID: id, Files: files, Cursor: strconv.Itoa(n), Receipt: warehouse.Receipt{BatchID: id, Landed: int64(n % 3)}})
}

func (r *runner) upkeep(ctx context.Context, orders, details int64) error {
	for table, position := range map[*Table]int64{r.parent: orders, r.child: details} {
		if _, err := table.Compact(ctx, Compaction{Files: 6}); err != nil {
			return err
		}
		if _, err := table.Expire(ctx, Expiry{Keep: 4, Never: []int64{position}}); err != nil {
			return err
		}
		if _, err := table.Sweep(ctx, 0); err != nil {
			return err
		}
	}
	return nil
}

func wantIDs(windows, modulo int, name func(int) string) []string {
	var out []string
	for n := 1; n <= windows; n++ {
		for i := range n % modulo {
			out = append(out, fmt.Sprintf("%s-%d", name(n), i))
		}
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	got = slices.Sorted(slices.Values(got))
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d rows, want %d: first difference %s", what, len(got), len(want), difference(got, want))
	}
}

func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Sprintf("at %d: got %v, want %v", i, got[min(i, len(got)):min(i+3, len(got))], want[min(i, len(want)):min(i+3, len(want))])
		}
	}
	return "none"
}

type killed struct{ point string }

// A run that is killed again and again at crash points, upkeep included, lands every row once (invariant 1), and
// readers that follow it see every row once.
func TestTwoHundredWindowsWithKills(t *testing.T) {
	t.Parallel()
	const windows = 200
	ctx, dir, random := t.Context(), t.TempDir(), rand.New(rand.NewPCG(1, 2))
	met, batches := map[string]int{}, map[int]string{}
	orders, details := &reader{}, &reader{}
	points, kills, lives := CrashPoints(), 0, 0
	victim, passes := points[0], 2
	crash := func(point string) {
		if point != victim {
			return
		}
		if passes--; passes < 0 {
			kills++
			met[point]++
			victim, passes = points[kills%len(points)], random.IntN(2)
			panic(killed{point})
		}
	}
	live := func() (done bool, err error) {
		defer func() {
			if k, ok := recover().(killed); ok {
				err = fmt.Errorf("killed at %s", k.point)
			}
		}()
		lives++
		r, err := newRunner(ctx, dir, crash)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, r.lake.Close()) }()
		for {
			// a life reads windows that end elsewhere than the last life's: unfinished child batches are given up
			n, err := r.window(ctx, fmt.Sprintf(".%d", lives%3))
			if err != nil {
				return false, err
			}
			batches[n] = r.parent.Head().Batch
			if n%10 == 0 {
				if err := errors.Join(orders.follow(ctx, r.parent), details.follow(ctx, r.child)); err != nil {
					return false, err
				}
			}
			if n%12 == 0 {
				if err := r.upkeep(ctx, orders.position, details.position); err != nil {
					return false, err
				}
			}
			if n >= windows {
				return true, nil
			}
		}
	}
	for {
		done, err := live()
		if done {
			break
		}
		if err == nil || !strings.HasPrefix(err.Error(), "killed") {
			t.Fatal(err)
		}
	}
	r, err := newRunner(ctx, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.lake.Close(); err != nil {
			t.Error(err)
		}
	}()
	receipts, err := r.parent.Receipts(ctx)
	if err != nil || len(receipts) != windows {
		t.Errorf("%d receipts, want %d (%v)", len(receipts), windows, err)
	}
	for i, receipt := range receipts {
		batches[i+1] = receipt.BatchID // a kill after the commit kept the test from noting it
	}
	name := func(n int) string { return batches[n] }
	if err := errors.Join(orders.follow(ctx, r.parent), details.follow(ctx, r.child)); err != nil {
		t.Fatal(err)
	}
	same(t, "orders by increments", orders.seen, wantIDs(windows, 3, name))
	same(t, "lines by increments", details.seen, wantIDs(windows, 4, name))
	same(t, "orders at once", ids(t, r.parent, since(t, r.parent, 0).Files), wantIDs(windows, 3, name))
	same(t, "lines at once", ids(t, r.child, since(t, r.child, 0).Files), wantIDs(windows, 4, name))
	for _, point := range CrashPoints() {
		if met[point] == 0 {
			t.Errorf("no kill at %s in %d kills: raise the number of windows", point, kills)
		}
	}
	t.Logf("%d windows, %d kills, %d lives", windows, kills, lives)
}

// The same with real deaths of real processes, one at each point.
func TestProcessDiesAtEveryPoint(t *testing.T) {
	if dir := os.Getenv("HELIU_LAKE_TEST_DIR"); dir != "" {
		die(t.Context(), dir, os.Getenv("HELIU_LAKE_TEST_POINT"))
		return
	}
	t.Parallel()
	dir := t.TempDir()
	for _, point := range append(CrashPoints(), "none") {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessDiesAtEveryPoint$", "-test.count=1")
		cmd.Env = append(os.Environ(), "HELIU_LAKE_TEST_DIR="+dir, "HELIU_LAKE_TEST_POINT="+point)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if point == "none" && err == nil || errors.As(err, &exit) && exit.ExitCode() == 77 {
			continue
		}
		t.Fatalf("at %s: %v\n%s", point, err, out)
	}
	r, err := newRunner(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.lake.Close(); err != nil {
			t.Error(err)
		}
	}()
	windows, _ := strconv.Atoi(r.parent.Head().Cursor)
	name := func(n int) string { return fmt.Sprintf("w%d", n) }
	same(t, "orders", ids(t, r.parent, since(t, r.parent, 0).Files), wantIDs(windows, 3, name))
	same(t, "lines", ids(t, r.child, since(t, r.child, 0).Files), wantIDs(windows, 4, name))
}

// die is a life of twelve windows with upkeep that ends at the second passing of the point.
func die(ctx context.Context, dir, point string) {
	passed := 0
	r, err := newRunner(ctx, dir, func(at string) {
		if at == point {
			if passed++; passed == 2 {
				os.Exit(77)
			}
		}
	})
	for range 12 {
		if err == nil {
			_, err = r.window(ctx, "")
		}
		if err == nil {
			err = r.upkeep(ctx, 0, 0)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if point != "none" {
		fmt.Fprintln(os.Stderr, "never came to", point)
		os.Exit(2)
	}
}
