package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A record of a file is out until its file is read again without it, or its key lands from another; list and show agree.
func TestQuarantineForgetsWhatWasMended(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.env["HELIU_PERSONAL_KEY"] = "k"
	dir := s.project(strings.NewReplacer("STATUS", "state", "./orders.csv", "./in/*.csv").Replace(mapped))
	file := func(name, rows string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "in"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "in", name), []byte("total,made,state,id\n"+rows), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out, err := s.do("extract", "--project", dir); code != 0 {
			t.Fatalf("extract: exit code %d: %s%s", code, out, err)
		}
	}
	kept := func(when string, want ...string) {
		t.Helper()
		for _, all := range []bool{false, true} {
			args := []string{"--project", dir}
			expected, count := want, len(want)
			if all {
				args, expected, count = append(args, "--all"), []string{"o1", "o2", "o3"}, 3
			}
			_, list, _ := s.do(append([]string{"quarantine", "list"}, args...)...)
			if count == 0 && list != "" || count > 0 && !strings.Contains(list, "raw.old__orders__rejected     "+string(rune('0'+count))) {
				t.Errorf("%s, all %v: %d expected in the list:\n%s", when, all, count, list)
			}
			code, show, err := s.do(append([]string{"quarantine", "show", "old.orders"}, args...)...)
			if n := strings.Count(show, "no decimal") + strings.Count(show, "is no number"); code != 0 || n != count {
				t.Errorf("%s, all %v: %d shown, want %d:\n%s%s", when, all, n, count, show, err)
			}
			for _, id := range expected {
				if !strings.Contains(show, `"`+id+`"`) {
					t.Errorf("%s, all %v: %s is not shown:\n%s", when, all, id, show)
				}
			}
		}
	}
	file("a.csv", "wrong,2026-06-01 10:00:00,paid,o1\nwrong,2026-06-01 10:00:00,paid,o2\n5,2026-06-01 10:00:00,paid,o4\n")
	file("b.csv", "wrong,2026-06-01 10:00:00,paid,o3\n")
	kept("at first", "o1", "o2", "o3")
	file("c.csv", "6,2026-06-01 10:00:00,paid,o2\n")
	kept("o2 landed from another file", "o1", "o3")
	file("a.csv", "5,2026-06-01 10:00:00,paid,o4\n")
	kept("a.csv came again without it", "o3")
	file("b.csv", "7,2026-06-01 10:00:00,paid,o3\n")
	kept("all mended")
}
