package trino

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// unneededDDL is where upkeep notes what it first found unneeded when.
const unneededDDL = `create table if not exists heliu_unneeded (catalog_name varchar(255) not null, what text not null, since bigint not null,
	primary key (catalog_name, what))`

// left is something that a run which was killed has left, or a table that was taken away.
type left struct {
	folder          string // of a table that no row points to; or
	table, metadata string // a row in scratch, and where it points
}

func (l left) String() string {
	if l.folder != "" {
		return "folder " + l.folder
	}
	return "table " + scratchSpace + "." + l.table + " " + l.metadata
}

// clearLeft clears away what no run can be using any more: rows in scratch, and folders that no row of the catalog points
// to. Either goes only when an earlier upkeep, at least the grace ago, found the same, so that a run which is alive, and a
// reader of a table that was taken away, have that long. A row that goes leaves a folder, which has its own grace.
func (e *Engine) clearLeft(ctx context.Context, u Upkeep, done *Upkept) error {
	found, err := e.findLeft(ctx, u)
	if err != nil {
		return fmt.Errorf("find what earlier runs have left: %w", err)
	}
	if _, err := e.tables.ExecContext(ctx, unneededDDL); err != nil {
		return fmt.Errorf("make the table of what is unneeded in the lake's catalog: %w", err)
	}
	since, err := e.noted(ctx, found, u.Now)
	if err != nil {
		return fmt.Errorf("note what earlier runs have left: %w", err)
	}
	var failed error
	for _, l := range found {
		if u.Now.Sub(since[l.String()]) < u.Grace {
			done.Waiting++
			continue
		}
		files, err := e.clear(ctx, l, u)
		done.Cleared += files
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("clear %s: %w", l, err))
		}
	}
	return failed
}

func (e *Engine) findLeft(ctx context.Context, u Upkeep) ([]left, error) {
	spaces := append([]string{scratchSpace}, u.Spaces...)
	// the folders first: a table that is made between the two has a row by the time they are read
	var found []left
	for _, space := range spaces {
		folders, err := u.Lake.Folders(ctx, space)
		if err != nil {
			return nil, err
		}
		for _, folder := range folders {
			found = append(found, left{folder: folder})
		}
	}
	pointers, err := e.pointers(ctx)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(l left) bool { return pointedTo(pointers, l.folder) })
	for _, p := range pointers {
		if p.catalog == lake.CatalogName && p.space == scratchSpace {
			found = append(found, left{table: p.table, metadata: p.metadata})
		}
	}
	return found, nil
}

type pointer struct{ catalog, space, table, metadata string }

// pointers are the rows of the catalog, those of other catalogs in the same database among them: their tables may lie in
// the same lake.
func (e *Engine) pointers(ctx context.Context) (list []pointer, err error) {
	rows, err := e.tables.QueryContext(ctx, "select catalog_name, table_namespace, table_name, coalesce(metadata_location, '') from iceberg_tables")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p pointer
		if err := rows.Scan(&p.catalog, &p.space, &p.table, &p.metadata); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func pointedTo(pointers []pointer, folder string) bool {
	return slices.ContainsFunc(pointers, func(p pointer) bool { return strings.HasPrefix(p.metadata, folder+"/") })
}

// noted says since when each thing is known to be left, which is now for what was not noted yet, and forgets the notes of
// what is gone or needed again.
func (e *Engine) noted(ctx context.Context, found []left, now time.Time) (since map[string]time.Time, err error) {
	rows, err := e.tables.QueryContext(ctx, "select what, since from heliu_unneeded where catalog_name = $1", lake.CatalogName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	was := map[string]time.Time{}
	for rows.Next() {
		var what string
		var ms int64
		if err := rows.Scan(&what, &ms); err != nil {
			return nil, err
		}
		was[what] = time.UnixMilli(ms)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	since = map[string]time.Time{}
	for _, l := range found {
		what := l.String()
		if at, known := was[what]; known {
			since[what] = at
			delete(was, what)
			continue
		}
		since[what] = now
		if _, err := e.tables.ExecContext(ctx, "insert into heliu_unneeded values ($1, $2, $3) on conflict do nothing", lake.CatalogName, what, now.UnixMilli()); err != nil {
			return nil, err
		}
	}
	for what := range was {
		if _, err := e.tables.ExecContext(ctx, "delete from heliu_unneeded where catalog_name = $1 and what = $2", lake.CatalogName, what); err != nil {
			return nil, err
		}
	}
	return since, nil
}

func (e *Engine) clear(ctx context.Context, l left, u Upkeep) (files int, err error) {
	if l.table != "" { // not dropped: a copy's files are the table's
		_, err := e.tables.ExecContext(ctx, "delete from iceberg_tables where catalog_name = $1 and table_namespace = $2 and table_name = $3 and metadata_location = $4",
			lake.CatalogName, scratchSpace, l.table, l.metadata)
		return 0, err
	}
	pointers, err := e.pointers(ctx)
	if err != nil || pointedTo(pointers, l.folder) {
		return 0, err
	}
	return u.Lake.Clear(ctx, l.folder)
}
