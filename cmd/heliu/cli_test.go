package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/simulate"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shell runs command lines in this process, with a clock, an environment and a sample company of its own.
type shell struct {
	t       *testing.T
	env     map[string]string
	company simulate.Options
	first   time.Time     // of the first run of the demo
	later   time.Duration // how far the clock has been put forward
}

func newShell(t *testing.T) *shell {
	return &shell{t: t, env: map[string]string{"LANG": "C"}, company: simulate.Tiny(), first: time.Date(2026, 6, 28, 2, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))}
}

// do runs a command line and returns its exit code, standard output and standard error.
func (s *shell) do(args ...string) (code int, out, err string) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	code = execute(context.Background(), args, world{out: &stdout, err: &stderr, now: func() time.Time { return time.Now().Add(s.later) }, company: s.company,
		first: s.first,
		wait:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		env:   func(name string) (string, bool) { v, ok := s.env[name]; return v, ok }})
	return code, stdout.String(), stderr.String()
}

// project writes a project and returns its folder.
func (s *shell) project(text string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "heliu.yaml"), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test -update writes it anew): %s", path, diff)
	}
}

func TestHelpIsGolden(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh"} {
		code, out, _ := newShell(t).do("--help", "--lang", lang)
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
		golden(t, "help_"+lang+".txt", out)
	}
}

// Every command says in both languages what it does, and shows how it is typed.
func TestEveryCommandHelps(t *testing.T) {
	t.Parallel()
	texts := map[string]map[string]string{"en": {}, "zh": {}}
	for lang, found := range texts {
		a := &app{world: world{out: &bytes.Buffer{}, err: &bytes.Buffer{}}, lang: langOf(lang)}
		for _, c := range allCommands(a.root()) {
			if c.Name() == "help" || c.Name() == "completion" || c.Parent() != nil && c.Parent().Name() == "completion" {
				continue
			}
			found[c.CommandPath()] = c.Short
			if c.Short == "" || c.Parent() != nil && !strings.Contains(c.Example, "heliu ") {
				t.Errorf("%s: short %q, example %q", c.CommandPath(), c.Short, c.Example)
			}
		}
	}
	for path, short := range texts["en"] {
		if texts["zh"][path] == short {
			t.Errorf("%s is not said in Chinese: %s", path, short)
		}
	}
}

func TestExitCodesOfWrongUse(t *testing.T) {
	t.Parallel()
	const plain = "PROJECT" // stands for a new project's folder
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":  {[]string{"nope"}, `unknown command "nope"`},
		"unknown flag":     {[]string{"version", "--nope"}, "unknown flag: --nope"},
		"too many":         {[]string{"version", "x"}, "takes no argument"},
		"no project":       {[]string{"check", "--project", "nowhere"}, "there is no project here; make one with: heliu init nowhere"},
		"no subcommand":    {[]string{"source"}, "choose one of"},
		"log format":       {[]string{"version", "--log-format", "xml"}, "allowed: text, json"},
		"query format":     {[]string{"query", "select 1", "--format", "yaml", "--project", plain}, "allowed: table, csv"},
		"query nothing":    {[]string{"query", "--project", plain}, "one SQL statement"},
		"unknown source":   {[]string{"extract", "nope", "--project", plain}, `nothing to read is called "nope"`},
		"bad time":         {[]string{"extract", "--from", "yesterday", "--project", plain}, "write 2026-06-18"},
		"inverted range":   {[]string{"extract", "--from", "2026-06-18", "--to", "2026-06-17", "--project", plain}, "is not before"},
		"dictionary":       {[]string{"dictionary", "nope"}, "the dictionary has nothing called"},
		"no warehouse yet": {[]string{"runs", "--project", plain}, "there is no warehouse yet"},
		"nothing collects": {[]string{"serve", "--project", plain}, "no source takes pushed events"},
		"unknown model":    {[]string{"build", "mart.nope", "--project", plain}, `"mart.nope"`},
		"project there":    {[]string{"init", plain}, "there is a project here already"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			for i, arg := range c.args {
				if arg == plain {
					c.args[i] = s.project("name: acme\n")
				}
			}
			code, out, err := s.do(c.args...)
			if code != 2 || out != "" || !strings.Contains(err, c.want) {
				t.Errorf("exit code %d, standard output %q, standard error %q; want %q", code, out, err, c.want)
			}
		})
	}
}

func TestMistakesOfAProjectComeAllAtOnce(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("name: acme\nnaem: x\nmemory: lots\nsources: {a: {connector: nope}}\n")
	code, _, err := s.do("check", "--project", dir)
	if code != 2 || !strings.Contains(err, "heliu.yaml:2:1: unknown key naem (is it name?); allowed here: name,") || !strings.Contains(err, "heliu.yaml:3:9: memory") {
		t.Errorf("exit code %d: %s", code, err)
	}
	dir = s.project("name: acme\nsources:\n  a: {connector: nope}\n  b: {connector: taobao, app_kye: x}\n")
	code, _, err = s.do("check", "--project", dir)
	for _, want := range []string{`there is no connector "nope"`, `unknown setting "app_kye"`, `"app_secret" is missing`} {
		if code != 2 || !strings.Contains(err, want) {
			t.Errorf("exit code %d, missing %q in: %s", code, want, err)
		}
	}
}

