// Package bench runs Heliu over the data of the peer benchmark: JSON lines landed in a lake, and a small star and three
// marts built from folders of Parquet files that are there already.
package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// entities are the kinds of record of the benchmark; each is a folder of files and the raw table raw.bench__<entity>.
var entities = []string{"orders", "sessions", "customers", "products", "campaigns", "ad_spend", "stock"}

const tablePrefix = "raw.bench__"

// folder is a lake of plain Parquet files registered in place, <dir>/<entity>/*.parquet. The version of a table is the
// list of its files with their sizes, so that what was added since is seen without reading any.
type folder struct{ dir string }

// RawTables are one table an entity.
func (folder) RawTables() []string {
	list := make([]string, len(entities))
	for i, e := range entities {
		list[i] = tablePrefix + e
	}
	return list
}

// Columns are left to [folder.Bind]: the files hold nested columns.
func (folder) Columns(context.Context, string) ([]warehouse.Column, error) { return nil, nil }

// Head is the list of a table's files.
func (f folder) Head(_ context.Context, table string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(f.dir, strings.TrimPrefix(table, tablePrefix), "*.parquet"))
	if err != nil {
		return "", fmt.Errorf("list the files of %s: %w", table, err)
	}
	sort.Strings(paths)
	list := make([]string, len(paths))
	for i, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return "", fmt.Errorf("list the files of %s: %w", table, err)
		}
		list[i] = filepath.Base(p) + "=" + strconv.FormatInt(info.Size(), 10)
	}
	return strings.Join(list, ";"), nil
}

// Files are those of head that since does not name; a file that is gone or has another size takes the history with it.
func (f folder) Files(_ context.Context, table, since, head string) ([]warehouse.File, bool, error) {
	known := map[string]bool{}
	for _, entry := range strings.Split(since, ";") {
		known[entry] = entry != ""
	}
	var all, added []warehouse.File
	for _, entry := range strings.Split(head, ";") {
		name, size, found := strings.Cut(entry, "=")
		if !found {
			continue
		}
		bytes, err := strconv.ParseInt(size, 10, 64)
		if err != nil {
			return nil, false, fmt.Errorf("version %q of %s: %w", head, table, err)
		}
		file := warehouse.File{Path: filepath.Join(f.dir, strings.TrimPrefix(table, tablePrefix), name), Bytes: bytes}
		all = append(all, file)
		if !known[entry] {
			added = append(added, file)
		}
		delete(known, entry)
	}
	delete(known, "")
	if len(known) > 0 {
		return all, true, nil
	}
	return added, false, nil
}

// Bind makes a view of the files as they are.
func (f folder) Bind(ctx context.Context, s *duckdb.Session, name, table string, files []warehouse.File) error {
	where := ""
	if len(files) == 0 { // the columns of what is there, none of its rows
		head, err := f.Head(ctx, table)
		if err != nil {
			return err
		}
		if files, _, err = f.Files(ctx, table, "", head); err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("no file in %s: generate the data first", filepath.Join(f.dir, strings.TrimPrefix(table, tablePrefix)))
		}
		where = " where false"
	}
	quoted := make([]string, len(files))
	for i, file := range files {
		quoted[i] = duckdb.Text(file.Path)
	}
	return s.Exec(ctx, "create or replace view "+name+" as select * from read_parquet(["+strings.Join(quoted, ", ")+"])"+where)
}
