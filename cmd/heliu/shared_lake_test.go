package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sharedLake makes two projects of one lake: inside may extract e alone, outside reads p, and builds from both.
func sharedLake(t *testing.T, s *shell) (inside, outside string) {
	t.Helper()
	outside = twoSources(t, s)
	lake := filepath.Join(t.TempDir(), "lake")
	inside = s.project("name: inside\nallow: [extract]\nlake: " + lake + "\nsources:\n  e: {connector: erp}\n")
	for _, name := range []string{"connectors/erp/connector.yaml", "costs.csv"} {
		text, err := os.ReadFile(filepath.Join(outside, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, inside, map[string]string{name: string(text)})
	}
	if err := os.Remove(filepath.Join(outside, "costs.csv")); err != nil { // from there it cannot be reached
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(outside, "heliu.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), "{connector: erp}", "{connector: erp, elsewhere: true}", 1) + "\nlake: " + lake + "\n"
	if edited == string(text) || !strings.Contains(edited, "elsewhere") {
		t.Fatalf("the project is another than was thought:\n%s", text)
	}
	write(t, outside, map[string]string{"heliu.yaml": edited})
	return inside, outside
}

// Two programs share a lake: each does what it is allowed to and says what it leaves to the other; what one reads, the other
// builds, with its receipts; and what it does not deliver keeps back what needs it.
func TestTwoProgramsShareALake(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	inside, outside := sharedLake(t, s)
	expect := func(want int, dir string, words []string, args ...string) {
		t.Helper()
		code, out, failure := s.do(append(args, "--project", dir)...)
		for _, word := range words {
			if !strings.Contains(out+failure, word) {
				t.Errorf("%s: it does not say %q", args[0], word)
			}
		}
		if code != want || t.Failed() {
			t.Fatalf("%v: exit code %d, want %d:\n%s%s", args, code, want, out, failure)
		}
	}
	expect(0, inside, nil, "check")
	expect(0, outside, nil, "check")
	expect(0, outside, []string{"– e: another program reads it", "✓ p"}, "source", "test")
	for _, args := range [][]string{{"build"}, {"publish"}, {"plan", "mart.sales_daily"}, {"lake", "expire"}} {
		expect(2, inside, []string{"allow"}, args...)
	}
	expect(2, outside, []string{"another program reads e", "elsewhere: true"}, "extract", "e")

	expect(1, outside, []string{"e.costs: no program has read it to the end yet", "Not built, because a source they need failed: entity.supplier, mart.costs"}, "run")
	expect(0, inside, []string{"Left to another program (allow: in heliu.yaml): build, publish", "e.costs"}, "run")
	expect(0, outside, []string{"would be read from", "by another program, last at 20"}, "plan")
	expect(0, outside, []string{"e.costs", "Published:"}, "run")
	expect(0, outside, []string{"e.costs", "agrees"}, "receipts", "e")
	expect(0, outside, []string{"s1"}, "query", "select * from mart.costs")
	if _, err := os.Stat(filepath.Join(inside, "warehouse.duckdb")); err == nil {
		t.Error("a program that only extracts has made a warehouse")
	}

	if err := os.Rename(filepath.Join(inside, "costs.csv"), filepath.Join(inside, "away")); err != nil {
		t.Fatal(err)
	}
	write(t, outside, map[string]string{"shop.csv": "id,shop,made,total\n1,a,2026-06-18 12:00:00,21.00\n2,a,2026-06-18 13:00:00,3.00\n"})
	expect(1, inside, []string{"costs.csv"}, "run")
	expect(1, outside, []string{"e.costs: the program that reads it failed at", "costs.csv", "STALE, as of 20", "Published:"}, "run")
	write(t, inside, map[string]string{"costs.csv": "id,total\ns1,1.00\ns2,2.00\n"})
	expect(0, inside, nil, "extract")
	expect(0, outside, []string{"Published:"}, "run")
	expect(0, outside, []string{"s2"}, "query", "select * from mart.costs")

	s.later = 11 * time.Hour
	expect(0, outside, nil, "run")
	s.later = 13 * time.Hour
	expect(1, outside, []string{"e.costs: read last at", "expected within 12h", "STALE, as of 20"}, "run")
	expect(0, outside, []string{"FAILED", "expected within 12h"}, "receipts", "e")
	expect(0, outside, []string{"Older than the rest: mart.costs, as of 20"}, "query", "select * from mart.costs")
	expect(0, inside, nil, "extract") // nothing new, and read to the end
	expect(0, outside, nil, "run")
	expect(0, outside, []string{"agrees"}, "receipts", "e")
}

// A program that may not extract needs nothing that only a read does, and says of everything else what is wrong.
func TestABuilderNeedsNoSecretsOfSources(t *testing.T) {
	t.Parallel()
	const text = `name: builder
%
personal: {key: "${KEY}"}
shops: {web: {title: Web, platform: medusa, business_model: own_site}}
sources:
  web: {connector: medusa, base_url: "${WEB}", email: "${WEB_USER}", password: "${WEB_PASSWORD}"}
  erp: {connector: tryton, base_url: "https://erp", user: me, password: "${ERP_PASSWORD}", shop: web}
  pos:
    connector: sql
    dsn: "${POS}"
    streams: {rates: {title: {en: Rates, zh: 汇率}, table: rates, key: [day], fields: {day: date}}}
`
	for _, c := range []struct {
		allow string
		code  int
		says  string
	}{
		{"allow: [build, publish]", 0, "holds"},
		{"allow: [build]", 0, "holds"},
		{"", 2, "KEY"},
		{"allow: [extract]", 2, "KEY"},
		{"allow: [publish]", 2, "publish needs build"},
		{"allow: []", 2, "names nothing"},
		{"allow: [build, build]", 2, "twice"},
		{"allow: [bild]", 2, `"bild" is not allowed (is it build?)`},
		{"allow: [build]\nexpect_within: soon", 2, "no length of time"},
	} {
		s := newShell(t)
		dir := s.project(strings.Replace(text, "%", c.allow, 1))
		code, out, err := s.do("check", "--project", dir)
		if code != c.code || !strings.Contains(out+err, c.says) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s%s", c.allow, code, c.code, c.says, out, err)
		}
	}
}
