package extract

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
)

// Open makes a configured source ready. It checks everything that can be known without asking the system (the
// connector, settings that are missing, unknown or of a wrong kind, ${NAME} without a value) and reports all mistakes
// at once as [Problems]. It does not connect.
func Open(cfg Config, deps Deps) (*Source, error) {
	deps = deps.filled()
	con, err := LoadConnector(cfg.Connector, deps.Kinds, deps.Connectors...)
	if own := (Problems{}); err != nil && !errors.As(err, &own) {
		return nil, Problems{{File: cfg.File, Line: cfg.Line, Text: fmt.Sprintf("source %s: %v", cfg.Name, err)}}
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.Name, err)
	}
	o := &opener{cfg: cfg, deps: deps, con: con, settings: map[string]any{}, params: map[string]string{"source": cfg.Name}, codes: map[string]map[string]string{}}
	if cfg.Streams != nil {
		o.inline()
	}
	o.resolve()
	o.renewed()
	if len(o.con.Streams) == 0 && !o.misread {
		o.add("the source has no streams; declare them under streams:")
	}
	if hasPersonal(o.con) && len(deps.PersonalKey) == 0 {
		o.add("the connector %s lands personal fields as keyed hashes, and the project has no key for them", con.Name)
	}
	if err := o.problems.Err(); err != nil {
		return nil, err
	}
	return o.open()
}

