package whole

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// commands: exit codes are the contract's, data goes to standard output and everything else to standard error.
func commands(t *testing.T, p *project) {
	in := []string{"--project", p.dir}
	for _, c := range []struct {
		args   []string
		code   int
		stdout string // part of it; "" is none at all
		stderr string // part of it; "" is none at all
	}{
		{[]string{"version"}, 0, "heliu", ""},
		{[]string{"run", "--help"}, 0, "Exit codes", ""},
		{[]string{"schema"}, 0, `"$schema"`, ""},
		{[]string{"dictionary", "order"}, 0, "paid_at", ""},
		{append([]string{"query", "select count(*) as n from mart.sales_daily", "--format", "csv"}, in...), 0, "n\n", ""},
		{append([]string{"receipts", "tmall.orders", "--format", "csv"}, in...), 0, "tmall,orders", ""},
		{append([]string{"runs", "--format", "csv"}, in...), 0, "run_id", ""},
		{append([]string{"lineage", "mart.sales_daily.paid_amount"}, in...), 0, "fct_order_event", "receipts"},
		{append([]string{"source", "list"}, in...), 0, "tmall", ""},
		{append([]string{"nonsense"}, in...), 2, "", "nonsense"},
		{append([]string{"run", "--nonsense"}, in...), 2, "", "--nonsense"},
		{append([]string{"run", "--log-format", "xml"}, in...), 2, "", "text, json"},
		{append([]string{"extract", "nosuch.stream"}, in...), 2, "", "nosuch"},
		{append([]string{"build", "mart.nosuch"}, in...), 2, "", "mart.nosuch"},
		{append([]string{"query", "select * from mart.nosuch"}, in...), 1, "", "nosuch"},
		{[]string{"run", "--project", filepath.Join(p.dir, "nowhere")}, 2, "", "heliu.yaml"},
	} {
		o := p.do(t, c.args...)
		what := strings.Join(c.args, " ")
		if o.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", what, o.code, c.code, o.stdout, o.stderr)
		}
		if !strings.Contains(o.stdout, c.stdout) || c.stdout == "" && o.stdout != "" {
			t.Errorf("%s: standard output is\n%s\nwant %q in it", what, o.stdout, c.stdout)
		}
		if !strings.Contains(o.stderr, c.stderr) || c.stderr == "" && o.stderr != "" {
			t.Errorf("%s: standard error is\n%s\nwant %q in it", what, o.stderr, c.stderr)
		}
	}
	asJSON(t, p)
	mistakesAtOnce(t, p)
	withoutEnvironment(t, p)
}

func asJSON(t *testing.T, p *project) {
	t.Helper()
	o := p.do(t, "query", "select 1 as n, date '2026-06-01' as d", "--format", "json", "--project", p.dir).want(t, 0)
	var rows any
	if err := json.Unmarshal([]byte(o.stdout), &rows); err != nil {
		t.Errorf("query --format json gives no JSON: %v\n%s", err, o.stdout)
	}
	o = p.do(t, "run", "--log-format", "json", "--project", p.dir, "-v")
	for line := range strings.Lines(o.stderr) {
		if !json.Valid([]byte(line)) {
			t.Errorf("--log-format json writes to standard error: %s", line)
		}
	}
}

// mistakesAtOnce: a project's mistakes come all at once, each with file and line.
func mistakesAtOnce(t *testing.T, p *project) {
	t.Helper()
	dir := t.TempDir()
	text := "name: wrong\ntimezone: Mars/Olympus\ncurrency: yuan\nsources:\n  x: {connector: nosuch}\nunknown: 1\n"
	if err := os.WriteFile(filepath.Join(dir, "heliu.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	o := p.do(t, "check", "--project", dir).want(t, 2)
	for _, mistake := range []string{"heliu.yaml:2:", "heliu.yaml:3:", "heliu.yaml:6:"} {
		if !strings.Contains(o.stderr, mistake) {
			t.Errorf("check does not tell of %s\n%s", mistake, o.stderr)
		}
	}
}

// withoutEnvironment: who only reads needs no secrets.
func withoutEnvironment(t *testing.T, p *project) {
	t.Helper()
	for _, args := range [][]string{{"query", "select 1"}, {"runs"}, {"receipts"}, {"lineage", "mart.sales_daily"}} {
		command := p.command(t.Context(), append(args, "--project", p.dir)...)
		command.Env = []string{"HOME=" + p.dir, "LANG=C"}
		if o := p.finish(t, command); o.code != 0 {
			t.Errorf("%s without the sources' secrets: exit code %d\n%s", args[0], o.code, o.stderr)
		}
	}
}
