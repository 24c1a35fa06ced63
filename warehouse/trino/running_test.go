//go:build trino

package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// marked is a word that no statement held before: the cluster remembers those of earlier runs.
func marked() string { return fmt.Sprintf("mark_%x", rand.Uint64()) }

// found waits for the statement that holds the mark to be in the state, and returns its id and the name of its error.
func found(t *testing.T, e *Engine, mark, state string) (id, failure string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		var code sql.NullString
		err := e.db.QueryRowContext(ctx, "select query_id, error_code from system.runtime.queries where query like '%"+mark[:4]+"'||'"+mark[4:]+"%' and state = '"+state+"'").Scan(&id, &code)
		switch {
		case err == nil:
			return id, code.String
		case !errors.Is(err, sql.ErrNoRows):
			t.Fatalf("no statement with %s is %s: %v", mark, state, err)
		}
	}
}

func TestCancelStopsTheStatementOnTheCluster(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	do(t, e, "create schema if not exists zz_client")
	for name, c := range map[string]struct {
		before string
		start  func(ctx context.Context, statement string) error
	}{
		"rows": {"", func(ctx context.Context, statement string) error {
			_, err := e.rows(ctx, statement)
			return err
		}},
		"exec": {"create table zz_client.never as ", func(ctx context.Context, statement string) error {
			_, err := e.exec(ctx, statement)
			return err
		}},
		"arrow": {"", func(ctx context.Context, statement string) error {
			_, err := e.arrow(ctx, statement)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(context.Background())
			ended, mark := make(chan error), marked()
			go func() { ended <- c.start(ctx, c.before+long(mark)) }()
			id, _ := found(t, e, mark, "RUNNING")
			cancel()
			err := <-ended
			var s *StatementError
			if !errors.Is(err, context.Canceled) || !errors.As(err, &s) || s.QueryID != id {
				t.Errorf("ended with %v", err)
			}
			if _, failure := found(t, e, mark, "FAILED"); failure != "USER_CANCELED" {
				t.Errorf("on the cluster it ended with %q", failure)
			}
		})
	}
}

// TestCloseStopsTheStatement ends rows and batches before their end, with a context that goes on.
func TestCloseStopsTheStatement(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	endless := func(mark string) string {
		return fmt.Sprintf("select x + y as %q from unnest(sequence(1, 10000)) as a (x) cross join unnest(sequence(1, 10000)) as b (y)", mark)
	}
	for name, first := range map[string]func(statement string){
		"begun": func(statement string) {
			rows, err := e.rows(context.Background(), statement)
			if err != nil {
				t.Fatal(err)
			}
			if !rows.Next() {
				t.Fatal("no row")
			}
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		},
		"batch": func(statement string) {
			reader, err := e.arrow(context.Background(), statement)
			if err != nil {
				t.Fatal(err)
			}
			if !reader.Next() || reader.RecordBatch().NumRows() != batchRows {
				t.Fatalf("no whole batch: %v", reader.Err())
			}
			reader.Release()
		},
		"row": func(statement string) {
			ctx, cancel := context.WithCancel(context.Background())
			rows, err := e.rows(ctx, statement)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			for rows.Next() {
			}
			if err := rows.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mark := marked()
			first(endless(mark))
			if _, failure := found(t, e, mark, "FAILED"); failure != "USER_CANCELED" {
				t.Errorf("on the cluster it ended with %q", failure)
			}
		})
	}
}

func TestKilledByAnAdministrator(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	ended, mark := make(chan error), marked()
	go func() {
		_, err := e.exec(context.Background(), long(mark))
		ended <- err
	}()
	id, _ := found(t, e, mark, "RUNNING")
	do(t, e, "call system.runtime.kill_query('"+id+"', 'the nightly load comes first')")
	err := <-ended
	says(t, err, "the nightly load comes first", "an administrator of the cluster stopped", "ADMINISTRATIVELY_KILLED", id)
}

// TestWhatAStatementReads holds what is counted against what is known of the table.
func TestWhatAStatementReads(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	do(t, e, "create schema if not exists zz_client")
	do(t, e, `create or replace table zz_client.days with (partitioning = array['day']) as
		select date_add('day', x / 1000, date '2024-01-01') as day, x, cast(x as varchar) as text from unnest(sequence(0, 9999)) as s (x)`)
	var whole, part, write Meter
	read := func(m *Meter, statement string) {
		rows, err := e.rows(WithMeter(context.Background(), m), statement)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	read(&whole, "select sum(x) from zz_client.days")
	read(&part, "select sum(x) from zz_client.days where day = date '2024-01-03'")
	read(&part, "select sum(x) from zz_client.days where day = date '2024-01-04'")
	if n, err := e.exec(WithMeter(context.Background(), &write), "delete from zz_client.days where x < 10"); n != 10 || err != nil {
		t.Errorf("%d rows are deleted: %v", n, err)
	}
	if s := whole.Total(); s.Rows != 10000 || s.PhysicalInputBytes == 0 || s.CPU == 0 || s.PeakMemory == 0 || s.Splits < 10 || whole.Last().State != "FINISHED" || whole.Count() != 1 {
		t.Errorf("the whole table: %+v", s)
	}
	if s := part.Total(); s.Rows != 2000 || part.Last().Rows != 1000 || part.Count() != 2 || s.PhysicalInputBytes >= whole.Total().PhysicalInputBytes {
		t.Errorf("two days: %+v", s)
	}
	if n, err := e.exec(WithMeter(context.Background(), &write), "insert into zz_client.days select day, x, text from zz_client.days limit 7"); n != 7 || err != nil {
		t.Errorf("%d rows are inserted: %v", n, err)
	}
	if s := write.Total(); s.WrittenBytes == 0 || s.Rows < 1000 || write.Count() != 2 {
		t.Errorf("the writes: %+v", s)
	}
}

func TestProgressOfALongStatement(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []Stats
	e := open(t, func(c *Config) {
		c.Every = 300 * time.Millisecond
		c.Progress = func(s Stats) { mu.Lock(); told = append(told, s); mu.Unlock() }
	})
	do(t, e, "select count(*) from unnest(sequence(1, 10000)) as a (x) cross join unnest(sequence(1, 2000)) as b (y) where sqrt(x * y) = 1.5")
	mu.Lock()
	defer mu.Unlock()
	var running int
	for i, s := range told {
		if s.State == "RUNNING" && s.QueryID != "" && s.Splits > 0 {
			running++
		}
		if i > 0 && s.QueryID == told[i-1].QueryID && s.CPU < told[i-1].CPU {
			t.Errorf("the work shrinks: %+v", s)
		}
	}
	if running == 0 {
		t.Errorf("no progress of the running statement: %+v", told)
	}
}

// TestConflict changes one row from many sides at once: Iceberg lets one through at a time.
func TestConflict(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	do(t, e, "create schema if not exists zz_client")
	do(t, e, "create or replace table zz_client.counter as select bigint '0' as n")
	conflict := false
	for range 5 {
		var all sync.WaitGroup
		failed := make([]error, 4)
		for i := range failed {
			all.Go(func() { _, failed[i] = e.exec(context.Background(), "update zz_client.counter set n = n + 1") })
		}
		all.Wait()
		for _, err := range failed {
			switch {
			case err == nil:
			case IsConflict(err) && !IsOutOfMemory(err) && !errors.Is(err, warehouse.ErrNoTable):
				says(t, err, "somebody else changed the table", "run again")
				conflict = true
			default:
				t.Errorf("no conflict: %v", err)
			}
		}
		if conflict {
			return
		}
	}
	t.Error("four updates of one row at once never met")
}
