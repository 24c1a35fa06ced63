package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

const (
	upkeepWorkers = 2
	manySnapshots = 50 // a table with more is told to forget some
	keptSnapshots = 20
)

// Upkept says what upkeep did.
type Upkept struct {
	Tables                  int
	Merged, Into            int64 // files
	Forgotten, SweptWaiting int64
	Swept                   int64
}

func (u Upkept) String() string {
	return fmt.Sprintf("%d files merged into %d, %d snapshots forgotten, %d files deleted, %d to be deleted later", u.Merged, u.Into, u.Forgotten, u.Swept, u.SweptWaiting)
}

// keeper keeps lake tables small: it merges small files, forgets old snapshots that no model has still to read, and
// deletes files that nothing has needed for the time of grace. Receipts outlive their snapshots.
type keeper struct {
	lake      *lake.Lake
	positions map[string][]int64 // raw table -> snapshots that models have read up to
	grace     time.Duration
	compact   lake.Compaction
	expire    lake.Expiry
	many      int // snapshots above which a table is told to forget

	merged, into, forgotten, swept, waiting atomic.Int64
}

func (k *keeper) keep(ctx context.Context, names []string) (Upkept, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(upkeepWorkers)
	for _, name := range names {
		group.Go(func() error { return k.table(ctx, name) })
	}
	err := group.Wait()
	return Upkept{Tables: len(names), Merged: k.merged.Load(), Into: k.into.Load(), Forgotten: k.forgotten.Load(),
		Swept: k.swept.Load(), SweptWaiting: k.waiting.Load()}, err
}

func (k *keeper) table(ctx context.Context, name string) error {
	t, err := k.lake.Table(ctx, name)
	if errors.Is(err, lake.ErrNoTable) {
		return nil
	}
	if err != nil {
		return err
	}
	head := t.Head().Snapshot
	merged, err := t.Compact(ctx, k.compact)
	if err != nil {
		return unlessMoved(ctx, t, head, err)
	}
	k.merged.Add(int64(merged.Before))
	k.into.Add(int64(merged.After))
	if len(t.Head().Batches) <= k.many {
		return nil
	}
	expiry := k.expire
	expiry.Never = k.positions[name]
	head = t.Head().Snapshot
	forgotten, err := t.Expire(ctx, expiry)
	if err != nil {
		return unlessMoved(ctx, t, head, err)
	}
	k.forgotten.Add(int64(forgotten))
	swept, err := t.Sweep(ctx, k.grace)
	k.swept.Add(int64(swept.Deleted))
	k.waiting.Add(int64(swept.Waiting))
	return err
}

// unlessMoved takes the failure of upkeep back when something was landed meanwhile, as the collector may at any time:
// upkeep commits only on the head that it has planned on, and the next run plans again.
func unlessMoved(ctx context.Context, t *lake.Table, head int64, failure error) error {
	if err := t.Refresh(ctx); err != nil {
		return errors.Join(failure, err)
	}
	if t.Head().Snapshot != head {
		return nil
	}
	return failure
}

// readPositions are the snapshots up to which models have read each raw table.
func readPositions(ctx context.Context, e *duckdb.Engine) (positions map[string][]int64, err error) {
	s, err := e.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Exec(ctx, opsTables); err != nil {
		return nil, err
	}
	states, err := readStates(ctx, s, e.Catalog())
	if err != nil {
		return nil, err
	}
	positions = map[string][]int64{}
	for _, st := range states {
		for table, version := range st.inputs {
			if id, err := strconv.ParseInt(version, 10, 64); err == nil && strings.HasPrefix(table, "raw.") {
				positions[table] = append(positions[table], id)
			}
		}
	}
	return positions, nil
}

// upkeep keeps the tables small that were landed in since the last run. It is the builder's: who does not build knows nothing of
// the snapshots that models have still to read, and would send the lake's files over its link twice.
func (r *run) upkeep(ctx context.Context, list []stream, x Extraction) error {
	if !r.job.Project.May(project.Build) {
		return nil
	}
	landedIn := map[string]bool{}
	for _, receipt := range x.Receipts {
		landedIn[receipt.Source+"."+receipt.Stream] = true
	}
	var names []string
	for _, s := range list {
		if landedIn[s.name()] {
			names = append(append(names, s.tables()...), s.info.Table+rejectedSuffix)
		}
	}
	if len(names) == 0 {
		return nil
	}
	positions, err := readPositions(ctx, r.engine)
	if err != nil {
		return err
	}
	begun := r.job.deps.Now()
	step := r.begin("upkeep")
	k := &keeper{lake: r.lake, positions: positions, grace: r.job.Project.Retention.Files.Duration(), expire: lake.Expiry{Keep: keptSnapshots}, many: manySnapshots}
	done, err := k.keep(ctx, names)
	outcome, note := terminal.Done, done.String()
	switch {
	case err != nil:
		outcome, note = terminal.Failed, err.Error()
	case done.Merged+done.Forgotten+done.Swept == 0:
		outcome = terminal.Skipped
	}
	step.End(outcome, r.job.vault.Redact(note))
	if err != nil {
		err = fmt.Errorf("upkeep of the lake: %w", err)
	}
	return errors.Join(err, r.record.step(ctx, kindUpkeep, "upkeep", outcome, 0, note, begun))
}
