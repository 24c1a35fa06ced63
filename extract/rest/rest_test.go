package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// site answers in the test's place of a system.
type site func(r *http.Request, q url.Values) (status int, header http.Header, body string)

func (s site) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	q := r.URL.Query()
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if form, err := url.ParseQuery(string(body)); err == nil {
			for k := range form {
				q.Set(k, form.Get(k))
			}
		}
		q.Set("_body", string(body))
	}
	status, header, body := s(r, q)
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const head = `
connector: t
base_url: https://shop.example/api
streams:
  things:
    key: [id]
    fields: {id: string}
    records: data
`

// read reads the stream things of a connector and returns the ids in order.
func read(t *testing.T, text string, s site, slice extract.Slice) (ids []string, out extract.Outcome, waits []time.Duration, err error) {
	t.Helper()
	con, err := extract.ParseConnector("t.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if problems := Kind().Check(con); len(problems) > 0 {
		t.Fatal(extract.Problems(problems))
	}
	o := opening(con, nil, s)
	o.Wait = func(ctx context.Context, d time.Duration) error {
		waits = append(waits, d)
		return ctx.Err()
	}
	reader, err := Kind().Open(o)
	if err != nil {
		t.Fatal(err)
	}
	slice.Stream, slice.Now = con.Streams[0], o.Now()
	out, err = reader.Read(context.Background(), slice, func(p extract.Page) error {
		for _, r := range p.JSON {
			ids = append(ids, strings.TrimSuffix(strings.TrimPrefix(string(r), `{"id":`), "}"))
		}
		return nil
	})
	return ids, out, waits, err
}

