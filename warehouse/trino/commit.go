package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// ErrChanged says that a table is not what Heliu left: somebody else wrote to it, or dropped it.
var ErrChanged = errors.New("the table was changed by somebody else")

// Commit is what becomes visible at once: tables that were written aside, and the state that belongs to them. Iceberg
// knows no transaction over several tables, but its JDBC catalog is a table of PostgreSQL, one row a table that points at
// its metadata. Every table is written under a name in scratch that points where the table does; to commit is to move the
// pointers and write the state in one transaction of that database. What is not committed was never there.
type Commit struct {
	session *Session
	moves   []move
	state   map[string]string
	removed []string
}

// move is a table that was written aside.
type move struct {
	table string // "star.fct_order"
	aside string // its name in scratch
	base  string // where the table pointed when it was cloned; "" for a new one
}

// Begin begins a commit whose statements see the session's names.
func (s *Session) Begin() *Commit { return &Commit{session: s, state: map[string]string{}} }

// Layout is how a table's files lie.
type Layout struct {
	Partition []string // "month(order_date)"
	Sorted    []string // columns
}

func (l Layout) with(location string) string {
	var parts []string
	if location != "" {
		parts = append(parts, "location = "+literal(location))
	}
	if len(l.Partition) > 0 {
		parts = append(parts, "partitioning = "+textArray(l.Partition))
	}
	if len(l.Sorted) > 0 {
		parts = append(parts, "sorted_by = "+textArray(l.Sorted))
	}
	if len(parts) == 0 {
		return ""
	}
	return " with (" + strings.Join(parts, ", ") + ")"
}

// Replace computes a table anew, aside, and gives its number of rows and its name until it is committed.
func (c *Commit) Replace(ctx context.Context, table, query string, layout Layout) (rows int64, aside string, err error) {
	m, err := c.aside(ctx, table)
	if err != nil {
		return 0, "", err
	}
	aside = c.session.engine.full(scratchSpace + "." + m.aside)
	verb, location := "create or replace table ", ""
	if m.base == "" {
		verb, location = "create table ", c.session.engine.location(table, m.aside)
	}
	rows, err = c.session.exec(ctx, verb+aside+layout.with(location)+" as "+query)
	return rows, aside, err
}

// Edit hands f the name of a copy of the table, which it may write to.
func (c *Commit) Edit(ctx context.Context, table string, f func(aside string) error) error {
	m, err := c.aside(ctx, table)
	if err != nil {
		return err
	}
	if m.base == "" {
		return fmt.Errorf("%s: %w: it is gone; build it anew: heliu build --full %[1]s", table, ErrChanged)
	}
	return f(c.session.engine.full(scratchSpace + "." + m.aside))
}

// Exec runs a statement with the session's names and gives the number of rows it wrote.
func (c *Commit) Exec(ctx context.Context, statement string) (int64, error) {
	return c.session.exec(ctx, statement)
}

// aside gives the table's copy of this commit, made by the first who asks.
func (c *Commit) aside(ctx context.Context, table string) (move, error) {
	for _, m := range c.moves {
		if m.table == table {
			return m, nil
		}
	}
	e := c.session.engine
	m := move{table: table, aside: c.session.aside(strings.Replace(table, ".", "_", 1))}
	space, name, _ := strings.Cut(table, ".")
	err := e.tables.QueryRowContext(ctx, `insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
		select catalog_name, $4, $5, metadata_location, 'TABLE' from iceberg_tables where catalog_name = $1 and table_namespace = $2 and table_name = $3
		returning metadata_location`, lake.CatalogName, space, name, scratchSpace, m.aside).Scan(&m.base)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m, fmt.Errorf("copy the pointer of %s: %w", table, err)
	}
	c.moves = append(c.moves, m)
	return m, nil
}

// Forget takes back what was written to a table.
func (c *Commit) Forget(ctx context.Context, table string) error {
	for i, m := range c.moves {
		if m.table != table {
			continue
		}
		c.moves = append(c.moves[:i], c.moves[i+1:]...)
		return c.session.engine.forget(ctx, []move{m})
	}
	return nil
}

// Put says what the state under a key is to be; "" takes it away.
func (c *Commit) Put(key, value string) { c.state[key] = value }

// Remove takes a table away. Its files are left to upkeep.
func (c *Commit) Remove(table string) { c.removed = append(c.removed, table) }

// Do makes it all visible. After an error nothing is; of an answer that was lost it is found out what became of it.
func (c *Commit) Do(ctx context.Context) error {
	err := c.session.engine.move(ctx, c)
	if err == nil {
		return nil
	}
	if !errors.Is(err, ErrChanged) {
		if done, look := c.done(context.WithoutCancel(ctx)); look == nil && done {
			return nil
		}
	}
	return errors.Join(err, c.Undo(context.WithoutCancel(ctx)))
}

// done says whether the state stands as it was to be.
func (c *Commit) done(ctx context.Context) (bool, error) {
	if len(c.state) == 0 {
		return false, nil
	}
	all, err := c.session.engine.States(ctx)
	for key, value := range c.state {
		if all[key] != value {
			return false, err
		}
	}
	return true, err
}

// Undo forgets what was written aside. Its files are left to upkeep, since they lie among those of the table.
func (c *Commit) Undo(ctx context.Context) error {
	moves := c.moves
	c.moves = nil
	return c.session.engine.forget(ctx, moves)
}
