// Package session reads systems over HTTP that want a login before the first question and speak a dialect of their
// own: Vendure hands its token over in a header of the answer, Tryton writes dates and decimals as typed objects.
// It is package rest behind a transport that logs in, carries the session and translates.
package session

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/rest"
)

// login is the key of a connector that this package adds to those of package rest.
type login struct {
	Scheme   string `yaml:"scheme"`   // vendure, tryton
	User     string `yaml:"user"`     // the setting that holds the user's name
	Password string `yaml:"password"` // the setting that holds the password
}

// dialect is how a system logs in and what its messages look like.
type dialect struct {
	// login asks for a session at the address of the questions and returns the header that carries it.
	login func(ask asker, url, user, password string) (name, value string, err error)
	// refused says that the session is no longer good, by an answer's status and body.
	refused func(status int, body []byte) bool
	// question and answer translate bodies; nil leaves them.
	question, answer func([]byte) ([]byte, error)
}

// asker posts a JSON body and returns the whole answer.
type asker func(url string, body []byte) (*http.Response, []byte, error)

func dialects() map[string]dialect {
	return map[string]dialect{"vendure": vendure(), "tryton": tryton()}
}

// Kind is the way in for connectors with `via: session`.
func Kind() extract.Kind {
	inner := rest.Kind()
	return extract.Kind{
		Name: "session",
		Check: func(c *extract.Connector) []extract.Problem {
			_, bare, problems := split(c)
			return append(problems, inner.Check(bare)...)
		},
		Open: func(o extract.Opening) (extract.Reader, error) {
			l, bare, problems := split(o.Connector)
			if len(problems) > 0 {
				return nil, extract.Problems(problems)
			}
			o.Connector = bare
			o.Transport = &transport{next: o.Transport, dialect: dialects()[l.Scheme], user: o.Text(l.User), password: o.Text(l.Password)}
			return inner.Open(o)
		},
	}
}

// split takes the key `login` off a connector; the rest is package rest's.
func split(c *extract.Connector) (login, *extract.Connector, []extract.Problem) {
	bare := *c
	bare.Options.Keys = nil
	own := c.Options
	own.Keys = nil
	for _, k := range c.Options.Keys {
		if k.Name == "login" {
			own.Keys = append(own.Keys, k)
		} else {
			bare.Options.Keys = append(bare.Options.Keys, k)
		}
	}
	var l struct {
		Login login `yaml:"login"`
	}
	problems := own.Decode(&l)
	line := 1
	if len(own.Keys) > 0 {
		line = own.Keys[0].Line
	}
	add := func(format string, args ...any) {
		problems = append(problems, extract.Problem{File: c.File, Line: line, Text: fmt.Sprintf(format, args...)})
	}
	if _, ok := dialects()[l.Login.Scheme]; !ok {
		add("login.scheme %q; allowed are tryton, vendure", l.Login.Scheme)
	}
	for what, name := range map[string]string{"user": l.Login.User, "password": l.Login.Password} {
		known := false
		for _, n := range c.Needs {
			known = known || n.Name == name
		}
		if !known {
			add("login.%s names the setting %q, which is not under needs", what, name)
		}
	}
	return l.Login, &bare, problems
}

// transport logs in before the first question and again, once a question, when the session was refused.
type transport struct {
	next           http.RoundTripper
	dialect        dialect
	user, password string

	mu          sync.Mutex
	name, value string // the header that carries the session; "" before the first login
}

// RoundTrip sends a question within a session. Credentials that are refused are an [extract.ErrAuth].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err == nil {
		err = req.Body.Close()
	}
	if err == nil && t.dialect.question != nil {
		body, err = t.dialect.question(body)
	}
	if err != nil {
		return nil, fmt.Errorf("the question: %w", err)
	}
	used := ""
	for try := 1; ; try++ {
		used, err = t.session(req, used)
		if err != nil {
			return nil, fmt.Errorf("login: %w", err)
		}
		resp, text, err := t.send(req, req.URL.String(), body, used)
		if err != nil {
			return nil, err
		}
		if t.dialect.refused(resp.StatusCode, text) && try == 1 {
			continue
		}
		if t.dialect.answer != nil && resp.StatusCode == http.StatusOK {
			// A body that cannot be translated goes on as it is: package rest says what is wrong with it.
			if plain, err := t.dialect.answer(text); err == nil {
				text = plain
			}
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		resp.Header.Del("Content-Length")
		return resp, nil
	}
}

// session returns the header's value; another than the one that was refused, after a login if need be.
func (t *transport) session(req *http.Request, refused string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value != "" && t.value != refused {
		return t.value, nil
	}
	ask := func(url string, body []byte) (*http.Response, []byte, error) { return t.send(req, url, body, "") }
	name, value, err := t.dialect.login(ask, req.URL.String(), t.user, t.password)
	if err != nil {
		return "", err
	}
	t.name, t.value = name, value
	return value, nil
}

func (t *transport) send(like *http.Request, url string, body []byte, session string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(like.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = like.Header.Clone()
	req.Header.Set("Content-Type", "application/json")
	if session != "" {
		req.Header.Set(t.name, session)
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	return resp, text, err
}

// denied says that the system does not take the credentials, in its own words.
func denied(reason string) error {
	return fmt.Errorf("%w: %s", extract.ErrAuth, extract.Scrub(reason))
}
