package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// postgres publishes to a PostgreSQL database. Readers use the schemas mart and star; a publication is staged in
// mart__staged and star__staged in one transaction, and Switch renames the schemas in one transaction; what readers
// saw before stays as mart__previous. Tables that did not change move along instead of being copied. The table
// heliu_publication in each schema says which publication it is.
type postgres struct{ Config }

const (
	stagedSuffix   = "__staged"
	previousSuffix = "__previous"
	idTable        = "heliu_publication" // publication_id, published_at
	listTable      = "heliu_tables"      // what the publication's schema holds
)

var pgTypes = map[models.Type]string{
	models.String: "text", models.Currency: "text", models.JSON: "text", models.Integer: "bigint", models.Key: "bigint", models.Boolean: "boolean",
	models.Money: "numeric(18,4)", models.Decimal: "numeric(18,4)", models.Rate: "numeric(38,8)", models.Double: "double precision",
	models.Date: "date", models.Timestamp: "timestamp with time zone",
}

func (g *postgres) Stage(ctx context.Context, source warehouse.Session, p Publication) (out Staged, err error) {
	tables, err := g.tables(p)
	if err != nil {
		return out, err
	}
	conn, err := g.connect(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return out, err
	}
	defer func() {
		if back := tx.Rollback(context.WithoutCancel(ctx)); back != nil && !errors.Is(back, pgx.ErrTxClosed) {
			err = errors.Join(err, back)
		}
	}()
	out.Tables = len(tables)
	for _, schema := range g.schemas(tables) {
		w := &pgWriter{tx: tx, source: source, publication: p, schema: schema, out: &out}
		if err := w.begin(ctx); err != nil {
			return out, fmt.Errorf("schema %s: %w", schema, err)
		}
		for _, t := range tables {
			if g.schema(t) != schema {
				continue
			}
			if err := w.table(ctx, t); err != nil {
				return out, fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
	}
	g.Crash(PointPart)
	return out, tx.Commit(ctx)
}

func (g *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, g.Location)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err) // pgx leaves the password out
	}
	return conn, nil
}

func (g *postgres) schema(t Table) string {
	schema, _ := t.split()
	return cmp.Or(g.Schema, schema)
}

