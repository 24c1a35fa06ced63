package extract

import (
	"errors"
	"net/url"
	"sort"
	"strings"
	"sync"
)

// Redactor takes the secrets of a source out of texts (invariant 8), as they are and as they look inside a URL. It is
// safe for concurrent use.
type Redactor struct {
	mu       sync.RWMutex
	secrets  []string
	replacer *strings.Replacer
}

// NewRedactor makes a redactor for these values. Values of fewer than four characters are left: they would blank words.
func NewRedactor(secrets []string) *Redactor {
	r := &Redactor{}
	r.Add(secrets...)
	return r
}

// Add makes more values secret: tokens that were renewed while the source is read.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, secrets...)
	sort.Slice(r.secrets, func(i, j int) bool { return len(r.secrets[i]) > len(r.secrets[j]) }) // a secret within another
	var pairs []string
	for _, s := range r.secrets {
		if len(s) < 4 {
			continue
		}
		for i, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(appendQuoted(nil, s)), `"`)} {
			if i == 0 || form != s {
				pairs = append(pairs, form, "***")
			}
		}
	}
	if pairs != nil {
		r.replacer = strings.NewReplacer(pairs...)
	}
}

// Text returns s without secrets.
func (r *Redactor) Text(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.replacer == nil {
		return s
	}
	return r.replacer.Replace(s)
}

// Error returns err without secrets in its text; errors.Is and errors.As still see what it wraps.
func (r *Redactor) Error(err error) error {
	if err == nil || r.Text(err.Error()) == err.Error() {
		return err
	}
	return &redacted{text: r.Text(err.Error()), err: err}
}

type redacted struct {
	text string
	err  error
}

func (e *redacted) Error() string { return e.text }

// Is and As look through without handing the unredacted error out by Unwrap, which a logger may print.
func (e *redacted) Is(target error) bool { return errors.Is(e.err, target) }
func (e *redacted) As(target any) bool   { return errors.As(e.err, target) }
