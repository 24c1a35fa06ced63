package extract

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// worker decodes pages and appends them to batches of its own, so that two of them share nothing.
type worker struct {
	landing  *landing
	visitor  visitor
	batches  []*lake.Batch // by plan index
	rejected *lake.Batch
	jobs     chan Page
	stopped  chan struct{} // closed when the worker gave up
	err      error
	read     int64
	cursor   int     // column of the stream's cursor when records are held against the window, else -1
	from     int64   // microseconds: a record that changed before was not asked for
	early    int64   // how many of those came
	columns  [][]int // of the page with Rows at hand: by name index the entry's columns
	scratch  []byte
	blank    func([]byte) ([]byte, bool)
}

func (l *landing) newWorker() (*worker, error) {
	plans, err := compile(l.stream, l.source.con.Zone, l.source.personal)
	if err != nil {
		return nil, err
	}
	w := &worker{landing: l, visitor: visitor{plans: plans}, jobs: make(chan Page, 1), stopped: make(chan struct{}), blank: blanker(l.stream)}
	w.cursor, w.from = l.asked(plans[0])
	w.batches = append(w.batches, l.tables.main.NewBatch(l.batchID))
	for _, t := range l.tables.children {
		w.batches = append(w.batches, t.NewBatch(l.batchID))
	}
	for i, b := range w.batches {
		w.meta(b, len(plans[i].columns)+1, plans[i].stream.Name)
	}
	w.rejected = l.tables.rejected.NewBatch(l.batchID)
	w.meta(w.rejected, rejectedMeta, l.stream.Name)
	l.wait.Go(func() {
		for p := range w.jobs {
			if w.err != nil {
				continue
			}
			if w.err = w.page(&p); w.err != nil {
				close(w.stopped)
			} else if p.Done != nil {
				p.Done()
			}
		}
	})
	return w, nil
}

// asked gives what records of the slice are held against: the column that the source was asked for a window of, and where
// that window began. A second is left to sources that round. Behind the window's end a record may have moved meanwhile.
func (l *landing) asked(p *plan) (column int, from int64) {
	if l.stream.Window == nil || l.stream.Cursor == "" || l.slice.From.IsZero() {
		return -1, 0
	}
	return slices.IndexFunc(p.columns, func(f Field) bool { return f.Name == l.stream.Cursor }), l.slice.From.Add(-time.Second).UnixMicro()
}

func (w *worker) abort() error {
	all := []error{w.rejected.Abort()}
	for _, b := range w.batches {
		all = append(all, b.Abort())
	}
	return errors.Join(all...)
}

func (w *worker) page(p *Page) error {
	w.visitor.with = p.With
	for i, record := range p.JSON {
		if err := w.json(p, record, int64(i), false); err != nil {
			return err
		}
	}
	line := int64(0)
	sound := soundText(p.Lines)
	for rest := p.Lines; len(rest) > 0; line++ {
		var record []byte
		if n := bytes.IndexByte(rest, '\n'); n >= 0 {
			record, rest = rest[:n], rest[n+1:]
		} else {
			record, rest = rest, nil
		}
		if record = bytes.TrimSpace(record); len(record) == 0 {
			continue
		}
		if err := w.json(p, record, line, sound); err != nil {
			return err
		}
	}
	if err := w.rows(p); err != nil {
		return err
	}
	for i, bad := range p.Bad {
		w.read++
		at := bad.At
		if at == 0 && p.First > 0 {
			at = p.First + int64(i)
		}
		if err := w.reject(p.Position, at, []byte(bad.Record), bad.Field, bad.Reason, true); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) json(p *Page, record []byte, i int64, sound bool) error {
	w.read++
	if w.visitor.decode(record, sound) {
		return w.append()
	}
	at := i + 1
	if p.First > 0 {
		at = p.First + i
	}
	return w.reject(p.Position, at, record, w.visitor.field, w.visitor.reason, false)
}

// append writes the rows of a decoded record to their batches.
func (w *worker) append() error {
	v := &w.visitor
	if w.cursor >= 0 {
		if c := &v.cells[v.rows[0].first+w.cursor]; c.kind == cellTime && c.i < w.from {
			w.early++
		}
	}
	for i := range v.rows {
		r := &v.rows[i]
		b := w.batches[r.plan.index]
		n := len(r.plan.columns)
		for col := range r.plan.columns {
			appendCell(b, col, &v.cells[r.first+col])
		}
		if len(r.extra) > 0 {
			w.scratch = append(append(append(w.scratch[:0], '{'), r.extra...), '}')
			b.AppendBytes(n, w.scratch)
		}
		b.AppendInt(n+5, w.keyHash(r))
		if err := b.EndRow(); err != nil {
			return err
		}
	}
	return nil
}

// meta makes every row have _source, _stream, _batch_id and _extracted_at; n is the column of _source.
func (w *worker) meta(b *lake.Batch, n int, stream string) {
	b.FillString(n, w.landing.source.cfg.Name)
	b.FillString(n+1, stream)
	b.FillString(n+2, w.landing.batchID)
	b.FillTime(n+3, w.landing.slice.Now.UnixMicro())
}

// keyHash is models.Key63 of the key's texts, without making the texts.
func (w *worker) keyHash(r *row) int64 {
	w.scratch = w.scratch[:0]
	for i, col := range r.plan.key {
		if i > 0 {
			w.scratch = append(w.scratch, models.KeySeparator...)
		}
		w.scratch = w.visitor.cells[r.first+col].appendText(w.scratch)
	}
	sum := md5.Sum(w.scratch)
	return int64(binary.BigEndian.Uint64(sum[:8]) & (1<<63 - 1))
}

func (w *worker) reject(position string, at int64, record []byte, field, reason string, opaque bool) error {
	b := w.rejected
	text, whole := w.blank(record)
	if (opaque || !whole) && personalStream(w.landing.stream) {
		text = fmt.Appendf(nil, "(withheld, %d bytes: the stream has personal fields and the record could not be taken apart)", len(record))
	}
	record = bytes.ToValidUTF8(bytes.ReplaceAll(text, []byte{0}, []byte("\uFFFD")), []byte("\uFFFD"))
	b.AppendBytes(0, record)
	b.AppendBytes(1, []byte(field))
	b.AppendBytes(2, []byte(reason))
	if at > 0 {
		position += ":" + strconv.FormatInt(at, 10)
	}
	b.AppendBytes(3, []byte(position))
	if err := b.EndRow(); err != nil {
		return fmt.Errorf("rejected record at %s: %w", position, err)
	}
	return nil
}

func appendCell(b *lake.Batch, col int, c *cell) {
	switch c.kind {
	case cellString, cellJSON:
		b.AppendString(col, c.s)
	case cellInt:
		b.AppendInt(col, c.i)
	case cellDecimal:
		b.AppendDecimal(col, c.i)
	case cellTime:
		b.AppendTime(col, c.i)
	case cellDate:
		b.AppendDate(col, int32(c.i))
	case cellBool:
		b.AppendBool(col, c.i == 1)
	case cellFloat:
		b.AppendFloat(col, math.Float64frombits(uint64(c.i)))
	case cellRate:
		b.AppendRate(col, decimal128.FromI64(c.i))
	}
}
