package main

import (
	"strings"
	"testing"
)

// check refuses what no run can come of: a project without a source, and a path that names no file.
func TestCheckRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	code, out, err := s.do("check", "--project", s.project("name: acme\n"))
	if code != 2 || out != "" || !strings.Contains(err, "heliu.yaml names no source") {
		t.Errorf("no source: exit code %d: %s%s", code, out, err)
	}
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	code, out, err = s.do("check", "--project", dir)
	if code != 2 || out != "" || !strings.Contains(err, "heliu.yaml:4: source old: stream orders: path ./orders.csv: there is no such file in "+dir) {
		t.Errorf("no file: exit code %d: %s%s", code, out, err)
	}
	write(t, dir, map[string]string{"orders.csv": "id,state,made,total\n"})
	if code, out, err = s.do("check", "--project", dir); code != 0 || !strings.Contains(out, "holds: 1 source, ") {
		t.Errorf("a file: exit code %d: %s%s", code, out, err)
	}
	// A sample company that has not run yet has no files.
	demo := t.TempDir() + "/demo"
	if code, _, err := s.do("init", "--demo", demo); code != 0 {
		t.Fatal(err)
	}
	if code, out, err := s.do("check", "--project", demo); code != 0 {
		t.Errorf("the sample company: exit code %d: %s%s", code, out, err)
	}
}

// What a build shows are rows of the table, not versions beside them; an error of a query shows the place and not all of it.
func TestRowsAndPlaces(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	write(t, dir, map[string]string{"orders.csv": "id,state,made,total\n1,paid,2026-06-18 20:00:00,1.00\n1,paid,2026-06-18 21:00:00,1.00\n"})
	code, _, told := s.do("run", "--project", dir)
	if code != 0 || !strings.Contains(told, "✓ build entity.order  1 row written, full") {
		t.Errorf("exit code %d: %s", code, told)
	}
	long := "select " + strings.Repeat("order_id, ", 60) + "order_idd from star.fct_order"
	_, out, told := s.do("query", long, "--project", dir)
	if !strings.Contains(told, "order_idd") || !strings.Contains(told, "^") || len(told) > 600 || strings.Contains(told, "[in:") {
		t.Errorf("%d letters: %s%s", len(told), out, told)
	}
}
