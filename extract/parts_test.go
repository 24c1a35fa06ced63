package extract

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// accountsReader yields one record a day and account, and writes down what it was asked for.
type accountsReader struct {
	accounts []string
	asked    []string
}

func (r *accountsReader) Parts(*Stream) []string { return r.accounts }

func (r *accountsReader) Read(_ context.Context, s Slice, yield func(Page) error) (Outcome, error) {
	accounts := r.accounts
	if s.Only != nil {
		accounts = s.Only
	}
	r.asked = append(r.asked, fmt.Sprintf("%s..%s %s", s.From.Format("0102"), s.To.Format("0102"), strings.Join(accounts, ",")))
	n := int64(0)
	for _, a := range accounts {
		if a == "none" {
			continue
		}
		for day := s.From; day.Before(s.To); day = day.AddDate(0, 0, 1) {
			n++
			if err := yield(jsonPage(1, fmt.Sprintf(`{"id":"%s %s"}`, a, day.Format("0102")))); err != nil {
				return Outcome{}, err
			}
		}
	}
	return Counted(warehouse.CountTotal, n), nil
}

// TestANewPartIsReadFromTheStart configures one account more from run to run: the new one is read from the stream's start
// to where the others are, also when that read is killed, and then with the others.
func TestANewPartIsReadFromTheStart(t *testing.T) {
	t.Parallel()
	l := tempLake(t)
	connector := "connector: c\nvia: lines\nzone: UTC\nstreams:\n  spend:\n    key: [id]\n    fields: {id: string}\n    window: {start: 2026-01-01, most: 4d, look_back: 1d, days: true}\n"
	for _, run := range []struct {
		what     string
		day      int // January, of the clock
		accounts []string
		opts     Options
		crash    int // at so many commits; 0 for none
		want     []string
	}{
		{"the first read is killed", 8, []string{"a"}, Options{}, 1, []string{"0101..0105 a"}},
		{"it goes on, with one more", 8, []string{"a", "b"}, Options{}, 0, []string{"0101..0105 b", "0104..0108 a,b"}},
		{"nothing new", 8, []string{"a", "b"}, Options{}, 0, nil},
		{"one more, killed", 9, []string{"a", "b", "c"}, Options{}, 1, []string{"0101..0105 c"}},
		{"a range leaves it", 9, []string{"a", "b", "c"}, Options{From: day(2), To: day(3)}, 0, []string{"0102..0103 a,b,c"}},
		{"again", 9, []string{"a", "b", "c"}, Options{}, 0, []string{"0101..0105 c", "0105..0108 c", "0107..0109 a,b,c"}},
		{"one more and no new day", 9, []string{"a", "b", "c", "d"}, Options{}, 0, []string{"0101..0105 d", "0105..0109 d"}},
		{"one less", 10, []string{"a", "c", "d"}, Options{}, 0, []string{"0108..0110 a,c,d"}},
		{"and back", 11, []string{"a", "b", "c", "d"}, Options{}, 0, []string{"0101..0105 b", "0105..0109 b", "0109..0110 b", "0109..0111 a,b,c,d"}},
		{"everything", 11, []string{"a", "b", "c", "d", "e"}, Options{Full: true}, 0, []string{"0101..0105 a,b,c,d,e", "0105..0109 a,b,c,d,e", "0109..0111 a,b,c,d,e"}},
		{"now all are known", 12, []string{"a", "b", "c", "d", "e"}, Options{}, 0, []string{"0110..0112 a,b,c,d,e"}},
		{"no account at all", 13, []string{}, Options{}, 0, nil},
	} {
		r := &accountsReader{accounts: run.accounts}
		s := openDivided(t, l, connector, r, day(run.day))
		commits := 0
		s.deps.Crash = func(p string) {
			if p == "extract:4:committed" {
				if commits++; commits == run.crash {
					panic(p)
				}
			}
		}
		func() {
			defer func() {
				if (recover() != nil) != (run.crash > 0) {
					t.Errorf("%s: crashed: %v", run.what, run.crash == 0)
				}
			}()
			if _, err := s.Read(t.Context(), "spend", run.opts); err != nil {
				t.Fatalf("%s: %v", run.what, err)
			}
		}()
		if diff := cmp.Diff(run.want, r.asked); diff != "" {
			t.Errorf("%s: asked for (-want +got):\n%s", run.what, diff)
		}
	}
}

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

