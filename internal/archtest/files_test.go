package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rule is something that must not stand in a file.
type rule struct {
	name  string
	in    string // pattern of the file's name
	never *regexp.Regexp
}

// The patterns are written so that they do not match themselves.
var rules = []rule{
	{"a path of one machine", `.`, regexp.MustCompile(`(^|[\s"'=:(])/(work|root|home)[/]`)},
	{"an unfinished note", `\.(go|sql|yaml|sh|md)$`, regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X])\b`)},
	{"a skipped test", `_test\.go$`, regexp.MustCompile(`\b[tb]\.Ski[p](f|Now)?\(`)},
	{"a test that sleeps", `_test\.go$`, regexp.MustCompile(`\btime\.Slee[p]\(`)},
	{"an init function", `\.go$`, regexp.MustCompile(`(?m)^func ini[t]\(\)`)},
}

// made are folders that are made here and not kept.
var made = []string{".git", "bin", "demo", "dist", ".cache"}

const longest = 300 // lines of a Go file that is not a test

func TestFiles(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(made, name):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if seen++; bytes.IndexByte(text, 0) < 0 {
			checkFile(t, name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Fatalf("only %d files were found", seen)
	}
}

func checkFile(t *testing.T, name string, text []byte) {
	t.Helper()
	for _, r := range rules {
		if !regexp.MustCompile(r.in).MatchString(name) {
			continue
		}
		if at := r.never.FindIndex(text); at != nil {
			t.Errorf("%s:%d: %s: %q", name, 1+bytes.Count(text[:at[0]], []byte("\n")), r.name, strings.TrimSpace(string(text[at[0]:at[1]])))
		}
	}
	if lines := bytes.Count(text, []byte("\n")); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && lines > longest {
		t.Errorf("%s has %d lines; over %d there are usually two nouns in it", name, lines, longest)
	}
}
