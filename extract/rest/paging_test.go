package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
)

// TestPagingThatNeverEnds gives up, with a word on why, instead of asking for ever.
func TestPagingThatNeverEnds(t *testing.T) {
	t.Parallel()
	same := func(int) string { return `"next":"x","more":true,"data":` + numbers(1, 3) }
	turns := func(of int) func(int) string { // pages and cursors that go round
		return func(n int) string {
			return fmt.Sprintf(`"next":"c%d","more":true,"data":%s`, n%of, numbers(n%of*3, n%of*3+2))
		}
	}
	for name, c := range map[string]struct {
		page, err string
		answer    func(n int) string
		asked     int // at most
	}{
		"cursor":                     {"{kind: cursor, cursor: after, next: next}", "page 2 has the same 3 records", same, 2},
		"link":                       {"{kind: link}", "page 2 has the same 3 records", same, 2},
		"keyset":                     {"{kind: keyset, size: {limit: 3}, by: [id], after: {since: '${after}'}}", "page 2 has the same 3 records", same, 2},
		"most":                       {"{kind: page, number: page, size: {limit: 3}, most: 5}", "page 2 has the same 3 records", same, 2},
		"has_next":                   {"{kind: page, number: page, size: {limit: 3}, has_next: more}", "page 2 has the same 3 records", same, 2},
		"offset, has_next":           {"{kind: offset, offset: at, size: {limit: 3}, has_next: more}", "page 2 has the same 3 records", same, 2},
		"has_next and a total":       {"{kind: page, number: page, size: {limit: 3}, has_next: more, total: n}", "page 2 has the same", func(int) string { return `"n":3,` + same(0) }, 2},
		"two pages by turns":         {"{kind: page, number: page, size: {limit: 3}, has_next: more}", "page 3 has the same", turns(2), 3},
		"a round longer than memory": {"{kind: page, number: page, size: {limit: 3}, has_next: more}", "has the same 3 records", turns(circleMemory*2 + 5), circleMemory * 9},
		"two cursors by turns":       {"{kind: cursor, cursor: after, next: next}", "the same cursor twice", func(n int) string { return fmt.Sprintf(`"next":"c%d","data":%s`, n%2, numbers(n*3, n*3+2)) }, 3},
		"links in a circle":          {"{kind: link}", "links go in a circle", func(n int) string { return `"data":` + numbers(n*3, n*3+2) }, 2},
		"empty pages for ever":       {"{kind: cursor, cursor: after, next: next}", "1000 pages without records", func(n int) string { return fmt.Sprintf(`"next":"c%d","data":[]`, n) }, 1001},
		"empty offset":               {"{kind: offset, offset: at, size: {limit: 3}, has_next: more}", "no records at offset 0", func(int) string { return `"more":true,"data":[]` }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			_, _, _, err := read(t, head+"    request: {path: /things}\n    page: "+c.page+"\n", func(*http.Request, url.Values) (int, http.Header, string) {
				asked++
				if asked > c.asked {
					return 400, nil, `{}` // ends a read that would go on for ever
				}
				return 200, http.Header{"Link": {`<https://shop.example/api?at=1>; rel="next"`}}, "{" + c.answer(asked-1) + "}"
			}, extract.Slice{})
			if !errors.Is(err, extract.ErrSourceChanged) || !strings.Contains(err.Error(), c.err) {
				t.Errorf("after %d questions: %v, want %q", asked, err, c.err)
			}
		})
	}
}

// TestAnswersOfAnotherShape are errors where nothing else tells how many records there are.
func TestAnswersOfAnotherShape(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ page, answer, err string }{
		"no list, no flag":      {"{kind: page, number: page, size: {limit: 3}, has_next: more}", `{"result":[{"id":1}]}`, "the answer has no data"},
		"no list":               {"{kind: page, number: page, size: {limit: 3}, has_next: more}", `{"more":false,"items":[{"id":1}]}`, "the answer has no data"},
		"no list behind cursor": {"{kind: cursor, cursor: after, next: next, has_next: more}", `{"more":false}`, "the answer has no data"},
		"a full page, no flag":  {"{kind: page, number: page, size: {limit: 3}, has_next: more}", `{"data":` + numbers(1, 3) + `}`, "the answer has no more"},
		"a flag of other words": {"{kind: page, number: page, size: {limit: 3}, has_next: more}", `{"more":"yes","data":` + numbers(1, 3) + `}`, "more is neither true nor false"},
		"no number of pages":    {"{kind: page, number: page, size: {limit: 3}, pages: pages}", `{"data":` + numbers(1, 3) + `}`, "the answer has no pages"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, _, _, err := read(t, head+"    request: {path: /things}\n    page: "+c.page+"\n", func(*http.Request, url.Values) (int, http.Header, string) {
				return 200, nil, c.answer
			}, extract.Slice{})
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%d records and %v, want %q", len(ids), err, c.err)
			}
		})
	}
}

