package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// holdTurns is how often hold tries; a turn waits for a lock and then lets others pass, 0.2 s each.
const holdTurns = 25

// hold locks all tables that readers see in the schemas that are to be swapped, and those that they saw before. A statement
// finds its tables one after the other: without the locks, one that had found its first table before the swap and its
// second one after it would join two publications. It takes all locks or none, and waits for less than the second after
// which PostgreSQL looks for deadlocks: a reader that holds one table and wants the next one is let through.
func (g *postgres) hold(ctx context.Context, tx pgx.Tx, swapped map[string]string) error {
	var schemas []string
	for schema := range swapped {
		schemas = append(schemas, schema, schema+previousSuffix)
	}
	rows, err := tx.Query(ctx, `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = any ($1) and c.relkind in ('r', 'p') order by 1`, schemas)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		return err
	}
	for range holdTurns {
		_, err = tx.Exec(ctx, "savepoint heliu_hold; set local lock_timeout = '200ms'; lock table "+strings.Join(tables, ", ")+" in access exclusive mode; set local lock_timeout = '"+lockTimeout+"'; release savepoint heliu_hold")
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "55P03" { // lock_not_available
			return err
		}
		if _, err := tx.Exec(ctx, "rollback to savepoint heliu_hold; select pg_sleep(0.2)"); err != nil {
			return err
		}
	}
	return fmt.Errorf("somebody reads the published tables all the time, or keeps a transaction open that has read them: %w", err)
}
