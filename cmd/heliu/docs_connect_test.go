package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // stands in for the page's PostgreSQL
)

const connectPage = "../../docs/connect.md"

// blockOf is the first match of a pattern's group in the page.
func blockOf(t *testing.T, page, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no %s", pattern)
	}
	return found[1]
}

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(connectPage)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ownShop is the project of the page's walk, with its export beside it.
func ownShop(t *testing.T, s *shell, heliuYAML string) string {
	t.Helper()
	dir := s.project(heliuYAML)
	if err := os.Mkdir(filepath.Join(dir, "exports"), 0o755); err != nil {
		t.Fatal(err)
	}
	export := blockOf(t, readPage(t), "(?s)```csv\n(.*?)```")
	if err := os.WriteFile(filepath.Join(dir, "exports", "orders-2026-06.csv"), []byte(export), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The walk from nothing to a shop's export and an ERP's tables comes to what the page shows.
func TestConnectPage(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	page := readPage(t)
	project := blockOf(t, page, "(?s)```yaml\n(name: acme.*?)```")
	dir := ownShop(t, s, project)
	asked := 0
	answers := regexp.MustCompile("(?s)```sql acme\n(.*?)```\n\n```text\n(.*?)```").FindAllStringSubmatch(page, -1)
	renewed := page
	ask := func() {
		code, out, told := s.do("query", answers[asked][1], "--project", dir)
		got := strings.Replace(answers[asked][0], "```text\n"+answers[asked][2], "```text\n"+unpadded(out), 1)
		if renewed = strings.Replace(renewed, answers[asked][0], got, 1); code != 0 {
			t.Errorf("exit code %d: %s", code, told)
		}
		asked++
	}
	if code, out, told := s.do("run", "--project", dir); code != 0 {
		t.Fatalf("run: %d %s%s", code, out, told)
	}
	if code, out, told := s.do("quarantine", "show", "order", "--project", dir); code != 0 || !strings.Contains(out, "a code that the code table does not have: 卖家冻结") {
		t.Errorf("quarantine: %d %s%s", code, out, told)
	}
	ask()

	s.env["ERP_DSN"] = "sqlite:" + filepath.Join(dir, "erp.db")
	erpTables(t, filepath.Join(dir, "erp.db"))
	project = strings.Replace(project, "已付款: paid,", "已付款: paid, "+blockOf(t, page, "Add the code \\(`(.*?)`\\)")+",", 1)
	project = strings.Replace(project, "sources:\n", "sources:\n"+blockOf(t, page, "(?s)```yaml\n(  erp:.*?)```"), 1)
	if err := os.WriteFile(filepath.Join(dir, "heliu.yaml"), []byte(project), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"source", "test", "erp"}, {"run"}} {
		if code, out, told := s.do(append(args, "--project", dir)...); code != 0 {
			t.Fatalf("%v: %d %s%s", args, code, out, told)
		}
	}
	if orders := s.count(dir, "select sum(placed_orders) as n from mart.sales_daily"); orders != "4" {
		t.Errorf("with the code mended there are %s orders", orders)
	}
	ask()
	if *update {
		if err := os.WriteFile(connectPage, []byte(renewed), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if renewed != page {
		t.Errorf("renew the page if this is right: go test ./cmd/heliu -run TestConnectPage -update\n%s", cmp.Diff(page, renewed))
	}
}

func erpTables(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.ExecContext(t.Context(), `create table stock (warehouse text, sku text, good numeric, locked numeric, counted_at timestamp);
			create table items (sku text, name text, changed_at timestamp);
			insert into stock values ('W1', 'SKU-1', 3, 1, '2026-06-18 23:00:00'), ('W1', 'SKU-2', 40, 0, '2026-06-18 23:00:00');
			insert into items values ('SKU-1', '防晒衣', '2026-06-01 00:00:00'), ('SKU-2', '护手霜', '2026-06-01 00:00:00')`)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Each mistake of the page is answered with the words of the page.
func TestMistakesOfThePage(t *testing.T) {
	t.Parallel()
	page := readPage(t)
	project := blockOf(t, page, "(?s)```yaml\n(name: acme.*?)```")
	lines := regexp.MustCompile(`(?s) {10}order_line:.*?\nshops:`).FindString(project)
	codes := regexp.MustCompile(`\{of: state, codes: .*?\}\}?`).FindString(project)
	for _, c := range []struct{ row, from, to, command string }{
		{"misspell a field", "placed_at: created", "placed_at: creatd", "check"},
		{"without quotes of its own", `shop_id: "'oldshop'"`, "shop_id: oldshop", "check"},
		{"leave out a field", "            currency: \"'CNY'\"\n", "", "check"},
		{"forget the lines", lines, "shops:", "check"},
		{"forget the table of codes", codes, "state", "check"},
		{"rename the header", "path: 实付金额", "path: 实付", "extract"},
		{"leads to no file", "orders-*.csv", "order-*.csv", "extract"},
		{"is not set", "name: acme", "name: acme\npersonal: {key: \"${HELIU_PERSONAL_KEY}\"}", "check"},
		{"write the password", "sources:", "sources:\n  erp: {connector: sql, dsn: 'postgres://bi:hunter2@erp:5432/erp', streams: {}}", "check"},
	} {
		t.Run(c.row, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			want := blockOf(t, page, `\| [^|\n]*`+regexp.QuoteMeta(c.row)+"[^|\n]* \\| `(.*?)`")
			if !strings.Contains(project, c.from) || c.from == "" {
				t.Fatalf("the project has no %q", c.from)
			}
			_, out, told := s.do(c.command, "--project", ownShop(t, s, strings.Replace(project, c.from, c.to, 1)))
			if !strings.Contains(told+out, want) {
				t.Errorf("Heliu does not say %q:\n%s%s", want, told, out)
			}
		})
	}
}
