//go:build trino

package trino_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// TestRawIncrementsOutliveCompaction: what landed since a build is read whole though its files were merged before the build
// came, twice, and though a column came in between.
func TestRawIncrementsOutliveCompaction(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	run := fmt.Sprintf("raw%d", time.Now().UnixNano())
	l, cluster := onLake(t, run)

	columns := []warehouse.Column{{Name: "id", Type: models.String}}
	name := "raw." + run + "__orders"
	var table *lake.Table
	land := func(batch string, rows int) {
		t.Helper()
		made, err := l.Ensure(ctx, lake.TableSpec{Name: name, Columns: columns})
		fatal(t, err)
		table = made
		b := table.NewBatch(batch)
		for i := range rows {
			b.AppendString(0, fmt.Sprintf("%s-%d", batch, i))
			for col := range columns[1:] {
				b.AppendString(1+col, "new")
			}
			fatal(t, b.EndRow())
		}
		files, err := b.Close()
		fatal(t, err)
		fatal(t, table.Commit(ctx, lake.Commit{BatchID: batch, Files: files, Cursor: batch}))
	}
	merge := func() {
		t.Helper()
		done, err := table.Compact(ctx, lake.Compaction{Files: 2})
		if fatal(t, err); done.Before < 2 {
			t.Fatalf("nothing was merged: %+v", done)
		}
	}
	seen := func(since int64) (ids []string) {
		t.Helper()
		inc, err := table.FilesSince(ctx, since)
		fatal(t, err)
		s := cluster.Connect()
		defer func() { fatal(t, s.Close()) }()
		from := ""
		if since != 0 {
			from = strconv.FormatInt(since, 10)
		}
		fatal(t, s.BindRaw(ctx, `"raw"."orders"`, name, from, strconv.FormatInt(inc.Snapshot, 10), inc.Files, []warehouse.Column{{Name: "id", Type: models.String}, {Name: "note", Type: models.String}}))
		for _, row := range rowsOf(t, s, `select id || ':' || coalesce(note, '') from "raw"."orders"`) {
			ids = append(ids, row[0])
		}
		slices.Sort(ids)
		return ids
	}

	land("b1", 1)
	position, err := table.Position(ctx)
	fatal(t, err)
	land("b2", 2)
	merge()
	if diff := cmp.Diff([]string{"b2-0:", "b2-1:"}, seen(position)); diff != "" {
		t.Errorf("merged once (-want +got):\n%s", diff)
	}
	columns = append(columns, warehouse.Column{Name: "note", Type: models.String})
	land("b3", 1)
	merge()
	land("b4", 1)
	if diff := cmp.Diff([]string{"b2-0:", "b2-1:", "b3-0:new", "b4-0:new"}, seen(position)); diff != "" {
		t.Errorf("merged twice, and a column more (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b1-0:", "b2-0:", "b2-1:", "b3-0:new", "b4-0:new"}, seen(0)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if now, err := table.Position(ctx); err != nil || len(seen(now)) > 0 {
		t.Errorf("nothing is new: %v, %v", seen(now), err)
	}
}
