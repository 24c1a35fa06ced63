package trino

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/heliu-data/heliu/warehouse"
)

// Lake says what of the lake the engine writes beside: the PostgreSQL database that is the catalog of both, and the
// lake's place.
type Lake struct {
	Tables  *sql.DB // with iceberg_tables
	Catalog string  // the catalog's name in them
	Root    string  // "s3://bucket/prefix", without a slash at its end
	// Columns gives the columns of a table of the catalog, "star.fct_order", without asking the cluster.
	Columns func(ctx context.Context, table string) ([]warehouse.Described, error)
	Run     string // small letters, digits and _, no other program's at this time: part of the names of what is being written
}

// ground is the lake as the engine sees it.
type ground struct {
	tables     *sql.DB
	tablesName string
	root       string
	columns    func(ctx context.Context, table string) ([]warehouse.Described, error)
	run        string
	sessions   atomic.Int64
	drops      sync.WaitGroup
	dropping   chan struct{} // one token for each drop under way
}

// droppers is how many tables are dropped at once, beside the statements that run.
const droppers = 2

func newGround(l Lake) *ground {
	return &ground{tables: l.Tables, tablesName: l.Catalog, root: l.Root, columns: l.Columns, run: l.Run, dropping: make(chan struct{}, droppers)}
}

// full is the name of a table in Trino.
func (e *Engine) full(table string) string {
	space, name, _ := strings.Cut(table, ".")
	return ident(e.Catalog()) + "." + ident(space) + "." + ident(name)
}

// location is where a new table's files are; never twice the same, since what was there may still be read.
func (e *Engine) location(table, unique string) string {
	return e.root + "/" + strings.Replace(table, ".", "/", 1) + "-" + unique
}

// drop drops a table of scratch, beside what runs next. What cannot be dropped stays in scratch, where upkeep finds it.
func (e *Engine) drop(full string) {
	e.drops.Add(1)
	go func() {
		defer e.drops.Done()
		e.dropping <- struct{}{}
		defer func() { <-e.dropping }()
		_, _ = e.exec(context.Background(), "drop table if exists "+full)
	}()
}

func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func textArray(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = literal(s)
	}
	return "array[" + strings.Join(quoted, ", ") + "]"
}
