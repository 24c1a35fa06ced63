package pipelines

import (
	"context"
	"errors"
	"fmt"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// rejectedWindows writes ops.rejected_window anew: the orders and lines that could not be decoded and are still out. No
// shop's day can be called proved by those that are there alone.
func (r *run) rejectedWindows(ctx context.Context) (err error) {
	s, err := r.engine.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = s.Exec(ctx, "create or replace temp table heliu_rejected_windows as from ops.rejected_window limit 0")
	if err != nil {
		return fmt.Errorf("list the rejected records: %w", err)
	}
	kept := Quarantine{job: r.job, engine: r.engine, lake: r.lake}
	seen := map[string]bool{}
	for _, m := range r.job.mappings() {
		if m.Entity != "order" && m.Entity != "order_line" || seen[m.Table] {
			continue
		}
		seen[m.Table] = true
		if err := kept.windows(ctx, s, m.Source, m.Stream); err != nil {
			return fmt.Errorf("list the rejected records of %s.%s: %w", m.Source, m.Stream, err)
		}
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		return s.Exec(ctx, "delete from ops.rejected_window; insert into ops.rejected_window from temp.heliu_rejected_windows")
	})
}

// windows adds the records of a stream that are still out to heliu_rejected_windows, if ever one was rejected.
func (q Quarantine) windows(ctx context.Context, s *duckdb.Session, source, stream string) error {
	var some bool
	err := s.Row(ctx, "select count(*) > 0 from ops.receipts where rejected_count > 0 and source = "+duckdb.Text(source)+" and stream = "+duckdb.Text(stream), &some)
	if err != nil || !some {
		return err
	}
	rows, err := q.rows(ctx, s, "raw."+extract.TableName(source, stream)+rejectedSuffix, false)
	if err != nil {
		return err
	}
	return s.Exec(ctx, `insert into temp.heliu_rejected_windows
select r._source, r._stream, receipts.window_from, receipts.window_to, r._extracted_at, count(*)
from `+rows+` as r
inner join ops.receipts on receipts.batch_id = r._batch_id and receipts.source = r._source and receipts.stream = r._stream
  and not coalesce(receipts.is_failed, false)
group by all`)
}
