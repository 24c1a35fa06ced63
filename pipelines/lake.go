package pipelines

import (
	"context"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Lake is what the graph needs to know of the raw tables.
type Lake interface {
	// RawTables are the raw tables that the sources declare, landed or not, "raw.tmall__orders".
	RawTables() []string
	// Columns are the columns of a raw table; none if the lake cannot say, see [Binder].
	Columns(ctx context.Context, table string) ([]warehouse.Column, error)
	// Head is the version of a raw table now, "" when nothing was ever landed.
	Head(ctx context.Context, table string) (string, error)
	// Files are the data files added after the version since up to the version head; since "" gives all. Reset says
	// that the history back to since is gone, and that the files are all there are.
	Files(ctx context.Context, table, since, head string) (files []warehouse.File, reset bool, err error)
}

// Binder is a lake that exposes its files itself, because their columns are not of the dictionary's types.
type Binder interface {
	// Bind makes name a view of the files.
	Bind(ctx context.Context, s *duckdb.Session, name, table string, files []warehouse.File) error
}

// NoLake is a lake without raw tables.
type NoLake struct{}

// RawTables gives none.
func (NoLake) RawTables() []string { return nil }

// Columns gives none.
func (NoLake) Columns(context.Context, string) ([]warehouse.Column, error) { return nil, nil }

// Head is always "".
func (NoLake) Head(context.Context, string) (string, error) { return "", nil }

// Files gives none.
func (NoLake) Files(context.Context, string, string, string) ([]warehouse.File, bool, error) {
	return nil, false, nil
}
