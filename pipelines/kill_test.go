package pipelines_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse"
)

// killAt tells a child process at which point to kill itself: "point:n:file:folder" for its n-th passing.
const killAt = "HELIU_TEST_KILL_AT"

func TestMain(m *testing.M) {
	if order := os.Getenv(killAt); order != "" {
		child(order)
		return
	}
	flag.Parse()
	if !isSet("rapid.checks") { // each check builds a dozen small warehouses
		if err := flag.Set("rapid.checks", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// died is a failer for the child, which has no test.
type died struct{}

func (died) Helper()                           {}
func (died) Fatal(args ...any)                 { fmt.Fprintln(os.Stderr, args...); os.Exit(1) }
func (died) Fatalf(format string, args ...any) { died{}.Fatal(fmt.Sprintf(format, args...)) }

func child(order string) {
	parts := strings.SplitN(order, ":", 4)
	nth, err := strconv.Atoi(parts[1])
	check(died{}, err)
	b, done := newBuilderAt(died{}, parts[2], parseModels(died{}, smallStar), reopen(parts[3]))
	b.Workers = 1
	b.Crash = func(point string) {
		if point == parts[0] {
			if nth--; nth == 0 {
				check(died{}, syscall.Kill(os.Getpid(), syscall.SIGKILL))
			}
		}
	}
	build(died{}, b, pipelines.Selection{})
	done()
}

// reopen finds the files that a folderLake wrote.
func reopen(dir string) *folderLake {
	lake := newFolderLake(died{}, dir, smallRaw)
	for table := range smallRaw {
		for n := 0; ; n++ {
			path := filepath.Join(dir, fmt.Sprintf("%s-%d.parquet", table, n))
			if _, err := os.Stat(path); err != nil {
				break
			}
			lake.files[table] = append(lake.files[table], warehouse.File{Path: path})
		}
	}
	return lake
}

// Invariant 4: a build that is killed at any point, again and again, ends as one that was not.
func TestAKillAtAnyPointDoesNoHarm(t *testing.T) {
	dir := t.TempDir()
	lake := newFolderLake(t, dir, smallRaw)
	first := func() {
		lake.land(t, "raw.s__orders", []string{"(1, 1, date '2026-05-03', 30, 1)", "(2, 2, date '2026-05-05', 20, 1)"})
		lake.land(t, "raw.s__touches", []string{"('a', 1, '2026-05-02T10:00:00')", "('b', 2, '2026-05-05T10:00:00')"})
	}
	first()
	list := parseModels(t, smallStar)
	path := filepath.Join(t.TempDir(), "w.duckdb")
	b, done := newBuilderAt(t, path, list, lake)
	build(t, b, pipelines.Selection{})
	done()
	kills := 0
	for i, point := range pipelines.CrashPoints() {
		day := 4 + i
		lake.land(t, "raw.s__orders", []string{fmt.Sprintf("(1, 2, date '2026-05-%02d', %d, %d)", day, i, i+2), fmt.Sprintf("(%d, 1, date '2026-05-%02d', 9, 1)", 10+i, day)})
		lake.land(t, "raw.s__touches", []string{fmt.Sprintf("('d%d', 2, '2026-05-%02dT10:00:00')", i, day)})
		for _, nth := range []int{1, 3} {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s:%d:%s:%s", killAt, point, nth, path, dir))
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil: // the point is not passed that often
			case strings.Contains(err.Error(), "killed"):
				kills++
			default:
				t.Fatalf("%s: %v\n%s", point, err, out)
			}
		}
	}
	if kills < len(pipelines.CrashPoints()) {
		t.Errorf("only %d kills at %d points", kills, len(pipelines.CrashPoints()))
	}
	b, done = newBuilderAt(t, path, list, lake)
	defer done()
	build(t, b, pipelines.Selection{})
	whole, doneToo := newBuilder(t, list, lake)
	defer doneToo()
	build(t, whole, pipelines.Selection{})
	for _, table := range smallTables {
		if diff := cmp.Diff(contents(t, whole, table), contents(t, b, table)); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
	}
}