// opening opens a connector over a site, at a fixed time.
func opening(con *extract.Connector, settings map[string]any, s site) extract.Opening {
	return extract.Opening{Source: "t", Connector: con, Settings: settings, Transport: s, Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
		Random: func() uint64 { return 0 }, Redact: extract.NewRedactor(nil), Log: slog.New(slog.DiscardHandler), Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

// numbers writes the ids from..to as records.
func numbers(from, to int) string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf(`{"id":%d}`, i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func upTo(n int) []string {
	var ids []string
	for i := 1; i <= n; i++ {
		ids = append(ids, strconv.Itoa(i))
	}
	return ids
}

func whole(q url.Values, key string) int {
	n, err := strconv.Atoi(q.Get(key))
	if err != nil {
		return 0
	}
	return n
}

// TestPaging reads seven records, three a page, by every kind of paging.
func TestPaging(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page string
		site site
		want []string
		kind warehouse.CountKind
	}{
		"page": {"{kind: page, number: page, size: {limit: 3}}", func(_ *http.Request, q url.Values) (int, http.Header, string) {
			p := whole(q, "page")
			return 200, nil, `{"data":` + numbers(p*3-2, min(7, p*3)) + `}`
		}, upTo(7), warehouse.CountNone},
		"page from 0, has_next, rows stated": {"{kind: page, number: page, first: 0, size: {limit: 3}, has_next: more, rows: n}", func(_ *http.Request, q url.Values) (int, http.Header, string) {
			p := whole(q, "page")
			n := min(7, p*3+3) - p*3
			return 200, nil, fmt.Sprintf(`{"data":%s,"more":%v,"n":%d}`, numbers(p*3+1, p*3+n), p < 2, n)
		}, upTo(7), warehouse.CountPageSum},
		"offset": {"{kind: offset, offset: skip, size: {limit: 3}, total: count}", func(_ *http.Request, q url.Values) (int, http.Header, string) {
			o := whole(q, "skip")
			return 200, nil, `{"count":"7","data":` + numbers(o+1, min(7, o+3)) + `}`
		}, upTo(7), warehouse.CountTotal},
		"reverse": {"{kind: reverse, number: page, size: {limit: 3}, total: count}", func(_ *http.Request, q url.Values) (int, http.Header, string) {
			p := whole(q, "page")
			return 200, nil, `{"count":7,"data":` + numbers(p*3-2, min(7, p*3)) + `}`
		}, []string{"7", "4", "5", "6", "1", "2", "3"}, warehouse.CountTotal},
		"cursor": {"{kind: cursor, cursor: after, next: next, end: [nomore]}", func(_ *http.Request, q url.Values) (int, http.Header, string) {
			at := whole(q, "after")
			next := strconv.Itoa(at + 3)
			if at+3 >= 7 {
				next = "nomore"
			}
			return 200, nil, fmt.Sprintf(`{"next":%q,"data":%s}`, next, numbers(at+1, min(7, at+3)))
		}, upTo(7), warehouse.CountNone},
		"link": {"{kind: link}", func(r *http.Request, q url.Values) (int, http.Header, string) {
			at := whole(q, "at")
			h := http.Header{}
			if at+3 < 7 {
				h.Set("Link", fmt.Sprintf(`<https://shop.example/api?at=0>; rel="previous", <https://shop.example/api?at=%d>; rel="next"`, at+3))
			}
			return 200, h, `{"data":` + numbers(at+1, min(7, at+3)) + `}`
		}, upTo(7), warehouse.CountNone},
		"keyset": {"{kind: keyset, size: {limit: 3}, by: [id], after: {since: '${after}'}}", func(_ *http.Request, q url.Values) (int, http.Header, string) {
			at := whole(q, "since")
			return 200, nil, `{"data":` + numbers(at+1, min(7, at+3)) + `}`
		}, upTo(7), warehouse.CountNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, out, _, err := read(t, head+"    request: {path: /things}\n    page: "+c.page+"\n", c.site, extract.Slice{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if out.Kind != c.kind || (c.kind != warehouse.CountNone) != (out.Count != nil) || out.Count != nil && *out.Count != 7 {
				t.Errorf("outcome %+v, want %s of 7", out, c.kind)
			}
			if name == "keyset" && out.Cursor != `["7"]` {
				t.Errorf("cursor %s", out.Cursor)
			}
		})
	}
}

// TestRecount sees a total that moves while pages are read.
func TestRecount(t *testing.T) {
	t.Parallel()
	asked := 0
	text := head + "    request: {path: /things}\n    window: {from: since, to: until, recount: true}\n    page: {kind: page, number: page, size: {limit: 3}, total: count}\n"
	_, _, _, err := read(t, text, func(_ *http.Request, q url.Values) (int, http.Header, string) {
		asked++
		total := 4
		if asked == 3 { // the question after the last page
			total = 5
		}
		p := whole(q, "page")
		return 200, nil, fmt.Sprintf(`{"count":%d,"data":%s}`, total, numbers(p*3-2, min(4, p*3)))
	}, extract.Slice{From: time.Unix(0, 0), To: time.Unix(60, 0)})
	if !errors.Is(err, extract.ErrSourceChanged) {
		t.Errorf("error = %v, want ErrSourceChanged", err)
	}
}

// TestControlCount asks a second question for the count.
func TestControlCount(t *testing.T) {
	t.Parallel()
	_, out, _, err := read(t, head+"    request: {path: /things}\n    count: {request: {path: /count}, total: n}\n", func(r *http.Request, _ url.Values) (int, http.Header, string) {
		if strings.HasSuffix(r.URL.Path, "/count") {
			return 200, nil, `{"n":3}`
		}
		return 200, nil, `{"data":` + numbers(1, 3) + `}`
	}, extract.Slice{})
	if err != nil || out.Kind != warehouse.CountControl || *out.Count != 3 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestWaits holds how long is waited, and that only what is transient is asked again.
func TestWaits(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 1, 1, 0, 0, 30, 0, time.UTC).Format(http.TimeFormat)
	for name, c := range map[string]struct {
		status int
		header http.Header
		body   string
		waits  []time.Duration
		auth   bool
	}{
		"429 with seconds": {429, http.Header{"Retry-After": {"3"}}, "{}", []time.Duration{3e9, 3e9, 3e9, 3e9, 3e9}, false},
		"503 with a date":  {503, http.Header{"Retry-After": {date}}, "", []time.Duration{30e9, 30e9, 30e9, 30e9, 30e9}, false},
		"500":              {500, nil, "", []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9}, false},
		"400":              {400, nil, `{"error":"no"}`, nil, false},
		"404":              {404, nil, `{}`, nil, false},
		"401":              {401, nil, `{}`, nil, true},
		"403":              {403, nil, `{}`, nil, true},
		"HTML":             {200, nil, "<html>", []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9}, false},
		"half":             {200, nil, `{"data":[{"id`, []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9}, false},
		"NaN":              {200, nil, `{"data":[{"id":NaN}]}`, []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9}, false},
		"another shape":    {200, nil, `{"items":[]}`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, waits, err := read(t, head+"    request: {path: /things}\n", func(*http.Request, url.Values) (int, http.Header, string) { return c.status, c.header, c.body }, extract.Slice{})
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(c.waits, waits); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if errors.Is(err, extract.ErrAuth) != c.auth {
				t.Errorf("error = %v; is about credentials: %v", err, !c.auth)
			}
		})
	}
}

