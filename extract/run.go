package extract

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// receiptTries is how often a slice is read before its receipt fails.
const receiptTries = 3

// planTries is how often a read is planned whose table another process moves on at the same time.
const planTries = 5

// Read reads what is new of a stream (or what opts ask for) into the lake, slice after slice, each one commit with its
// receipt (invariant 1). It returns the receipts of the slices that were committed, also with an error. Nothing new
// gives none. Child streams are read with their parent and cannot be asked for.
//
// The error is a [*ReceiptError] when what arrived disagrees with the source's own count, [ErrAuth] when the source
// refused the credentials; it names source, stream and window, and holds no secret.
func (s *Source) Read(ctx context.Context, stream string, opts Options) ([]warehouse.Receipt, error) {
	if s.cfg.Elsewhere {
		return nil, s.elsewhere()
	}
	st := s.con.Stream(stream)
	if st == nil {
		return nil, fmt.Errorf("source %s has no stream %q; it has %s", s.cfg.Name, stream, strings.Join(s.streamNames(), ", "))
	}
	if st.Parent != nil {
		return nil, fmt.Errorf("stream %s.%s is part of %s, read that", s.cfg.Name, stream, st.Parent.Name)
	}
	main, err := s.ensure(ctx, st, "")
	if err != nil {
		return nil, err
	}
	r := &reading{source: s, stream: st, opts: opts, tables: tables{main: main}}
	for try := 1; ; try++ {
		if st.Window != nil {
			err = r.windows(ctx)
		} else {
			err = r.slices(ctx)
		}
		if !errors.Is(err, lake.ErrHeadMoved) || try == planTries || opts.asked() {
			break
		}
		// another process read the stream meanwhile: what it landed is behind the new cursor
		if failed := main.Refresh(ctx); failed != nil {
			err = errors.Join(err, failed)
			break
		}
		r.last, r.begun, r.parts = false, time.Time{}, nil
	}
	return r.receipts, s.redact.Error(err)
}

func (s *Source) streamNames() []string {
	var names []string
	for _, st := range s.con.Streams {
		names = append(names, st.Name)
	}
	return names
}

func (s *Source) ensure(ctx context.Context, st *Stream, parent string) (*lake.Table, error) {
	name := "raw." + TableName(s.cfg.Name, st.Name)
	return s.deps.Lake.Ensure(ctx, lake.TableSpec{Name: name, Columns: tableColumns(st), Comment: st.Title.comment(), Parent: parent})
}

// reading is one Read.
type reading struct {
	source   *Source
	stream   *Stream
	opts     Options
	tables   tables
	receipts []warehouse.Receipt

	// Windows without a record are not committed one by one: the next window's receipt begins where they began, and
	// the last window is committed in any case.
	last  bool
	begun time.Time

	// end is where the window at hand ends by now, nil for one with a fixed end: a record that changed since the read began
	// has left the window that it was in, and is in no other.
	end func() time.Time

	parts []string // what the next commit's receipt says of the parts that are landed from the start; nil for no change
}

// windows reads a stream by time.
func (r *reading) windows(ctx context.Context) error {
	loc, err := time.LoadLocation(r.source.con.Zone)
	if err != nil {
		return err
	}
	now := r.source.deps.Now()
	spans, err := r.stream.Window.spans(r.tables.main.Head().Cursor, r.opts, now, loc, r.source.start)
	if err != nil {
		return fmt.Errorf("%s.%s: %w", r.source.cfg.Name, r.stream.Name, err)
	}
	if spans, err = r.divided(ctx, spans, now, loc); err != nil {
		return err
	}
	for i := 0; i < len(spans); i++ {
		if spans[i].open {
			spans = append(spans[:i], r.stream.Window.goOn(spans[i], r.source.deps.Now())...)
		}
		w := spans[i]
		r.last = i == len(spans)-1 || w.end
		if w.parts != nil {
			r.parts = w.parts
		}
		if w.open {
			r.end = func() time.Time { return r.stream.Window.upTo(w, r.source.deps.Now()) }
		}
		slice := Slice{Stream: r.stream, From: w.from, To: w.to, Cursor: r.tables.main.Head().Cursor, Full: r.opts.Full, Only: w.only, Now: now}
		if _, err := r.slice(ctx, slice, w.cursor); err != nil {
			return fmt.Errorf("read %s.%s from %s to %s: %w", r.source.cfg.Name, r.stream.Name, w.from.Format(time.RFC3339), w.to.Format(time.RFC3339), err)
		}
		if r.begun.IsZero() && w.cursor != "" {
			if err := r.inStep(w.cursor); err != nil {
				return err
			}
		}
	}
	return nil
}

// slices reads a stream by the reader's own cursor.
func (r *reading) slices(ctx context.Context) error {
	cursor := r.tables.main.Head().Cursor
	if r.opts.Full {
		cursor = ""
	}
	for {
		slice := Slice{Stream: r.stream, From: r.opts.From, To: r.opts.To, Cursor: cursor, Full: r.opts.Full, Now: r.source.deps.Now()}
		out, err := r.slice(ctx, slice, "")
		if err != nil {
			return fmt.Errorf("read %s.%s: %w", r.source.cfg.Name, r.stream.Name, err)
		}
		if !out.More {
			return nil
		}
		if err := r.inStep(out.Cursor); err != nil {
			return err
		}
		if out.Cursor == cursor {
			return fmt.Errorf("read %s.%s: the reader asks for more without moving its cursor %q", r.source.cfg.Name, r.stream.Name, cursor)
		}
		cursor = out.Cursor
	}
}

