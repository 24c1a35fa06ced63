package main

import (
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
