// Package sqldb reads tables and queries of PostgreSQL, MySQL, MariaDB, SQL Server and SQLite. Pages and the count
// that proves them come from one read-only snapshot; rows are paged by (cursor, key), so that rows with the same time
// are neither lost nor doubled.
package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/heliu-data/heliu/extract"
)

// Kind is the way in called sqldb.
func Kind() extract.Kind {
	return extract.Kind{Name: "sqldb", Check: Check, Open: func(o extract.Opening) (extract.Reader, error) { return Open(o) }}
}

// Reader reads the tables of one database.
type Reader struct {
	source  string
	target  target
	streams map[string]options
	zone    *time.Location

	mu     sync.Mutex
	db     *sql.DB
	proved map[string]bool   // streams of which no row lacks the cursor
	next   map[string]string // by stream, the cursor that this reader gave last, of a read that goes on
}

// Open makes a reader from the settings dsn and driver and the connector's streams. It does not connect.
func Open(o extract.Opening) (*Reader, error) {
	r := &Reader{source: o.Source, streams: map[string]options{}, proved: map[string]bool{}, next: map[string]string{}}
	var own connectorKeys
	problems := extract.Problems(o.Connector.Options.Decode(&own))
	for _, s := range o.Connector.Streams {
		opt, more := optionsOf(s)
		problems = append(problems, more...)
		r.streams[s.Name] = opt
	}
	if len(problems) > 0 {
		return nil, problems
	}
	driver := o.Text("driver")
	if driver == "" {
		driver = own.Driver
	}
	var err error
	if r.target, err = parseDSN(driver, o.Text("dsn")); err != nil {
		return nil, fmt.Errorf("source %s: dsn: %w", o.Source, err)
	}
	if r.target.dialect.name == sqlserver.name && o.Log != nil {
		o.Log.Warn("SQL Server is untested: Heliu's statements for it have met no server; compare the first receipts with your own counts", "source", o.Source)
	}
	zone := o.Text("zone")
	if zone == "" {
		zone = o.Connector.Zone
	}
	if r.zone, err = time.LoadLocation(zone); err != nil {
		return nil, fmt.Errorf("source %s: zone: %w", o.Source, err)
	}
	return r, nil
}

// Test connects and looks at the columns of every stream: all declared ones must be there.
func (r *Reader) Test(ctx context.Context) error {
	db, err := r.connect()
	if err != nil {
		return err
	}
	var all []error
	for name, o := range r.streams {
		if _, err := describe(ctx, db, selection{dialect: r.target.dialect, options: o}); err != nil {
			all = append(all, fmt.Errorf("stream %s: %w", name, r.explain(err)))
		}
	}
	return errors.Join(all...)
}

// Close closes the connections.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.db == nil {
		return nil
	}
	err := r.db.Close()
	r.db = nil
	return err
}

func (r *Reader) connect() (*sql.DB, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.db == nil {
		db, err := r.target.open()
		if err != nil {
			return nil, r.explain(err)
		}
		db.SetMaxOpenConns(4)
		r.db = db
	}
	return r.db, nil
}

// Read reads a window, or the rows behind the cursor (at most `batch` of them), or the whole table.
func (r *Reader) Read(ctx context.Context, slice extract.Slice, yield func(extract.Page) error) (extract.Outcome, error) {
	o, ok := r.streams[slice.Stream.Name]
	if !ok {
		return extract.Outcome{}, fmt.Errorf("the source %s has no stream %q of a database", r.source, slice.Stream.Name)
	}
	db, err := r.connect()
	if err != nil {
		return extract.Outcome{}, err
	}
	p := &pass{reader: r, slice: slice, yield: yield, digest: sha256.New()}
	p.sel = selection{dialect: r.target.dialect, options: o}
	out, err := p.run(ctx, db)
	if stop, ok := errors.AsType[*stopped](err); ok {
		return extract.Outcome{}, stop.err
	}
	if err != nil {
		return extract.Outcome{}, r.explain(err)
	}
	return out, nil
}
