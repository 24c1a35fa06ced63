package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/models"
)

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// describe asks the database for the columns of a stream; it reads no row.
func describe(ctx context.Context, db querier, s selection) ([]column, error) {
	rows, err := db.QueryContext(ctx, s.shape())
	if err != nil {
		return nil, fmt.Errorf("looking at the columns: %w", err)
	}
	defer rows.Close()
	return columnsOf(rows)
}

// chosen picks the declared columns, in the order of the table; with `rest` all of them.
func chosen(s *extract.Stream, o options, all []column) ([]column, error) {
	var missing []string
	declared, asJSON := map[string]bool{}, map[string]bool{}
	for _, f := range s.Fields {
		if f.From != "" {
			continue
		}
		declared[f.Path[0]] = true
		asJSON[f.Path[0]] = asJSON[f.Path[0]] || f.Type == models.JSON
		if !slices.ContainsFunc(all, func(c column) bool { return c.name == f.Path[0] }) {
			missing = append(missing, f.Path[0])
		}
	}
	if len(missing) > 0 {
		names := make([]string, len(all))
		for i, c := range all {
			names[i] = c.name
		}
		return nil, fmt.Errorf("there is no column %s; there are %s", strings.Join(missing, ", "), strings.Join(names, ", "))
	}
	var out []column
	for _, c := range all {
		c.json = asJSON[c.name]
		if o.Rest || declared[c.name] {
			out = append(out, c)
		}
	}
	return out, nil
}

// Columns describes the columns of a stream's table or query: the fields that a declaration may begin with.
func (r *Reader) Columns(ctx context.Context, stream string) ([]extract.Field, error) {
	o, ok := r.streams[stream]
	if !ok {
		return nil, fmt.Errorf("the source %s has no stream %q", r.source, stream)
	}
	db, err := r.connect()
	if err != nil {
		return nil, err
	}
	all, err := describe(ctx, db, selection{dialect: r.target.dialect, options: o})
	if err != nil {
		return nil, r.explain(err)
	}
	out := make([]extract.Field, len(all))
	for i, c := range all {
		out[i] = extract.Field{Name: strings.ToLower(c.name), Path: []string{c.name}, Type: c.Type()}
	}
	return out, nil
}

// explain sorts a driver's error into those that a later try may not have, those of the credentials, and the rest,
// and takes the password and what it quotes of rows out of its text.
func (r *Reader) explain(err error) error {
	if secret := r.target.password; len(secret) > 3 && strings.Contains(err.Error(), secret) {
		err = errors.New(strings.ReplaceAll(err.Error(), secret, "…"))
	}
	err = withoutValues(err)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case strings.HasPrefix(pg.Code, "28"):
			return fmt.Errorf("%w: %w", extract.ErrAuth, err)
		case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "53"), pg.Code == "40001":
			return &extract.ErrTransient{Err: err}
		}
		return err
	}
	if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		switch my.Number {
		case 1044, 1045:
			return fmt.Errorf("%w: %w", extract.ErrAuth, err)
		case 1040, 1053, 1205, 1213:
			return &extract.ErrTransient{Err: err}
		}
		return err
	}
	if ms, ok := errors.AsType[mssql.Error](err); ok {
		switch ms.Number {
		case 18456, 4060:
			return fmt.Errorf("%w: %w", extract.ErrAuth, err)
		case 1205, 40501, 40613:
			return &extract.ErrTransient{Err: err}
		}
		return err
	}
	_, network := errors.AsType[net.Error](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	if network || connecting || errors.Is(err, mysql.ErrInvalidConn) || strings.Contains(err.Error(), "bad connection") {
		return &extract.ErrTransient{Err: err}
	}
	return err
}