// TestRate spreads questions by the declared rate.
func TestRate(t *testing.T) {
	t.Parallel()
	_, _, waits, err := read(t, strings.Replace(head, "streams:", "limit: {rate: 2/s}\nstreams:", 1)+"    request: {path: /things}\n    page: {kind: page, number: page, size: {limit: 3}}\n",
		func(_ *http.Request, q url.Values) (int, http.Header, string) {
			p := whole(q, "page")
			return 200, nil, `{"data":` + numbers(p*3-2, min(7, p*3)) + `}`
		}, extract.Slice{})
	if err != nil || !slices.Equal(waits, []time.Duration{500 * time.Millisecond, time.Second}) {
		t.Errorf("waits %v, %v", waits, err)
	}
}

// TestBodies holds how questions are sent: nested JSON, GraphQL variables, windows as epochs.
func TestBodies(t *testing.T) {
	t.Parallel()
	slice := extract.Slice{From: time.Unix(1767225600, 0), To: time.Unix(1767225660, 0)}
	for name, c := range map[string]struct{ stream, want string }{
		"json": {"    request: {path: /x, verb: POST, send: json, fixed: 1, list: [a]}\n    window: {from: filter.range.start, to: filter.range.end, format: epoch_ms}\n",
			`{"filter":{"range":{"end":1767225660000,"start":1767225600000}},"fixed":1,"list":["a"]}`},
		"graphql": {"    request: {path: /x, graphql: 'query($q: String) {x}', params: {q: 'updated:>=${from}'}}\n    window: {format: rfc3339}\n",
			`{"query":"query($q: String) {x}","variables":{"q":"updated:>=2026-01-01T00:00:00Z"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := ""
			_, _, _, err := read(t, head+c.stream, func(_ *http.Request, q url.Values) (int, http.Header, string) {
				body = q.Get("_body")
				return 200, nil, `{"data":[]}`
			}, slice)
			if err != nil || body != c.want {
				t.Errorf("body %s, %v\nwant %s", body, err, c.want)
			}
		})
	}
}

func ExampleKind_mistakes() {
	con, err := extract.ParseConnector("connectors/t/connector.yaml", []byte(`connector: t
base_url: https://shop.example
sign: {scheme: topp, key: app_key}
limit: {rate: fast}
streams:
  things:
    key: [id]
    fields: {id: string}
    records: data
    request: {path: /things, verb: PUT, q: '${who}'}
    page: {kind: pages, total: 3}
    windw: {from: a}
`))
	if err != nil {
		fmt.Println(err)
	}
	for _, p := range Kind().Check(con) {
		fmt.Println(p)
	}
	// Output:
	// connectors/t/connector.yaml:4: limit.rate: "fast" is no rate; write 10/s, 100/m or 1000/h
	// connectors/t/connector.yaml:3: sign.scheme "topp"; allowed are basic, bearer, douyin, header, jd, jushuitan, kuaishou, meta, none, oauth1, param, pdd, tencent, top, wangdiantong
	// connectors/t/connector.yaml:3: sign.key names the setting "app_key", which is not under needs
	// connectors/t/connector.yaml:12: unknown key "windw" (is it window?); allowed are children, count, cursor, each, fields, inherit, key, maps, page, records, request, title, window
	// connectors/t/connector.yaml:10: verb "PUT"; allowed are GET, POST
	// connectors/t/connector.yaml:10: ${who} is not known here; allowed are after, after_id, cursor, from, source, to
	// connectors/t/connector.yaml:6: things: page.kind "pages"; allowed are none, page, reverse, offset, cursor, next, link, keyset
}