// TestEmptyPageInBetween goes on behind a page without records when the source says that more follows, in numbers too.
func TestEmptyPageInBetween(t *testing.T) {
	t.Parallel()
	pages := []string{`"more":1,"data":` + numbers(1, 2), `"more":1,"data":[]`, `"more":0,"data":` + numbers(3, 3)}
	ids, _, _, err := read(t, head+"    request: {path: /things}\n    page: {kind: page, number: page, size: {limit: 3}, has_next: more}\n", func(_ *http.Request, q url.Values) (int, http.Header, string) {
		return 200, nil, "{" + pages[whole(q, "page")-1] + "}"
	}, extract.Slice{})
	if diff := cmp.Diff(upTo(3), ids); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestEach reads only the parts that are asked for, names all, and refuses what can never be read whole.
func TestEach(t *testing.T) {
	t.Parallel()
	text := strings.Replace(head, "streams:", "needs:\n  accounts: {list: true, optional: true}\nstreams:", 1) + "    request: {path: /things, params: {account: '${account}'}}\n    each: {account: %s}\n    page: {kind: %s}\n"
	open := func(each, page string, settings map[string]any) (extract.Reader, *extract.Stream, []string, error) {
		con, err := extract.ParseConnector("t.yaml", fmt.Appendf(nil, text, each, page))
		if err != nil {
			t.Fatal(err)
		}
		var problems []string
		for _, p := range Kind().Check(con) {
			problems = append(problems, fmt.Sprintf("%d: %s", p.Line, p.Text))
		}
		if problems != nil {
			return nil, nil, problems, nil
		}
		r, err := Kind().Open(opening(con, settings, func(_ *http.Request, q url.Values) (int, http.Header, string) {
			n, err := strconv.Atoi(q.Get("account"))
			if err != nil {
				t.Error(err)
			}
			return 200, nil, `{"data":` + numbers(n, n) + `}`
		}))
		return r, con.Streams[0], nil, err
	}
	r, stream, _, err := open("accounts", "none", map[string]any{"accounts": []any{1, "2", 3}})
	if err != nil {
		t.Fatal(err)
	}
	parts := r.(extract.Divided).Parts(stream)
	if diff := cmp.Diff([]string{"account=1", "account=2", "account=3"}, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	for only, want := range map[string][]string{"": upTo(3), "account=2": {"2"}} {
		slice := extract.Slice{Stream: stream}
		if only != "" {
			slice.Only = []string{only}
		}
		var got []string
		if _, err := r.Read(t.Context(), slice, func(p extract.Page) error { got = append(got, p.With["account"]); return nil }); err != nil || !slices.Equal(got, want) {
			t.Errorf("only %q: %v, %v", only, got, err)
		}
	}
	r, stream, _, err = open("accounts", "none", nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := r.Read(t.Context(), extract.Slice{Stream: stream}, nil); err != nil || !out.Empty {
		t.Errorf("without accounts: %+v, %v", out, err)
	}
	if err := r.(extract.Tester).Test(t.Context()); err == nil || !strings.Contains(err.Error(), "no stream is read with these settings") {
		t.Errorf("testing without accounts: %v", err)
	}
	for want, c := range map[string][2]string{
		"12: each.account is an empty list: the stream would never be read": {"[]", "none"},
		`12: each.account names "1" twice`:                                  {"[1, 1]", "none"},
		"things: page kind keyset without a window":                         {"accounts", "keyset, by: [id], after: {since: '${after}'}"},
	} {
		if _, _, problems, _ := open(c[0], c[1], nil); len(problems) != 1 || !strings.Contains(problems[0], want) {
			t.Errorf("problems %q, want %q", problems, want)
		}
	}
}
