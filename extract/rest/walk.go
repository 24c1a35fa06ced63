package rest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// walk goes through the pages of one slice for one combination of `each` values.
type walk struct {
	reader *reader
	plan   *plan
	slice  extract.Slice
	vars   map[string]any
	yield  func(extract.Page) error
	cursor string // where to begin: the keyset of the last slice

	page    int64
	rows    int64
	counted bool
	kind    warehouse.CountKind
	count   int64
	next    string // the keyset after this slice

	given circle // the pages so far
	empty int    // pages without records in a row
}

// mostEmpty is how many pages without records may come in a row while the source says that more follows.
const mostEmpty = 1000

// goesOn refuses a page that stood there before, and empty pages without end. Where the source states a total that
// bounds the pages the receipt sees it, and may find that the source has the same records twice.
func (w *walk) goesOn(list [][]byte) error {
	g := &w.plan.page
	if g.Kind == "none" || g.Kind == "reverse" || g.Total != "" && g.HasNext == "" && (g.Kind == "page" || g.Kind == "offset") {
		return nil
	}
	if len(list) == 0 {
		if w.empty++; w.empty > mostEmpty {
			return fmt.Errorf("%w: %d pages without records came in a row", extract.ErrSourceChanged, mostEmpty)
		}
		return nil
	}
	w.empty = 0
	h := xxh3.New()
	for _, r := range list {
		_, _ = h.Write(r) // a hasher never fails
		_, _ = h.Write([]byte{0})
	}
	if w.given.again(h.Sum64()) {
		return fmt.Errorf("%w: page %d has the same %d records as an earlier one", extract.ErrSourceChanged, w.page, len(list))
	}
	return nil
}

// told adds to an error what was being asked.
func (w *walk) told(err error) error {
	var parts []string
	for _, d := range w.plan.each {
		parts = append(parts, fmt.Sprintf("%s %v", d.name, w.vars[d.name]))
	}
	parts = append(parts, fmt.Sprintf("page %d", w.page))
	return fmt.Errorf("%s: %w", strings.Join(parts, ", "), err)
}

// first is the question for the first page.
func (w *walk) first() question { return w.question(w.plan.request) }

func (w *walk) question(r request) question {
	vars := w.reader.client.vars()
	maps.Copy(vars, w.vars)
	window := w.slice.Stream.Window
	from, to := "", ""
	if window != nil {
		from, to = window.Bounds(w.slice, w.reader.client.zone)
		vars["from"], vars["to"] = typed(from, window.Format), typed(to, window.Format)
	}
	params, _ := fill(r.params, vars).(map[string]any)
	if params == nil {
		params = map[string]any{}
	}
	if window != nil && window.From != "" {
		put(params, window.From, vars["from"])
	}
	if window != nil && window.To != "" {
		put(params, window.To, vars["to"])
	}
	for name, n := range w.plan.page.Size {
		put(params, name, n)
	}
	r.method, r.path = fillText(r.method, vars), fillText(r.path, vars)
	return question{request: r, params: params}
}

func typed(s, format string) any {
	if strings.HasPrefix(format, "epoch") {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	}
	return s
}

func (w *walk) ask(ctx context.Context, q question) (*answer, error) {
	return w.reader.ask(ctx, q)
}

// pages reads all pages in the way that is declared.
func (w *walk) pages(ctx context.Context) error {
	switch g := &w.plan.page; g.Kind {
	case "reverse":
		return w.reverse(ctx)
	case "page", "offset":
		return w.recounted(ctx, w.forward(ctx))
	case "cursor", "next":
		return w.tokens(ctx)
	case "link":
		return w.links(ctx)
	case "keyset":
		return w.keyset(ctx)
	}
	a, err := w.get(ctx, w.first())
	if err != nil {
		return err
	}
	_, err = w.take(a)
	return err
}

// get asks for a page and takes the total that it states.
func (w *walk) get(ctx context.Context, q question) (*answer, error) {
	w.page++
	if w.plan.page.Most > 0 && w.page > int64(w.plan.page.Most) {
		return nil, fmt.Errorf("the source answers at most %d pages; set window.most smaller", w.plan.page.Most)
	}
	a, err := w.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	if g := &w.plan.page; g.Total != "" {
		n, ok, err := a.number(g.Total)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &extract.ErrTransient{Err: fmt.Errorf("the answer has no %s: %s", g.Total, a.shape())}
		}
		if w.counted && w.kind == warehouse.CountTotal && n != w.count {
			return nil, fmt.Errorf("%w: it had %d records on the first page and has %d now", extract.ErrSourceChanged, w.count, n)
		}
		w.counted, w.kind, w.count = true, warehouse.CountTotal, n
	}
	return a, nil
}

// take yields an answer's records and returns how many there are.
func (w *walk) take(a *answer) (int, error) {
	list, found, err := a.records(w.slice.Stream.Records)
	if err != nil {
		return 0, &extract.ErrTransient{Err: err}
	}
	g := &w.plan.page
	if !found && g.Total == "" { // with a total, an absent list is an empty one, and the receipt sees what is missing
		return 0, fmt.Errorf("the answer has no %s: %s", w.slice.Stream.Records, a.shape())
	}
	if err := w.goesOn(list); err != nil {
		return 0, err
	}
	w.rows += int64(len(list))
	if g.Rows != "" {
		n, ok, err := a.number(g.Rows)
		if err != nil {
			return 0, err
		}
		if ok {
			if !w.counted {
				w.counted, w.kind = true, warehouse.CountPageSum
			}
			if w.kind == warehouse.CountPageSum {
				w.count += n
			}
		}
	}
	if len(list) == 0 {
		return 0, nil
	}
	with := map[string]string{}
	for k, v := range w.vars {
		with[k] = fmt.Sprint(v)
	}
	return len(list), w.yield(extract.Page{Position: fmt.Sprintf("page %d", w.page), First: 1, JSON: list, With: with})
}

// control asks the second, independent question for the count.
func (w *walk) control(ctx context.Context) error {
	q := w.question(*w.plan.count)
	for name := range w.plan.page.Size {
		delete(q.params, name)
	}
	a, err := w.ask(ctx, q)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	n, ok, err := a.number(w.plan.total)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("count: the answer has no %s", w.plan.total)
	}
	w.counted, w.kind, w.count = true, warehouse.CountControl, n
	return nil
}
