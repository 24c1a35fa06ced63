package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/sign"
)

// maxBody is how large an answer may be; a page beyond it asks for a smaller page size.
const maxBody = 256 << 20

// question is one request with its values filled in.
type question struct {
	request  request
	params   map[string]any
	url      string // the whole address, where the source gave it (link header); params are then in it
	unsigned bool
}

// ask asks one question. The bare one signs and sends; retrying, limiting and token renewal are wrapped around it.
type ask func(ctx context.Context, q question) (*answer, error)

// client holds what asking needs.
type client struct {
	cfg      *config
	settings map[string]any
	base     string
	scheme   sign.Scheme
	zone     *time.Location
	http     *http.Client
	open     extract.Opening

	mu       sync.Mutex
	token    string // the access token in use
	refresh  string // the refresh token that the last renewal gave; "" for the configured one
	renewing sync.Mutex
}

// send signs and sends one question and reads its whole answer.
func (c *client) send(ctx context.Context, q question) (*answer, error) {
	r, err := c.sign(q)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Verb, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("the address is wrong: %w", withoutURL(err))
	}
	req.Header = r.Header
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.Is(err, extract.ErrAuth) { // a login within the transport
			return nil, withoutURL(err)
		}
		return nil, &extract.ErrTransient{Err: fmt.Errorf("no answer from %s: %w", hostOf(r.URL), withoutURL(err))}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &extract.ErrTransient{Err: fmt.Errorf("the answer broke off after %d bytes: %w", len(body), withoutURL(err))}
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("the answer is larger than %d MB; ask for smaller pages", maxBody>>20)
	}
	return c.judge(resp, body)
}

// judge tells good answers from bad ones.
func (c *client) judge(resp *http.Response, body []byte) (*answer, error) {
	a, err := parse(body, resp.Header)
	var said *vendorError
	if err == nil {
		said = c.cfg.Errors.errorIn(a)
	}
	refused := func() error { // what was said, or what kind of answer it is: never the answer itself (invariant 8)
		if said != nil {
			return fmt.Errorf("HTTP %d: %w", resp.StatusCode, said)
		}
		return fmt.Errorf("HTTP %d: %s", resp.StatusCode, extract.Shape(body, resp.Header.Get("Content-Type")))
	}
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized:
		return nil, &expiredError{refused()}
	case status == http.StatusForbidden:
		return nil, fmt.Errorf("%w: %w", extract.ErrAuth, refused())
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return nil, &extract.ErrTransient{Err: refused(), Wait: c.retryAfter(resp.Header)}
	case said != nil:
		return nil, c.cfg.classify(said)
	case status < 200 || status > 299:
		return nil, refused()
	case err != nil:
		return nil, &extract.ErrTransient{Err: err}
	}
	return a, nil
}

// withoutURL takes the address, which holds signatures and tokens, out of net/http's error, and what it quotes of an
// answer that is no HTTP.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if strings.Contains(err.Error(), "malformed") {
		return errors.New("the answer is no HTTP")
	}
	return err
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the source"
	}
	return u.Host
}

// retryAfter reads seconds or an HTTP date.
func (c *client) retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(c.open.Now()))
	}
	return 0
}

// sign fills a question with credentials, time and nonce.
func (c *client) sign(q question) (sign.Request, error) {
	vars := maps.Clone(c.settings)
	call := sign.Call{Verb: q.request.verb, Method: fillText(q.request.method, q.params), Send: q.request.send, Params: q.params, Header: map[string]string{},
		Now: c.open.Now(), Nonce: fmt.Sprintf("%016x%016x", c.open.Random(), c.open.Random()), Zone: c.zone, Cred: c.credentials()}
	for _, headers := range []map[string]string{c.cfg.Headers, q.request.headers} {
		for k, v := range headers {
			call.Header[k] = fillText(v, vars)
		}
	}
	switch {
	case q.url != "":
		call.URL, call.Params = q.url, nil
	case q.request.url != "":
		call.URL = fillText(q.request.url, vars)
	default:
		call.URL = c.base + q.request.path
	}
	if q.request.graphql != "" {
		call.Verb, call.Send = http.MethodPost, "json"
		call.Params = map[string]any{"query": q.request.graphql, "variables": q.params}
	}
	scheme := c.scheme
	if q.unsigned {
		scheme = sign.Plain
	}
	return scheme(call)
}

func (c *client) credentials() sign.Credentials {
	s := c.cfg.Sign
	text := func(name string) string {
		if name == "" {
			return ""
		}
		return fillText("${"+name+"}", c.settings)
	}
	return sign.Credentials{Key: text(s.Key), Secret: text(s.Secret), Token: c.currentToken(), Sign: text(s.Sign), Variant: s.Method, Name: fillText(s.Name, c.settings)}
}

func (c *client) currentToken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// limited keeps to the declared rate.
func (c *client) limited(next ask) ask {
	if c.cfg.Limit.Rate <= 0 {
		return next
	}
	limiter := rate.NewLimiter(rate.Limit(c.cfg.Limit.Rate), max(1, c.cfg.Limit.Burst))
	return func(ctx context.Context, q question) (*answer, error) {
		now := c.open.Now()
		if delay := limiter.ReserveN(now, 1).DelayFrom(now); delay > 0 {
			if err := c.open.Wait(ctx, delay); err != nil {
				return nil, err
			}
		}
		return next(ctx, q)
	}
}

// retried asks again what is transient, and nothing else: waits of 1, 2, 4 … 60 seconds with a fifth of jitter, or as
// long as the source asks for, up to five minutes.
func (c *client) retried(next ask) ask {
	tries := c.cfg.Limit.Tries
	if tries == 0 {
		tries = 6
	}
	return func(ctx context.Context, q question) (*answer, error) {
		b := &backoff.ExponentialBackOff{InitialInterval: time.Second, Multiplier: 2, MaxInterval: time.Minute}
		b.Reset()
		for try := 1; ; try++ {
			a, err := next(ctx, q)
			var transient *extract.ErrTransient
			if !errors.As(err, &transient) {
				return a, err
			}
			if try == tries {
				return nil, fmt.Errorf("%w (tried %d times)", err, tries)
			}
			delay := b.NextBackOff()
			delay += time.Duration(c.open.Random() % uint64(delay/5+1))
			if transient.Wait > 0 {
				delay = min(transient.Wait, 5*time.Minute)
			}
			c.open.Log.Warn("asking again", "source", c.open.Source, "wait", delay.String(), "reason", c.open.Redact.Text(err.Error()))
			if stop := c.open.Wait(ctx, delay); stop != nil {
				return nil, fmt.Errorf("%w (tried %d times, then: %w)", err, try, stop)
			}
		}
	}
}
