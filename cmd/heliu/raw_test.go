package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A figure is followed back to the record: raw tables are asked by their names, beside published ones, and only as long as
// what their files hold is what was landed.
func TestRawTablesAreAsked(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	write(t, dir, map[string]string{"orders.csv": "id,state,made,total\n1,paid,2026-06-18 20:00:00,1.00\n2,paid,2026-06-19 20:00:00,2.50\n"})
	if code, _, err := s.do("run", "--project", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	ask := func(args ...string) (int, string, string) {
		return s.do(append([]string{"query", "--project", dir, "--format", "csv"}, args...)...)
	}
	const beside = `with r as (select id, total from RAW."old__orders") select fct_order.order_id, r.total from star.fct_order inner join r on fct_order.order_id = r.id order by 1`
	if code, out, err := ask(beside); code != 0 || out != "order_id,total\n1,1\n2,2.5\n" {
		t.Errorf("exit code %d: %s%s", code, out, err)
	}
	if code, out, err := ask("--building", "select count(*) as n from raw.old__orders inner join ops.receipts on old__orders._batch_id = receipts.batch_id"); code != 0 || out != "n\n2\n" {
		t.Errorf("building: exit code %d: %s%s", code, out, err)
	}
	if code, _, err := ask("select * from raw.old__oders"); code != 2 || !strings.Contains(err, "no table raw.old__oders (is it raw.old__orders?)") {
		t.Errorf("misspelt: exit code %d: %s", code, err)
	}
	if code, _, err := ask("delete from star.fct_order where 'raw.x' <> ''"); code == 0 {
		t.Errorf("a publication was written to: %s", err)
	}
	if code, out, err := s.do("lineage", "--project", dir, "star.fct_order.order_id"); code != 0 || !lineWith(out, "raw.old__orders", "old.orders") || !strings.Contains(err, "select * from raw.old__orders limit 10") {
		t.Errorf("lineage: exit code %d: %s%s", code, out, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "lake", "raw", "*", "data", "*", "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files: %v %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, out, told := ask("select * from raw.old__orders"); code != 1 || out != "" || !strings.Contains(told, "checksum differs") {
		t.Errorf("a file that was changed: exit code %d: %s%s", code, out, told)
	}
}
