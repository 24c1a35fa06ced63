package trino

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// client sends the driver's requests: it says who asks, tries again what the server did not take, and listens to what
// the responses say of a statement.
type client struct {
	to     http.RoundTripper
	server url.URL
	proof  string // the header that proves who asks, "" for none
	wait   func(context.Context, time.Duration) error
	source string
}

func (c Config) client(p place) (*client, error) {
	to, err := c.transport()
	if err != nil {
		return nil, err
	}
	cl := &client{to: to, server: p.server, wait: c.Wait, source: strings.TrimSpace("heliu " + c.Version)}
	switch {
	case c.Token != "":
		cl.proof = "Bearer " + c.Token
	case c.Password != "":
		cl.proof = "Basic " + base64.StdEncoding.EncodeToString([]byte(p.user+":"+c.Password))
	}
	return cl, nil
}

// pause is how long to wait before a request or a statement is tried again for the attempt-th time, from 0: 250 ms, then
// twice as long each time up to 32 s, which is two minutes in all: a coordinator that is started again needs about as
// long. It reports false when it was tried often enough.
func pause(attempt int) (time.Duration, bool) {
	return min(250*time.Millisecond<<attempt, 32*time.Second), attempt < 10
}

// RoundTrip sends a request, and again while nobody listens, the line breaks, or a proxy or the server itself refuses it.
// That is safe for a statement too: Trino starts one only when the response after the first is asked for, so of one that
// was sent twice the first never runs.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	call := callOf(r.Context())
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", c.source)
	// Without it the cluster sends the rows in its responses, and not by way of a storage that this machine may not reach.
	r.Header.Del("X-Trino-Query-Data-Encoding")
	if c.proof != "" {
		if r.URL.Scheme != c.server.Scheme || r.URL.Hostname() != c.server.Hostname() || port(*r.URL) != port(c.server) {
			return nil, &elsewhereError{to: r.URL.Scheme + "://" + r.URL.Host}
		}
		r.Header.Set("Authorization", c.proof)
	}
	if property := propertyOf(r.Context()); property != "" {
		r.Header.Add("X-Trino-Session", property)
	}
	for attempt := 0; ; attempt++ {
		if attempt > 0 && r.GetBody != nil {
			body, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			r.Body = body
		}
		answered := call.sent()
		resp, err := c.to.RoundTrip(r)
		answered()
		next, more := pause(attempt)
		if !more || r.Context().Err() != nil || !passing(resp, err) || err != nil && impatient(r) {
			if err == nil && call != nil {
				resp.Body = &listener{ReadCloser: resp.Body, call: call}
			}
			return resp, err
		}
		if err == nil {
			_ = resp.Body.Close()
		}
		if err := c.wait(r.Context(), next); err != nil {
			return nil, err
		}
	}
}

func port(u url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// elsewhereError is a response that sends this program on to another server, where its secret must not go.
type elsewhereError struct{ to string }

func (e *elsewhereError) Error() string {
	return "the cluster sends this program on to " + e.to + ", where its password or token must not go; behind a proxy a cluster needs http-server.process-forwarded=true"
}

// passing reports whether a request failed in a way that passes.
func passing(resp *http.Response, err error) bool {
	if err == nil {
		switch resp.StatusCode {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	return dialed(err) || broke(err)
}

// dialed reports whether nobody answered at the address; a name that does not exist is an error of another kind.
func dialed(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" && !(errors.As(err, &dns) && dns.IsNotFound)
}

// broke reports whether a line broke that had been there.
func broke(err error) bool {
	for _, e := range []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// silent reports whether the server was reached and did not answer in time.
func silent(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout() && !dialed(err) && !over(err)
}

// over reports whether err is that of a context; net/http's own errors say they were one too.
func over(err error) bool { return err == context.Canceled || err == context.DeadlineExceeded }

type impatientKey struct{}

// impatient says that nobody waits for a server that does not answer: the first request goes to an address that may be
// wrong, and the one that stops a statement has nothing to stop.
func impatient(r *http.Request) bool {
	return r.Method == http.MethodDelete || r.Context().Value(impatientKey{}) != nil
}

func withoutPatience(ctx context.Context) context.Context {
	return context.WithValue(ctx, impatientKey{}, true)
}

// listener reads a response and lets the call know what it says, all but the rows.
type listener struct {
	io.ReadCloser
	call *call
	skimmer
	heard bool
}

func (l *listener) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	l.write(p[:n])
	if l.whole && !l.heard {
		l.heard = true
		l.call.saw(l.kept)
	}
	return n, err
}

// close gives up the lines that are open and not used.
func (c *client) close() {
	if t, ok := c.to.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}