// inStep says with [lake.ErrHeadMoved] that the slice just read is in the lake, but another process, which landed the same
// one, has gone on from there: what comes next is behind its cursor.
func (r *reading) inStep(cursor string) error {
	if r.opts.asked() || r.tables.main.Head().Cursor == cursor {
		return nil
	}
	return fmt.Errorf("read %s.%s: %w", r.source.cfg.Name, r.stream.Name, lake.ErrHeadMoved)
}

// slice reads one slice until it is steady, and commits it. after is the lake's cursor behind it, "" for the reader's.
func (r *reading) slice(ctx context.Context, slice Slice, after string) (Outcome, error) {
	if err := r.open(ctx); err != nil {
		return Outcome{}, err
	}
	other := 0               // how many other contents earlier tries left behind
	var before *ReceiptError // of the last try
	for try := 1; ; try++ {
		if r.end != nil {
			slice.To = r.end()
		}
		l := r.source.land(slice, r.tables, r.batchID(slice, other))
		l.twins = before.twins()
		out, receipt, err := r.attempt(ctx, l, slice, after)
		var short *ReceiptError
		if errors.As(err, &short) {
			short.content, short.pageTwice, short.far = l.content(), l.pageTwice, l.far
		}
		before = short
		switch {
		case err == nil:
			return out, nil
		case errors.Is(err, lake.ErrOtherContent) && other < receiptTries:
			other, try = other+1, try-1
			continue
		case errors.As(err, &short) && try < receiptTries, errors.Is(err, ErrSourceChanged) && try < receiptTries:
			r.source.deps.Log.Info("the slice is read again", "source", r.source.cfg.Name, "stream", r.stream.Name, "try", try, "reason", r.source.redact.Text(err.Error()))
			continue
		case errors.As(err, &short):
			short.Tries = try
		case errors.Is(err, ErrSourceChanged):
			err = &ReceiptError{Receipt: receipt, Tries: try, Err: err}
		}
		return out, err
	}
}

func (r *reading) attempt(ctx context.Context, l *landing, slice Slice, after string) (Outcome, warehouse.Receipt, error) {
	out, err := r.source.reader.Read(ctx, slice, func(p Page) error { return l.page(ctx, p) })
	err = errors.Join(err, l.drain())
	if err != nil {
		return out, l.receipt(out, ""), errors.Join(err, l.abort())
	}
	cursor := after
	if cursor == "" {
		cursor = out.Cursor
	}
	if cursor == "" { // the whole stream as it is now: its content is the cursor, and the same content is nothing new
		if cursor = "content " + l.content(); cursor == slice.Cursor && !slice.Full {
			out.Empty = true
		}
	}
	receipt := l.receipt(out, cursor)
	receipt.Parts = r.parts
	if !r.begun.IsZero() {
		receipt.From = r.begun
	}
	if l.twins != "" && l.twins != l.content() {
		return out, receipt, errors.Join(fmt.Errorf("%w: two reads of the window differ", ErrSourceChanged), l.abort())
	}
	if receipt.Proved() && !receipt.Agrees() || receipt.Read != receipt.Landed+receipt.Rejected {
		return out, receipt, errors.Join(&ReceiptError{Receipt: receipt}, l.abort())
	}
	if l.far > 0 && l.twins == "" && receipt.Proved() { // so many others may be missing
		err := fmt.Errorf("%d records stand on two pages", l.far)
		return out, receipt, errors.Join(&ReceiptError{Receipt: receipt, Err: err}, l.abort())
	}
	if n := l.early(); n > 0 { // a page of another window, however right its number of records
		err := fmt.Errorf("%d records changed before the window began: the source answered something else than it was asked", n)
		return out, receipt, errors.Join(&ReceiptError{Receipt: receipt, Err: err}, l.abort())
	}
	if out.Empty {
		return out, receipt, l.abort()
	}
	if r.stream.Window != nil && !r.last && receipt.Read == 0 {
		r.begun = receipt.From
		return out, receipt, l.abort()
	}
	if err := l.commit(ctx, receipt); err != nil {
		return out, receipt, err
	}
	r.begun, r.parts = time.Time{}, nil
	r.receipts = append(r.receipts, receipt)
	return out, receipt, nil
}

// open makes the tables of children and rejected records ready.
func (r *reading) open(ctx context.Context) error {
	if r.tables.rejected != nil {
		return nil
	}
	parent := r.tables.main.Name()
	var err error
	r.stream.Walk(func(st *Stream) {
		if st == r.stream || err != nil {
			return
		}
		var t *lake.Table
		if t, err = r.source.ensure(ctx, st, parent); err == nil {
			r.tables.children = append(r.tables.children, t)
		}
	})
	if err != nil {
		return err
	}
	r.tables.rejected, err = r.source.deps.Lake.Ensure(ctx, lake.TableSpec{Name: parent + rejectedSuffix,
		Columns: append(RejectedColumns(), lake.MetaColumns()...), Comment: "records of " + parent + " that could not be decoded", Parent: parent})
	return err
}

// batchID names a slice: the same slice on the same state of the lake has the same id, so that a killed read that is
// done again finds what it had committed. Once the table moved on, the same range is another slice. What is pushed has no
// range: there the records name the batch, for two collectors at the same state of the lake hold different ones.
func (r *reading) batchID(slice Slice, other int) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s", r.source.cfg.Name, r.stream.Name, slice.From.UTC().Format(cursorLayout), slice.To.UTC().Format(cursorLayout),
		slice.Cursor, r.tables.main.Head().Batch)
	if r.opts.Holds != "" {
		fmt.Fprintf(h, "\x1fholds %s", r.opts.Holds)
	}
	if slice.Only != nil {
		fmt.Fprintf(h, "\x1fonly %q", slice.Only)
	}
	if other > 0 {
		fmt.Fprintf(h, "\x1fcontent %d", other)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
