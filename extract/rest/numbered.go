package rest

import (
	"context"
	"fmt"

	"github.com/heliu-data/heliu/extract"
)

// forward reads pages by number or offset until the source says that there are no more, or one is not full.
func (w *walk) forward(ctx context.Context) error {
	g := &w.plan.page
	for {
		q := w.first()
		if g.Kind == "page" {
			put(q.params, g.Number, g.first()+w.page)
		} else {
			put(q.params, g.Offset, w.rows)
		}
		a, err := w.get(ctx, q)
		if err != nil {
			return err
		}
		n, err := w.take(a)
		if err != nil {
			return err
		}
		more, err := w.more(a, n)
		if err != nil || !more {
			return err
		}
	}
}

// recounted asks for the first page once more where the connector wants that: get compares the totals.
func (w *walk) recounted(ctx context.Context, err error) error {
	if window := w.slice.Stream.Window; err != nil || window == nil || !window.Recount || w.page < 2 || w.plan.page.Total == "" {
		return err
	}
	q := w.first()
	if g := &w.plan.page; g.Kind == "page" {
		put(q.params, g.Number, g.first())
	} else {
		put(q.params, g.Offset, int64(0))
	}
	_, err = w.get(ctx, q)
	return err
}

// more decides whether another page is to come after one with n records.
func (w *walk) more(a *answer, n int) (bool, error) {
	g := &w.plan.page
	if g.HasNext != "" {
		more, ok, err := w.flag(a)
		switch {
		case err != nil:
			return false, err
		case !ok && int64(n) >= g.size():
			return false, fmt.Errorf("the answer has no %s: %s", g.HasNext, a.shape())
		case more && n == 0 && g.Kind == "offset":
			return false, fmt.Errorf("%w: it says that more follows, and gives no records at offset %d", extract.ErrSourceChanged, w.rows)
		}
		return more, nil
	}
	if n == 0 {
		return false, nil
	}
	if g.Pages != "" {
		pages, ok, err := a.number(g.Pages)
		if err == nil && !ok {
			err = fmt.Errorf("the answer has no %s: %s", g.Pages, a.shape())
		}
		return w.page < pages, err
	}
	if g.Total != "" {
		return w.rows < w.count, nil
	}
	return int64(n) >= g.size(), nil
}

// flag is what the answer's has_next says; ok is false when there is none.
func (w *walk) flag(a *answer) (more, ok bool, err error) {
	path := w.plan.page.HasNext
	switch s, ok := a.text(path); {
	case !ok:
		return false, false, nil
	case s == "true", s == "1":
		return true, true, nil
	case s == "false", s == "0":
		return false, true, nil
	}
	return false, false, fmt.Errorf("%s is neither true nor false: %s", path, a.shape())
}

// first is the number of the first page.
func (g *paging) first() int64 {
	if g.First == nil {
		return 1
	}
	return *g.First
}

// reverse reads the last page first, because rows move to the front while they are read: what moves is read twice and
// never lost. The first question learns the total; when all fits one page, it is the only one. Otherwise its records
// are asked for again at the end, and the total they come with must be the same.
func (w *walk) reverse(ctx context.Context) error {
	g := &w.plan.page
	numbered := func(n int64) question {
		q := w.first()
		put(q.params, g.Number, g.first()+n)
		return q
	}
	a, err := w.get(ctx, numbered(0))
	if err != nil {
		return err
	}
	if w.count <= g.size() {
		_, err = w.take(a)
		return err
	}
	pages := (w.count + g.size() - 1) / g.size()
	for n := pages - 1; n >= 0; n-- {
		if a, err = w.get(ctx, numbered(n)); err != nil {
			return err
		}
		w.page = n + 1
		if _, err = w.take(a); err != nil {
			return err
		}
	}
	return nil
}
