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
	anew    bool
	state   map[string]change
	removed []string
}

// change is what a state is to be, if it still is what it was; "" is none.
type change struct{ old, new string }

// move is a table that was written aside.
type move struct {
	table string // "star.fct_order"
	aside string // its name in scratch
	base  string // where the table pointed when it was copied; "" for a new one
	fresh bool   // its files are its own, none is the table's
}

// Begin begins a commit whose statements see the session's names.
func (s *Session) Begin() *Commit { return &Commit{session: s, state: map[string]change{}} }

// Anew takes tables as somebody else may have left them: they are replaced whole.
func (c *Commit) Anew() { c.anew = true }

// Replace computes a table anew, aside and in a place of its own, and gives its number of rows and its name until it is
// committed. Its files lie by the months of a DATE column, by its years where the months are more than the cluster writes
// at once; together when the column is "". What the table was stays where it is for those who read it; upkeep clears it away.
func (c *Commit) Replace(ctx context.Context, table, query, partitionedBy string) (rows int64, aside string, err error) {
	m, err := c.begin(ctx, table, true)
	if err != nil {
		return 0, "", err
	}
	aside = c.session.engine.full(scratchSpace + "." + m.aside)
	location := c.session.engine.location(table, m.aside)
	create := func(location, partitions string) error {
		rows, err = c.session.exec(ctx, "create table "+aside+" with (location = "+literal(location)+partitions+") as "+query)
		return err
	}
	by := func(unit string) string {
		return ", partitioning = " + textArray([]string{unit + "(" + ident(partitionedBy) + ")"})
	}
	switch {
	case partitionedBy == "":
		err = create(location, "")
	case IsTooManyPartitions(create(location, by("month"))):
		err = create(location+"-years", by("year"))
	}
	return rows, aside, err
}

// Edit hands f the name of a copy of the table, which it may write to.
func (c *Commit) Edit(ctx context.Context, table string, f func(aside string) error) error {
	m, err := c.begin(ctx, table, false)
	if err != nil {
		return err
	}
	if m.base == "" {
		return fmt.Errorf("%s: %w: it is gone; build the model that makes it anew: heliu build --full MODEL", table, ErrChanged)
	}
	return f(c.session.engine.full(scratchSpace + "." + m.aside))
}

// Exec runs a statement with the session's names and gives the number of rows it wrote.
func (c *Commit) Exec(ctx context.Context, statement string) (int64, error) {
	return c.session.exec(ctx, statement)
}

// begin gives the name under which this commit writes a table: a copy of its pointer, or nothing yet when it is made fresh.
func (c *Commit) begin(ctx context.Context, table string, fresh bool) (move, error) {
	for _, m := range c.moves {
		if m.table == table {
			return m, nil
		}
	}
	e := c.session.engine
	m := move{table: table, aside: c.session.aside(table), fresh: fresh}
	space, name, _ := strings.Cut(table, ".")
	var left sql.NullString // where Heliu left it
	err := e.tables.QueryRowContext(ctx, `select t.metadata_location, h.metadata_location from iceberg_tables t
		left join heliu_tables h using (catalog_name, table_namespace, table_name)
		where t.catalog_name = $1 and t.table_namespace = $2 and t.table_name = $3`, lake.CatalogName, space, name).Scan(&m.base, &left)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		fresh = true // there is nothing to copy
	case err != nil:
		return m, fmt.Errorf("look where %s points: %w", table, err)
	case m.base != left.String && !c.anew:
		return m, fmt.Errorf("%s: %w: build the model that makes it anew: heliu build --full MODEL", table, ErrChanged)
	}
	if !fresh {
		_, err = e.tables.ExecContext(ctx, `insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type) values ($1, $2, $3, $4, 'TABLE')`,
			lake.CatalogName, scratchSpace, m.aside, m.base)
		if err != nil {
			return m, fmt.Errorf("copy the pointer of %s: %w", table, err)
		}
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

// Put says what the state under a key is to be, if it still is what it was; "" is none.
func (c *Commit) Put(key, old, new string) { c.state[key] = change{old, new} }

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

// done says whether the state stands as it was to be, and the tables of a commit without state do not point where they did.
func (c *Commit) done(ctx context.Context) (bool, error) {
	all, err := c.session.engine.States(ctx)
	for key, value := range c.state {
		if all[key] != value.new {
			return false, err
		}
	}
	if len(c.state) > 0 {
		return true, err
	}
	for _, m := range c.moves {
		var waiting, still int
		err := c.session.engine.tables.QueryRowContext(ctx, `select count(*) filter (where table_namespace = $2 and table_name = $3), count(*) filter (where metadata_location = $4 and table_namespace <> $2)
			from iceberg_tables where catalog_name = $1`, lake.CatalogName, scratchSpace, m.aside, m.base).Scan(&waiting, &still)
		if err != nil || waiting > 0 || still > 0 {
			return false, err
		}
	}
	return len(c.moves) > 0, nil
}

// Undo forgets what was written aside. The files of a copy are left to upkeep, since they lie among those of the table.
func (c *Commit) Undo(ctx context.Context) error {
	moves := c.moves
	c.moves = nil
	return c.session.engine.forget(ctx, moves)
}
