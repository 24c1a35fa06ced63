package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// What stillOut reads of the lake, beside the rejected records.
const (
	boundRejected = "heliu_rejected"
	boundLanded   = "heliu_landed_keys" // _key_hash, _extracted_at of the stream's rows
	boundFiles    = "heliu_files_read"  // batch_id, started_at, path of every file that was ever read
)

// stillOut selects the rejected records that nothing has taken the place of since. A later read has, of the same window,
// of a stream that is always read whole, or of the same file: it says what is wrong with that part now. So has a row of
// the same key that landed later.
const stillOut = "select r.* from " + boundRejected + ` as r where not exists (
  select 1 from ops.receipts as then_read inner join ops.receipts as later on later.source = then_read.source and later.stream = then_read.stream
  where then_read.batch_id = r._batch_id and then_read.source = r._source and then_read.stream = r._stream and later.finished_at > then_read.finished_at and not coalesce(later.is_failed, false)
    and (later.window_from <= then_read.window_from and later.window_to >= then_read.window_to
      or then_read.window_from is null and later.window_from is null and later.cursor like 'content %' and then_read.cursor like 'content %'))
and not exists (
  select 1 from ` + boundFiles + ` as again
  where again.path = regexp_replace(r.position, ':[0-9]+$', '') and again.batch_id <> r._batch_id and again.started_at > r._extracted_at)
and not exists (
  select 1 from ` + boundLanded + ` as landed where landed._key_hash = r._key_hash and landed._extracted_at > r._extracted_at)`

// rows is what a statement selects from to have the rows kept in a table: those still out, or all that ever were.
func (q *Quarantine) rows(ctx context.Context, s *duckdb.Session, table string, all bool) (string, error) {
	if !strings.HasPrefix(table, "raw.") { // judged anew by every build: all of them are out
		return qualified(q.engine.Catalog(), table), nil
	}
	if err := q.bind(ctx, s, table, boundRejected); err != nil || all {
		return boundRejected, err
	}
	main := strings.TrimSuffix(table, rejectedSuffix)
	t, err := q.lake.Table(ctx, main)
	if err != nil {
		return "", err
	}
	receipts, err := t.Receipts(ctx)
	if err != nil {
		return "", err
	}
	err = errors.Join(s.Exec(ctx, recordTables), q.bind(ctx, s, main, boundLanded), filesRead(ctx, s, receipts))
	return "(" + stillOut + ")", err
}

// bind makes a raw table readable under a name.
func (q *Quarantine) bind(ctx context.Context, s *duckdb.Session, table, name string) error {
	t, err := q.lake.Table(ctx, table)
	if err != nil {
		return err
	}
	increment, err := t.FilesSince(ctx, 0)
	if err != nil {
		return err
	}
	return s.Bind(ctx, name, increment.Files, t.AllColumns())
}

// filesRead makes the table of the files that the receipts name.
func filesRead(ctx context.Context, s *duckdb.Session, receipts []warehouse.Receipt) error {
	type read struct {
		Batch   string    `json:"batch_id"`
		Started time.Time `json:"started_at"`
		Path    string    `json:"path"`
	}
	list := []read{}
	for _, r := range receipts {
		for _, path := range r.Files {
			list = append(list, read{r.BatchID, r.StartedAt, path})
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.Exec(ctx, "create or replace temp table "+boundFiles+` as select unnest(from_json(?::varchar::json,
  '[{"batch_id": "varchar", "started_at": "timestamp with time zone", "path": "varchar"}]'), recursive := true)`, string(text))
}
