package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// replay is the system of a case: it gives the recorded answers in their order and checks what is asked.
type replay struct {
	dir     string
	answers []Answer
	asked   int
	err     error
}

// RoundTrip answers one request.
func (r *replay) RoundTrip(req *http.Request) (*http.Response, error) {
	asked, err := parameters(req)
	if err != nil {
		return nil, err
	}
	r.asked++
	if r.asked > len(r.answers) {
		if r.err == nil {
			r.err = fmt.Errorf("request %d has no answer: %s %v", r.asked, req.URL.Path, asked)
		}
		return nil, r.err
	}
	a := r.answers[r.asked-1]
	for name, want := range a.Ask {
		if got := asked[name]; got != want && r.err == nil {
			r.err = fmt.Errorf("request %d asks for %s %q, want %q", r.asked, name, got, want)
		}
	}
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if a.Status != 0 {
		resp.StatusCode = a.Status
	}
	for k, v := range a.Header {
		resp.Header.Set(k, v)
	}
	var body []byte
	if a.File != "" {
		if body, err = os.ReadFile(filepath.Join(r.dir, a.File)); err != nil {
			return nil, err
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// left says which answers were never asked for.
func (r *replay) left() error {
	if r.asked < len(r.answers) {
		return fmt.Errorf("%d of %d answers were never asked for", len(r.answers)-r.asked, len(r.answers))
	}
	return nil
}

// parameters are what a request asks for, wherever it stands: query, form, JSON, or JSON within a form (Jushuitan's biz).
func parameters(req *http.Request) (map[string]string, error) {
	out := map[string]string{"path": req.URL.Path}
	flatten := func(v url.Values) {
		for k := range v {
			out[k] = v.Get(k)
			nested(out, v.Get(k))
		}
	}
	flatten(req.URL.Query())
	if req.Body == nil {
		return out, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		flatten(form)
		return out, nil
	}
	nested(out, string(body))
	return out, nil
}

func nested(out map[string]string, text string) {
	var object map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&object) != nil { // not an object: a plain value
		return
	}
	for k, v := range object {
		out[k] = fmt.Sprint(v)
	}
}

// Replay is a transport that gives a case's answers.
func Replay(c *Case) http.RoundTripper { return &replay{dir: c.Dir, answers: c.Answers} }
