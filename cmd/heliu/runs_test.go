package main

import (
	"fmt"
	"strings"
	"testing"
)

// A run that there is not is wrong use; one that failed says beneath its steps why, whole.
func TestRunsOfARun(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1)) // its file is not there
	_, out, _ := s.do("run", "--project", dir)
	_, rest, ok := strings.Cut(out, "  heliu runs --project "+dir+" ")
	if !ok {
		t.Fatalf("a run that is recorded is not offered: %s", out)
	}
	run := strings.Fields(rest)[0]
	for lang, want := range map[string]string{"en": "\nread old.orders: path ./orders.csv: there is no such file in " + dir, "zh": "\n读取 old.orders:路径 ./orders.csv:" + dir + " 中没有该文件"} {
		if code, out, err := s.do("runs", run, "--project", dir, "--lang", lang); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d: %s%s", lang, code, out, err)
		}
	}
	for lang, want := range map[string]string{"en": `there is no run "nonsense"; list those that there are: heliu runs --project ` + dir, "zh": `没有运行 "nonsense"`} {
		if code, out, err := s.do("runs", "nonsense", "--project", dir, "--lang", lang); code != 2 || out != "" || !strings.Contains(err, want) {
			t.Errorf("%s: exit code %d: %s%s", lang, code, out, err)
		}
	}
}

// A message is whole for programs; in the table a long one is cut at a word, and marked.
func TestMessagesOfRunsAreCutAtAWord(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	path := "./" + strings.Repeat("long/", 20) + "advice.csv"
	dir := s.project(strings.Replace(strings.Replace(mapped, "STATUS", "state", 1), "./orders.csv", path, 1))
	if code, _, err := s.do("run", "--project", dir); code != 1 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	for _, format := range []string{"table", "csv"} {
		if _, out, _ := s.do("runs", "--project", dir, "--format", format); !strings.Contains(out, path+": there is no such file in "+dir) {
			t.Errorf("%s: %s", format, out)
		}
	}
	for text, want := range map[string]string{"short": "short", "a word and another": "a word …", "a word ends here": "a word …", "aaaaaaaaaaaa": "aaaaaaaa …"} {
		if _, out, err := s.do("query", "--building", "select "+cutSQL(quoted(text), 8)+" as x", "--format", "csv", "--project", dir); out != "x\n"+want+"\n" {
			t.Errorf("%s: %s%s", text, out, err)
		}
	}
}

// What failed before there was a record is not looked for in it.
func TestARunWithoutARecordIsNotOffered(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("lake: ./lake\n" + strings.Replace(mapped, "STATUS", "state", 1))
	write(t, dir, map[string]string{"lake": "a file is no folder", "orders.csv": "id,state,made,total\n"})
	code, out, err := s.do("run", "--project", dir)
	if code != 1 || strings.Contains(out, "heliu runs") || !strings.Contains(out, "\nNext:\n  heliu run --project "+dir) {
		t.Errorf("exit code %d: %s%s", code, out, err)
	}
}

// Counts of receipts and steps are written for people as the summary of a run writes them, and for programs as numbers.
func TestCountsOfReceiptsAndSteps(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	rows := "id,state,made,total\n"
	for i := range 1728 {
		rows += fmt.Sprintf("%d,paid,2026-06-18 20:00:00,1.00\n", i)
	}
	write(t, dir, map[string]string{"orders.csv": rows})
	if code, _, err := s.do("extract", "--project", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	_, out, _ := s.do("runs", "--project", dir, "--format", "csv")
	run, _, _ := strings.Cut(strings.Split(out, "\n")[1], ",")
	for _, args := range [][]string{{"receipts"}, {"receipts", "--all"}, {"runs", run}} {
		for format, want := range map[string]string{"table": " 1,728 ", "csv": ",1728,"} {
			if _, out, err := s.do(append(args, "--project", dir, "--format", format)...); !strings.Contains(out, want) || format == "table" && strings.Contains(out, " 1728 ") {
				t.Errorf("%v as %s: %s%s", args, format, out, err)
			}
		}
	}
}
