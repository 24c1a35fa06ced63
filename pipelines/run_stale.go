package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Stale is a table that is older than the others, because the latest read of a stream that it needs failed.
type Stale struct {
	Table   string    `json:"table"`
	Since   time.Time `json:"since"`   // the last read without fault of what it needs; zero when there was none
	Streams []string  `json:"streams"` // whose latest read failed: "tmall.orders"
}

// unread is a stream whose latest read failed.
type unread struct {
	name string
	good time.Time // when it was read without fault, zero for never
}

// unreadStreams are the streams whose latest read failed, in this run or in one before it, by name.
func unreadStreams(ctx context.Context, s *duckdb.Session) (list []unread, err error) {
	rows, err := s.Rows(ctx, `select step, coalesce(max(finished_at) filter (where outcome <> 'failed'), 'epoch'::timestamptz)
		from ops.steps where kind = 'extract' group by step having max_by(outcome, finished_at) = 'failed' order by step`)
	if err != nil {
		return nil, fmt.Errorf("find the streams whose latest read failed: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var u unread
		if err := rows.Scan(&u.name, &u.good); err != nil {
			return nil, err
		}
		if u.good.Unix() == 0 {
			u.good = time.Time{}
		}
		list = append(list, u)
	}
	return list, rows.Err()
}

// stale are the star tables and marts that need a stream whose latest read failed, in graph order.
func (r *run) stale(ctx context.Context) (list []Stale, err error) {
	s, err := r.engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	failed, err := unreadStreams(ctx, s)
	failed = slices.DeleteFunc(failed, func(u unread) bool { // of the others' reads the lake knows better than the record
		source, _, _ := strings.Cut(u.name, ".")
		return !r.job.reads(source)
	})
	failed = append(failed, r.silent...)
	if err != nil || len(failed) == 0 {
		return nil, err
	}
	return r.graph.stale(failed, r.sources), nil
}

func (g *Graph) stale(failed []unread, sources []*extract.Source) []Stale {
	needs := map[string][]unread{} // table -> the failed streams that it comes from
	for _, source := range sources {
		for _, info := range source.Streams() {
			if info.Parent != "" {
				continue
			}
			s := stream{source, info}
			if i := slices.IndexFunc(failed, func(u unread) bool { return u.name == s.name() }); i >= 0 {
				for _, table := range s.tables() {
					needs[table] = append(needs[table], failed[i])
				}
			}
		}
	}
	var list []Stale
	for _, step := range g.steps { // inputs first
		entry := Stale{Table: step.Name()}
		var mine []unread
		add := func(table string) {
			for _, u := range needs[table] {
				if !slices.Contains(entry.Streams, u.name) {
					mine, entry.Streams = append(mine, u), append(entry.Streams, u.name)
				}
			}
		}
		for _, in := range step.Inputs() {
			add(in.Table)
		}
		for _, parent := range g.Parents(step) {
			add(parent.Name())
		}
		if len(mine) == 0 {
			continue
		}
		for _, table := range step.Outputs() {
			needs[table] = mine
		}
		if m, ok := modelOf(step); ok && (m.Schema == "star" || m.Schema == "mart") {
			entry.Since = slices.MinFunc(mine, func(a, b unread) int { return a.good.Compare(b.good) }).good
			list = append(list, entry)
		}
	}
	return list
}
