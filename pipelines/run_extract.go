package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// readers is how many streams are read at once: most of the time is spent waiting for the other side.
const readers = 4

// Extraction says what a run read.
type Extraction struct {
	Streams  []string            // what was asked for: "tmall.orders"
	Receipts []warehouse.Receipt // of this run, by source, stream and window
	Failed   map[string]error    // raw table -> why it may be short; its children are listed too
}

// Err joins what went wrong, each once.
func (x Extraction) Err() error {
	var errs []error
	for _, table := range sortedKeys(x.Failed) {
		if !slices.ContainsFunc(errs, func(e error) bool { return errors.Is(e, x.Failed[table]) }) {
			errs = append(errs, x.Failed[table])
		}
	}
	return errors.Join(errs...)
}

// stream is one stream that is read itself.
type stream struct {
	source *extract.Source
	info   extract.StreamInfo
}

func (s stream) name() string { return s.source.Name() + "." + s.info.Name }

// tables are the raw tables that the stream's records land in.
func (s stream) tables() []string {
	names := []string{s.info.Table}
	below := map[string]bool{s.info.Name: true}
	for _, info := range s.source.Streams() { // parents before children
		if below[info.Parent] && info.Parent != "" {
			below[info.Name] = true
			names = append(names, info.Table)
		}
	}
	return names
}

// StreamOf is the stream with whose receipts the records of a raw table are counted: "tmall.orders", also of the tables of
// its children. "" for a table that no source of the project fills.
func (j *Job) StreamOf(table string) string {
	for _, s := range j.Sources {
		for _, info := range s.Streams() {
			if of := (stream{s, info}); info.Parent == "" && slices.Contains(of.tables(), table) {
				return of.name()
			}
		}
	}
	return ""
}

// streams selects what to read: "source" or "source.stream" each, everything when none is named.
func (j *Job) streams(sources []*extract.Source, words []string) ([]stream, error) {
	var all []stream
	var known []string
	for _, s := range sources {
		if !j.reads(s.Name()) {
			continue
		}
		known = append(known, s.Name())
		for _, info := range s.Streams() {
			if info.Parent == "" {
				all = append(all, stream{s, info})
				known = append(known, s.Name()+"."+info.Name)
			}
		}
	}
	if len(words) == 0 {
		return all, nil
	}
	var chosen []stream
	for _, word := range words {
		found := false
		for _, s := range all {
			if s.source.Name() == word || s.name() == word {
				found = true
				if !slices.ContainsFunc(chosen, func(c stream) bool { return c.name() == s.name() }) {
					chosen = append(chosen, s)
				}
			}
		}
		if source, _, _ := strings.Cut(word, "."); !found && slices.ContainsFunc(sources, func(s *extract.Source) bool { return s.Name() == source && !j.reads(source) }) {
			return nil, fmt.Errorf("%w: another program reads %s into the lake (elsewhere: true in %s); extract it there", ErrUsage, source, j.Project.File)
		}
		if !found {
			return nil, fmt.Errorf("%w: nothing to read is called %q%s; there is: %s", ErrUsage, word, models.MeantBy(word, known), strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// extract reads the streams side by side. A stream that fails blocks only what is downstream of it (PITFALLS D1); the
// error is one of the record's own.
func (r *run) extract(ctx context.Context, list []stream, opts extract.Options) (Extraction, error) {
	x := Extraction{Failed: map[string]error{}}
	for _, s := range list {
		x.Streams = append(x.Streams, s.name())
	}
	var mu sync.Mutex
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, s := range list {
		group.Go(func() error {
			begun := r.job.deps.Now()
			step := r.begin("extract " + s.name())
			receipts, err := r.catchUp(inner, s)
			if r.record.fresh && s.source.Connector().Via != "collect" {
				receipts = nil // runs read them that another record holds, of the other engine or one that was lost
			}
			if err == nil { // a lake that cannot be reached is this stream's failure, and each other's own
				var read []warehouse.Receipt
				read, err = s.source.Read(inner, s.info.Name, opts)
				receipts = append(receipts, read...)
			}
			outcome, rows, note := readNote(receipts, err)
			step.End(outcome, r.job.vault.Redact(note))
			mu.Lock()
			x.Receipts = append(x.Receipts, receipts...)
			if err != nil {
				for _, table := range s.tables() {
					x.Failed[table] = err
				}
			}
			mu.Unlock()
			return errors.Join(
				r.record.step(ctx, kindExtract, s.name(), outcome, rows, note, begun),
				r.record.receipts(ctx, withFailed(receipts, err)))
		})
	}
	err := group.Wait()
	sort.SliceStable(x.Receipts, func(i, k int) bool {
		a, b := x.Receipts[i], x.Receipts[k]
		if a.Source != b.Source {
			return a.Source < b.Source
		}
		if a.Stream != b.Stream {
			return a.Stream < b.Stream
		}
		return a.From.Before(b.From)
	})
	return x, errors.Join(err, ctx.Err())
}

func readNote(receipts []warehouse.Receipt, err error) (outcome terminal.Outcome, rows int64, note string) {
	var rejected int64
	for _, x := range receipts {
		rows += x.Landed
		rejected += x.Rejected
	}
	switch {
	case err != nil:
		return terminal.Failed, rows, err.Error()
	case len(receipts) == 0:
		return terminal.Skipped, 0, "nothing new"
	case rejected > 0:
		return terminal.Done, rows, fmt.Sprintf("%s, %s rejected", terminal.English.Counted(rows, "row", "rows", ""), terminal.Count(rejected))
	}
	return terminal.Done, rows, terminal.English.Counted(rows, "row", "rows", "")
}

// catchUp copies the receipts that stand in the lake and not in the record, and returns them: what the collector has
// landed since, and what a run landed that died before it recorded it.
func (r *run) catchUp(ctx context.Context, s stream) ([]warehouse.Receipt, error) {
	table, err := r.lake.Table(ctx, s.info.Table)
	if errors.Is(err, lake.ErrNoTable) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	batch := table.Head().Batch
	if batch == "" {
		return nil, nil
	}
	known, err := r.record.batches(ctx, s.source.Name(), s.info.Name)
	if err != nil || known[batch] {
		return nil, err
	}
	all, err := table.Receipts(ctx)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(all, func(x warehouse.Receipt) bool { return known[x.BatchID] })
	return fresh, r.record.receipts(ctx, fresh)
}

// withFailed adds the receipt that failed, which is kept as not agreed.
func withFailed(receipts []warehouse.Receipt, failure error) []warehouse.Receipt {
	var failed *extract.ReceiptError
	if errors.As(failure, &failed) {
		receipt := failed.Receipt
		receipt.Failed = true
		return append(slices.Clone(receipts), receipt)
	}
	return receipts
}
