package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// pgNull stands for no value in what PostgreSQL is read back as; a text that is the same stands in quotes.
const pgNull = `\N`

// check reads the staged rows back over the connection that wrote them and compares them with the warehouse's; where is ""
// or the condition of the rows that were brought.
func (w *pgWriter) check(ctx context.Context, t Table, where string) (err error) {
	file, err := os.CreateTemp("", "heliu-check-*.csv") // for this user alone
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	if _, err := w.tx.Exec(ctx, "set local datestyle = 'ISO'; set local timezone = 'UTC'; set local extra_float_digits = 1"); err != nil {
		return errors.Join(err, file.Close())
	}
	_, name := t.split()
	query := ""
	for i, c := range t.Columns {
		if i > 0 {
			query += ", "
		}
		query += quote(c.Name)
	}
	query = "select " + query + " from " + w.staged() + "." + quote(name)
	if where != "" {
		query += " where " + where
	}
	_, err = w.tx.Conn().PgConn().CopyTo(ctx, file, "copy ("+query+") to stdout (format csv, encoding 'UTF8', null "+literal(pgNull)+")")
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("read the target back: %w", err)
	}
	return t.check(ctx, w.source, where, t.readCSV(file.Name(), pgNull, false, func(Column) string { return "" }), reading{})
}

// addsUp says whether the staged table adds up to the warehouse's, changed days and others.
func (w *pgWriter) addsUp(ctx context.Context, t Table) (bool, error) {
	_, name := t.split()
	var got, want string
	if err := w.tx.QueryRow(ctx, "select "+t.sums()+" from "+w.staged()+"."+quote(name)).Scan(&got); err != nil {
		return false, fmt.Errorf("add up the target: %w", err)
	}
	_, err := eachRow(ctx, w.source, "select "+t.sums()+" as sums from ("+t.query("")+") as x", func(row []any) error {
		want = fmt.Sprint(row[0])
		return nil
	})
	return got == want, err
}
