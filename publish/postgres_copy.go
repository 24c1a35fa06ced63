package publish

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// copy brings rows from the warehouse into the staged table by COPY; where is "" or a condition.
func (w *pgWriter) copy(ctx context.Context, t Table, where string) (int64, error) {
	_, name := t.split()
	c, err := openCursor(ctx, w.source, t.query(where))
	if err != nil {
		return 0, err
	}
	defer c.close()
	columns := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		columns[i] = column.Name
	}
	rows, err := w.tx.CopyFrom(ctx, pgx.Identifier{w.schema + stagedSuffix, name}, columns, &copySource{ctx: ctx, cursor: c, values: make([]any, len(columns))})
	if err != nil {
		return rows, fmt.Errorf("copy row %d: %w", c.rows, err)
	}
	w.out.Written += rows
	return rows, nil
}

// copySource is the form in which pgx takes rows.
type copySource struct {
	ctx    context.Context
	cursor *cursor
	values []any
}

func (s *copySource) Next() bool { return s.cursor.next(s.ctx) }

func (s *copySource) Err() error { return s.cursor.err }

func (s *copySource) Values() ([]any, error) {
	for i, v := range s.cursor.row {
		switch v := v.(type) {
		case number:
			s.values[i] = pgtype.Numeric{Int: v.unscaled.BigInt(), Exp: -v.scale, Valid: true}
		case day:
			s.values[i] = pgtype.Date{Time: v.Time, Valid: true}
		case time.Time:
			s.values[i] = pgtype.Timestamptz{Time: v, Valid: true}
		default:
			s.values[i] = v
		}
	}
	return s.values, nil
}
