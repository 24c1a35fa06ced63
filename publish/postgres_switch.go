package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Switch renames the schemas in one transaction. It waits for queries that read published tables at that moment, about
// ten seconds at most; after that the switch fails as a whole and can be tried again.
func (g *postgres) Switch(ctx context.Context, id string) (err error) {
	conn, err := g.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if back := tx.Rollback(context.WithoutCancel(ctx)); back != nil && !errors.Is(back, pgx.ErrTxClosed) {
			err = errors.Join(err, back)
		}
	}()
	// with an empty search path the definitions of views name every schema
	if _, err := tx.Exec(ctx, "set local lock_timeout = '"+lockTimeout+"'; set local search_path = pg_catalog"); err != nil {
		return err
	}
	staged, live, err := g.find(ctx, tx, id)
	if err != nil {
		return err
	}
	if len(staged) == 0 {
		if len(live) > 0 {
			return nil
		}
		return fmt.Errorf("%w: no schema of the database holds publication %s", ErrNotStaged, id)
	}
	if err := g.hold(ctx, tx, staged); err != nil {
		return err
	}
	for schema, suffix := range staged {
		s := pgSwap{tx: tx, schema: schema, from: schema + suffix, to: schema + previousSuffix}
		if suffix == previousSuffix { // back to what readers saw before
			s.to = schema + stagedSuffix
		}
		if err := s.swap(ctx); err != nil {
			return fmt.Errorf("schema %s: %w", schema, err)
		}
	}
	g.Crash(PointSwapping)
	return tx.Commit(ctx)
}

const lockTimeout = "10s"

// find looks for the schemas that hold the publication: beside the live ones, with their suffix, and live.
func (g *postgres) find(ctx context.Context, tx pgx.Tx, id string) (beside map[string]string, live []string, err error) {
	rows, err := tx.Query(ctx, "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = $1 order by 1", idTable)
	if err != nil {
		return nil, nil, err
	}
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, nil, err
	}
	beside = map[string]string{}
	for _, schema := range schemas {
		holds, err := publicationOf(ctx, tx, schema)
		if err != nil {
			return nil, nil, err
		}
		if holds != id {
			continue
		}
		switch {
		case strings.HasSuffix(schema, stagedSuffix):
			beside[strings.TrimSuffix(schema, stagedSuffix)] = stagedSuffix
		case strings.HasSuffix(schema, previousSuffix):
			beside[strings.TrimSuffix(schema, previousSuffix)] = previousSuffix
		default:
			live = append(live, schema)
		}
	}
	return beside, live, nil
}

// pgSwap puts the schema from in the place of the live one, which becomes the schema to.
type pgSwap struct {
	tx               pgx.Tx
	schema, from, to string
}

func (s pgSwap) swap(ctx context.Context) error {
	var there bool
	if err := s.tx.QueryRow(ctx, "select exists (select from pg_namespace where nspname = $1)", s.schema).Scan(&there); err != nil {
		return err
	}
	var views []pgView
	if there {
		if err := s.grants(ctx); err != nil {
			return fmt.Errorf("grants: %w", err)
		}
		if err := s.makeRoom(ctx); err != nil {
			return err
		}
		var err error
		if views, err = s.views(ctx, s.schema); err != nil {
			return err
		}
		if _, err := s.tx.Exec(ctx, fmt.Sprintf("alter schema %s rename to %s", quote(s.schema), quote(s.to))); err != nil {
			return err
		}
	}
	if _, err := s.tx.Exec(ctx, fmt.Sprintf("alter schema %s rename to %s", quote(s.from), quote(s.schema))); err != nil {
		return err
	}
	if !there {
		return nil
	}
	missing, err := s.missing(ctx)
	if err != nil {
		return err
	}
	for _, name := range missing {
		if _, err := s.tx.Exec(ctx, fmt.Sprintf("alter table %s.%s set schema %s", quote(s.to), quote(name), quote(s.schema))); err != nil {
			return fmt.Errorf("carry %s over: %w", name, err)
		}
	}
	return s.rebind(ctx, views)
}

// missing are the tables that the publication lists and that are still in the schema that readers saw before.
func (s pgSwap) missing(ctx context.Context) ([]string, error) {
	rows, err := s.tx.Query(ctx, fmt.Sprintf(`select table_name from %s.%s where not exists (
		select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = table_name) order by 1`, quote(s.schema), listTable), s.schema)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// grants gives the new tables to whoever may read the present ones: a table to the readers of its namesake, a new
// table to those who may read all present ones.
func (s pgSwap) grants(ctx context.Context) error {
	type grant struct{ role, table string }
	rows, err := s.tx.Query(ctx, `select case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, c.relname
		from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) a
		where n.nspname = $1 and c.relkind in ('r', 'p') and a.privilege_type = 'SELECT' and a.grantee <> c.relowner`, s.schema)
	if err != nil {
		return err
	}
	grants, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g grant, err error) {
		return g, row.Scan(&g.role, &g.table)
	})
	if err != nil {
		return err
	}
	rows, err = s.tx.Query(ctx, `select case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
		from pg_namespace n cross join lateral aclexplode(n.nspacl) a where n.nspname = $1 and a.privilege_type = 'USAGE' and a.grantee <> n.nspowner`, s.schema)
	if err != nil {
		return err
	}
	users, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	present, err := s.tables(ctx, s.schema)
	if err != nil {
		return err
	}
	fresh, err := s.tables(ctx, s.from)
	if err != nil {
		return err
	}
	var statements []string
	for _, role := range users {
		statements = append(statements, fmt.Sprintf("grant usage on schema %s to %s", quote(s.from), role))
	}
	readable := map[string][]string{}
	for _, g := range grants {
		readable[g.role] = append(readable[g.role], g.table)
	}
	for role, names := range readable {
		for _, name := range fresh {
			if slices.Contains(names, name) || len(names) == len(present) {
				statements = append(statements, fmt.Sprintf("grant select on %s.%s to %s", quote(s.from), quote(name), role))
			}
		}
	}
	if len(statements) == 0 {
		return nil
	}
	_, err = s.tx.Exec(ctx, strings.Join(statements, "; "))
	return err
}

func (s pgSwap) tables(ctx context.Context, schema string) ([]string, error) {
	rows, err := s.tx.Query(ctx, "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind in ('r', 'p')", schema)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
