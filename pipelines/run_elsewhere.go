package pipelines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// tell leaves word in the lake of what this run's reads came to, for the programs that build from them.
func (r *run) tell(ctx context.Context, list []stream, x Extraction) error {
	var readings []lake.Reading
	for _, s := range list {
		reading := lake.Reading{Stream: s.name(), RunID: r.id, Good: true, FinishedAt: r.job.deps.Now()}
		if failure := x.Failed[s.info.Table]; failure != nil {
			reading.Good, reading.Note = false, r.job.vault.Redact(failure.Error())
			var short *extract.ReceiptError
			if errors.As(failure, &short) {
				reading.Receipt = &short.Receipt
			}
		}
		readings = append(readings, reading)
	}
	return r.lake.Tell(ctx, readings)
}

// elsewhere takes over what other programs have read: the receipts that stand in the lake and not in the record, and what the
// latest read of each stream came to. Of an order that would read everything here, a stream whose latest read failed, or that
// is overdue, counts as one that could not be read: it keeps back what needs it, and the run is not green.
func (r *run) elsewhere(ctx context.Context, order Order) (x Extraction, err error) {
	x.Failed = map[string]error{}
	var list []stream
	for _, s := range r.sources {
		for _, info := range s.Streams() {
			if info.Parent == "" && !r.job.reads(s.Name()) {
				list = append(list, stream{s, info})
			}
		}
	}
	if len(list) == 0 {
		return x, nil
	}
	told, err := r.lake.Told(ctx)
	if err != nil {
		return x, err
	}
	for _, s := range list {
		receipts, err := r.catchUp(ctx, s)
		if err != nil {
			return x, err
		}
		x.Receipts = append(x.Receipts, receipts...)
		reading := told[s.name()]
		if s.source.Connector().Via == "collect" { // what is pushed is landed at any time, and nobody reads it
			if reading, err = r.pushed(ctx, s, reading); err != nil {
				return x, err
			}
		}
		failure := r.overdue(s, reading)
		if err := r.takeOver(ctx, s, reading, receipts, failure); err != nil {
			return x, err
		}
		if failure == nil {
			continue
		}
		r.silent = append(r.silent, unread{name: s.name(), good: reading.GoodAt})
		if !order.Whole {
			continue
		}
		x.Streams = append(x.Streams, s.name())
		for _, table := range s.tables() {
			x.Failed[table] = failure
		}
	}
	return x, r.upkeep(ctx, list, x)
}

// overdue says why a stream counts as not read: its latest read failed, or the last good one is too old; nil when all is well.
func (r *run) overdue(s stream, reading lake.Reading) error {
	expect, now := r.job.Project.Expect.Duration(), r.job.deps.Now()
	switch {
	case !reading.Good && !reading.FinishedAt.IsZero():
		failure := fmt.Errorf("%s: the program that reads it failed at %s: %s", s.name(), shortTime(reading.FinishedAt), reading.Note)
		if reading.Receipt != nil {
			return faulty{failure, &extract.ReceiptError{Receipt: *reading.Receipt}}
		}
		return failure
	case reading.GoodAt.IsZero():
		return fmt.Errorf("%s: no program has read it to the end yet; start heliu extract where its source is", s.name())
	case now.Sub(reading.GoodAt) > expect:
		return fmt.Errorf("%s: read last at %s, %s ago, and expected within %s (expect_within); look at the program that reads it, and at its link to the lake",
			s.name(), shortTime(reading.GoodAt), now.Sub(reading.GoodAt).Round(time.Minute), expect)
	}
	return nil
}

func shortTime(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// pushed counts a landing of pushed events as a read of them.
func (r *run) pushed(ctx context.Context, s stream, reading lake.Reading) (lake.Reading, error) {
	table, err := r.lake.Table(ctx, s.info.Table)
	if errors.Is(err, lake.ErrNoTable) {
		return reading, nil
	}
	if err != nil {
		return reading, err
	}
	receipts, err := table.Receipts(ctx)
	if n := len(receipts); err == nil && n > 0 && receipts[n-1].FinishedAt.After(reading.GoodAt) {
		reading = lake.Reading{Stream: s.name(), Good: true, FinishedAt: receipts[n-1].FinishedAt, GoodAt: receipts[n-1].FinishedAt}
	}
	return reading, err
}

// takeOver records a read of another program as one of this run, if the record does not have it; an overdue one each time.
func (r *run) takeOver(ctx context.Context, s stream, reading lake.Reading, receipts []warehouse.Receipt, failure error) error {
	outcome, rows, note := readNote(receipts, failure)
	at := reading.FinishedAt
	if failure != nil && reading.Good || at.IsZero() {
		at = r.job.deps.Now()
	}
	known, err := r.record.has(ctx, kindExtract, s.name(), at)
	if err != nil || known {
		return err
	}
	r.begin("take over "+s.name()).End(outcome, r.job.vault.Redact(note))
	var failed []warehouse.Receipt
	if failure != nil && outcome == terminal.Failed {
		failed = withFailed(nil, failure)
	}
	return errors.Join(r.record.stepAt(ctx, kindExtract, s.name(), outcome, rows, note, at, at), r.record.receipts(ctx, failed))
}

// add joins what other programs have read to what this one has, and returns what is wrong with that.
func (x *Extraction) add(others Extraction) error {
	if x.Failed == nil {
		x.Failed = map[string]error{}
	}
	x.Streams, x.Receipts = append(x.Streams, others.Streams...), append(x.Receipts, others.Receipts...)
	for table, failure := range others.Failed {
		x.Failed[table] = failure
	}
	return others.Err()
}