func (g *postgres) schemas(tables []Table) []string {
	var out []string
	for _, t := range tables {
		if s := g.schema(t); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// pgWriter stages one schema.
type pgWriter struct {
	tx          pgx.Tx
	source      warehouse.Session
	publication Publication
	schema      string
	live        map[string]pgTable // tables that readers see, if they are of the publication's base
	out         *Staged
}

// pgTable is a row of heliu_tables.
type pgTable struct {
	name, columns, comments string
	rows                    int64
}

func (w *pgWriter) staged() string { return quote(w.schema + stagedSuffix) }

// begin makes the empty staging schema and learns what readers see now.
func (w *pgWriter) begin(ctx context.Context) error {
	live, err := publicationOf(ctx, w.tx, w.schema)
	if err != nil {
		return err
	}
	if live == "" {
		var objects int64
		err := w.tx.QueryRow(ctx, "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1", w.schema).Scan(&objects)
		if err != nil {
			return err
		}
		if objects > 0 {
			return fmt.Errorf("the schema exists and was not made by publishing: rename it, or give the target a schema of its own")
		}
	}
	w.out.Previous = live
	ddl := fmt.Sprintf(`drop schema if exists %[1]s cascade; create schema %[1]s;
		create table %[1]s.%[2]s (publication_id text not null, published_at timestamp with time zone not null);
		create table %[1]s.%[3]s (table_name text primary key, column_list text not null, comments text not null, row_count bigint not null, carried boolean not null);`,
		w.staged(), idTable, listTable)
	if _, err := w.tx.Exec(ctx, ddl); err != nil {
		return err
	}
	if _, err := w.tx.Exec(ctx, fmt.Sprintf("insert into %s.%s values ($1, $2)", w.staged(), idTable), w.publication.ID, w.publication.At.UTC()); err != nil {
		return err
	}
	w.live = map[string]pgTable{}
	if live == "" || live != w.publication.Base {
		return nil
	}
	rows, err := w.tx.Query(ctx, fmt.Sprintf("select table_name, column_list, comments, row_count from %s.%s", quote(w.schema), listTable))
	if err != nil {
		return err
	}
	var t pgTable
	_, err = pgx.ForEachRow(rows, []any{&t.name, &t.columns, &t.comments, &t.rows}, func() error {
		w.live[t.name] = t
		return nil
	})
	return err
}

// table stages one table: carried over as it is, its changed days alone, or whole.
func (w *pgWriter) table(ctx context.Context, t Table) error {
	_, name := t.split()
	want, err := count(ctx, w.source, t)
	if err != nil {
		return err
	}
	w.out.Rows += want
	columns, comments := t.fingerprints()
	now := pgTable{name, columns, comments, want}
	was, known := w.live[name]
	known = known && was.columns == columns && !t.Changed.Whole
	if known && t.Changed.none() && was == now {
		return w.list(ctx, now, true)
	}
	if err := w.create(ctx, t); err != nil {
		return err
	}
	if known && !t.Changed.none() {
		rows, err := w.days(ctx, t)
		if err != nil {
			return err
		}
		same, err := w.addsUp(ctx, t)
		if err != nil {
			return err
		}
		if rows == want && same {
			if err := w.check(ctx, t, t.Changed.where()); err != nil {
				return err
			}
			return w.finish(ctx, t, now)
		}
		// something changed that was not said
		if _, err := w.tx.Exec(ctx, fmt.Sprintf("truncate %s.%s", w.staged(), quote(name))); err != nil {
			return err
		}
	}
	rows, err := w.copy(ctx, t, "")
	if err != nil {
		return err
	}
	if rows != want {
		return fmt.Errorf("%d rows arrived, the warehouse has %d", rows, want)
	}
	if err := w.check(ctx, t, ""); err != nil {
		return err
	}
	return w.finish(ctx, t, now)
}

func (w *pgWriter) create(ctx context.Context, t Table) error {
	_, name := t.split()
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = quote(c.Name) + " " + pgTypes[c.Type]
	}
	_, err := w.tx.Exec(ctx, fmt.Sprintf("create table %s.%s (%s)", w.staged(), quote(name), strings.Join(list, ", ")))
	return err
}

// days copies the rows of all other days within the database and brings the changed ones.
func (w *pgWriter) days(ctx context.Context, t Table) (int64, error) {
	_, name := t.split()
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = quote(c.Name)
	}
	columns := strings.Join(list, ", ")
	tag, err := w.tx.Exec(ctx, fmt.Sprintf("insert into %s.%s (%s) select %s from %s.%s where %s is not true",
		w.staged(), quote(name), columns, columns, quote(w.schema), quote(name), t.Changed.where()))
	if err != nil {
		return 0, err
	}
	rows, err := w.copy(ctx, t, t.Changed.where())
	return tag.RowsAffected() + rows, err
}

// finish sets the comments and the statistics that queries are planned by, and lists the table.
func (w *pgWriter) finish(ctx context.Context, t Table, now pgTable) error {
	place := w.staged() + "." + quote(now.name)
	text := "comment on table " + place + " is " + literal(t.comment()) + ";\n"
	for _, c := range t.Columns {
		text += "comment on column " + place + "." + quote(c.Name) + " is " + literal(comment(c.Title)) + ";\n"
	}
	if _, err := w.tx.Exec(ctx, text+"analyze "+place); err != nil {
		return err
	}
	return w.list(ctx, now, false)
}

func (w *pgWriter) list(ctx context.Context, t pgTable, carried bool) error {
	_, err := w.tx.Exec(ctx, fmt.Sprintf("insert into %s.%s values ($1, $2, $3, $4, $5)", w.staged(), listTable), t.name, t.columns, t.comments, t.rows, carried)
	return err
}

// publicationOf reads which publication a schema holds, "" when it is not one of ours or not there.
func publicationOf(ctx context.Context, tx pgx.Tx, schema string) (id string, err error) {
	var there bool
	if err := tx.QueryRow(ctx, "select to_regclass($1) is not null", quote(schema)+"."+idTable).Scan(&there); err != nil || !there {
		return "", err
	}
	err = tx.QueryRow(ctx, fmt.Sprintf("select publication_id from %s.%s", quote(schema), idTable)).Scan(&id)
	return id, err
}
