package extract

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Kind is a way in: it knows the keys of a connector that are its own, and opens a [Reader].
type Kind struct {
	// Name is what `via:` in a connector says: rest, sqldb, files, collect.
	Name string

	// Check decodes the kind's own keys of a connector and its streams (c.Options, c.Streams[i].Options; see
	// [Section.Decode]) and returns every mistake with its line. A key that neither the core format nor the kind
	// knows is a mistake. It touches nothing outside.
	Check func(c *Connector) []Problem

	// Open makes a reader for a configured source. It validates and does not connect.
	Open func(o Opening) (Reader, error)
}

// Opening is all that a Kind gets to open a source.
type Opening struct {
	Source    string            // the configured name: "tmall"
	Connector *Connector        //
	Settings  map[string]any    // by name, secrets resolved, defaults filled; string, bool, int, float64, []any, map[string]any
	Secrets   []string          // the values that must never be seen
	Redact    *Redactor         // takes them, and renewed ones, out of what is logged; errors of Read and Test are redacted by the caller
	Transport http.RoundTripper // nil in kinds without HTTP
	Now       func() time.Time
	Random    func() uint64                              // for nonces and jitter
	Wait      func(context.Context, time.Duration) error // waits, or ends early with ctx's error
	Renewed   func(setting, value string) error          // called with a renewed secret, which is kept from then on; nil: it is forgotten
	Log       *slog.Logger
	Dir       string // the project's folder, for relative paths
}

// Text returns a setting as text, "" when it is not set.
func (o Opening) Text(name string) string { return settingText(o.Settings[name]) }
