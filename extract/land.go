package extract

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

const (
	landWorkers   = 2       // pages are decoded side by side on so many goroutines
	parallelAfter = 1 << 20 // bytes of a slice before a second worker, and with it a second file, is worth it
)

// tables are the lake tables that a stream lands in.
type tables struct {
	main     *lake.Table
	children []*lake.Table // by plan index - 1
	rejected *lake.Table
}

// landing lands one slice: its pages become rows of Parquet files on disk as they come (memory is bounded by a few
// pages and row groups), and the files become one commit when all is read and the receipt agrees.
type landing struct {
	source  *Source
	stream  *Stream
	slice   Slice
	tables  tables
	batchID string
	workers []*worker
	wait    sync.WaitGroup
	pages   int64
	bytes   int64
	rows    int64
	digest  *xxh3.Hasher
	seen    *repeats // nil for streams that are not paged
	repeats int64
	far     int64  // records that stand on a page long before too; they are among those that land
	twins   string // see ReceiptError.twins: records that repeat over pages are landed, if the content is this
	started time.Time

	pageTwice bool
}

func (s *Source) land(slice Slice, t tables, batchID string) *landing {
	l := &landing{source: s, stream: slice.Stream, slice: slice, tables: t, batchID: batchID, digest: xxh3.New(), started: s.deps.Now()}
	if slice.Stream.Options.Get("page") != nil {
		l.seen = &repeats{}
	}
	return l
}

// page takes a page from the reader; it is the reader's yield.
func (l *landing) page(ctx context.Context, p Page) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.pages++
	if err := l.count(&p); err != nil {
		return err
	}
	i := 0
	if l.bytes > parallelAfter {
		i = int(l.pages) % landWorkers
	}
	for len(l.workers) <= i {
		w, err := l.newWorker()
		if err != nil {
			return err
		}
		l.workers = append(l.workers, w)
	}
	w := l.workers[i]
	select {
	case w.jobs <- p:
	case <-w.stopped:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
	l.progress()
	return nil
}

// count adds a page to the digest of the slice and takes out records that stood on an earlier page already.
func (l *landing) count(p *Page) error {
	l.bytes += int64(len(p.Lines))
	l.rows += int64(len(p.JSON) + len(p.Rows) + len(p.Bad) + bytes.Count(p.Lines, []byte{'\n'}))
	_, _ = l.digest.Write(p.Lines) // a hasher never fails
	for _, r := range p.JSON {
		l.bytes += int64(len(r))
		_, _ = l.digest.Write(r)
	}
	if l.seen != nil {
		if err := l.dropRepeats(p); err != nil {
			return err
		}
	}
	for _, r := range p.Rows {
		l.bytes += int64(len(r)) * 16
		for _, v := range r {
			if text, ok := v.(string); ok {
				_, _ = l.digest.WriteString(text)
			} else {
				_, _ = fmt.Fprint(l.digest, v)
			}
			_, _ = l.digest.WriteString("\x1f")
		}
	}
	return nil
}

func (l *landing) progress() {
	if f := l.source.deps.Progress; f != nil {
		f(Progress{Source: l.source.cfg.Name, Stream: l.stream.Name, From: l.slice.From, To: l.slice.To, Rows: l.rows})
	}
}

// content is the digest of all that was read.
func (l *landing) content() string { return hex.EncodeToString(l.digest.Sum(nil)) }

// drain waits until every page is decoded.
func (l *landing) drain() error {
	for _, w := range l.workers {
		close(w.jobs)
	}
	l.wait.Wait()
	var all []error
	for _, w := range l.workers {
		all = append(all, w.err)
	}
	if l.seen != nil {
		var twice bool
		var err error
		l.far, twice, err = l.seen.end()
		l.pageTwice = l.pageTwice || twice
		all = append(all, err, l.seen.close())
	}
	return errors.Join(all...)
}

// abort throws away what was read.
func (l *landing) abort() error {
	var all []error
	for _, w := range l.workers {
		all = append(all, w.abort())
	}
	return errors.Join(all...)
}

