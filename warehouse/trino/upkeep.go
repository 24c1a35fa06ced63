package trino

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// Upkeep is how the tables that Trino wrote are kept small. The zero values of the thresholds are working defaults.
type Upkeep struct {
	Lake   *lake.Lake    // the lake beside whose raw tables they are
	Spaces []string      // namespaces whose folders of tables that are gone are cleared, beside scratch
	Grace  time.Duration // how long a reader may take; nothing that was current within it is deleted
	Now    time.Time

	FileSize  string // files below it are small: "256MB" when empty
	Small     int64  // a table is rewritten when so many of its files could be fewer; 0 is 32
	Deletes   int64  // or when it has so many files of deleted rows; 0 is 16
	Snapshots int    // snapshots are forgotten when so many may be; 0 is 8
}

// Upkept says what upkeep did.
type Upkept struct {
	Rewritten int      // tables whose small files were merged
	Forgotten int      // snapshots
	Cleared   int      // files of tables that are gone
	Waiting   int      // what nothing points to and whose grace is not over: copies in scratch and folders
	Moved     []string // tables whose files were merged or whose snapshots were forgotten, in the order given
}

// Keep merges the small files of the tables ("star.fct_order"), forgets snapshots that nobody can be reading any more,
// deletes what neither the tables nor a reader needs, and clears away what runs that were killed have left.
//
// Whatever changes a table is written to a copy of its pointer and moved as a [Commit] moves it, so that a table that a
// build changes meanwhile is left as the build made it, and an upkeep that is killed has changed nothing. Files are deleted
// when the pointer has moved, and only those that are older than the grace and that no snapshot needs which was
// current within it. A failure leaves out the table that it met; the others are kept nevertheless, unless
// the cluster went away.
func (e *Engine) Keep(ctx context.Context, tables []string, u Upkeep) (Upkept, error) {
	if u.Grace <= 0 || u.Lake == nil {
		return Upkept{}, errors.New("upkeep of the warehouse needs a lake and a time of grace above zero")
	}
	u = u.withDefaults()
	var done Upkept
	var failed error
	for _, name := range tables {
		err := e.keepTable(ctx, name, u, &done)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("upkeep of %s: %w", name, err))
		}
		if IsGone(err) && !IsInterrupted(err) { // each of the others would wait for it as long
			return done, failed
		}
	}
	if ctx.Err() != nil {
		return done, errors.Join(failed, ctx.Err())
	}
	return done, errors.Join(failed, e.clearLeft(ctx, u, &done))
}

func (u Upkeep) withDefaults() Upkeep {
	if u.FileSize == "" {
		u.FileSize = "256MB"
	}
	if u.Small == 0 {
		u.Small = 32
	}
	if u.Deletes == 0 {
		u.Deletes = 16
	}
	if u.Snapshots == 0 {
		u.Snapshots = 8
	}
	return u
}

func (e *Engine) keepTable(ctx context.Context, name string, u Upkeep, done *Upkept) error {
	b, err := u.Lake.Beside(ctx, name, u.Now.Add(-u.Grace))
	if errors.Is(err, lake.ErrNoTable) {
		return nil
	}
	if err != nil {
		return err
	}
	rewrite := b.Deletes >= u.Deletes
	if !rewrite && b.Files > u.Small {
		fewer, err := e.fewer(ctx, name, b.Partitioned, u.FileSize)
		if err != nil {
			return err
		}
		rewrite = fewer >= u.Small
	}
	forget := len(b.Outlived) >= u.Snapshots
	if !rewrite && !forget {
		return nil
	}
	c := e.Connect().Begin()
	err = c.Edit(ctx, name, func(aside string) error {
		if rewrite {
			if _, err := c.Exec(ctx, "alter table "+aside+" execute optimize(file_size_threshold => "+literal(u.FileSize)+")"); err != nil {
				return err
			}
		}
		if forget {
			return u.Lake.Forget(ctx, inCatalog(aside), b.Outlived)
		}
		return nil
	})
	if err == nil {
		err = c.Do(ctx)
	} else {
		err = errors.Join(err, c.Undo(context.WithoutCancel(ctx)))
	}
	if errors.Is(err, ErrChanged) {
		return nil // a build was quicker, or somebody else wrote to it, which the next build says
	}
	if err != nil {
		return err
	}
	done.Moved = append(done.Moved, name)
	if rewrite {
		done.Rewritten++
	}
	if !forget {
		return nil
	}
	done.Forgotten += len(b.Outlived)
	return e.sweep(ctx, name, u.Grace)
}

// inCatalog is a table's name without its catalog and quotes: "scratch.a_1" of `"iceberg"."scratch"."a_1"`.
func inCatalog(full string) string {
	parts, _ := path(lex(full), 0)
	return strings.Join(parts[1:], ".")
}

// fewer is by how many files a table would shrink if the small ones of each partition became one.
func (e *Engine) fewer(ctx context.Context, name string, partitioned bool, size string) (n int64, err error) {
	space, table, _ := strings.Cut(name, ".")
	group := ""
	if partitioned {
		group = " group by partition"
	}
	bytes, err := byteSize(size)
	if err != nil {
		return 0, err
	}
	rows, err := e.rows(ctx, fmt.Sprintf("select coalesce(sum(files - 1), 0) from (select count(*) as files from %s where content = 0 and file_size_in_bytes < %d%s having count(*) > 0) as small",
		e.full(space+"."+table+"$files"), bytes, group))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

func byteSize(text string) (n int64, err error) {
	number, ok := strings.CutSuffix(text, "MB")
	if !ok {
		number, ok = strings.CutSuffix(text, "kB")
	}
	if _, err := fmt.Sscanf(number, "%d", &n); err != nil || !ok || n <= 0 {
		return 0, fmt.Errorf("size of files %q: want such as 256MB or 64kB", text)
	}
	if strings.HasSuffix(text, "MB") {
		n *= 1024
	}
	return n * 1024, nil
}

// sweep deletes the files of a table that no snapshot of it needs and that are older than the grace.
func (e *Engine) sweep(ctx context.Context, name string, grace time.Duration) error {
	threshold := literal(fmt.Sprintf("%ds", int64(grace/time.Second)))
	minimum := withProperty(ctx, e.Catalog()+".remove_orphan_files_min_retention", "0s")
	_, err := e.exec(minimum, "alter table "+e.full(name)+" execute remove_orphan_files(retention_threshold => "+threshold+")")
	return err
}
