package duckdb

import (
	"context"
	"strconv"

	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/heliu-data/heliu/warehouse"
)

// Profile makes the session count the rows that its statements read from tables and files; see [Session.Cost].
func (s *Session) Profile(ctx context.Context) error {
	if err := s.Exec(ctx, "pragma enable_profiling='no_output'; pragma custom_profiling_settings='{\"CUMULATIVE_ROWS_SCANNED\": \"true\"}'"); err != nil {
		return err
	}
	s.profile = true
	return nil
}

// Cost has the number of rows that [Session.Exec]'s statements read since [Session.Profile], filters on stored minima and
// maxima taken into account: what a scan skipped is not counted. Of a text of several statements only the last is counted.
func (s *Session) Cost() warehouse.Cost { return warehouse.Cost{Rows: s.scanned} }

func (s *Session) count() {
	if !s.profile {
		return
	}
	info, err := duck.GetProfilingInfo(s.conn)
	if err != nil {
		return // the statement had no plan
	}
	if n, err := strconv.ParseInt(info.Metrics["CUMULATIVE_ROWS_SCANNED"], 10, 64); err == nil {
		s.scanned += n
	}
}
