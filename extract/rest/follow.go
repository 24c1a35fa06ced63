package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/heliu-data/heliu/extract"
)

// tokens follows the cursor that each answer gives.
func (w *walk) tokens(ctx context.Context) error {
	g := &w.plan.page
	q := w.first()
	var given circle
	for {
		a, err := w.get(ctx, q)
		if err != nil {
			return err
		}
		if _, err := w.take(a); err != nil {
			return err
		}
		if g.HasNext != "" {
			if more, ok, err := w.flag(a); err != nil || ok && !more {
				return err
			}
		}
		next, ok := a.text(g.Next)
		if !ok || next == "" || matches(g.End, next) {
			return nil
		}
		if given.again(xxh3.HashString(next)) {
			return fmt.Errorf("%w: it gives the same cursor twice (%d characters)", extract.ErrSourceChanged, len(next))
		}
		q = w.first()
		put(q.params, g.Cursor, next)
	}
}

// links follows Link headers with rel=next; their address carries everything that the next page needs.
func (w *walk) links(ctx context.Context) error {
	q := w.first()
	var given circle
	for {
		a, err := w.get(ctx, q)
		if err != nil {
			return err
		}
		if _, err := w.take(a); err != nil {
			return err
		}
		next := nextLink(a.header.Values("Link"))
		if next == "" {
			return nil
		}
		if given.again(xxh3.HashString(next)) {
			return fmt.Errorf("%w: its next links go in a circle", extract.ErrSourceChanged)
		}
		q = question{request: w.plan.request, url: next}
	}
}

func nextLink(headers []string) string {
	for _, h := range headers {
		for _, link := range strings.Split(h, ",") {
			address, attributes, ok := strings.Cut(link, ";")
			if ok && (strings.Contains(attributes, `rel="next"`) || strings.Contains(attributes, "rel=next")) {
				return strings.Trim(strings.TrimSpace(address), "<>")
			}
		}
	}
	return ""
}

// keyset continues behind the last record, by time and, for equal times, by id. The last place is the stream's cursor.
func (w *walk) keyset(ctx context.Context) error {
	g := &w.plan.page
	place := []string{}
	if w.cursor != "" && w.slice.Stream.Window == nil {
		if err := json.Unmarshal([]byte(w.cursor), &place); err != nil {
			return fmt.Errorf("the lake's cursor (%d bytes) is none of this connector; read the stream again with --full", len(w.cursor))
		}
	}
	defer func() {
		if b, err := json.Marshal(place); err == nil && w.slice.Stream.Window == nil {
			w.next = string(b)
		}
	}()
	for {
		q := w.first()
		if len(place) > 0 {
			vars := map[string]any{"after": place[0]}
			if len(place) > 1 {
				vars["after_id"] = place[1]
			}
			more, _ := fill(w.plan.after, vars).(map[string]any)
			for k, v := range more {
				put(q.params, k, v)
			}
		}
		a, err := w.get(ctx, q)
		if err != nil {
			return err
		}
		n, err := w.take(a)
		if err != nil || n == 0 {
			return err
		}
		list, _, err := a.records(w.slice.Stream.Records)
		if err != nil {
			return err
		}
		last := &answer{body: string(list[len(list)-1])}
		var now []string
		for _, path := range g.By {
			s, ok := last.text(path)
			if !ok {
				return fmt.Errorf("the last record of the page has no %s to go on from", path)
			}
			now = append(now, s)
		}
		if strings.Join(now, "\x1f") == strings.Join(place, "\x1f") {
			return fmt.Errorf("the source gives the same last record again; it does not take the keyset parameters")
		}
		place = now
		if int64(n) < g.size() {
			return nil
		}
	}
}
