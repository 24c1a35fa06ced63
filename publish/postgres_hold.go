package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// holdTurns is how often hold tries; a turn waits for its locks and then lets others pass, 0.2 s each: 10 s in all.
const holdTurns = 25

// hold locks the published tables of the schemas that are to be swapped, those that readers see and those that they saw
// before; tables of others in there are none of its business. A statement finds its tables one after the other: without the
// locks, one that had found its first table before the swap and its second one after it would join two publications. It takes
// all locks or none, and waits for all of them together for less than the second after which PostgreSQL looks for deadlocks: a
// reader that holds one table and wants the next one is let through.
func (g *postgres) hold(ctx context.Context, tx pgx.Tx, swapped map[string]string) error {
	var tables []string
	for schema := range swapped {
		for _, name := range []string{schema, schema + previousSuffix} {
			made, err := madeTables(ctx, tx, name)
			if err != nil {
				return err
			}
			for _, table := range made {
				tables = append(tables, quote(name)+"."+quote(table))
			}
		}
	}
	if len(tables) == 0 {
		return nil
	}
	slices.Sort(tables)
	var limit string // lock_timeout is for each table anew, statement_timeout for the statement
	if err := tx.QueryRow(ctx, "select current_setting('statement_timeout')").Scan(&limit); err != nil {
		return err
	}
	var refused *pgconn.PgError
	for range holdTurns {
		if _, err := tx.Exec(ctx, "savepoint heliu_hold; set local statement_timeout = '200ms'"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "lock table "+strings.Join(tables, ", ")+" in access exclusive mode")
		if err == nil {
			_, err = tx.Exec(ctx, "set local statement_timeout = "+literal(limit)+"; release savepoint heliu_hold")
			return err
		}
		if !errors.As(err, &refused) || refused.Code != "57014" { // query_canceled
			return err
		}
		if _, err := tx.Exec(ctx, "rollback to savepoint heliu_hold; select pg_sleep(0.2)"); err != nil {
			return err
		}
	}
	return fmt.Errorf("somebody reads the published tables all the time, or keeps a transaction open that has read them: %w", refused)
}

// madeTables are the tables of a schema that publishing made: those of its list, and its own two. A schema that is not there,
// or not of ours, has none.
func madeTables(ctx context.Context, tx pgx.Tx, schema string) ([]string, error) {
	id, err := publicationOf(ctx, tx, schema)
	if err != nil || id == "" {
		return nil, err
	}
	rows, err := tx.Query(ctx, fmt.Sprintf(`select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind in ('r', 'p') and (c.relname = any ($2) or c.relname in (select table_name from %s.%s))`, quote(schema), listTable),
		schema, []string{idTable, listTable})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
