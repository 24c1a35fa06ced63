package extract

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
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
	if !cfg.Elsewhere {
		o.renewed()
	}
	if len(o.con.Streams) == 0 && !o.misread {
		o.add("the source has no streams; declare them under streams:")
	}
	if hasPersonal(o.con) && len(deps.PersonalKey) == 0 && !cfg.Elsewhere {
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

func (o *opener) open() (*Source, error) {
	s := &Source{cfg: o.cfg, con: o.con, deps: o.deps, params: o.params, codes: o.codes, redact: NewRedactor(o.secrets), marks: o.marks,
		personal: &hasher{key: o.deps.PersonalKey}, start: settingText(o.settings["start"])}
	for _, st := range o.con.Streams {
		if _, err := compile(st, o.con.Zone, s.personal); err != nil {
			return nil, fmt.Errorf("connector %s: %w", o.con.Name, err)
		}
	}
	for _, k := range o.deps.Kinds {
		if k.Name != o.con.Via || o.cfg.Elsewhere {
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
