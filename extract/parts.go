package extract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// divided adds to the windows of a stream that is read once for each of several values what brings new values up to the
// cursor: windows of their own, from the stream's start. The receipts keep which values are landed from there on, so
// that a read which is killed on the way begins them again.
func (r *reading) divided(ctx context.Context, spans []timeSpan, now time.Time, loc *time.Location) ([]timeSpan, error) {
	d, ok := r.source.reader.(Divided)
	if !ok {
		return spans, nil
	}
	parts := d.Parts(r.stream)
	if parts == nil {
		return spans, nil
	}
	if len(parts) == 0 { // an optional setting that is not given; an empty list is refused
		r.source.deps.Log.Warn("the stream is not read: the setting whose values it is read for is not given", "source", r.source.cfg.Name, "stream", r.stream.Name)
		return nil, nil
	}
	landed, err := r.landedParts(ctx)
	if err != nil {
		return nil, err
	}
	var fresh []string
	for _, p := range parts {
		if !slices.Contains(landed, p) {
			fresh = append(fresh, p)
		}
	}
	switch {
	case landed == nil, len(fresh) == 0 && len(landed) != len(parts) && !r.opts.asked():
		if len(spans) > 0 {
			spans[0].parts = parts
		}
	case len(fresh) == 0:
	case r.opts.Full && r.opts.From.IsZero() && r.opts.To.IsZero():
		if len(spans) > 0 {
			spans[len(spans)-1].parts = parts
		}
	case !r.opts.asked():
		back, err := r.back(fresh, now, loc)
		if err != nil {
			return nil, err
		}
		spans = append(back, spans...)
		if n := max(len(back), 1); n <= len(spans) { // without a back the history begins behind the cursor
			spans[n-1].parts = parts
		}
	}
	return spans, nil
}

// back are the windows in which new parts are read, from the stream's start to its cursor.
func (r *reading) back(fresh []string, now time.Time, loc *time.Location) ([]timeSpan, error) {
	w, cursor := r.stream.Window, r.tables.main.Head().Cursor
	if cursor == "" {
		return nil, nil
	}
	at, err := time.Parse(cursorLayout, cursor)
	if err != nil {
		return nil, fmt.Errorf("the lake's cursor %q is no time; read the stream again with --full", cursor)
	}
	from, err := w.begin(now, loc)
	if start := r.source.start; start != "" {
		from, err = startTime(start, now, loc)
	}
	if err != nil {
		return nil, err
	}
	from = w.align(from, loc)
	end := w.align(at, loc)
	back := w.cut(from, end, end, at, loc)
	for i := range back {
		back[i].only, back[i].end = fresh, i == len(back)-1
	}
	if len(back) > 0 {
		r.source.deps.Log.Warn("new values are read from the stream's start", "source", r.source.cfg.Name, "stream", r.stream.Name,
			"values", strings.Join(fresh, ", "), "from", from.In(loc).Format(time.DateOnly))
	}
	return back, nil
}

// landedParts are the parts that are landed from the stream's start to its cursor, as the newest receipt that tells says;
// nil when none does.
func (r *reading) landedParts(ctx context.Context) ([]string, error) {
	receipts, err := r.tables.main.Receipts(ctx)
	if err != nil {
		return nil, err
	}
	for _, receipt := range slices.Backward(receipts) {
		if receipt.Parts != nil {
			return receipt.Parts, nil
		}
	}
	return nil, nil
}
