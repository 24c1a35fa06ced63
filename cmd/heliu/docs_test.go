package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// pages are those that the project's readers are sent to.
func pages(t *testing.T) []string {
	t.Helper()
	list := []string{"../../README.md", "../../README.zh-CN.md"}
	more, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(more) < 4 {
		t.Fatalf("pages: %v %v", more, err)
	}
	return append(list, more...)
}

// fence is a block of a page: the language, what it holds, and the end of its text in the page.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?")

// answersOfThePages asks every ```sql block of the pages: a query of the sample company, whose answer stands in the ```text
// block after it if there is one, or the file of a model, which check must take.
func (s *shell) answersOfThePages(dir string) {
	s.t.Helper()
	asked := 0
	for _, page := range pages(s.t) {
		text, err := os.ReadFile(page)
		if err != nil {
			s.t.Fatal(err)
		}
		renewed := fence.ReplaceAllStringFunc(string(text), func(block string) string {
			parts := fence.FindStringSubmatch(block)
			if parts[1] == "sh" {
				s.asksTheDemo(dir, page, parts[2])
			}
			if parts[1] != "sql" {
				return block
			}
			asked++
			if strings.HasPrefix(parts[2], "/*") {
				s.isModel(dir, page, parts[2])
				return block
			}
			code, out, told := s.do("query", parts[2], "--project", dir)
			if code != 0 {
				s.t.Errorf("%s: exit code %d: %s\n%s", page, code, told, parts[2])
			}
			if !strings.Contains(block, "\n```text\n") {
				return block
			}
			return "```sql\n" + parts[2] + "```\n\n```text\n" + unpadded(out) + "```"
		})
		if renewed == string(text) {
			continue
		}
		if *update {
			if err := os.WriteFile(page, []byte(renewed), 0o644); err != nil {
				s.t.Fatal(err)
			}
		} else {
			s.t.Errorf("%s does not show what the sample company answers. If the new figures are right, renew the page: go test ./cmd/heliu -run TestDemo -update\n%s",
				page, cmp.Diff(string(text), renewed))
		}
	}
	if asked < 8 {
		s.t.Errorf("only %d blocks of SQL in the pages", asked)
	}
}

// asksTheDemo runs what a page's block for a shell asks the sample company.
func (s *shell) asksTheDemo(dir, page, text string) {
	s.t.Helper()
	for _, line := range commandLines(text) {
		args := words(line)
		for i := range args[:len(args)-1] {
			if args[i] == "--project" && args[i+1] == "demo" {
				args[i+1] = dir
				if code, out, told := s.do(args...); code != 0 || out == "" {
					s.t.Errorf("%s: %s: %d %s%s", page, line, code, out, told)
				}
			}
		}
	}
}

// unpadded drops the spaces at the ends of lines, which editors drop too.
func unpadded(table string) string {
	return regexp.MustCompile(`(?m) +$`).ReplaceAllString(table, "")
}

func (s *shell) isModel(dir, page, text string) {
	s.t.Helper()
	path := filepath.Join(dir, "sql", "orders_a_day.sql")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if code, out, told := s.do("check", "--project", dir); code != 0 {
		s.t.Errorf("%s: check: %d %s%s", page, code, out, told)
	}
	if code, out, told := s.do("plan", "--project", dir); code != 0 || !strings.Contains(out, "mart.orders_a_day") {
		s.t.Errorf("%s: plan: %d %s%s", page, code, out, told)
	}
	if err := os.Remove(path); err != nil {
		s.t.Fatal(err)
	}
}

// Every command that a page or a help shows exists, with its flags and the number of its arguments.
func TestShownCommandsExist(t *testing.T) {
	t.Parallel()
	shown := map[string][]string{}
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
			if block[1] == "sh" {
				shown[page] = append(shown[page], commandLines(block[2])...)
			}
		}
		for _, inline := range regexp.MustCompile("`((?:bin/)?heliu [a-z][^`]*)`").FindAllStringSubmatch(string(text), -1) {
			shown[page] = append(shown[page], commandLines(inline[1]+"\n")...)
		}
	}
	for _, lang := range []string{"en", "zh"} {
		for _, c := range allCommands((&app{lang: langOf(lang)}).root()) {
			if shownByCobra(c) {
				continue
			}
			shown["help of "+c.CommandPath()] = commandLines(c.Example + "\n")
		}
	}
	count := 0
	for where, lines := range shown {
		for _, line := range lines {
			count++
			if err := takes(line); err != nil {
				t.Errorf("%s shows %q: %v", where, line, err)
			}
		}
	}
	if count < 60 {
		t.Errorf("only %d commands found", count)
	}
}

func shownByCobra(c *cobra.Command) bool {
	return strings.HasPrefix(c.CommandPath(), "heliu completion") || c.Name() == "help"
}

// commandLines finds the calls of heliu in a text for a shell; a quoted argument may span lines.
func commandLines(text string) (lines []string) {
	for _, found := range regexp.MustCompile(`(?m)(?:^|&& )[ \t]*(?:bin/)?(heliu (?:"[^"]*"|'[^']*'|[^"'\n#|>&])*)`).FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.TrimSpace(found[1]))
	}
	return lines
}

// words are the arguments of a command line.
func words(line string) (args []string) {
	for _, word := range regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`).FindAllString(line, -1)[1:] {
		args = append(args, strings.Trim(word, `"'`))
	}
	return args
}

// takes has the command line parsed, and not run.
func takes(line string) error {
	args := words(line)
	root := (&app{lang: langOf("en")}).root()
	c, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	if c.HasSubCommands() && c.Flags().NArg() > 0 {
		return usage("%s has no command %s", c.CommandPath(), c.Flags().Arg(0))
	}
	return c.ValidateArgs(c.Flags().Args())
}

// The messages of the night's page are the program's: each part between the dots stands in its sources.
func TestMessagesOfTheNightExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/nightly.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, folder := range []string{"../../cmd/heliu", "../../pipelines", "../../extract", "../../warehouse", "../../publish", "../../internal/project"} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			sources.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	count := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(string(page), -1) {
		for _, message := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(row[1], -1) {
			for part := range strings.SplitSeq(message[1], "…") {
				if part = strings.TrimSpace(part); len(part) < 4 || strings.HasSuffix(part, "/") || strings.HasSuffix(part, ".duckdb") {
					continue
				}
				if count++; !strings.Contains(sources.String(), part) {
					t.Errorf("docs/nightly.md tells of %q, which the program never says", part)
				}
			}
		}
	}
	if count < 12 {
		t.Errorf("only %d messages found", count)
	}
}

// The projects of the two READMEs are one, and check takes it.
func TestProjectOfTheReadme(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"../../README.md", "../../README.zh-CN.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		s := newShell(t)
		for _, name := range []string{"HELIU_PERSONAL_KEY", "TAOBAO_APP_KEY", "TAOBAO_APP_SECRET", "TAOBAO_SESSION"} {
			s.env[name] = "0123456789abcdef0123456789abcdef"
		}
		code, out, told := s.do("check", "--project", s.project(blockOf(t, string(text), "(?s)```yaml\n(.*?)```")))
		if code != 0 || !strings.Contains(out, "1 source,") {
			t.Errorf("%s: %d %s%s", page, code, out, told)
		}
	}
}
