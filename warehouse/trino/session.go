package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/warehouse"
)

// Session is a set of names in which statements run one after another: views, and tables that it keeps in the namespace
// scratch until it is closed. It is not safe for concurrent use.
type Session struct {
	engine *Engine
	prefix string // of its tables' names
	made   int
	named  int // files that its views name
	names  names
	meter  Meter
}

// scratchSpace is the namespace of kept tables and of tables that are being written.
const scratchSpace = "scratch"

// Connect gives a session of its own. It touches nothing until a statement runs.
func (e *Engine) Connect() *Session {
	return &Session{engine: e, prefix: fmt.Sprintf("%s_%d", e.lake.Run, e.sessions.Add(1)),
		names: names{views: map[string]string{}, kept: map[string]string{}}}
}

// text is a statement as Trino is to run it. What a long one reads again and again is kept first.
func (s *Session) text(ctx context.Context, statement string) (string, error) {
	resolved, err := s.names.resolve(statement)
	if err != nil {
		return "", fmt.Errorf("%w [in: %s]", err, firstLine(statement))
	}
	list, rest := stages(resolved, func(cte string) string {
		full := s.scratch(cte)
		s.names.kept[full] = full // dropped with the session
		return full
	})
	for _, stage := range list {
		if _, err := s.engine.exec(WithMeter(ctx, &s.meter), translate(s.engine.create(stage.table)+stage.query)); err != nil {
			return "", err
		}
	}
	return translate(rest), nil
}

// Query runs one statement and streams its rows as Arrow batches; the caller releases the reader.
func (s *Session) Query(ctx context.Context, statement string, args ...any) (array.RecordReader, error) {
	text, err := s.given(ctx, statement, args)
	if err != nil {
		return nil, err
	}
	return s.engine.arrow(WithMeter(ctx, &s.meter), text)
}

// Rows runs one statement and returns its rows to be scanned; for small results.
func (s *Session) Rows(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	text, err := s.given(ctx, statement, args)
	if err != nil {
		return nil, err
	}
	return s.engine.rows(WithMeter(ctx, &s.meter), text)
}

// given refuses arguments: what the program knows stands in the text, quoted.
func (s *Session) given(ctx context.Context, statement string, args []any) (string, error) {
	if len(args) > 0 {
		return "", fmt.Errorf("a statement for Trino takes no arguments [in: %s]", firstLine(statement))
	}
	return s.text(ctx, statement)
}

// Row runs a statement that gives one row and scans it; sql.ErrNoRows if there is none.
func (s *Session) Row(ctx context.Context, statement string, dest ...any) (err error) {
	rows, err := s.Rows(ctx, statement)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return errors.Join(rows.Err(), sql.ErrNoRows)
	}
	if err := rows.Scan(dest...); err != nil {
		return fmt.Errorf("read a row: %w [in: %s]", err, firstLine(statement))
	}
	for rows.Next() { // the answer is taken to its end, so that errors behind the row are seen
	}
	return rows.Err()
}

// Columns gives the columns of a table or view; [warehouse.ErrNoTable] when there is none. Those of a table stand in its
// metadata; the cluster is asked for those of a view only.
func (s *Session) Columns(ctx context.Context, table string) (list []warehouse.Described, err error) {
	full, kept := s.names.kept[canonical(table)]
	if !kept {
		full = table
	}
	if parts, _ := path(lex(full), 0); len(parts) == 3 && parts[0] == s.engine.Catalog() && s.engine.lake.Lake != nil {
		return s.engine.lake.Described(ctx, parts[1]+"."+parts[2])
	}
	rows, err := s.Rows(ctx, "select * from "+table+" where false")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		list = append(list, warehouse.Described{Name: t.Name(), Type: sharedType(t)})
	}
	for rows.Next() {
	}
	return list, rows.Err()
}

// sharedType is a column's type in the spelling that all engines share.
func sharedType(t *sql.ColumnType) string {
	name := strings.ToUpper(t.DatabaseTypeName())
	base, _, _ := strings.Cut(name, "(")
	switch base = strings.TrimSpace(base); {
	case base == "DECIMAL":
		if precision, scale, ok := t.DecimalSize(); ok {
			return fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
		}
	case base == "CHAR":
		return "VARCHAR"
	case strings.HasSuffix(name, "WITH TIME ZONE"):
		return "TIMESTAMP WITH TIME ZONE"
	}
	return base
}

// View makes the name stand for the query in what this session runs from here on.
func (s *Session) View(_ context.Context, name, query string) error {
	own := canonical(name)
	if old, kept := s.names.kept[own]; kept {
		delete(s.names.kept, own)
		s.engine.drop(old)
	}
	s.names.views[own] = query
	return nil
}

// Keep computes the query into a table that the session names so.
func (s *Session) Keep(ctx context.Context, name, query string) error {
	full := s.scratch(canonical(name))
	if _, err := s.exec(ctx, s.engine.create(full)+query); err != nil {
		return err
	}
	s.keep(name, full)
	return nil
}

// Derive is View: a table in the lake takes longer to write than what is small to compute.
func (s *Session) Derive(ctx context.Context, name, query string) error {
	return s.View(ctx, name, query)
}

// Add adds the rows of the query to a kept table.
func (s *Session) Add(ctx context.Context, name, query string) error {
	_, err := s.exec(ctx, "insert into "+s.names.kept[canonical(name)]+" "+query)
	return err
}

func (s *Session) keep(name, full string) {
	own := canonical(name)
	delete(s.names.views, own)
	if old, kept := s.names.kept[own]; kept {
		s.engine.drop(old)
	}
	s.names.kept[own] = full
}

// aside is the name of a new table of this session in scratch.
func (s *Session) aside(name string) string {
	s.made++
	return fmt.Sprintf("%s_%d_%s", s.prefix, s.made, strings.ReplaceAll(name, ".", "_"))
}

// scratch is the full name of a new table of this session.
func (s *Session) scratch(name string) string {
	return s.engine.full(scratchSpace + "." + s.aside(name))
}

// exec runs a statement to its end and gives the number of rows it wrote.
func (s *Session) exec(ctx context.Context, statement string) (int64, error) {
	text, err := s.text(ctx, statement)
	if err != nil {
		return 0, err
	}
	return s.engine.exec(WithMeter(ctx, &s.meter), text)
}

// Cost is what the session's statements took of the cluster.
func (s *Session) Cost() warehouse.Cost {
	total := s.meter.Total()
	return warehouse.Cost{Rows: total.Rows, Bytes: total.PhysicalInputBytes, Busy: total.Waited}
}

// Close drops what the session kept, beside what runs next.
func (s *Session) Close() error {
	for _, full := range s.names.kept {
		s.engine.drop(full)
	}
	s.names = names{views: map[string]string{}, kept: map[string]string{}}
	return nil
}
