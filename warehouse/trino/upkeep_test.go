//go:build trino

package trino

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// kept is an engine over the test server's lake with one table star_N.f of its own namespace. Upkeep looks at all of the
// namespace scratch, so that its tests run one at a time and none is parallel.
type kept struct {
	*Engine
	t     *testing.T
	lake  *lake.Lake
	space string
	table string
}

func keeping(t *testing.T) kept {
	t.Helper()
	ctx := context.Background()
	l, err := lake.Open(ctx, lake.Config{Location: "s3://" + setting(t, "HELIU_TRINO_S3_BUCKET") + "/lake", Catalog: setting(t, "HELIU_TRINO_CATALOG"),
		S3: lake.S3Config{Endpoint: setting(t, "HELIU_TRINO_S3"), PathStyle: true, AccessKey: setting(t, "HELIU_TRINO_S3_KEY"), SecretKey: setting(t, "HELIU_TRINO_S3_SECRET")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	run := fmt.Sprintf("u%d", time.Now().UnixNano())
	e := open(t, func(c *Config) {
		c.Lake = Lake{l, run}
	})
	k := kept{Engine: e, t: t, lake: l, space: "star_" + run, table: "star_" + run + ".f"}
	if err := e.Prepare(ctx, []string{k.space}); err != nil {
		t.Fatal(err)
	}
	k.do("create table " + e.full(k.table) + " (k bigint, d date) with (partitioning = array['month(d)'], location = " + literal(l.Location()+"/"+k.space+"/f-1") + ")")
	return k
}

// do writes to the table as a build does: Heliu remembers where it left it.
func (k kept) do(statement string) {
	k.t.Helper()
	ctx := context.Background()
	if _, err := k.exec(ctx, statement); err != nil {
		k.t.Fatal(err)
	}
	_, err := k.tables.ExecContext(ctx, `insert into heliu_tables select catalog_name, table_namespace, table_name, metadata_location from iceberg_tables
		where table_namespace = $1 on conflict (catalog_name, table_namespace, table_name) do update set metadata_location = excluded.metadata_location`, k.space)
	if err != nil {
		k.t.Fatal(err)
	}
}

// days inserts n days of 1000 rows each, a day a statement, from a day of January on.
func (k kept) days(from, n int) {
	k.t.Helper()
	for day := from; day < from+n; day++ {
		k.do(fmt.Sprintf("insert into %s select x, date '2026-01-%02d' from unnest(sequence(%d, %d)) as s (x)", k.full(k.table), day, day*1000, day*1000+999))
	}
}

func (k kept) number(query string) (n int64) {
	k.t.Helper()
	if err := k.Connect().Row(context.Background(), query, &n); err != nil {
		k.t.Fatal(err)
	}
	return n
}

func (k kept) files() int64 {
	return k.number(`select count(*) from ` + k.full(k.table+"$files"))
}

// stored counts the data files in the storage.
func (k kept) stored(folder string) (n int) {
	k.t.Helper()
	root := filepath.Join(setting(k.t, "HELIU_TRINO_WORK"), "s3", setting(k.t, "HELIU_TRINO_S3_BUCKET"), "lake", k.space, folder)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".parquet") {
			n++
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		k.t.Fatal(err)
	}
	return n
}

func (k kept) keep(u Upkeep) Upkept {
	k.t.Helper()
	u.Lake = k.lake
	if u.Now.IsZero() {
		u.Now = time.Now()
	}
	u.Spaces = []string{k.space}
	done, err := k.Keep(context.Background(), []string{k.table, k.space + ".none"}, u)
	if err != nil {
		k.t.Fatal(err)
	}
	return done
}

// One file instead of many, the same rows, no reader disturbed, and the engine knows that it was itself.
func TestKeepMergesSmallFiles(t *testing.T) {
	k := keeping(t)
	k.days(1, 6)
	old := k.number("select snapshot_id from " + k.full(k.table+"$snapshots") + " order by committed_at desc limit 1")
	sum := "select sum(k * k % 1000003) from " + k.full(k.table)
	before := k.number(sum)

	reader, err := k.rows(context.Background(), "select k from "+k.full(k.table)+" cross join unnest(sequence(1, 300)) as s (x)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !reader.Next() {
		t.Fatal(reader.Err())
	}

	if done := k.keep(Upkeep{Grace: time.Hour, Small: 6}); done.Rewritten != 0 || len(done.Moved) != 0 {
		t.Errorf("below the threshold something was done: %+v", done)
	}
	if done := k.keep(Upkeep{Grace: time.Hour, Small: 5}); done.Rewritten != 1 || len(done.Moved) != 1 || done.Forgotten != 0 {
		t.Errorf("six files were not merged: %+v", done)
	}
	if n := k.files(); n != 1 {
		t.Errorf("%d files after upkeep, want 1", n)
	}
	if after := k.number(sum); after != before {
		t.Errorf("the rows changed: %d, were %d", after, before)
	}
	if n := k.number(fmt.Sprintf("select count(*) from %s for version as of %d", k.full(k.table), old)); n != 6000 {
		t.Errorf("the older version has %d rows, want 6000", n)
	}
	changed, err := k.Changed(context.Background())
	if err != nil || strings.Contains(strings.Join(changed, " "), k.space) {
		t.Errorf("upkeep counts as somebody else's change: %v %v", changed, err)
	}
	n := 1
	for reader.Next() {
		n++
	}
	if reader.Err() != nil || n != 6000*300 {
		t.Errorf("the reader got %d rows of %d: %v", n, 6000*300, reader.Err())
	}
	if done := k.keep(Upkeep{Grace: time.Hour, Small: 5}); done.Rewritten != 0 {
		t.Errorf("one file was merged again: %+v", done)
	}
}

// A table that somebody else wrote to is left as it is: the next build says so.
func TestKeepLeavesWhatSomebodyElseChanged(t *testing.T) {
	k := keeping(t)
	k.days(1, 3)
	if _, err := k.exec(context.Background(), "insert into "+k.full(k.table)+" values (1, date '2026-01-09')"); err != nil {
		t.Fatal(err)
	}
	files := k.files()
	if done := k.keep(Upkeep{Grace: time.Hour, Small: 1}); done.Rewritten != 0 || k.files() != files {
		t.Errorf("it was rewritten: %+v", done)
	}
	if changed, err := k.Changed(context.Background()); err != nil || !slices.Contains(changed, k.table) {
		t.Errorf("it is not told of: %v, %v", changed, err)
	}
}

// Deleted rows are written into the files when they slow readers down.
func TestKeepAppliesDeletes(t *testing.T) {
	k := keeping(t)
	k.days(1, 2)
	k.do("delete from " + k.full(k.table) + " where k % 7 = 0")
	rows := k.number("select count(*) from " + k.full(k.table))
	deletes := "select count(*) from " + k.full(k.table+"$files") + " where content > 0"
	if k.number(deletes) == 0 {
		t.Fatal("the deletion wrote no delete file: the test shows nothing")
	}
	told := func() {
		t.Helper()
		if n, err := k.RowsAbout(context.Background(), k.table); err != nil || n != rows {
			t.Errorf("the metadata says %d rows, want %d: %v", n, rows, err)
		}
	}
	told()
	k.keep(Upkeep{Grace: time.Hour, Deletes: 1})
	told()
	if n := k.number(deletes); n != 0 {
		t.Errorf("%d delete files are left", n)
	}
	if n := k.number("select count(*) from " + k.full(k.table)); n != rows {
		t.Errorf("%d rows, were %d", n, rows)
	}
}

// Snapshots and their files go when nobody can be reading them any more, and not before.
func TestKeepForgetsAfterTheGrace(t *testing.T) {
	k := keeping(t)
	ctx := context.Background()
	k.days(1, 3)
	k.do("delete from " + k.full(k.table) + " where d = date '2026-01-01'")
	if done := k.keep(Upkeep{Grace: time.Hour, Deletes: 1}); done.Rewritten != 1 {
		t.Fatalf("%+v", done)
	}
	snapshots := "select count(*) from " + k.full(k.table+"$snapshots")
	had, stored := k.number(snapshots), k.stored("f-1")

	if done := k.keep(Upkeep{Grace: time.Hour, Snapshots: 1}); done.Forgotten != 0 || k.number(snapshots) != had || k.stored("f-1") != stored {
		t.Errorf("within the grace snapshots or files went: %+v", done)
	}
	// what was written long ago and is current until now has its whole grace before it
	last := time.UnixMilli(k.number("select cast(round(to_unixtime(max(committed_at)) * 1000) as bigint) from " + k.full(k.table+"$snapshots")))
	b, err := k.lake.Beside(ctx, k.table, last)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b.Outlived)) != had-2 {
		t.Errorf("%d of %d snapshots are outlived at the instant of the last one, want all but it and the one before", len(b.Outlived), had)
	}

	done := k.keep(Upkeep{Grace: time.Millisecond, Now: time.Now().Add(time.Minute), Snapshots: 1})
	if int64(done.Forgotten) != had-1 || k.number(snapshots) != 1 {
		t.Errorf("%d snapshots of %d are left: %+v", k.number(snapshots), had, done)
	}
	if n := k.stored("f-1"); n != 1 || stored != 5 {
		t.Errorf("%d data files are stored, were %d: want the merged one of three days, their deletes and it", n, stored)
	}
	if n := k.number("select count(*) from " + k.full(k.table)); n != 2000 {
		t.Errorf("%d rows, want 2000", n)
	}
}