func openDivided(t *testing.T, l *lake.Lake, connector string, r Reader, now time.Time) *Source {
	t.Helper()
	kind := Kind{Name: "lines", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return r, nil }}
	s, err := Open(Config{Name: "s", Connector: "c"}, Deps{Lake: l, Kinds: []Kind{kind}, Connectors: []fs.FS{fstest.MapFS{"c/connector.yaml": {Data: []byte(connector)}}},
		Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPartsBeside reads accounts into a table whose receipts tell of none, and one that has no records.
func TestPartsBeside(t *testing.T) {
	t.Parallel()
	l := tempLake(t)
	connector := "connector: c\nvia: lines\nzone: UTC\nstreams:\n  spend:\n    key: [id]\n    fields: {id: string}\n    window: {start: 2026-01-01, most: 4d, look_back: 1d, days: true}\n"
	for _, run := range []struct {
		day      int
		accounts []string
		want     []string // slices, then the receipts
	}{
		{8, nil, []string{"0101..0105 ", "0105..0108 ", "receipt 0101..0108"}}, // before accounts were told apart
		{9, []string{"a"}, []string{"0107..0109 a", "receipt 0107..0109 a"}},
		{10, []string{"a", "none"}, []string{"0101..0105 none", "0105..0109 none", "0108..0110 a,none", "receipt 0101..0109 a,none", "receipt 0108..0110"}},
	} {
		r := &accountsReader{accounts: run.accounts}
		receipts, err := openDivided(t, l, connector, r, day(run.day)).Read(t.Context(), "spend", Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := r.asked
		for _, r := range receipts {
			got = append(got, strings.TrimSpace("receipt "+r.From.Format("0102")+".."+r.To.Format("0102")+" "+strings.Join(r.Parts, ",")))
		}
		if diff := cmp.Diff(run.want, got); diff != "" {
			t.Errorf("on the %dth (-want +got):\n%s", run.day, diff)
		}
	}
}

// TestListsThatNameNothing are mistakes of the project's file: a stream read once for each of their values would be read
// as empty, and its receipts agree.
func TestListsThatNameNothing(t *testing.T) {
	t.Parallel()
	connector := "connector: c\nvia: lines\nneeds:\n  accounts: {list: true}\nstreams:\n  spend: {key: [id], fields: {id: string}}\n"
	kind := Kind{Name: "lines", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return &pagesReader{}, nil }}
	for want, accounts := range map[string]any{
		`p.yaml:7: source s: the setting "accounts" is an empty list; name at least one, or leave the setting out if it is optional`: []any{},
		`p.yaml:7: source s: the setting "accounts" has no value in place 1`:                                                         "${EMPTY}",
		`p.yaml:7: source s: the setting "accounts" has no value in place 2`:                                                         []any{"1", " "},
		`p.yaml:7: source s: the setting "accounts" names the value in place 3 twice`:                                                []any{1, "2", "1"},
		"<nil>": []any{1, "2"},
	} {
		_, err := Open(Config{Name: "s", Connector: "c", File: "p.yaml", Line: 7, Settings: map[string]any{"accounts": accounts}},
			Deps{Kinds: []Kind{kind}, Connectors: []fs.FS{fstest.MapFS{"c/connector.yaml": {Data: []byte(connector)}}}, Env: func(string) (string, bool) { return "", true }})
		if fmt.Sprint(err) != want {
			t.Errorf("%v: %v, want %s", accounts, err, want)
		}
	}
}