// What is wrong with the file, with a connector and with models is found in one go, and nothing that follows from it.
func TestCheckCollectsFromEveryPart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project("name: acme\ncolour: blue\nmemory: lots\nsources:\n  a: {connector: nope}\npublish: [duckdb: ./m.duckdb, csv: ./m, csv: ./m]\n")
	write := func(file, text string) {
		t.Helper()
		path := filepath.Join(dir, "sql", file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("/*\ngrain: [day]\ntitle: {en: Ours, zh: 自有}\ndescription: {en: Ours., zh: 自有。}\nmaterialize: table\n*/\n"+text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("bad.sql", "select 1 as day, nothing as x from star.fct_order")
	code, out, err := s.do("check", "--project", dir)
	lines := strings.Split(strings.TrimSpace(err), "\n")
	want := []string{"heliu.yaml:2:1: unknown key colour", "heliu.yaml:3:9: memory", `there is no connector "nope"`, "publish names csv:./m twice", `sql/bad.sql:7: Binder Error: Referenced column "nothing" not found`}
	for _, w := range want {
		if !strings.Contains(err, w) {
			t.Errorf("missing %q in: %s", w, err)
		}
	}
	if code != 2 || out != "" || len(lines) != len(want) {
		t.Errorf("exit code %d, %d lines, want %d: %s%s", code, len(lines), len(want), out, err)
	}
	write("follows.sql", "select 1 as day from raw.a__orders")
	if _, _, err := s.do("check", "--project", dir); strings.Contains(err, "raw.a__orders") || !strings.Contains(err, "nope") {
		t.Errorf("what follows from a source that cannot be opened is said too: %s", err)
	}
}

// A secret of a connector stands in the environment or a file; one that is written out is a mistake where it stands.
func TestCheckRefusesSecretsThatAreWrittenOut(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.env["T"] = "from-the-environment"
	dir := s.project(`name: acme
sources:
  b:
    connector: taobao
    app_key: not-secret
    app_secret: hunter22
    session: "${T}"
  c: {connector: sql, dsn: sqlite:./shop.db, streams: {}}
  d: {connector: oceanengine, access_token: hunter33, advertisers: ["1"], nonsense: x}
`)
	code, _, err := s.do("check", "--project", dir)
	for _, want := range []string{
		"heliu.yaml:6: sources.b.app_secret: a secret is never written here; put it into the environment and write ${B_APP_SECRET}, or into a file and write ${file:PATH}",
		"heliu.yaml:9: sources.d.access_token: a secret is never written here", `unknown setting "nonsense"`,
	} {
		if code != 2 || !strings.Contains(err, want) {
			t.Errorf("exit code %d, missing %q in: %s", code, want, err)
		}
	}
	if code, _, alone := s.do("check", "--project", s.project("name: acme\nsources:\n  d: {connector: oceanengine, access_token: hunter33, advertisers: [\"1\"]}\n")); code != 2 || !strings.Contains(alone, "heliu.yaml:3: sources.d.access_token: a secret") {
		t.Errorf("nothing else is wrong: exit code %d: %s", code, alone)
	}
	if strings.Contains(err, "hunter") || strings.Contains(err, "sources.c") || strings.Contains(err, "app_key") || strings.Contains(err, "session") {
		t.Errorf("too much is said: %s", err)
	}
}

// mapped is a project whose only source is a folder of orders, under its own names.
const mapped = `name: acme
sources:
  old:
    connector: files
    path: ./orders.csv
    zone: Asia/Shanghai
    streams:
      orders:
        key: [id]
        fields: {id: string, state: string, made: timestamp, total: money}
        maps:
          order:
            shop_id: "'old'"
            order_id: id
            order_kind: "'normal'"
            status: STATUS
            placed_at: made
            currency: "'CNY'"
            buyer_paid_amount: total
            updated_at: made
`

// What a mapping says is checked where it is written, and what it leaves out is a warning.
func TestCheckOfMappings(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.NewReplacer("STATUS", "lower(stat)", "updated_at: made", "updated_at: made + total", "amount: total", "amount: total * made").Replace(mapped))
	code, _, err := s.do("check", "--project", dir)
	for _, want := range []string{`heliu.yaml:16: old.orders to order: status: Binder Error: Referenced column "stat" not found`, "heliu.yaml:19: old.orders to order: buyer_paid_amount: ", "heliu.yaml:20: old.orders to order: updated_at: "} {
		if code != 2 || !strings.Contains(err, want) {
			t.Errorf("exit code %d, missing %q in: %s", code, want, err)
		}
	}
	for text, want := range map[string]string{
		"state":                          "heliu.yaml:16: old.orders to order: status is taken from state as it is; if the system writes codes of its own, give them a table: status: {of: state, codes: {its code: unpaid}}",
		"{of: state, codes: {付款: paid}}": "",
	} {
		dir := s.project(strings.Replace(mapped, "STATUS", text, 1))
		write(t, dir, map[string]string{"orders.csv": "id,state,made,total\n"})
		code, out, err := s.do("check", "--project", dir)
		if code != 0 || !strings.Contains(err, "heliu.yaml:13: old.orders maps to order, and nothing of source old to order_line") || want != "" && !strings.Contains(err, want) || want == "" && strings.Contains(err, "codes") {
			t.Errorf("%s: exit code %d: %s%s", text, code, out, err)
		}
	}
}

func TestVersionSchemaAndDictionary(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	if code, out, _ := s.do("version"); code != 0 || !strings.HasPrefix(out, "heliu ") {
		t.Errorf("version: %d %q", code, out)
	}
	if code, out, _ := s.do("schema"); code != 0 || !strings.Contains(out, `"coverage_threshold"`) {
		t.Errorf("schema: %d", code)
	}
	if code, out, _ := s.do("dictionary", "order_line", "--lang", "zh"); code != 0 || !strings.Contains(out, "商家应收货款") {
		t.Errorf("dictionary: %d %s", code, out)
	}
	if code, out, _ := s.do("dictionary", "--format", "json"); code != 0 || !strings.HasPrefix(out, "[") {
		t.Errorf("dictionary as JSON: %d", code)
	}
}
