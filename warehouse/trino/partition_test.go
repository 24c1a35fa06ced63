//go:build trino

package trino

import (
	"context"
	"fmt"
	"testing"
)

// months is a query of one row a month, from January 2000 on; what has no day is there too.
func months(n int) string {
	return fmt.Sprintf("select cast(x as bigint) as k, cast(date_add('month', x, date '2000-01-15') as date) as d from unnest(sequence(0, %d)) as s (x) union all select -1, null", n-1)
}

// A table's files lie by month; by year, where the months are more than the cluster has files open at once.
func TestFilesLieByMonthOrYear(t *testing.T) {
	k := keeping(t)
	ctx := context.Background()
	for _, c := range []struct {
		months, partitions int64
		by, unit           string
	}{{3, 4, "d", "month"}, {480, 41, "d", "year"}, {480, 1, "", ""}} {
		table := fmt.Sprintf("%s.f%d%s", k.space, c.months, c.unit)
		commit := k.Connect().Begin()
		rows, aside, err := commit.Replace(ctx, table, months(int(c.months)), c.by)
		if err != nil {
			t.Fatal(err)
		}
		if rows != c.months+1 || k.number("select count(*) from "+aside) != c.months+1 {
			t.Errorf("%s: %d rows, want %d", table, rows, c.months+1)
		}
		if err := commit.Do(ctx); err != nil {
			t.Fatal(err)
		}
		if n := k.number(`select count(*) from ` + k.full(table+"$partitions")); n != c.partitions {
			t.Errorf("%s lies in %d partitions, want %d", table, n, c.partitions)
		}
		if c.unit == "" {
			continue
		}
		if n := k.number(fmt.Sprintf(`select count(partition.d_%s) from %s`, c.unit, k.full(table+"$partitions"))); n != c.partitions-1 {
			t.Errorf("%s: %d partitions are named by %s, want all but that without a day", table, n, c.unit)
		}
	}
	err := k.Connect().Begin().Edit(ctx, k.space+".f3month", func(aside string) error {
		_, err := k.exec(ctx, "insert into "+aside+" "+months(480))
		return err
	})
	if !IsTooManyPartitions(err) {
		t.Errorf("40 years into a table by months: %v", err)
	}
}
