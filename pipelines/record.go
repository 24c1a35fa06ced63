package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// record writes what a run does into ops.*, as it happens, so that a run that died tells how far it came. It is safe
// for concurrent use: it has one connection of its own.
type record struct {
	mu      sync.Mutex
	session *duckdb.Session
	id      string
	now     func() time.Time
	redact  func(string) string
	fresh   bool // no window is recorded, and no run died before it could record one
}

// openRecord makes the tables, marks runs that never ended as died, and begins this one.
func openRecord(ctx context.Context, e *duckdb.Engine, id, command, version string, now func() time.Time, redact func(string) string) (*record, error) {
	session, err := e.Connect(ctx)
	if err != nil {
		return nil, err
	}
	r := &record{session: session, id: id, now: now, redact: redact}
	if err := session.Exec(ctx, recordTables); err != nil {
		return nil, fmt.Errorf("make the tables of the run record: %w", err)
	}
	if err := session.Exec(ctx, "update ops.runs set outcome = ?, exit_code = 1, message = 'the process ended before the run did' where outcome = ?", outcomeDied, outcomeRunning); err != nil {
		return nil, fmt.Errorf("mark runs that died: %w", err)
	}
	err = session.Exec(ctx, "insert into ops.runs values (?, ?, ?, ?, null, null, ?, null)", id, command, version, outcomeRunning, now().UTC())
	if err != nil {
		return nil, fmt.Errorf("begin the run record: %w", err)
	}
	if err := session.Row(ctx, "select not exists (select 1 from ops.receipts) and not exists (select 1 from ops.runs where outcome = "+duckdb.Text(outcomeDied)+")", &r.fresh); err != nil {
		return nil, fmt.Errorf("look for receipts in the run record: %w", err)
	}
	return r, nil
}

// step keeps how a step ended.
func (r *record) step(ctx context.Context, kind, name string, outcome terminal.Outcome, rows int64, note string, begun time.Time) error {
	return r.stepAt(ctx, kind, name, outcome, rows, note, begun, r.now())
}

// stepAt keeps how a step ended at an instant, by the clock of the program that did it.
func (r *record) stepAt(ctx context.Context, kind, name string, outcome terminal.Outcome, rows int64, note string, begun, ended time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.session.Exec(context.WithoutCancel(ctx), "insert into ops.steps (run_id, kind, step, outcome, row_count, note, started_at, finished_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
		r.id, kind, name, string(outcome), rows, r.redact(note), begun.UTC(), ended.UTC())
	if err != nil {
		return fmt.Errorf("record step %s %s: %w", kind, name, err)
	}
	return nil
}

// cost adds to a built step what its statements took of the engine.
func (r *record) cost(ctx context.Context, name string, c warehouse.Cost) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.session.Exec(context.WithoutCancel(ctx), "update ops.steps set rows_read = ?, bytes_read = ?, engine_seconds = ? where run_id = ? and kind = ? and step = ?",
		c.Rows, c.Bytes, c.Busy.Seconds(), r.id, kindBuild, name)
	if err != nil {
		return fmt.Errorf("record what step %s took: %w", name, err)
	}
	return nil
}

// has reports whether the record has a step that ended at an instant, in whichever run.
func (r *record) has(ctx context.Context, kind, name string, ended time.Time) (known bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows, err := r.session.Rows(ctx, "select 1 from ops.steps where kind = ? and step = ? and finished_at = ? limit 1", kind, name, ended.UTC())
	if err != nil {
		return false, fmt.Errorf("look for step %s %s in the record: %w", kind, name, err)
	}
	known = rows.Next()
	return known, errors.Join(rows.Err(), rows.Close())
}

// receipts copies receipts that are not there yet; their batch ids name them.
func (r *record) receipts(ctx context.Context, list []warehouse.Receipt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.session.InTx(ctx, func(ctx context.Context) error {
		for _, x := range list {
			children, err := json.Marshal(x.Children)
			if err != nil {
				return fmt.Errorf("receipt of batch %s: %w", x.BatchID, err)
			}
			// A window that failed before is read again under the same batch id.
			err = r.session.Exec(ctx, "delete from ops.receipts where batch_id = ? and source = ? and stream = ? and coalesce(is_failed, is_proved and not is_agreed)", x.BatchID, x.Source, x.Stream)
			if err != nil {
				return fmt.Errorf("forget the failed receipt of batch %s: %w", x.BatchID, err)
			}
			err = r.session.Exec(ctx, `insert into ops.receipts select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
				where not exists (select 1 from ops.receipts where batch_id = ? and source = ? and stream = ?)`,
				r.id, x.Source, x.Stream, x.BatchID, orNull(x.From), orNull(x.To), string(x.CountKind), x.SourceCount,
				x.Read, x.Landed, x.Rejected, x.Repeated, string(children), x.Proved(), x.Agrees(), x.Cursor,
				orNull(x.StartedAt), orNull(x.FinishedAt), x.Failed, x.BatchID, x.Source, x.Stream)
			if err != nil {
				return fmt.Errorf("record receipt of %s.%s, batch %s: %w", x.Source, x.Stream, x.BatchID, err)
			}
		}
		return nil
	})
}

// batches are the batches of a stream whose receipts are recorded; one of a read that failed is not among them, for its
// batch may have been read again and landed since.
func (r *record) batches(ctx context.Context, source, stream string) (known map[string]bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows, err := r.session.Rows(ctx, "select batch_id from ops.receipts where source = ? and stream = ? and not coalesce(is_failed, is_proved and not is_agreed)", source, stream)
	if err != nil {
		return nil, fmt.Errorf("read the recorded receipts of %s.%s: %w", source, stream, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	known = map[string]bool{}
	for rows.Next() {
		var batch string
		if err := rows.Scan(&batch); err != nil {
			return nil, err
		}
		known[batch] = true
	}
	return known, rows.Err()
}

// finish ends the record with what the run came to.
func (r *record) finish(ctx context.Context, failure error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	outcome, message := outcomeGreen, ""
	if failure != nil {
		outcome, message = outcomeFailed, r.redact(failure.Error())
	}
	code := ExitCode(failure)
	if code == 3 {
		outcome = outcomeNotProved
	}
	err := r.session.Exec(context.WithoutCancel(ctx), "update ops.runs set outcome = ?, exit_code = ?, message = ?, finished_at = ? where run_id = ?",
		outcome, code, message, r.now().UTC(), r.id)
	if err != nil {
		return fmt.Errorf("end the run record: %w", err)
	}
	return nil
}

// forget takes the run out of the record.
func (r *record) forget(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.session.Exec(context.WithoutCancel(ctx), "delete from ops.runs where run_id = ?", r.id); err != nil {
		return fmt.Errorf("forget run %s: %w", r.id, err)
	}
	return nil
}

func (r *record) close() error { return r.session.Close() }

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
