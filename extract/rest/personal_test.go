package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/extract"
)

// buyer are planted data of a person, as they and as an escaping would write them.
var buyer = []string{"张三", "13800138000", "zhang.san@example.com", "138-0013-8000", "\\u5f20", "Zhangsan"}

// TestNoBuyerInErrors answers with a buyer's data in every way that goes wrong: errors and the log tell what kind of answer it
// was, and nothing of the person (invariant 8).
func TestNoBuyerInErrors(t *testing.T) {
	t.Parallel()
	person := `"receiver":"张三","phone":"13800138000","mail":"zhang.san@example.com","Zhangsan13800138000":1`
	text := strings.Replace(head, "    records: data", "    request: {path: /a}\n    records: data", 1) + "errors: {path: error, code: [code], message: [msg]}\n"
	paged := strings.Replace(text, "    records: data", "    page: {kind: page, number: p, size: {n: 2}, total: total}\n    records: data", 1)
	tokens := strings.Replace(text, "    records: data", "    page: {kind: next, cursor: c, next: next}\n    records: data", 1)
	flagged := strings.Replace(tokens, "next: next", "next: next, has_next: more", 1)
	json := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for name, c := range map[string]struct {
		connector string
		status    int
		body      string
		want      string
	}{
		"unnamed error":        {text, 400, `{"reason":"张三 13800138000",` + person + `}`, "HTTP 400: application/json, "},
		"forbidden":            {text, 403, `{` + person + `}`, "JSON object with receiver, phone, mail, 1 more"},
		"expired":              {text, 401, `{` + person + `}`, "HTTP 401"},
		"named error":          {text, 400, `{"error":{"code":"E7","msg":"buyer zhang.san@example.com (138-0013-8000, 13800138000) is unknown"},` + person + `}`, "the source answers with error E7: buyer *** (***, ***) is unknown"},
		"error in a good one":  {text, 200, `{"error":{"code":"E7","msg":"order 138001380001380 is locked"},` + person + `}`, "order *** is locked"},
		"server error":         {text, 502, `<html>张三 13800138000</html>`, "HTTP 502: application/json, "},
		"HTML":                 {text, 200, `<html><body>张三 13800138000</body></html>`, "HTML or XML"},
		"truncated":            {text, 200, `{"data":[{"id":1,` + person, "no whole JSON"},
		"two answers":          {text, 200, `{"data":[]}{` + person + `}`, "text behind its JSON"},
		"no records":           {text, 200, `{"orders":[{` + person + `}]}`, "the answer has no data: application/json, "},
		"records are a text":   {text, 200, `{"data":"张三 13800138000"}`, "data is a text"},
		"records are a number": {text, 200, `{"data":13800138000}`, "data is a number where a list"},
		"no total":             {paged, 200, `{"data":[{` + person + `}]}`, "the answer has no total"},
		"total is a name":      {paged, 200, `{"data":[],"total":"张三"}`, "total is a text that is no count"},
		"cursor of a person":   {tokens, 200, `{"data":[],"next":"张三13800138000"}`, "the same cursor twice"},
		"page of a person":     {tokens, 200, `{"data":[{` + person + `}],"next":"张三13800138000"}`, "page 2 has the same 1 records"},
		"flag is a name":       {flagged, 200, `{"data":[{"id":1}],"next":"x","more":"张三"}`, "more is neither true nor false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			con, err := extract.ParseConnector("t.yaml", []byte(c.connector))
			if err != nil {
				t.Fatal(err)
			}
			reader, err := Kind().Open(extract.Opening{Source: "t", Connector: con, Settings: map[string]any{}, Now: func() time.Time { return time.Time{} }, Random: func() uint64 { return 0 },
				Transport: site(func(*http.Request, url.Values) (int, http.Header, string) { return c.status, json.Clone(), c.body }),
				Redact:    extract.NewRedactor(nil), Log: slog.New(slog.NewTextHandler(&log, nil)), Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
			if err != nil {
				t.Fatal(err)
			}
			_, err = reader.Read(context.Background(), extract.Slice{Stream: con.Streams[0]}, func(extract.Page) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q in it", err, c.want)
			}
			for _, b := range buyer {
				for e := err; e != nil; e = errors.Unwrap(e) {
					if strings.Contains(e.Error(), b) {
						t.Errorf("%q is in the error: %v", b, e)
					}
				}
				if strings.Contains(log.String(), b) {
					t.Errorf("%q is in the log: %s", b, log.String())
				}
			}
		})
	}
	if err := withoutURL(&url.Error{Op: "Get", URL: "https://x", Err: fmt.Errorf("net/http: malformed HTTP response %q", "张三")}); strings.Contains(err.Error(), "张三") {
		t.Error(err)
	}
}
