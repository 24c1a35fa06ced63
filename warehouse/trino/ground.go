package trino

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"

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

// location is where a new table's files are; never twice the same, since what was there may still be read.
func (e *Engine) location(table, unique string) string {
	return e.lake.Location() + "/" + strings.Replace(table, ".", "/", 1) + "-" + unique
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
