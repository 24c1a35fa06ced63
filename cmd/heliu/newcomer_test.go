package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A project without a source can come to nothing: no run of it is green, and it is told how to go on.
func TestAnEmptyProjectDoesNotRun(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("name: acme\n")
	for _, command := range []string{"run", "build", "extract", "publish"} {
		code, out, err := s.do(command, "--project", dir)
		if code != 2 || out != "" || !strings.Contains(err, "heliu.yaml names no source") || !strings.Contains(err, "heliu source list --connectors") {
			t.Errorf("%s: exit code %d: %s%s", command, code, out, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "warehouse.duckdb")); err == nil {
		t.Error("a warehouse was made")
	}
}

// A slip of the keyboard is no run: it is in no record, and no reader is told that the last run failed.
func TestWrongUseIsNotRecorded(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	if code, _, err := s.do("build", "--project", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	for _, args := range [][]string{{"build", "mart.nope"}, {"extract", "nope"}, {"extract", "old.nope"}} {
		if code, _, err := s.do(append(args, "--project", dir)...); code != 2 {
			t.Errorf("%v: exit code %d: %s", args, code, err)
		}
	}
	_, out, err := s.do("runs", "--project", dir, "--format", "csv")
	if strings.Count(out, "\n") != 2 || !strings.Contains(out, ",build,green,0,") {
		t.Errorf("runs: %s%s", out, err)
	}
	text, failure := os.ReadFile(filepath.Join(dir, ".heliu", "last_run.json"))
	if failure != nil || strings.Contains(string(text), "nope") {
		t.Errorf("last run: %s %v", text, failure)
	}
}

// The next command is shown as it can be typed.
func TestTheNextCommandCanBeTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ program, dir, want string }{
		{"bin/heliu", "demo", "bin/heliu query --project demo x"}, {"", ".", "heliu query x"}, {"/usr/bin/heliu", ".", "/usr/bin/heliu query x"},
	} {
		a := &app{world: world{program: c.program}, dir: c.dir}
		if got := a.next("query", "x"); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// A source that does not answer is tried twice and told of in one line; one of the demo's is not tried at all.
func TestSourceTestIsShort(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	s := newShell(t)
	s.env["S"] = "a-secret-of-the-test"
	source := func(url string) string {
		return `{connector: oceanengine, base_url: "` + url + `", advertisers: ["1"], access_token: "${S}"}`
	}
	dir := s.project("name: acme\nsources:\n  busy: " + source(server.URL) + "\n  down: " + source(down) + "\n  demo: " + source("${HELIU_DEMO_OCEANENGINE}") + "\n")
	code, out, told := s.do("source", "test", "--project", dir)
	if code != 1 || out != "" || asked.Load() != 2 || strings.Contains(told, "WARN") || strings.Count(told, "\n") != 3 ||
		!strings.Contains(told, "source busy: ") || !strings.Contains(told, "HTTP 503") || !strings.Contains(told, "source down: ") || !strings.Contains(told, "connection refused") ||
		!strings.Contains(told, "– demo: the sample company's servers are up only while this runs: heliu run --demo --project "+dir) {
		t.Errorf("exit code %d, asked %d times:\n%s%s", code, asked.Load(), out, told)
	}
}

// A catalog's file is the project's, wherever the command is typed.
func TestARelativeCatalogIsTheProjects(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("lake: {location: ./lake, catalog: 'sqlite:./own.db'}\n" + strings.Replace(mapped, "STATUS", "state", 1))
	if code, _, err := s.do("lake", "list", "--project", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "own.db")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("own.db"); err == nil {
		t.Error("the catalog was made where the command was typed")
	}
}

// Receipts and runs are shown in the reader's language and the project's zone; programs get what is stored.
func TestReceiptsOfPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	file := filepath.Join(dir, "orders.csv")
	for _, rows := range []string{"1,paid,2026-06-18 20:00:00,1.00\n", "1,paid,2026-06-18 20:00:00,1.00\n2,paid,2026-06-19 20:00:00,2.00\n"} {
		if err := os.WriteFile(file, []byte("id,state,made,total\n"+rows), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, _, err := s.do("extract", "--project", dir); code != 0 {
			t.Fatalf("exit code %d: %s", code, err)
		}
	}
	for _, c := range []struct {
		args  []string
		lines int
		want  string
	}{
		{[]string{"receipts"}, 3, "to (Asia/Shanghai)"},
		{[]string{"receipts", "--all"}, 4, "agrees"},
		{[]string{"receipts", "--all", "--limit", "1"}, 3, "orders"},
		{[]string{"receipts", "--run", "none"}, 2, "rejected"},
		{[]string{"receipts", "--lang", "zh"}, 3, "止 (Asia/Shanghai)"},
		{[]string{"receipts", "old.orders", "--format", "csv", "--lang", "zh"}, 2, "source,stream,window_from,window_to,count_kind"},
		{[]string{"runs", "--lang", "zh"}, 4, "成功"},
		{[]string{"query", "--building", "select 1 as a", "--format", "csv", "--lang", "zh"}, 2, "\ufeffa\n1"},
		{[]string{"query", "--building", "select 1 as a", "--format", "csv", "--lang", "zh", "--bom=false"}, 2, "a\n1"},
	} {
		code, out, err := s.do(append(c.args, "--project", dir)...)
		if code != 0 || strings.Count(out, "\n") != c.lines || !strings.Contains(out, c.want) {
			t.Errorf("%v: exit code %d, want %d lines with %q:\n%s%s", c.args, code, c.lines, c.want, out, err)
		}
		if strings.Contains(out, "\ufeff") && !strings.Contains(c.want, "\ufeff") {
			t.Errorf("%v begins with a mark", c.args)
		}
	}
}

// A plan says what would be read and published as well as built.
func TestPlanShowsWhatGoesInAndOut(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("publish: [{csv: ./out}]\n" + strings.Replace(mapped, "STATUS", "state", 1))
	code, out, err := s.do("plan", "--project", dir)
	if code != 0 || !strings.Contains(out, "old.orders  the beginning: nothing is landed yet") || !strings.Contains(out, "csv     "+filepath.Join(dir, "out")) || !strings.Contains(out, "mart.sales_daily") {
		t.Errorf("exit code %d:\n%s%s", code, out, err)
	}
}
