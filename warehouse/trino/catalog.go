package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/heliu-data/heliu/warehouse/lake"
)

// stateDDL are Heliu's own tables beside the catalog's: what state belongs to which tables, and where each table pointed
// when Heliu last wrote it.
const stateDDL = `
create table if not exists heliu_state (catalog_name varchar(255) not null, key varchar(255) not null, value text not null,
	primary key (catalog_name, key));
create table if not exists heliu_tables (catalog_name varchar(255) not null, table_namespace varchar(255) not null, table_name varchar(255) not null,
	metadata_location varchar(1000) not null, primary key (catalog_name, table_namespace, table_name));`

// Prepare makes Heliu's tables where they are missing, and the namespaces, which the catalog knows by a property.
func (e *Engine) Prepare(ctx context.Context, spaces []string) error {
	if _, missing := e.tables.ExecContext(ctx, "select 1 from heliu_state, heliu_tables where 1 = 0"); missing != nil {
		if _, err := e.tables.ExecContext(ctx, stateDDL); err != nil {
			if _, err = e.tables.ExecContext(ctx, stateDDL); err != nil { // two programs that make them at once: the loser finds them
				return fmt.Errorf("make the tables of states in the lake's catalog: %w", err)
			}
		}
	}
	// The catalog's own name, by which a program knows that what it brought from another one is not of this.
	if _, err := e.tables.ExecContext(ctx, "insert into heliu_state values ($1, '', $2) on conflict do nothing", lake.CatalogName, e.lake.Run); err != nil {
		return fmt.Errorf("name the states in the lake's catalog: %w", err)
	}
	for _, space := range append([]string{scratchSpace}, spaces...) {
		_, err := e.tables.ExecContext(ctx, `insert into iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
			values ($1, $2, 'exists', 'true') on conflict do nothing`, lake.CatalogName, space)
		if err != nil {
			return fmt.Errorf("make the namespace %s in the lake's catalog: %w", space, err)
		}
	}
	return nil
}

// States gives all states by their keys, none before the first build. Under "" stands a name that no other catalog has.
func (e *Engine) States(ctx context.Context) (map[string]string, error) {
	rows, err := e.tables.QueryContext(ctx, "select key, value from heliu_state where catalog_name = $1", lake.CatalogName)
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == "42P01" { // no such table
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the states in the lake's catalog: %w", err)
	}
	defer rows.Close()
	states := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, fmt.Errorf("read the states in the lake's catalog: %w", err)
		}
		states[key] = value
	}
	return states, rows.Err()
}

// Changed lists the tables that do not point where Heliu left them, sorted.
func (e *Engine) Changed(ctx context.Context) ([]string, error) {
	rows, err := e.tables.QueryContext(ctx, `select h.table_namespace || '.' || h.table_name from heliu_tables h
		left join iceberg_tables t using (catalog_name, table_namespace, table_name)
		where h.catalog_name = $1 and t.metadata_location is distinct from h.metadata_location`, lake.CatalogName)
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == "42P01" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the pointers in the lake's catalog: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, fmt.Errorf("read the pointers in the lake's catalog: %w", err)
		}
		list = append(list, table)
	}
	sort.Strings(list)
	return list, rows.Err()
}

// move lets tables point where their copies do and writes the state, in one transaction.
func (e *Engine) move(ctx context.Context, c *Commit) (err error) {
	tx, err := e.tables.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("change the lake's catalog: %w", err)
	}
	defer func() {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
	}()
	for _, m := range c.moves {
		if err := e.moveOne(ctx, tx, m); err != nil {
			return err
		}
	}
	for _, table := range slices.Sorted(slices.Values(c.removed)) { // two programs lock rows in one order
		if err := e.remove(ctx, tx, table); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.state)) {
		if err := putState(ctx, tx, key, c.state[key]); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("change the lake's catalog: %w", err)
	}
	return nil
}

// putState writes a state on the condition that it is what it was: of two programs that build one step, the second fails.
func putState(ctx context.Context, tx *sql.Tx, key string, value change) error {
	statement, args := "update heliu_state set value = $3 where catalog_name = $1 and key = $2 and value = $4", []any{lake.CatalogName, key, value.new, value.old}
	switch {
	case value.new == "" && value.old == "":
		return nil
	case value.new == "":
		statement, args = "delete from heliu_state where catalog_name = $1 and key = $2 and value = $3", []any{lake.CatalogName, key, value.old}
	case value.old == "":
		statement, args = "insert into heliu_state values ($1, $2, $3) on conflict do nothing", args[:3]
	}
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("write the state of %s to the lake's catalog: %w", key, err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("%s: %w: another program built it meanwhile; nothing was changed; run again", key, ErrChanged), err)
	}
	return nil
}

func (e *Engine) moveOne(ctx context.Context, tx *sql.Tx, m move) error {
	space, name, _ := strings.Cut(m.table, ".")
	var to string
	err := tx.QueryRowContext(ctx, `delete from iceberg_tables where catalog_name = $1 and table_namespace = $2 and table_name = $3 returning metadata_location`,
		lake.CatalogName, scratchSpace, m.aside).Scan(&to)
	if err != nil {
		return fmt.Errorf("%s: what was written for it is gone from %s: %w", m.table, scratchSpace, err)
	}
	statement := `insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type) values ($1, $2, $3, $4, 'TABLE') on conflict do nothing`
	args := []any{lake.CatalogName, space, name, to}
	if m.base != "" {
		statement = `update iceberg_tables set previous_metadata_location = metadata_location, metadata_location = $4
			where catalog_name = $1 and table_namespace = $2 and table_name = $3 and metadata_location = $5`
		args = append(args, m.base)
	}
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("point %s at what was written: %w", m.table, err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("%s: %w while it was being built: nothing was changed; run again", m.table, ErrChanged), err)
	}
	_, err = tx.ExecContext(ctx, `insert into heliu_tables values ($1, $2, $3, $4) on conflict (catalog_name, table_namespace, table_name) do update set metadata_location = excluded.metadata_location`,
		lake.CatalogName, space, name, to)
	if err != nil {
		return fmt.Errorf("remember where %s points: %w", m.table, err)
	}
	return nil
}

// forget takes what was written aside out of the catalog. A copy is not dropped: its files are the table's.
func (e *Engine) forget(ctx context.Context, moves []move) error {
	var failed error
	for _, m := range moves {
		if m.fresh {
			e.drop(e.full(scratchSpace + "." + m.aside))
			continue
		}
		if _, err := e.tables.ExecContext(ctx, "delete from iceberg_tables where catalog_name = $1 and table_namespace = $2 and table_name = $3",
			lake.CatalogName, scratchSpace, m.aside); err != nil {
			failed = errors.Join(failed, fmt.Errorf("forget what was written for %s: %w", m.table, err))
		}
	}
	return failed
}

// remove takes tables and what is remembered of them out of the catalog; their files are left to upkeep.
func (e *Engine) remove(ctx context.Context, tx *sql.Tx, table string) error {
	space, name, _ := strings.Cut(table, ".")
	for _, from := range []string{"iceberg_tables", "heliu_tables"} {
		if _, err := tx.ExecContext(ctx, "delete from "+from+" where catalog_name = $1 and table_namespace = $2 and table_name = $3", lake.CatalogName, space, name); err != nil {
			return fmt.Errorf("take %s out of the lake's catalog: %w", table, err)
		}
	}
	return nil
}
