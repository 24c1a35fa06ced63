//go:build trinobench

package whole

import (
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/heliu-data/heliu/simulate"
)

// TestBenchTrino builds companies of two sizes on both engines, from nothing and after one more day, and prints what it
// took: of each build the time of its steps, what they took beyond waiting for the cluster's answers, and what it read.
// The figures are compared within one run; only what the program adds to the cluster's own time is held to a limit. For that
// the cluster runs at a lower priority: on a machine of its own it would not take the program's cores.
func TestBenchTrino(t *testing.T) {
	t.Logf("%-7s %-9s %12s %12s %12s %10s %12s %10s", "orders", "build", "DuckDB s", "DuckDB CPU s", "Trino s", "added", "rows read", "MB read")
	for _, orders := range []int{3000, 12000} {
		options := simulate.Small()
		options.Orders = orders
		c := openCompany(t, options)
		c.wakeAt(t, "2026-07-09T02:00:00+08:00")
		p := newProject(t, c)
		p.inLake(t, emptyLake(t))
		q := newProject(t, c)
		q.inLake(t, placeOf(t, p))
		q.computes(t, given(t, "HELIU_TRINO"))
		for _, build := range []string{"whole", "one day"} {
			before := cpu(t)
			p.run(t, "--quiet").want(t, 0)
			took := cpu(t) - before
			q.run(t, "--quiet").want(t, 0)
			same(t, fmt.Sprintf("%d orders, %s", orders, build), q.shown(t), p.shown(t))
			duck, cluster := p.builds(t, "warehouse.duckdb"), q.builds(t, filepath.Join(".heliu", "record.duckdb"))
			added := cluster.seconds/cluster.engine - 1
			t.Logf("%-7d %-9s %12.1f %12.1f %12.1f %9.1f%% %12.0f %10.1f", orders, build, duck.seconds, took, cluster.seconds, 100*added, cluster.rows, cluster.bytes/1e6)
			if added > 0.05 {
				t.Errorf("%d orders, %s: the program adds %.1f %% to the cluster's own time, want under 5 %%", orders, build, 100*added)
			}
			c.sleep(1)
		}
	}
}

// built is the sum over the steps of the newest build.
type built struct{ seconds, engine, rows, bytes float64 }

func (p *project) builds(t *testing.T, file string) built {
	t.Helper()
	db := open(t, filepath.Join(p.dir, file))
	defer db.Close() // the next run needs the file
	row := rows(t, db, `select cast(sum(date_diff('millisecond', started_at, finished_at)) / 1000.0 as double), coalesce(sum(engine_seconds), 0), cast(coalesce(sum(rows_read), 0) as double), cast(coalesce(sum(bytes_read), 0) as double)
		from ops.steps where kind = 'build' and step <> 'bring' and run_id = (select max(run_id) from ops.steps where kind = 'build')`)[0]
	var b built
	for i, into := range []*float64{&b.seconds, &b.engine, &b.rows, &b.bytes} {
		value, err := strconv.ParseFloat(row[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		*into = value
	}
	return b
}

// cpu is the CPU time in seconds of the commands that have ended so far.
func cpu(t *testing.T) float64 {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		t.Fatal(err)
	}
	seconds := func(tv syscall.Timeval) float64 { return float64(tv.Sec) + float64(tv.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}