// receipt sums up the slice (invariant 3).
func (l *landing) receipt(out Outcome, cursor string) warehouse.Receipt {
	r := warehouse.Receipt{Source: l.source.cfg.Name, Stream: l.stream.Name, BatchID: l.batchID, From: l.slice.From, To: l.slice.To,
		CountKind: out.Kind, SourceCount: out.Count, Repeated: l.repeats, Cursor: cursor, Files: out.Files, StartedAt: l.started, FinishedAt: l.source.deps.Now()}
	if r.CountKind == "" {
		r.CountKind = warehouse.CountNone
	}
	for i, t := range l.tables.children {
		if t == nil {
			continue
		}
		if r.Children == nil {
			r.Children = map[string]int64{}
		}
		var n int64
		for _, w := range l.workers {
			n += w.batches[i+1].Rows()
		}
		r.Children[l.childName(i)] = n
	}
	for _, w := range l.workers {
		r.Read += w.read
		r.Landed += w.batches[0].Rows()
		r.Rejected += w.rejected.Rows()
	}
	return r
}

// early is how many records came that changed before the window began.
func (l *landing) early() (n int64) {
	for _, w := range l.workers {
		n += w.early
	}
	return n
}

func (l *landing) childName(i int) string {
	n, name := -1, ""
	l.stream.Walk(func(s *Stream) {
		if n == i {
			name = s.Name
		}
		n++
	})
	return name
}

// commit makes the slice durable: children and rejected records first, then the stream's own rows with the receipt and
// the cursor, in one commit each (invariant 1).
func (l *landing) commit(ctx context.Context, r warehouse.Receipt) error {
	digest := l.content() + " " + l.stream.shape()
	crash := l.source.deps.Crash
	crash("extract:1:slice-read")
	side := func(t *lake.Table, files []warehouse.File) error {
		// Also without files: rows that an earlier try left under this batch id would be read with its parent.
		if h := t.Head(); h.Batch == l.batchID && h.Cursor != digest {
			return lake.ErrOtherContent // the slice is landed again under another batch id, and the lake drops the orphans
		}
		if len(files) == 0 {
			return nil
		}
		return t.Commit(ctx, lake.Commit{BatchID: l.batchID, Files: files, Cursor: digest, Receipt: r})
	}
	for i, t := range l.tables.children {
		files, err := l.files(func(w *worker) *lake.Batch { return w.batches[i+1] })
		if err == nil {
			err = side(t, files)
		}
		if err != nil {
			return fmt.Errorf("land %s.%s: %w", l.source.cfg.Name, l.childName(i), err)
		}
		crash("extract:2:child-committed")
	}
	rejected, err := l.files(func(w *worker) *lake.Batch { return w.rejected })
	if err == nil {
		err = side(l.tables.rejected, rejected)
	}
	if err != nil {
		return fmt.Errorf("land rejected records of %s.%s: %w", l.source.cfg.Name, l.stream.Name, err)
	}
	crash("extract:3:rejected-committed")
	files, err := l.files(func(w *worker) *lake.Batch { return w.batches[0] })
	if err == nil {
		err = l.tables.main.Commit(ctx, lake.Commit{BatchID: l.batchID, Files: files, Cursor: r.Cursor, Receipt: r})
	}
	if err != nil {
		return fmt.Errorf("land %s.%s: %w", l.source.cfg.Name, l.stream.Name, err)
	}
	crash("extract:4:committed")
	return nil
}

func (l *landing) files(batch func(*worker) *lake.Batch) ([]warehouse.File, error) {
	var all []warehouse.File
	for _, w := range l.workers {
		files, err := batch(w).Close()
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}

// CrashPoints lists the crash points of landing in the order in which a slice passes them; see Deps.Crash.
func CrashPoints() []string {
	return []string{"extract:1:slice-read", "extract:2:child-committed", "extract:3:rejected-committed", "extract:4:committed"}
}