// What a killed run has left in scratch and tables that were taken away go, each after a grace of its own.
func TestKeepClearsWhatIsLeft(t *testing.T) {
	k := keeping(t)
	ctx := context.Background()
	k.days(1, 1)
	k.do("create table " + k.full(k.space+".gone") + " with (location = " + literal(k.lake.Location()+"/"+k.space+"/gone-1") + ") as select 1 as x")
	for _, statement := range []string{
		"insert into iceberg_tables select catalog_name, 'scratch', $2 || '_1_f', metadata_location, null, 'TABLE' from iceberg_tables where table_namespace = $1 and table_name = 'f' and $2 <> ''",
		"delete from iceberg_tables where table_namespace = $1 and table_name = 'gone' and $2 <> ''",
	} {
		if _, err := k.tables.ExecContext(ctx, statement, k.space, k.space); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		if err := k.tables.QueryRowContext(ctx, "select count(*) from iceberg_tables where table_namespace = 'scratch' and table_name = $1", k.space+"_1_f").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	now := time.Now()
	for _, after := range []time.Duration{0, time.Hour - time.Second} {
		if done := k.keep(Upkeep{Grace: time.Hour, Now: now.Add(after)}); done.Waiting < 2 || left() != 1 || k.stored("gone-1") != 1 {
			t.Errorf("after %s: %+v, %d copies and %d files are left; want both kept", after, done, left(), k.stored("gone-1"))
		}
	}
	done := k.keep(Upkeep{Grace: time.Hour, Now: now.Add(time.Hour)})
	if left() != 0 || k.stored("gone-1") != 0 || done.Cleared == 0 {
		t.Errorf("after the grace: %+v, %d copies and %d files are left", done, left(), k.stored("gone-1"))
	}
	if n := k.number("select count(*) from " + k.full(k.table)); n != 1000 || k.stored("f-1") != 1 {
		t.Errorf("the table itself has %d rows, want 1000", n)
	}
}

// An increment of one day reads the files of that day, and not those of its month.
func TestDayReadsItsFilesOnly(t *testing.T) {
	k := keeping(t)
	k.days(1, 5)
	day := " from " + k.full(k.table) + " where d = date '2026-01-03'"
	if n := k.number(`select count(distinct "$path")` + day); n != 1 {
		t.Errorf("the day lies in %d files, want 1", n)
	}
	var all, one Meter
	for _, q := range []struct {
		meter *Meter
		text  string
	}{{&all, "select sum(k) from " + k.full(k.table)}, {&one, "select sum(k)" + day}} {
		rows, err := k.rows(WithMeter(context.Background(), q.meter), q.text)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
		}
		if err := rows.Close(); err != nil || rows.Err() != nil {
			t.Fatal(err, rows.Err())
		}
	}
	if all.Total().Rows != 5000 || one.Total().Rows != 1000 {
		t.Errorf("Trino read %d rows of 5000 for all days and %d of 1000 for one", all.Total().Rows, one.Total().Rows)
	}
}
