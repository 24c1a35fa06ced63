package trino

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// connector opens the driver's connections and watches the statements that run on them.
type connector struct {
	driver.Connector
	engine *Engine
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: inner, engine: c.engine}, nil
}

// conn is a connection of the driver whose statements are watched, tried again where that is safe, and stopped on the
// cluster when nobody waits for them any more.
type conn struct {
	driver.Conn
	engine *Engine
}

// QueryContext returns when the first rows are there or the statement is over.
func (c *conn) QueryContext(ctx context.Context, statement string, _ []driver.NamedValue) (driver.Rows, error) {
	return again(ctx, c.engine.cfg.Wait, statement, func() (driver.Rows, error) {
		run, err := c.start(ctx, statement)
		if err != nil {
			return nil, err
		}
		inner, err := run.stmt.(driver.StmtQueryContext).QueryContext(run.ctx, nil)
		if err != nil {
			return nil, run.fail(err)
		}
		return &rows{Rows: inner, types: inner.(columnTypes), run: run}, nil
	})
}

// ExecContext returns when the statement is over.
func (c *conn) ExecContext(ctx context.Context, statement string, _ []driver.NamedValue) (driver.Result, error) {
	return again(ctx, c.engine.cfg.Wait, statement, func() (driver.Result, error) {
		run, err := c.start(ctx, statement)
		if err != nil {
			return nil, err
		}
		result, err := run.stmt.(driver.StmtExecContext).ExecContext(run.ctx, nil)
		if err == nil {
			err = run.complete()
		}
		if err != nil {
			return nil, run.fail(err)
		}
		return result, run.close()
	})
}

// ResetSession makes the connection fit for its next user.
func (c *conn) ResetSession(ctx context.Context) error {
	return c.Conn.(driver.SessionResetter).ResetSession(ctx)
}

// run is one attempt at a statement.
type run struct {
	engine    *Engine
	statement string
	stmt      driver.Stmt
	call      *call
	ctx       context.Context
	cancel    context.CancelFunc
	closed    bool
}

func (c *conn) start(ctx context.Context, statement string) (*run, error) {
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, statement)
	if err != nil {
		return nil, c.engine.statementError(statement, Stats{}, err)
	}
	cfg := c.engine.cfg
	meter, _ := ctx.Value(meterKey{}).(*Meter)
	progress := cfg.Progress
	if tell := warehouse.ProgressOf(ctx); tell != nil && progress == nil {
		progress = func(s Stats) { tell(warehouse.Working{Rows: s.Rows, Done: s.Done, Parts: s.Splits}) }
	}
	r := &run{engine: c.engine, statement: statement, stmt: stmt,
		call: &call{progress: progress, every: cfg.Every, now: cfg.Now, told: cfg.Now(), meter: meter}}
	r.ctx, r.cancel = context.WithCancel(context.WithValue(ctx, callKey{}, r.call))
	return r, nil
}

// errBroken is a result whose end was not seen.
var errBroken = errors.New("the result broke off before its end")

// complete says that every response was read, which the driver does not promise.
func (r *run) complete() error {
	if _, next := r.call.state(); next != "" {
		return errBroken
	}
	return nil
}

// fail ends the run for err, which it returns as a [StatementError].
func (r *run) fail(err error) error {
	if over := r.ctx.Err(); over != nil {
		err = over
	}
	stats, _ := r.call.state()
	return errors.Join(r.engine.statementError(r.statement, stats, err), r.close())
}

// close stops the statement on the cluster if it is not over, and frees what it holds.
func (r *run) close() error {
	stats, next := r.call.state()
	var err error
	if next != "" && stats.State != "FAILED" && !r.closed {
		err = r.stop(next)
	}
	r.closed = true
	r.cancel()
	r.call.end()
	return errors.Join(err, r.stmt.Close())
}

// stop tells the cluster that nobody waits for the statement; its state becomes FAILED with the error USER_CANCELED.
func (r *run) stop(next string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, next, nil)
	if err != nil {
		return err
	}
	if user := r.engine.place.user; user != "" {
		req.Header.Set("X-Trino-User", user)
	}
	resp, err := r.engine.client.RoundTrip(req)
	if err != nil {
		return nil // a server that is gone has stopped it
	}
	return resp.Body.Close()
}

// columnTypes is what the driver's rows know of their columns.
type columnTypes interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// rows are the driver's rows; they end with a [StatementError], and closing them stops the statement.
type rows struct {
	driver.Rows
	types columnTypes
	run   *run
}

// Next gives the next row.
func (r *rows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == io.EOF {
		if err := r.run.complete(); err != nil {
			return r.run.fail(err)
		}
	} else if err != nil {
		return r.run.fail(err)
	}
	return err
}

// Close stops the statement if it is not over. The driver's own Close would wait for its next response first.
func (r *rows) Close() error { return r.run.close() }

func (r *rows) ColumnTypeDatabaseTypeName(i int) string      { return r.types.ColumnTypeDatabaseTypeName(i) }
func (r *rows) ColumnTypeScanType(i int) reflect.Type        { return r.types.ColumnTypeScanType(i) }
func (r *rows) ColumnTypeLength(i int) (int64, bool)         { return r.types.ColumnTypeLength(i) }
func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) { return r.types.ColumnTypeNullable(i) }
func (r *rows) ColumnTypePrecisionScale(i int) (p, s int64, ok bool) {
	return r.types.ColumnTypePrecisionScale(i)
}
