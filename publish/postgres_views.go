package publish

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// pgView is a view of somebody else's that reads published tables.
type pgView struct{ name, definition string }

// views are the views and materialized views outside of the publication's own schemas that read tables of a schema.
func (s pgSwap) views(ctx context.Context, schema string) ([]pgView, error) {
	rows, err := s.tx.Query(ctx, `select distinct quote_ident(vn.nspname) || '.' || quote_ident(v.relname), case v.relkind when 'v' then pg_get_viewdef(v.oid) else '' end
		from pg_depend d
		join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
		join pg_class v on v.oid = r.ev_class join pg_namespace vn on vn.oid = v.relnamespace
		join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and v.oid <> c.oid and vn.nspname <> all ($2) order by 1`,
		schema, []string{s.schema, s.schema + stagedSuffix, s.schema + previousSuffix})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v pgView, err error) {
		return v, row.Scan(&v.name, &v.definition)
	})
}

// rebind makes others' views read the new tables: PostgreSQL binds a view to the tables of its day, not to their names.
// A view that cannot follow, because a column is gone or it belongs to a role that we may not act for, goes on reading
// the tables that it has.
func (s pgSwap) rebind(ctx context.Context, views []pgView) error {
	for _, v := range views {
		if v.definition == "" {
			continue // a materialized view keeps its rows
		}
		if _, err := s.tx.Exec(ctx, "savepoint heliu_view"); err != nil {
			return err
		}
		then := "release savepoint heliu_view"
		if _, err := s.tx.Exec(ctx, "create or replace view "+v.name+" as "+v.definition); err != nil {
			then = "rollback to savepoint heliu_view"
		}
		if _, err := s.tx.Exec(ctx, then); err != nil {
			return fmt.Errorf("view %s: %w", v.name, err)
		}
	}
	return nil
}

// makeRoom removes the schema of the publication before the last one. While somebody's view still reads it, or a table or
// view of somebody's lies in it, it stays under a name that says of which publication it is.
func (s pgSwap) makeRoom(ctx context.Context) error {
	id, err := publicationOf(ctx, s.tx, s.to)
	if err != nil {
		return err
	}
	readers, err := s.views(ctx, s.to)
	if err != nil {
		return err
	}
	foreign, err := s.foreign(ctx, s.to)
	if err != nil {
		return err
	}
	if foreign && id == "" {
		return fmt.Errorf("the schema %s was not made by publishing, which needs its name: rename it", s.to)
	}
	statement := "drop schema if exists " + quote(s.to) + " cascade"
	if len(readers) > 0 || foreign {
		statement = fmt.Sprintf("alter table %s.%s rename to heliu_publication_kept; alter schema %s rename to %s",
			quote(s.to), idTable, quote(s.to), quote(s.schema+"__kept_"+id))
	}
	_, err = s.tx.Exec(ctx, statement)
	return err
}

// foreign reports whether a schema of ours holds a table or view that publishing did not make.
func (s pgSwap) foreign(ctx context.Context, schema string) (there bool, err error) {
	made, err := madeTables(ctx, s.tx, schema)
	if err != nil {
		return false, err
	}
	made = append([]string{}, made...) // none is an empty list, not null
	err = s.tx.QueryRow(ctx, `select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname <> all ($2))`, schema, made).Scan(&there)
	return there, err
}
