package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

const rejectedSuffix = "__rejected"

// Kept is a table of what was kept out, with the number of rows: "quarantine.order" of rows that break a rule of the
// dictionary, "raw.tmall__orders__rejected" of records that could not be decoded.
type Kept struct {
	Table  string
	Rows   int64
	Reason string // the most frequent one
}

// Quarantine is open on what was kept out of a project's tables; it holds the lock.
type Quarantine struct {
	job    *Job
	engine *duckdb.Engine
	lake   *lake.Lake
	lock   *Lock
}

// OpenQuarantine opens what was kept out, while no run holds the lock.
func (j *Job) OpenQuarantine(ctx context.Context) (q *Quarantine, err error) {
	q = &Quarantine{job: j}
	if q.lock, err = TakeLock(j.Project.Dir, "a reader of the quarantine"); err != nil {
		return nil, err
	}
	if q.lake, err = j.OpenLake(ctx); err == nil {
		q.engine, err = j.OpenWarehouse(ctx, q.lake, false)
	}
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// Close gives everything back.
func (q *Quarantine) Close() error {
	var errs []error
	if q.engine != nil {
		errs = append(errs, q.engine.Close())
	}
	if q.lake != nil {
		errs = append(errs, q.lake.Close())
	}
	return errors.Join(append(errs, q.lock.Free())...)
}

// List counts every table that holds something: rows that are still out, or all that ever were.
func (q *Quarantine) List(ctx context.Context, all bool) (list []Kept, err error) {
	s, err := q.engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	tables, err := q.tables(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		name, err := q.rows(ctx, s, table, all)
		if err != nil {
			return nil, err
		}
		k := Kept{Table: table}
		if err := s.Row(ctx, "select count(*), coalesce(mode(reason), '') from "+name, &k.Rows, &k.Reason); err != nil {
			return nil, err
		}
		if k.Rows > 0 {
			list = append(list, k)
		}
	}
	return list, nil
}

// tables are those of the schema quarantine, then those of rejected records.
func (q *Quarantine) tables(ctx context.Context, s *duckdb.Session) (list []string, err error) {
	rows, err := s.Rows(ctx, "select 'quarantine.' || table_name from duckdb_columns() where schema_name = 'quarantine' and column_name = 'quarantine_key' order by 1")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	raw, err := q.lake.Tables(ctx)
	for _, name := range raw {
		if strings.HasSuffix(name, rejectedSuffix) {
			list = append(list, name)
		}
	}
	return list, err
}

// find completes a name: "order" is quarantine.order, "tmall.orders" is raw.tmall__orders__rejected.
func (q *Quarantine) find(ctx context.Context, s *duckdb.Session, word string) (string, error) {
	tables, err := q.tables(ctx, s)
	if err != nil {
		return "", err
	}
	source, stream, _ := strings.Cut(word, ".")
	for _, t := range tables {
		if t == word || t == "quarantine."+word || t == "raw."+extract.TableName(source, stream)+rejectedSuffix {
			return t, nil
		}
	}
	return "", fmt.Errorf("%w: nothing is kept under %q; heliu quarantine list names what there is", ErrUsage, word)
}

// Show hands the rows kept under a name, the newest first, to f: those that are still out, or all that ever were.
func (q *Quarantine) Show(ctx context.Context, word string, limit int, all bool, f func(s *duckdb.Session, statement string) error) (err error) {
	s, err := q.engine.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	table, err := q.find(ctx, s, word)
	if err != nil {
		return err
	}
	name, err := q.rows(ctx, s, table, all)
	if err != nil {
		return err
	}
	return f(s, fmt.Sprintf("select * from %s order by _extracted_at desc limit %d", name, limit))
}

// Replay gives what was kept out another chance, once its cause is mended: of an entity its rows are judged again, of a
// stream the windows in which records were rejected are read again. What is right then goes on; nothing is doubled.
func (j *Job) Replay(ctx context.Context, word string) (*Result, error) {
	source, name, isStream := strings.Cut(word, ".")
	if !isStream || source == "quarantine" || source == "entity" {
		entity := word[strings.LastIndex(word, ".")+1:]
		if _, ok := j.Dictionary.Entity(entity); !ok {
			return nil, fmt.Errorf("%w: %q is neither an entity nor SOURCE.STREAM", ErrUsage, word)
		}
		return j.Run(ctx, Order{Command: "quarantine replay", Build: true, Models: Selection{Models: []string{"entity." + entity}, Full: true}})
	}
	s, err := j.Source(source)
	if err != nil {
		return nil, err
	}
	opts, err := j.rejectedRange(ctx, s, name)
	if err != nil {
		return nil, err
	}
	return j.Run(ctx, Order{Command: "quarantine replay", Extract: true, Streams: []string{word}, Read: opts})
}

// rejectedRange is the time from the first to the last window with a rejected record; everything for streams without
// windows.
func (j *Job) rejectedRange(ctx context.Context, s *extract.Source, stream string) (opts extract.Options, err error) {
	l, err := j.OpenLake(ctx)
	if err != nil {
		return opts, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	t, err := l.Table(ctx, "raw."+extract.TableName(s.Name(), stream))
	if errors.Is(err, lake.ErrNoTable) {
		return opts, fmt.Errorf("%w: nothing was ever read of %s.%s", ErrUsage, s.Name(), stream)
	}
	if err != nil {
		return opts, err
	}
	list, err := t.Receipts(ctx)
	if err != nil {
		return opts, err
	}
	return span(list)
}

func span(list []warehouse.Receipt) (opts extract.Options, err error) {
	found := false
	for _, r := range list {
		if r.Rejected == 0 {
			continue
		}
		found = true
		if r.From.IsZero() {
			return extract.Options{Full: true}, nil
		}
		opts.From, opts.To = earliest(opts.From, r.From), latest(opts.To, r.To)
	}
	if !found {
		return opts, fmt.Errorf("%w: no record of it was rejected", ErrUsage)
	}
	return opts, nil
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
