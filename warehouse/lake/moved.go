package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// moved says with ErrMoved that the catalog has tables of a lake in another place. Iceberg names every file by its full
// path: what was moved cannot be read, and what was copied would be read and written where it was copied from. A table
// that another writer put outside of <root>/<namespace>/<table> is none of the lake's business.
func (l *Lake) moved(ctx context.Context) (err error) {
	rows, err := l.db.QueryContext(ctx, "select table_namespace, table_name, metadata_location from iceberg_tables where catalog_name = '"+CatalogName+"' order by 1, 2")
	if err != nil {
		return fmt.Errorf("read the catalog of lake %s: %w", l.root, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	here := map[string]bool{l.root: true}
	for rows.Next() {
		var space, name, metadata string
		if err := rows.Scan(&space, &name, &metadata); err != nil {
			return fmt.Errorf("read the catalog of lake %s: %w", l.root, err)
		}
		root, _, ours := strings.Cut(metadata, "/"+space+"/"+name+"/metadata/")
		root = strings.TrimPrefix(root, "file://")
		if !ours || here[root] {
			continue
		}
		if same := l.same(root); !same {
			return fmt.Errorf("lake %s: %w: its catalog has %s.%s in %s. Files of a lake name each other by full path: %s", l.root, ErrMoved, space, name, root, l.remedy(root))
		}
		here[root] = true
	}
	return rows.Err()
}

// same says whether two paths are one folder.
func (l *Lake) same(root string) bool {
	if l.remote() || strings.Contains(root, "://") {
		return false
	}
	there, err := os.Stat(root)
	if err != nil {
		return false
	}
	here, err := os.Stat(l.root)
	return err == nil && os.SameFile(here, there)
}

func (l *Lake) remedy(root string) string {
	if l.remote() || strings.Contains(root, "://") {
		return "set lake: " + root + ", or give the new place a catalog of its own and read the sources again"
	}
	if _, err := os.Stat(root); err == nil {
		return "open it there (lake: " + root + "); to start anew here, remove the copy and read the sources again"
	}
	return fmt.Sprintf("move it back, or leave it where it is and let the old path lead here: mkdir -p %s && ln -s %s %s", filepath.Dir(root), l.root, root)
}
