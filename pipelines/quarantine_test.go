package pipelines

import (
	"context"
	"testing"
	"time"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// A rejected record is out no more once its time, or its whole stream, was read again.
func TestARejectedRecordIsOutUntilItsTimeIsReadAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "100MB"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = s.Exec(ctx, "create schema ops;"+recordTables+`;
create table heliu_rejected as select *, timestamptz '2026-06-03 00:00:00+00' as _extracted_at from (values
  ('one', 's', 'x', 'page 1:1', 1), ('two', 's', 'x', 'page 1:2', null), ('again', 's', 'x', 'page 1:1', 1), ('file', 's', 'f', 'a.csv:2', 2),
  ('read again', 's', 'f', 'b.csv:22', null), ('same read', 's', 'f', 'c.csv:22', null), ('earlier file', 's', 'f', 'd.csv:22', null),
  ('landed', 's', 'f', 'a.csv:5', 5), ('landed before', 's', 'f', 'a.csv:6', 6),
  ('whole', 's', 'w', '', null), ('unknown', 's', 'x', '', null)) as v(_batch_id, _source, _stream, position, _key_hash);
create table heliu_landed_keys as select * from (values (5, timestamptz '2026-06-04 00:00:00+00'), (6, timestamptz '2026-06-03 00:00:00+00')) as v(_key_hash, _extracted_at);
insert into ops.receipts (source, stream, batch_id, window_from, window_to, cursor, finished_at) values
  ('s', 'x', 'one', '2026-06-01 00:00:00+00', '2026-06-02 00:00:00+00', '', '2026-06-03 00:00:00+00'),
  ('s', 'x', 'two', '2026-06-02 00:00:00+00', '2026-06-03 00:00:00+00', '', '2026-06-03 00:00:00+00'),
  ('s', 'x', 'again', '2026-06-01 00:00:00+00', '2026-06-02 12:00:00+00', '', '2026-06-05 00:00:00+00'),
  ('s', 'f', 'file', null, null, '1.a', '2026-06-03 00:00:00+00'), ('s', 'f', 'other file', null, null, '1.b', '2026-06-04 00:00:00+00'),
  ('s', 'w', 'whole', null, null, 'content aa', '2026-06-03 00:00:00+00'), ('s', 'w', 'whole again', null, null, 'content bb', '2026-06-04 00:00:00+00')`)
	if err != nil {
		t.Fatal(err)
	}
	at := func(day int) time.Time { return time.Date(2026, 6, day, 0, 0, 1, 0, time.UTC) }
	if err := filesRead(ctx, s, []warehouse.Receipt{{BatchID: "earlier", StartedAt: at(2), Files: []string{"d.csv"}}, {BatchID: "same read", StartedAt: at(3), Files: []string{"c.csv"}},
		{BatchID: "later", StartedAt: at(4), Files: []string{"b.csv", "e.csv"}}}); err != nil {
		t.Fatal(err)
	}
	var left string
	if err := s.Row(ctx, "select string_agg(_batch_id, ', ' order by _batch_id) from ("+stillOut+")", &left); err != nil {
		t.Fatal(err)
	}
	if want := "again, earlier file, file, landed before, same read, two, unknown"; left != want {
		t.Errorf("still out: %s, want %s", left, want)
	}
}