func (d Deps) filled() Deps {
	if d.Connectors == nil {
		d.Connectors = append(d.Connectors, Embedded())
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Crash == nil {
		d.Crash = func(string) {}
	}
	if d.Env == nil {
		d.Env = func(string) (string, bool) { return "", false }
	}
	if d.Transport == nil {
		d.Transport = http.DefaultTransport
	}
	if d.Random == nil {
		d.Random = rand.Uint64
	}
	if d.Wait == nil {
		d.Wait = wait
	}
	return d
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func hasPersonal(c *Connector) bool {
	found := false
	c.Walk(func(s *Stream) {
		for _, f := range s.Fields {
			found = found || f.Personal != "" && f.Personal != "drop"
		}
	})
	return found
}

type opener struct {
	cfg      Config
	deps     Deps
	con      *Connector
	settings map[string]any
	params   map[string]string
	codes    map[string]map[string]string
	secrets  []string
	marks    map[string]string
	problems Problems
	misread  bool // its streams have mistakes, so it is not known which there are
}

func (o *opener) add(format string, args ...any) { o.at(o.cfg.Line, format, args...) }

func (o *opener) at(line int, format string, args ...any) {
	o.problems = append(o.problems, Problem{File: o.cfg.File, Line: line, Text: "source " + o.cfg.Name + ": " + fmt.Sprintf(format, args...)})
}

// inline adds the streams that stand in the project's file to a copy of the connector.
func (o *opener) inline() {
	c := *o.con
	c.Streams = slices.Clone(c.Streams)
	c.File = o.cfg.File
	var raw struct {
		Streams Section `yaml:"streams"`
	}
	p := &parser{file: o.cfg.File}
	p.problems = DecodeStrict(o.cfg.File, mappingOf("streams", o.cfg.Streams), &raw)
	if zone := settingText(o.cfg.Settings["zone"]); zone != "" {
		p.zone(o.cfg.Line, "zone", zone)
		c.Zone = zone
	}
	p.streams(&c, raw.Streams)
	o.problems = append(o.problems, p.problems...)
	o.misread = len(p.problems) > 0
	if err := CheckConnector(&c, o.deps.Kinds); err != nil {
		list, ok := err.(Problems)
		if !ok {
			list = Problems{{File: o.cfg.File, Line: o.cfg.Line, Text: err.Error()}}
		}
		o.problems, o.misread = append(o.problems, list...), true
	}
	if !o.misread {
		o.con = &c
	}
}

// builtin settings every source may have beside its connector's needs.
var builtin = []string{"start", "zone", "base_url"}

// resolve fills the settings: ${NAME} from the environment, defaults, what is missing and what is unknown.
func (o *opener) resolve() {
	known := map[string]Need{}
	var names []string
	for _, n := range o.con.Needs {
		known[n.Name] = n
		names = append(names, n.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(o.cfg.Settings)) {
		if _, ok := known[name]; !ok && !slices.Contains(builtin, name) {
			sort.Strings(names)
			allowed := append(slices.Clone(names), builtin...)
			o.at(o.lineOf(name), "unknown setting %q%s; the connector %s takes %s", name, models.MeantBy(name, allowed), o.con.Name, strings.Join(allowed, ", "))
		}
	}
	for _, n := range o.con.Needs {
		v, given := o.cfg.Settings[n.Name]
		if !given {
			if n.Default == "" {
				if !n.Optional {
					o.add("the setting %q is missing", n.Name)
				}
				continue
			}
			v = n.Default
		}
		o.set(n, o.expand(n.Name, v))
	}
	for _, name := range builtin {
		if v, ok := o.cfg.Settings[name]; ok {
			o.set(Need{Name: name}, o.expand(name, v))
		}
	}
}

// lineOf is where a setting stands, as far as it is known.
func (o *opener) lineOf(name string) int {
	if line, known := o.cfg.Lines[name]; known {
		return line
	}
	return o.cfg.Line
}

func (o *opener) set(n Need, v any) {
	if list, ok := v.([]any); ok && !n.List {
		o.add("the setting %q takes one value, not a list of %d", n.Name, len(list))
	} else if !ok && n.List {
		v = []any{v}
	}
	o.settings[n.Name] = v
	if table, ok := v.(map[string]any); ok {
		o.codes[n.Name] = map[string]string{}
		for code, value := range table {
			o.codes[n.Name][code] = settingText(value)
		}
		return
	}
	if n.Secret {
		o.secrets = append(o.secrets, texts(v)...)
	} else if t := settingText(v); t != "" {
		o.params[n.Name] = t
	}
}

func texts(v any) []string {
	if list, ok := v.([]any); ok {
		var out []string
		for _, x := range list {
			out = append(out, texts(x)...)
		}
		return out
	}
	return []string{settingText(v)}
}

var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expand replaces ${NAME}; ${source} is the source's own name.
func (o *opener) expand(name string, v any) any {
	switch v := v.(type) {
	case string:
		return reference.ReplaceAllStringFunc(v, func(ref string) string {
			key := ref[2 : len(ref)-1]
			if key == "source" {
				return o.cfg.Name
			}
			value, ok := o.deps.Env(key)
			if !ok {
				o.add("the setting %q refers to %s, which is not set in the environment", name, ref)
			}
			return value
		})
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = o.expand(name, x)
		}
		return out
	}
	return v
}

func (o *opener) open() (*Source, error) {
	s := &Source{cfg: o.cfg, con: o.con, deps: o.deps, params: o.params, codes: o.codes, redact: NewRedactor(o.secrets), marks: o.marks,
		personal: &hasher{key: o.deps.PersonalKey}, start: settingText(o.settings["start"])}
	for _, st := range o.con.Streams {
		if _, err := compile(st, o.con.Zone, s.personal); err != nil {
			return nil, fmt.Errorf("connector %s: %w", o.con.Name, err)
		}
	}
	for _, k := range o.deps.Kinds {
		if k.Name != o.con.Via {
			continue
		}
		reader, err := k.Open(Opening{Source: o.cfg.Name, Connector: o.con, Settings: o.settings, Secrets: o.secrets, Transport: o.deps.Transport,
			Now: o.deps.Now, Random: o.deps.Random, Wait: o.deps.Wait, Renewed: s.keep, Redact: s.redact, Log: o.deps.Log, Dir: o.deps.Dir})
		if err != nil {
			return nil, s.redact.Error(fmt.Errorf("source %s: %w", o.cfg.Name, err))
		}
		s.reader = reader
		break
	}
	return s, nil
}
