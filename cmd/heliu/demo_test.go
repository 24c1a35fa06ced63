package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/pipelines"
)

// The sample company from nothing to published tables, a day later again, and what a user asks in between.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.company, s.first = demoCompany(), demoFirst()
	dir := filepath.Join(t.TempDir(), "demo")
	if code, _, err := s.do("init", "--demo", dir); code != 0 {
		t.Fatalf("init: %d %s", code, err)
	}
	code, out, err := s.do("run", "--demo", "--project", dir)
	if code != 0 {
		t.Fatalf("first run: %d\n%s\n%s", code, out, err)
	}
	for _, want := range []string{"tmall.orders", "agrees", "not proved", "mart.campaign_roi", "marts.duckdb", "Next: heliu query"} {
		if !strings.Contains(out, want) {
			t.Errorf("the first run does not show %q:\n%s", want, out)
		}
	}
	s.keptOutAgrees(dir, out)
	s.answersOfThePages(dir)
	first := s.count(dir, "select count(*) from star.fct_order")
	if code, out, err = s.do("run", "--demo", "--project", dir); code != 0 || !strings.Contains(out, "more streams had nothing new") {
		t.Errorf("second run: %d\n%s\n%s", code, out, err)
	}
	if second := s.count(dir, "select count(*) from star.fct_order"); first == "" || first == second {
		t.Errorf("a day later there are %q orders, before %q", second, first)
	}
	for _, args := range [][]string{{"runs"}, {"receipts", "tmall"}, {"lake", "list"}, {"quarantine", "list"}, {"plan"}, {"source", "list"},
		{"source", "show", "tmall"}, {"lineage", "mart.campaign_roi.roas"}} {
		if code, out, err := s.do(append(args, "--project", dir)...); code != 0 || out == "" && args[0] != "plan" {
			t.Errorf("%v: %d %s %s", args, code, out, err)
		}
	}
	s.isLocked(dir)
	s.hidesSecrets(dir)
}

// count is the one value of a query.
func (s *shell) count(dir, query string) string {
	s.t.Helper()
	code, out, err := s.do("query", query, "--format", "csv", "--project", dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 {
		s.t.Fatalf("%s: %d %s %s", query, code, out, err)
	}
	return lines[1]
}

// isLocked checks that nobody who writes gets past a run, and that readers of the publication do.
func (s *shell) isLocked(dir string) {
	s.t.Helper()
	s.env["HELIU_DEMO_TAOBAO"] = "http://127.0.0.1:1" // else a run is refused before it looks for the lock
	defer delete(s.env, "HELIU_DEMO_TAOBAO")
	lock, err := pipelines.TakeLock(dir, "the test")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := lock.Free(); err != nil {
			s.t.Error(err)
		}
	}()
	for _, args := range [][]string{{"run"}, {"extract"}, {"build"}, {"publish"}, {"runs"}, {"query", "--building", "select 1"}} {
		if code, _, err := s.do(append(args, "--project", dir)...); code != 4 || !strings.Contains(err, "the test") {
			s.t.Errorf("%v beside a run: %d %s", args, code, err)
		}
	}
	if code, _, err := s.do("query", "select 1", "--project", dir); code != 0 {
		s.t.Errorf("query beside a run: %d %s", code, err)
	}
}

// hidesSecrets looks for clear phone numbers, e-mail addresses and the key of the hash in every file of the project but
// those that are the source itself.
func (s *shell) hidesSecrets(dir string) {
	s.t.Helper()
	looked := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "files" {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		looked++
		text, err := os.ReadFile(path)
		for _, planted := range []string{demoPersonalKey, "@example.com", "139-1000-0000"} {
			if strings.Contains(string(text), planted) {
				s.t.Errorf("%s holds %q", path, planted)
			}
		}
		return err
	})
	if err != nil || looked < 100 { // the lake alone has more
		s.t.Errorf("%d files were looked at: %v", looked, err)
	}
}

// keptOutAgrees holds what a run says is in quarantine against the list of it.
func (s *shell) keptOutAgrees(dir, said string) {
	s.t.Helper()
	code, out, err := s.do("quarantine", "list", "--project", dir)
	var rows int
	for _, line := range strings.Split(out, "\n") {
		if cells := strings.Fields(line); strings.HasPrefix(line, "quarantine.") && len(cells) > 1 {
			n, err := strconv.Atoi(cells[1])
			if err != nil {
				s.t.Fatal(err)
			}
			rows += n
		}
	}
	if want := fmt.Sprintf(", %d in quarantine.", rows); code != 0 || rows == 0 || !strings.Contains(said, want) {
		s.t.Errorf("the run does not say %q: %d %s\n%s%s", want, code, said, out, err)
	}
}
