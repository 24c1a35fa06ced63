package pipelines

import (
	"context"
	"testing"

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
create table rejected as select * from (values ('one', 's', 'x'), ('two', 's', 'x'), ('again', 's', 'x'), ('file', 's', 'f'), ('whole', 's', 'w'), ('unknown', 's', 'x')) as v(_batch_id, _source, _stream);
insert into ops.receipts (source, stream, batch_id, window_from, window_to, cursor, finished_at) values
  ('s', 'x', 'one', '2026-06-01 00:00:00+00', '2026-06-02 00:00:00+00', '', '2026-06-03 00:00:00+00'),
  ('s', 'x', 'two', '2026-06-02 00:00:00+00', '2026-06-03 00:00:00+00', '', '2026-06-03 00:00:00+00'),
  ('s', 'x', 'again', '2026-06-01 00:00:00+00', '2026-06-02 12:00:00+00', '', '2026-06-05 00:00:00+00'),
  ('s', 'f', 'file', null, null, '1.a', '2026-06-03 00:00:00+00'), ('s', 'f', 'other file', null, null, '1.b', '2026-06-04 00:00:00+00'),
  ('s', 'w', 'whole', null, null, '', '2026-06-03 00:00:00+00'), ('s', 'w', 'whole again', null, null, '', '2026-06-04 00:00:00+00')`)
	if err != nil {
		t.Fatal(err)
	}
	var left string
	if err := s.Row(ctx, "select string_agg(_batch_id, ' ' order by _batch_id) from ("+stillOut("rejected")+")", &left); err != nil {
		t.Fatal(err)
	}
	if want := "again file two unknown"; left != want {
		t.Errorf("still out: %s, want %s", left, want)
	}
}
