package rest

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/sign"
)

// compile decodes and checks all keys of the connector that are this package's.
func compile(c *extract.Connector) (*compiled, []extract.Problem) {
	out := &compiled{plans: map[string]*plan{}}
	k := &checker{file: c.File, names: map[string]bool{}}
	for _, n := range c.Needs {
		k.names[n.Name] = true
	}
	for _, n := range []string{"source", "from", "to", "cursor", "after", "after_id"} {
		k.names[n] = true
	}
	k.problems = c.Options.Decode(&out.config)
	k.connector(c, out)
	for _, s := range c.Streams {
		var sc streamConfig
		k.problems = append(k.problems, s.Options.Decode(&sc)...)
		for _, child := range s.Children {
			k.child(child)
		}
		out.plans[s.Name] = k.stream(s, sc, out.config)
		out.order = append(out.order, s.Name)
	}
	return out, k.problems
}

type checker struct {
	file     string
	names    map[string]bool // what ${…} may name
	problems []extract.Problem
}

func (k *checker) add(line int, format string, args ...any) {
	k.problems = append(k.problems, extract.Problem{File: k.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (k *checker) connector(c *extract.Connector, out *compiled) {
	line := 1
	if o := c.Options.Get("sign"); o != nil {
		line = o.Line
	}
	cfg := &out.config
	if cfg.BaseURL == "" {
		k.add(1, "base_url is missing")
	}
	if cfg.Sign.Scheme == "" {
		cfg.Sign.Scheme = "none"
	}
	schemes := sign.Schemes()
	if schemes[cfg.Sign.Scheme] == nil {
		var names []string
		for n := range schemes {
			names = append(names, n)
		}
		sort.Strings(names)
		k.add(line, "sign.scheme %q; allowed are %s", cfg.Sign.Scheme, strings.Join(names, ", "))
	}
	for what, name := range map[string]string{"key": cfg.Sign.Key, "secret": cfg.Sign.Secret, "token": cfg.Sign.Token, "sign": cfg.Sign.Sign} {
		if name != "" && !k.names[name] {
			k.add(line, "sign.%s names the setting %q, which is not under needs", what, name)
		}
	}
	if cfg.Test != nil {
		r := k.request(cfg.Test, cfg)
		out.test = &r
	}
	if cfg.Token != nil {
		if cfg.Token.Request == nil || cfg.Token.Access == "" || !k.names[cfg.Token.Setting] || cfg.Sign.Token == "" {
			k.add(line, "token needs request, access (a path), setting (the need that holds the refresh token), and sign.token")
			return
		}
		r := k.request(cfg.Token.Request, cfg)
		out.refresh = &r
	}
}

func (k *checker) child(s *extract.Stream) {
	for _, o := range s.Options.Keys {
		k.add(o.Line, "unknown key %q in the child list %s", o.Name, s.Name)
	}
	for _, c := range s.Children {
		k.child(c)
	}
}

func (k *checker) stream(s *extract.Stream, sc streamConfig, cfg config) *plan {
	p := &plan{stream: s, page: sc.Page}
	for _, o := range sc.Each.Keys {
		k.names[o.Name] = true
		p.each = append(p.each, k.dimension(o))
	}
	defer func() {
		for _, o := range sc.Each.Keys {
			delete(k.names, o.Name)
		}
	}()
	if sc.Request == nil {
		k.add(s.Line, "%s: request is missing", s.Name)
		return p
	}
	p.request = k.request(sc.Request, &cfg)
	if s.Records == "" {
		k.add(s.Line, "%s: records is missing: the path of the list in the answer, or . for the answer itself", s.Name)
	}
	if sc.Count != nil && sc.Count.Request != nil {
		r := k.request(sc.Count.Request, &cfg)
		p.count, p.total = &r, sc.Count.Total
	}
	k.paging(s, p)
	if len(p.each) > 0 && p.page.Kind == "keyset" && s.Window == nil {
		k.add(s.Line, "%s: page kind keyset without a window keeps one place for all values of each, and would skip rows of the others: give the stream a window, or read it whole by another kind of page", s.Name)
	}
	return p
}

func (k *checker) dimension(o extract.Option) dimension {
	d := dimension{name: o.Name}
	switch o.Value.Kind {
	case yaml.SequenceNode:
		for _, n := range o.Value.Content {
			if slices.Contains(d.values, n.Value) {
				k.add(n.Line, "each.%s names %q twice", o.Name, n.Value)
			}
			d.values = append(d.values, n.Value)
		}
		if len(d.values) == 0 {
			k.add(o.Line, "each.%s is an empty list: the stream would never be read", o.Name)
		}
	default:
		d.setting = o.Value.Value
		if !k.names[d.setting] {
			k.add(o.Line, "each.%s names the setting %q, which is not under needs", o.Name, d.setting)
		}
	}
	return d
}

func (k *checker) paging(s *extract.Stream, p *plan) {
	g := &p.page
	if g.Kind == "" {
		g.Kind = "none"
	}
	if !slices.Contains(pageKinds, g.Kind) {
		k.add(s.Line, "%s: page.kind %q; allowed are %s", s.Name, g.Kind, strings.Join(pageKinds, ", "))
	}
	need := func(key, value string) {
		if value == "" {
			k.add(s.Line, "%s: page kind %s needs %s", s.Name, g.Kind, key)
		}
	}
	switch g.Kind {
	case "page":
		need("number", g.Number)
	case "reverse":
		need("number", g.Number)
		need("total", g.Total)
	case "offset":
		need("offset", g.Offset)
	case "cursor", "next":
		need("cursor", g.Cursor)
		need("next", g.Next)
	case "keyset":
		if len(g.By) == 0 || g.After == nil {
			k.add(s.Line, "%s: page kind keyset needs by (paths in the record) and after (parameters)", s.Name)
		}
	}
	if g.After != nil {
		p.after, _ = k.value(g.After).(map[string]any)
	}
	if len(g.Size) > 1 {
		k.add(s.Line, "%s: page.size is one parameter with the size: {page_size: 100}", s.Name)
	}
	if (g.Kind == "page" || g.Kind == "reverse" || g.Kind == "offset") && len(g.Size) == 0 {
		k.add(s.Line, "%s: page kind %s needs size: {page_size: 100}", s.Name, g.Kind)
	}
}

// size is the page's size, 0 when none is declared.
func (g *paging) size() int64 {
	for _, n := range g.Size {
		return n
	}
	return 0
}
