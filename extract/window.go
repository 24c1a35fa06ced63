package extract

import (
	"fmt"
	"time"
)

const cursorLayout = time.RFC3339Nano

// begin is where a stream's history starts when nothing was read yet: w.Start is a date in the zone, an instant, or a
// span before now; 30 days when it is empty.
func (w *Window) begin(now time.Time, loc *time.Location) (time.Time, error) {
	start := w.Start
	if start == "" {
		start = "30d"
	}
	return startTime(start, now, loc)
}

func startTime(start string, now time.Time, loc *time.Location) (time.Time, error) {
	if d, err := ParseDuration(start); err == nil {
		return now.Add(-d), nil
	}
	if t, err := time.ParseInLocation("2006-01-02", start, loc); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, start); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is no date (2026-01-31), instant (RFC 3339) or span before now (90d)", start)
}

// span is a window of time with the cursor that the lake has after it.
type timeSpan struct {
	from, to time.Time
	cursor   string
	open     bool     // it ends at the clock: when its turn comes, the clock has gone on
	only     []string // see Slice.Only
	end      bool     // the last of its kind: committed also without a record
	parts    []string // what its receipt says of parts; nil for nothing
}

// spans cuts the time up to now into windows no longer than the source answers. Days keep to local midnights.
// The cursor never goes back, and a range beside the cursor (a backfill that leaves a gap) does not move it. It stays the
// lag behind now: what is newer is read as far as the source has it, and again by the next read. It may not be left out,
// for a source shows a record at its newest change alone: one that changed within the lag stands nowhere else.
func (w *Window) spans(cursor string, opts Options, now time.Time, loc *time.Location, start string) ([]timeSpan, error) {
	end, until := now, now.Add(-time.Duration(w.Lag))
	var at, from time.Time
	var err error
	if cursor != "" {
		if at, err = time.Parse(cursorLayout, cursor); err != nil {
			return nil, fmt.Errorf("the lake's cursor %q is no time; read the stream again with --full", cursor)
		}
		from = at.Add(-time.Duration(w.LookBack))
		if !until.After(at) && opts.From.IsZero() && opts.To.IsZero() && !opts.Full {
			return nil, nil
		}
	}
	if cursor == "" || opts.Full {
		if start != "" {
			from, err = startTime(start, now, loc)
		} else {
			from, err = w.begin(now, loc)
		}
		if err != nil {
			return nil, err
		}
	}
	if !opts.From.IsZero() {
		from = opts.From
	}
	if !opts.To.IsZero() && opts.To.Before(end) {
		end = opts.To
	}
	if w.Days || end.Before(until) { // a day's figures do not move to another day, and are none before they are settled
		end, until = earlier(end, until), earlier(end, until)
	}
	from, end, until = w.align(from, loc), w.align(end, loc), w.align(until, loc)
	if !at.IsZero() && !until.After(at) && opts.From.IsZero() && opts.To.IsZero() && !opts.Full {
		return nil, nil
	}
	all := w.cut(from, end, until, at, loc)
	if n := len(all); n > 0 && opts.To.IsZero() && !w.Days {
		all[n-1].open = true
	}
	return all, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// cut makes windows of from..end. The cursor does not go beyond until, and does not reach it before the last window is
// landed: a read that is killed before that reads what is behind until too when it is done again.
func (w *Window) cut(from, end, until, at time.Time, loc *time.Location) []timeSpan {
	var out []timeSpan
	gap := !at.IsZero() && from.After(at)
	for from.Before(end) {
		to := end
		if w.Most > 0 {
			to = earlier(to, w.align(from.Add(time.Duration(w.Most)), loc))
		}
		if !to.After(from) {
			to = end
		}
		reached := to
		if to.Before(end) && !to.Before(until) {
			reached = from
		}
		if reached = earlier(reached, until); reached.After(at) && !gap {
			at = reached
		}
		cursor := ""
		if !at.IsZero() {
			cursor = at.UTC().Format(cursorLayout)
		}
		out = append(out, timeSpan{from: from, to: to, cursor: cursor})
		from = to
	}
	return out
}

// goOn is an open span whose turn has come at now: two when one no longer reaches so far.
func (w *Window) goOn(s timeSpan, now time.Time) []timeSpan {
	s.to = w.upTo(s, now)
	full := s.from.Add(time.Duration(w.Most))
	if w.Most == 0 || !now.Truncate(time.Second).After(full) {
		return []timeSpan{s}
	}
	rest := s
	s.open, s.parts = false, nil
	rest.from, rest.to = s.to, s.to.Add(time.Second)
	return []timeSpan{s, rest}
}

// upTo is where an open span ends at now.
func (w *Window) upTo(s timeSpan, now time.Time) time.Time {
	to := now.Truncate(time.Second)
	if w.Most > 0 {
		to = earlier(to, s.from.Add(time.Duration(w.Most)))
	}
	if to.Before(s.to) {
		return s.to
	}
	return to
}

// align moves a time back to the source's unit: a whole second, or local midnight for windows of days.
func (w *Window) align(t time.Time, loc *time.Location) time.Time {
	if w.Days {
		y, m, d := t.In(loc).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, loc)
	}
	return t.Truncate(time.Second)
}

// Bounds are the window of a slice as the source is asked for it: texts (or numbers as texts) in the declared format
// and zone. The end of a closed window is one unit earlier.
func (w *Window) Bounds(s Slice, loc *time.Location) (from, to string) {
	end := s.To
	if w.Closed {
		switch {
		case w.Format == "date":
			end = end.In(loc).AddDate(0, 0, -1)
		case w.Format == "epoch_ms":
			end = end.Add(-time.Millisecond)
		default:
			end = end.Add(-time.Second)
		}
	}
	return formatTime(s.From, w.Format, loc), formatTime(end, w.Format, loc)
}

func formatTime(t time.Time, format string, loc *time.Location) string {
	switch format {
	case "date":
		return t.In(loc).Format("2006-01-02")
	case "epoch_s":
		return fmt.Sprint(t.Unix())
	case "epoch_ms":
		return fmt.Sprint(t.UnixMilli())
	case "rfc3339":
		return t.UTC().Format("2006-01-02T15:04:05.999Z")
	}
	return t.In(loc).Format("2006-01-02 15:04:05")
}
