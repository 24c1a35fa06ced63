package project

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
)

var reference = regexp.MustCompile(`\$\{(file:[^{}]+|[A-Za-z_][A-Za-z0-9_]*)\}`)

// hidden is what stands for a secret wherever it is printed.
const hidden = "***"

// Secret is a reference to a secret, ${NAME} of the environment or ${file:PATH}; it is resolved late, by a [Vault], and
// prints as *** with every verb and in every format. Invariant 8.
type Secret struct{ written string }

func (s *Secret) set(text string) error {
	if loc := reference.FindStringIndex(text); loc == nil || loc[0] != 0 || loc[1] != len(text) {
		return errors.New("a secret is never written here; name where it is: ${NAME} in the environment, or ${file:PATH}")
	}
	s.written = text
	return nil
}

func (s *Secret) says() (string, string) { return `^\$\{.+\}$`, "${NAME}" }

// Given reports whether the key stands in the file.
func (s Secret) Given() bool { return s.written != "" }

// String gives ***, or "" when there is none.
func (s Secret) String() string {
	if s.written == "" {
		return ""
	}
	return hidden
}

// Format gives *** for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText gives ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// DSN is the address of a database: a reference as of a [Secret], or an address without a password. It prints as *** too.
type DSN struct{ Secret }

func (d *DSN) set(text string) error {
	if reference.MatchString(text) {
		d.written = text
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return errors.New("this is no address of a database; write it like postgres://user@host:5432/name, or name where it is: ${NAME}")
	}
	d.written = text // a password in it is the loader's to refuse, as in every other address of the file
	return nil
}

func (d *DSN) says() (string, string) { return addressForm, "${BI_DSN}" }

// addressForm takes a reference, and an address that holds no password.
const addressForm = `^(.*\$\{[^{}]+\}.*|[a-z][a-z0-9+.-]*:(//([^:@/?]*@)?)?[^@]*)$`

// Vault resolves references and remembers what it gave out, so that it can be taken out of every text again. It is safe
// for concurrent use.
type Vault struct {
	dir    string
	lookup func(string) (string, bool)
	mu     sync.RWMutex
	known  []string // longest first
}

// NewVault returns a vault that reads the environment by lookup ([os.LookupEnv]) and files relative to dir.
func NewVault(dir string, lookup func(string) (string, bool)) *Vault {
	return &Vault{dir: dir, lookup: lookup}
}

// Env looks a name of the environment up and remembers its value as secret.
func (v *Vault) Env(name string) (string, bool) {
	text, ok := v.lookup(name)
	if ok {
		v.remember(text)
	}
	return text, ok
}

// Peek looks a name of the environment up without taking its value for a secret.
func (v *Vault) Peek(name string) (string, bool) { return v.lookup(name) }

// Reveal returns what a secret's references stand for.
func (v *Vault) Reveal(s Secret) (string, error) { return v.Expand(s.written) }

// Expand replaces each ${NAME} and ${file:PATH} in a text. A file's closing line breaks are dropped.
func (v *Vault) Expand(text string) (string, error) {
	var errs []error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		path, isFile := strings.CutPrefix(name, "file:")
		if !isFile {
			value, ok := v.Env(name)
			if !ok {
				errs = append(errs, fmt.Errorf("the environment has no %s; set it before heliu starts", name))
			}
			return value
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(v.dir, path)
		}
		body, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("read secret: %w", err))
			return ""
		}
		value := strings.TrimRight(string(body), "\r\n")
		v.remember(value)
		return value
	})
	if len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	return out, nil
}

// passwordForms find the password in the addresses that drivers take: user:password@host, and password=… of a list.
var passwordForms = []*regexp.Regexp{
	regexp.MustCompile(`^(?:[a-z0-9+]+://)?[^:@/]*:([^@/]+)@`),
	regexp.MustCompile(`(?i)\b(?:password|pwd)=([^\s;&]+)`),
}

// remember keeps a value, and the password inside it if it is an address; texts under six characters are too common
// to be taken out of what people read.
func (v *Vault) remember(text string) {
	plain := []string{text}
	for _, form := range passwordForms {
		if m := form.FindStringSubmatch(text); m != nil {
			plain = append(plain, m[1])
			if p, err := url.PathUnescape(m[1]); err == nil {
				plain = append(plain, p)
			}
		}
	}
	var texts []string
	for _, t := range plain {
		texts = append(texts, t, url.QueryEscape(t), url.PathEscape(t))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, t := range texts {
		if len(t) >= 6 && !slices.Contains(v.known, t) {
			v.known = append(v.known, t)
		}
	}
	sort.SliceStable(v.known, func(i, j int) bool { return len(v.known[i]) > len(v.known[j]) })
}

// Redact returns the text with *** in place of every secret that was given out.
func (v *Vault) Redact(text string) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, secret := range v.known {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}
