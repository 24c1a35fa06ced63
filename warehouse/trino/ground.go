package trino

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// Lake says what the engine writes beside: the lake, whose catalog is in PostgreSQL and the cluster's as well.
type Lake struct {
	*lake.Lake
	Run string // small letters, digits and _, no other program's at this time: part of the names of what is being written
}

// ground is the lake as the engine sees it.
type ground struct {
	lake     Lake
	tables   *sql.DB // the database of the catalog
	sessions atomic.Int64
	drops    sync.WaitGroup
	dropping chan struct{} // one token for each drop under way
}

// dropTime is how long a drop may take: at its end a program waits for those under way.
const dropTime = 30 * time.Second

// droppers is how many tables are dropped at once, beside the statements that run.
const droppers = 2

func newGround(l Lake) *ground {
	g := &ground{lake: l, dropping: make(chan struct{}, droppers)}
	if l.Lake != nil {
		g.tables = l.Catalog()
	}
	return g
}

// full is the name of a table in Trino.
func (e *Engine) full(table string) string {
	space, name, _ := strings.Cut(table, ".")
	return ident(e.Catalog()) + "." + ident(space) + "." + ident(name)
}

// RowsAbout is how many rows a table has, as its metadata adds them up.
func (e *Engine) RowsAbout(ctx context.Context, table string) (int64, error) {
	t, err := e.lake.Table(ctx, table)
	if err != nil {
		return 0, err
	}
	return t.Size().Rows, nil
}

// location is where a new table's files are; never twice the same, since what was there may still be read.
func (e *Engine) location(table, unique string) string {
	return e.lake.Location() + "/" + strings.Replace(table, ".", "/", 1) + "-" + unique
}

// create begins the statement that makes a table of scratch of a query. Its files lie in the lake, wherever the cluster's
// configuration would put them.
func (e *Engine) create(full string) string {
	parts, _ := path(lex(full), 0)
	return "create table " + full + " with (location = " + literal(e.lake.Location()+"/"+scratchSpace+"/"+parts[len(parts)-1]) + ") as "
}

// drop takes a table that a session kept out of scratch and deletes its files, beside what runs next. It is not for copies,
// whose files are a table's. What cannot be dropped stays in scratch, where upkeep finds it.
func (e *Engine) drop(full string) {
	e.drops.Add(1)
	go func() {
		defer e.drops.Done()
		e.dropping <- struct{}{}
		defer func() { <-e.dropping }()
		ctx, enough := context.WithTimeout(context.Background(), dropTime)
		defer enough()
		_ = e.dropNow(ctx, full)
	}()
}

func (e *Engine) dropNow(ctx context.Context, full string) error {
	parts, _ := path(lex(full), 0)
	var metadata string
	err := e.tables.QueryRowContext(ctx, "delete from iceberg_tables where catalog_name = $1 and table_namespace = $2 and table_name = $3 returning metadata_location",
		lake.CatalogName, scratchSpace, parts[len(parts)-1]).Scan(&metadata)
	if err != nil {
		return err
	}
	folder, _, in := strings.Cut(metadata, "/metadata/")
	if !in {
		return nil
	}
	_, err = e.lake.Clear(ctx, folder)
	return err
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
