package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/sign"
	"github.com/heliu-data/heliu/warehouse"
)

// Kind is the way in for connectors with `via: rest`, which is the default.
func Kind() extract.Kind {
	return extract.Kind{
		Name: "rest",
		Check: func(c *extract.Connector) []extract.Problem {
			_, problems := compile(c)
			return problems
		},
		Open: open,
	}
}

// reader reads streams over HTTP.
type reader struct {
	compiled *compiled
	client   *client
	ask      ask
	open     extract.Opening
}

func open(o extract.Opening) (extract.Reader, error) {
	c, problems := compile(o.Connector)
	if err := extract.Problems(problems).Err(); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(o.Connector.Zone)
	if err != nil {
		return nil, err
	}
	base := fillText(c.config.BaseURL, o.Settings)
	if b := o.Text("base_url"); b != "" {
		base = b
	}
	if !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		return nil, fmt.Errorf("base_url %q: an address that begins with https:// is expected", base)
	}
	cl := &client{cfg: &c.config, settings: o.Settings, base: strings.TrimSuffix(base, "/"), scheme: sign.Schemes()[c.config.Sign.Scheme], zone: zone,
		http: &http.Client{Transport: o.Transport, Timeout: 5 * time.Minute, CheckRedirect: sameHost}, open: o, token: o.Text(c.config.Sign.Token)}
	return &reader{compiled: c, client: cl, ask: cl.renewed(cl.retried(cl.limited(cl.send)), c.refresh), open: o}, nil
}

// sameHost keeps credentials from following a redirect to another host.
func sameHost(req *http.Request, via []*http.Request) error {
	if req.URL.Host != via[0].URL.Host || len(via) > 5 {
		return fmt.Errorf("the source redirects to %s; if that is right, set base_url", req.URL.Host)
	}
	return nil
}

// Test asks the connector's test question, or the first page of the first stream.
func (r *reader) Test(ctx context.Context) error {
	if r.compiled.test != nil {
		params, _ := fill(r.compiled.test.params, r.client.vars()).(map[string]any)
		_, err := r.ask(ctx, question{request: *r.compiled.test, params: params})
		return err
	}
	now := r.open.Now()
	for _, name := range r.compiled.order {
		p := r.compiled.plans[name]
		for _, vars := range r.combinations(p, nil) {
			w := &walk{reader: r, plan: p, vars: vars, slice: extract.Slice{Stream: p.stream, From: now.Add(-time.Minute), To: now, Now: now}}
			_, err := w.ask(ctx, w.first())
			return err
		}
	}
	return errors.New("no stream is read with these settings")
}

// Parts names the combinations of a stream's `each` values; nil without `each`.
func (r *reader) Parts(s *extract.Stream) []string {
	p, ok := r.compiled.plans[s.Name]
	if !ok || len(p.each) == 0 {
		return nil
	}
	parts := []string{}
	for _, vars := range r.combinations(p, nil) {
		parts = append(parts, p.part(vars))
	}
	return parts
}

// part names a combination of `each` values: "advertiser_id=1".
func (p *plan) part(vars map[string]any) string {
	names := make([]string, len(p.each))
	for i, d := range p.each {
		names[i] = fmt.Sprintf("%s=%v", d.name, vars[d.name])
	}
	return strings.Join(names, " ")
}

// Read reads a slice of a stream, once for each combination of its `each` values.
func (r *reader) Read(ctx context.Context, slice extract.Slice, yield func(extract.Page) error) (extract.Outcome, error) {
	p, ok := r.compiled.plans[slice.Stream.Name]
	if !ok {
		return extract.Outcome{}, fmt.Errorf("no stream %s", slice.Stream.Name)
	}
	sum, rows := tally{counted: true}, int64(0)
	sets := r.combinations(p, slice.Only)
	if len(sets) == 0 { // an optional setting that is not given; an empty list is refused
		r.open.Log.Warn("the stream is not read: the setting whose values it is read for is not given", "source", r.open.Source, "stream", slice.Stream.Name)
		return extract.Outcome{Kind: warehouse.CountNone, Empty: true}, nil
	}
	for _, vars := range sets {
		w := &walk{reader: r, plan: p, slice: slice, vars: vars, yield: yield, cursor: slice.Cursor}
		if err := w.pages(ctx); err != nil {
			return extract.Outcome{}, w.told(err)
		}
		if p.count != nil {
			if err := w.control(ctx); err != nil {
				return extract.Outcome{}, w.told(err)
			}
		}
		sum.add(w)
		rows += w.rows
	}
	out := extract.Outcome{Kind: warehouse.CountNone, Cursor: sum.cursor}
	if sum.counted {
		out = extract.Counted(sum.kind, sum.count)
		out.Cursor = sum.cursor
	}
	out.Empty = rows == 0 && p.page.Kind == "keyset" && slice.Stream.Window == nil && slice.Cursor != ""
	return out, nil
}

// tally adds up the counts of all combinations; one without a count leaves the whole without.
type tally struct {
	counted bool
	kind    warehouse.CountKind
	count   int64
	cursor  string
}

func (t *tally) add(w *walk) {
	t.cursor = w.next
	if !w.counted {
		t.counted = false
		return
	}
	t.kind, t.count = w.kind, t.count+w.count
}

// combinations are the values of `each`, every one with every other, those named by only if it is not nil. Without `each`
// it is one empty set.
func (r *reader) combinations(p *plan, only []string) []map[string]any {
	sets := []map[string]any{{}}
	for _, d := range p.each {
		values := d.values
		if d.setting != "" {
			if list, ok := r.open.Settings[d.setting].([]any); ok {
				for _, v := range list {
					values = append(values, fmt.Sprint(v))
				}
			} else if v := r.open.Text(d.setting); v != "" {
				values = append(values, v)
			}
		}
		var next []map[string]any
		for _, set := range sets {
			for _, v := range values {
				one := map[string]any{d.name: v}
				for k, x := range set {
					one[k] = x
				}
				next = append(next, one)
			}
		}
		sets = next
	}
	if only != nil {
		sets = slices.DeleteFunc(sets, func(vars map[string]any) bool { return !slices.Contains(only, p.part(vars)) })
	}
	return sets
}
