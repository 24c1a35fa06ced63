package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/heliu-data/heliu/warehouse"
)

// Session is one connection; its temporary tables, views and current database are its own. It is not safe for
// concurrent use.
type Session struct {
	conn   *sql.Conn
	engine *Engine
	inTx   bool
	held   []string // paths that its views read

	profile bool
	scanned int64
}

// Exec runs one or several statements separated by semicolons and throws their rows away.
func (s *Session) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, statement, args...)
	s.count()
	return statementError(statement, err)
}

// Query runs one statement and streams its rows as Arrow batches; the caller releases the reader before the session
// runs anything else.
func (s *Session) Query(ctx context.Context, statement string, args ...any) (array.RecordReader, error) {
	var reader array.RecordReader
	err := s.conn.Raw(func(c any) error {
		arrow, err := duck.NewArrowFromConn(c.(*duck.Conn))
		if err != nil {
			return err
		}
		reader, err = arrow.QueryContext(ctx, statement, args...)
		return err
	})
	return reader, statementError(statement, err)
}

// Rows runs one statement and returns its rows to be scanned; for small results. JSON columns must be cast to varchar.
func (s *Session) Rows(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	rows, err := s.conn.QueryContext(ctx, statement, args...)
	return rows, statementError(statement, err)
}

// Row runs a statement that gives one row and scans it; sql.ErrNoRows if there is none.
func (s *Session) Row(ctx context.Context, statement string, dest ...any) error {
	err := s.conn.QueryRowContext(ctx, statement).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return statementError(statement, err)
}

// Ingest appends the batches to an existing table, which is temporary or in the current database; columns are matched
// by name, absent ones get their default.
func (s *Session) Ingest(ctx context.Context, table string, batches array.RecordReader) error {
	if err := s.read(ctx, batches, "insert into "+table+" by name "); err != nil {
		return fmt.Errorf("ingest into %s: %w", table, err)
	}
	return nil
}

// Fill makes the temporary table name of the batches, in place of one of that name.
func (s *Session) Fill(ctx context.Context, name string, batches array.RecordReader) error {
	if err := s.read(ctx, batches, "create or replace temp table "+name+" as "); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	return nil
}

// read runs a statement that ends in a SELECT of the batches.
func (s *Session) read(ctx context.Context, batches array.RecordReader, statement string) error {
	view := "heliu_ingest_" + strconv.FormatInt(s.engine.views.Add(1), 10)
	// DuckDB shows Arrow batches as a view that is not temporary and holds a pointer: it must never be committed.
	return s.InTx(ctx, func(ctx context.Context) error {
		err := s.conn.Raw(func(c any) error {
			arrow, err := duck.NewArrowFromConn(c.(*duck.Conn))
			if err != nil {
				return err
			}
			release, err := arrow.RegisterView(batches, view)
			if err != nil {
				return err
			}
			defer release()
			_, err = c.(*duck.Conn).ExecContext(ctx, statement+"select * from "+view, nil)
			return err
		})
		return errors.Join(err, s.Exec(ctx, "drop view if exists "+view))
	})
}

// Columns gives the columns of a table or view; [warehouse.ErrNoTable] when there is none.
func (s *Session) Columns(ctx context.Context, table string) ([]warehouse.Described, error) {
	described, err := s.Describe(ctx, "select * from "+table)
	list := make([]warehouse.Described, len(described))
	for i, c := range described {
		list[i] = warehouse.Described{Name: c.Name, Type: c.Type}
	}
	return list, err
}

// InTx runs f in a transaction, commits when it returns nil and rolls back otherwise. Within f, InTx joins the
// transaction that is open.
func (s *Session) InTx(ctx context.Context, f func(context.Context) error) (err error) {
	if s.inTx {
		return f(ctx)
	}
	if err := s.Exec(ctx, "begin transaction"); err != nil {
		return err
	}
	s.inTx = true
	done := false
	defer func() {
		s.inTx = false
		if done {
			return
		}
		// A rollback must happen even when the context is over.
		if back := s.Exec(context.WithoutCancel(ctx), "rollback"); back != nil && !strings.Contains(back.Error(), "no transaction is active") {
			err = errors.Join(err, back)
		}
	}()
	if err := f(ctx); err != nil {
		return err
	}
	if err := s.Exec(ctx, "commit"); err != nil {
		return err
	}
	done = true
	return nil
}

// Close ends the connection, its temporary objects with it.
func (s *Session) Close() error {
	err := s.conn.Close()
	if errors.Is(err, sql.ErrConnDone) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("close a DuckDB connection: %w", err)
	}
	err = errors.Join(err, s.engine.files.release(s.held))
	s.held = nil
	return err
}

// View makes the name stand for the query in this session's statements: a name with a schema ("star.fct_order") is a
// view of the current database, one without is temporary.
func (s *Session) View(ctx context.Context, name, query string) error {
	kind := "view "
	if !strings.Contains(name, ".") {
		kind = "temp view "
	}
	return s.Exec(ctx, "create or replace "+kind+name+" as "+query)
}

// Keep computes the query into the temporary table name, in place of one of that name.
func (s *Session) Keep(ctx context.Context, name, query string) error {
	return s.Exec(ctx, "create or replace temp table "+name+" as "+query)
}

// Derive is Keep.
func (s *Session) Derive(ctx context.Context, name, query string) error {
	return s.Keep(ctx, name, query)
}

// Add adds the rows of the query to a kept table.
func (s *Session) Add(ctx context.Context, name, query string) error {
	return s.Exec(ctx, "insert into temp."+name+" "+query)
}
