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

// pagesReader yields the pages of its current slice; each Read takes the next slice.
type pagesReader struct {
	slices [][]Page
	out    []Outcome
	read   int
}

func (r *pagesReader) Read(_ context.Context, _ Slice, yield func(Page) error) (Outcome, error) {
	i := min(r.read, len(r.slices)-1)
	r.read++
	for _, p := range r.slices[i] {
		if err := yield(p); err != nil {
			return Outcome{}, err
		}
	}
	return r.out[min(i, len(r.out)-1)], nil
}

func openPages(t *testing.T, connector string, r Reader, l *lake.Lake) *Source {
	t.Helper()
	kind := Kind{Name: "lines", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return r, nil }}
	s, err := Open(Config{Name: "s", Connector: "c"}, Deps{Lake: l, Kinds: []Kind{kind}, Connectors: []fs.FS{fstest.MapFS{"c/connector.yaml": {Data: []byte(connector)}}},
		Now: func() time.Time { return time.Date(2026, 1, 10, 1, 0, 0, 0, time.UTC) }, PersonalKey: []byte("k"), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tempLake(t *testing.T) *lake.Lake {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Config{Location: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

const paged = "connector: c\nvia: lines\nstreams:\n  things:\n    page: {}\n    key: [id]\n    fields: {id: string, n: integer}\n"

func jsonPage(n int, records ...string) Page {
	p := Page{Position: fmt.Sprintf("page %d", n), First: 1}
	for _, r := range records {
		p.JSON = append(p.JSON, []byte(r))
	}
	return p
}

// TestRepeats tells a page that repeats from records that the source really has twice.
func TestRepeats(t *testing.T) {
	t.Parallel()
	a, b, c := `{"id":"a"}`, `{"id":"b"}`, `{"id":"c"}`
	for name, x := range map[string]struct {
		slices   [][]Page
		count    int64
		landed   int64
		repeated int64
		tries    int
		fails    bool
	}{
		"twice on one page is the source's own": {[][]Page{{jsonPage(1, a, a, b)}}, 3, 3, 0, 1, false},
		"read again on the next page":           {[][]Page{{jsonPage(1, a, b), jsonPage(2, b, c)}}, 3, 3, 1, 1, false},
		"twins over two pages, the same again":  {[][]Page{{jsonPage(1, a, b), jsonPage(2, b, c)}}, 4, 4, 0, 2, false},
		"a whole page repeats":                  {[][]Page{{jsonPage(1, a, b), jsonPage(2, a, b)}}, 4, 0, 0, 3, true},
		"the second read heals":                 {[][]Page{{jsonPage(1, a)}, {jsonPage(1, a, b)}}, 2, 2, 0, 2, false},
		"the count lies":                        {[][]Page{{jsonPage(1, a)}}, 2, 0, 0, 3, true},
		"more than the count":                   {[][]Page{{jsonPage(1, a, b)}}, 1, 0, 0, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &pagesReader{slices: x.slices, out: []Outcome{Counted(warehouse.CountTotal, x.count)}}
			receipts, err := openPages(t, paged, r, tempLake(t)).Read(context.Background(), "things", Options{})
			if (err != nil) != x.fails || r.read != x.tries {
				t.Fatalf("error %v after %d tries, want failure %v after %d", err, r.read, x.fails, x.tries)
			}
			var landed, repeated int64
			for _, r := range receipts {
				landed, repeated = landed+r.Landed, repeated+r.Repeated
			}
			if landed != x.landed || repeated != x.repeated {
				t.Errorf("landed %d, repeated %d; want %d, %d", landed, repeated, x.landed, x.repeated)
			}
		})
	}
}

// TestRowsShape lands rows of a table: the same decoding as JSON, bad rows kept.
func TestRowsShape(t *testing.T) {
	t.Parallel()
	connector := "connector: c\nvia: lines\nzone: Asia/Shanghai\nstreams:\n  things:\n    key: [id]\n    fields: {id: string, n: integer, m: money, at: timestamp, d: date, ok: boolean, j: json, p: {type: string, personal: phone}}\n"
	names := []string{"id", "n", "m", "at", "d", "ok", "j", "p", "other"}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	page := Page{Position: "t.csv", First: 2, Names: names, Rows: [][]any{
		{int64(9007199254740993), "12", Numeric("1.5"), at, at, true, JSONText(`{"a":1}`), "13800138000", "x"},
		{"b", nil, "2.00", LocalTime("2026-01-02 08:00:00"), "2026-01-02", "0", "text", "138****1234", nil},
		{"c", "twelve", nil, nil, nil, nil, nil, nil, nil},
		{"d", int64(1)},
	}, Bad: []BadRecord{{Record: "e,1,2", Reason: "has 3 fields, want 9", At: 6}}}
	l := tempLake(t)
	out := Counted(warehouse.CountPageSum, 5)
	out.Cursor = "1"
	receipts, err := openPages(t, connector, &pagesReader{slices: [][]Page{{page}}, out: []Outcome{out}}, l).Read(context.Background(), "things", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := receipts[0]; r.Read != 5 || r.Landed != 2 || r.Rejected != 3 || !r.Agrees() {
		t.Errorf("%+v", r)
	}
}

// TestOtherContent ends a read before its own commit, when its child rows and its rejected record are in the lake; then
// the source gives something else, or the connector reads it otherwise. The orphans are not taken for the new ones.
func TestOtherContent(t *testing.T) {
	t.Parallel()
	connector := "connector: c\nvia: lines\nstreams:\n  things:\n    key: [id]\n    fields: {id: string, n: integer}\n    children:\n      parts: {records: parts, key: [id, no], fields: {no: integer}}\n"
	first := jsonPage(1, `{"id":"a","parts":[{"no":1},{"no":2},{"no":3}]}`, `{"id":"b","n":"x"}`)
	for name, c := range map[string]struct {
		connector       string
		second          Page
		parts, rejected int64
	}{
		"other children":     {connector, jsonPage(1, `{"id":"a","parts":[{"no":1},{"no":2}]}`, `{"id":"b","n":"y"}`), 2, 1},
		"no children":        {connector, jsonPage(1, `{"id":"a","parts":[]}`, `{"id":"b","n":1}`), 0, 0},
		"children only":      {connector, jsonPage(1, `{"id":"a","parts":[{"no":7}]}`, `{"id":"b","n":1}`), 1, 0},
		"rejected only":      {connector, jsonPage(1, `{"id":"a"}`, `{"id":"b","n":"y"}`), 0, 1},
		"the same":           {connector, first, 3, 1},
		"the same, all read": {strings.Replace(connector, "n: integer", "n: string", 1), first, 3, 0},
	} {
		for _, point := range CrashPoints()[1:3] {
			t.Run(name+" "+strings.ReplaceAll(point, ":", "_"), func(t *testing.T) {
				t.Parallel()
				l := tempLake(t)
				out := Counted(warehouse.CountTotal, 2)
				out.Cursor = "1"
				s := openPages(t, connector, &pagesReader{slices: [][]Page{{first}}, out: []Outcome{out}}, l)
				s.deps.Crash = func(p string) {
					if p == point {
						panic(p)
					}
				}
				func() {
					defer func() {
						if recover() == nil {
							t.Error("no crash")
						}
					}()
					_, _ = s.Read(context.Background(), "things", Options{}) // ends in the crash
				}()
				receipts, err := openPages(t, c.connector, &pagesReader{slices: [][]Page{{c.second}}, out: []Outcome{out}}, l).Read(context.Background(), "things", Options{})
				if err != nil {
					t.Fatal(err)
				}
				if r := receipts[0]; r.Children["parts"] != c.parts || r.Rejected != c.rejected || !r.Agrees() {
					t.Errorf("%+v", r)
				}
				for table, want := range map[string]int64{"raw.s__parts": c.parts, "raw.s__things__rejected": c.rejected} {
					if got := readable(t, l, table); got != want {
						t.Errorf("%s gives %d rows, the receipt says %d", table, got, want)
					}
				}
			})
		}
	}
}

// readable is how many rows of a table a run would read.
func readable(t *testing.T, l *lake.Lake, name string) (n int64) {
	t.Helper()
	table, err := l.Table(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	inc, err := table.FilesSince(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range inc.Files {
		n += f.Rows
	}
	return n
}

func TestWindows(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 10, 1, 0, 0, 0, time.UTC)
	hours := &Window{Most: Duration(6 * time.Hour), Lag: Duration(time.Hour), LookBack: Duration(2 * time.Hour), Format: "datetime"}
	day := &Window{Most: Duration(48 * time.Hour), LookBack: Duration(24 * time.Hour), Days: true, Format: "date"}
	late := &Window{Most: day.Most, Lag: Duration(12 * time.Hour), LookBack: day.LookBack, Days: true, Format: "date"}
	for name, c := range map[string]struct {
		window *Window
		cursor string
		opts   Options
		want   []string
	}{
		"first read":                   {hours, "", Options{From: now.Add(-10 * time.Hour)}, []string{"01-09T15..01-09T21 cursor 01-09T21", "01-09T21..01-10T01 cursor 01-10T00 open"}},
		"look back":                    {hours, "2026-01-09T23:00:00Z", Options{}, []string{"01-09T21..01-10T01 cursor 01-10T00 open"}},
		"nothing new":                  {hours, "2026-01-10T00:00:00Z", Options{}, nil},
		"backfill with a gap":          {hours, "2026-01-01T00:00:00Z", Options{From: now.Add(-3 * time.Hour)}, []string{"01-09T22..01-10T01 cursor 01-01T00 open"}},
		"backfill of old":              {hours, "2026-01-09T00:00:00Z", Options{From: now.Add(-40 * time.Hour), To: now.Add(-38 * time.Hour)}, []string{"01-08T09..01-08T11 cursor 01-09T00"}},
		"up to within the lag":         {hours, "2026-01-09T23:00:00Z", Options{To: now.Add(-30 * time.Minute)}, []string{"01-09T21..01-10T00 cursor 01-10T00"}},
		"a window ends within the lag": {hours, "2026-01-09T20:30:00Z", Options{}, []string{"01-09T18..01-10T00 cursor 01-09T20", "01-10T00..01-10T01 cursor 01-10T00 open"}},
		"first, and it ends within":    {hours, "", Options{From: now.Add(-6*time.Hour - 30*time.Minute)}, []string{"01-09T18..01-10T00 cursor 01-09T18", "01-10T00..01-10T01 cursor 01-10T00 open"}},
		"whole days":                   {day, "2026-01-07T16:00:00Z", Options{}, []string{"01-06T16..01-08T16 cursor 01-08T16", "01-08T16..01-09T16 cursor 01-09T16"}},
		"days within the lag":          {late, "2026-01-07T16:00:00Z", Options{}, []string{"01-06T16..01-08T16 cursor 01-08T16"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spans, err := c.window.spans(c.cursor, c.opts, now, shanghai, "")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range spans {
				at, err := time.Parse(cursorLayout, s.cursor)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, s.from.UTC().Format("01-02T15")+".."+s.to.UTC().Format("01-02T15")+" cursor "+at.Format("01-02T15")+map[bool]string{true: " open"}[s.open])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestOpenTellsAllMistakes reports every mistake of a source's configuration at once.
func TestOpenTellsAllMistakes(t *testing.T) {
	t.Parallel()
	kind := Kind{Name: "rest", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return nil, nil }}
	_, err := Open(Config{Name: "tmall", Connector: "taobao", File: "heliu.yaml", Line: 9, Settings: map[string]any{"app_key": []any{"a", "b"}, "app_secrt": "x", "session": "${NOT_SET}"}}, Deps{Kinds: []Kind{kind}})
	want := []string{
		`heliu.yaml:9: source tmall: unknown setting "app_secrt" (is it app_secret?); the connector taobao takes app_key, app_secret, refresh_token, session, shop, token_url, start, zone, base_url`,
		`heliu.yaml:9: source tmall: the setting "app_key" takes one value, not a list of 2`,
		`heliu.yaml:9: source tmall: the setting "app_secret" is missing`,
		`heliu.yaml:9: source tmall: the setting "session" refers to ${NOT_SET}, which is not set in the environment`,
		`heliu.yaml:9: source tmall: the connector taobao lands personal fields as keyed hashes, and the project has no key for them`,
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), fmt.Sprint(err)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
