// Package duckdb is the embedded engine: the warehouse in one DuckDB file (or in memory), with memory limit, spill
// folder and threads always set. It needs the build tag duckdb_arrow.
package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"

	duck "github.com/duckdb/duckdb-go/v2"
)

// Config says which file to open and what it may use.
type Config struct {
	Path        string // the DuckDB file; "" or ":memory:" for one that lives with the process
	MemoryLimit string // DuckDB's own limit, "700MB" when empty; the process takes up to twice as much (PITFALLS A5)
	TempDir     string // the spill folder; "<Path>.tmp" when empty, a folder of the system for one in memory
	Threads     int    // 0 = the number of processors
	ReadOnly    bool   // opens without write access; macros and views are then temporary
	Objects     Objects
	S3          *S3    // lets httpfs read s3:// addresses, when its extension is found
	CacheDir    string // where objects are kept when httpfs is not used; "<TempDir>/objects" when empty
	CacheBytes  int64  // bound of that folder, 10 GB when 0
}

// Engine is an open DuckDB database. It is safe for concurrent use; sessions are not.
type Engine struct {
	db      *sql.DB
	cfg     Config
	catalog string
	files   *files
	views   atomic.Int64
}

// Open opens or creates the database and checks that it answers.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Path == ":memory:" {
		cfg.Path = ""
	}
	if cfg.MemoryLimit == "" {
		cfg.MemoryLimit = "700MB"
	}
	if cfg.Threads <= 0 {
		cfg.Threads = runtime.NumCPU()
	}
	if cfg.TempDir == "" {
		cfg.TempDir = filepath.Join(os.TempDir(), "heliu-spill-"+strconv.Itoa(os.Getpid()))
		if cfg.Path != "" {
			cfg.TempDir = cfg.Path + ".tmp"
		}
	}
	if cfg.Path != "" && !cfg.ReadOnly {
		if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o755); err != nil {
			return nil, fmt.Errorf("make the folder of %s: %w", cfg.Path, err)
		}
	}
	set := url.Values{}
	set.Set("memory_limit", cfg.MemoryLimit)
	set.Set("temp_directory", cfg.TempDir)
	set.Set("threads", strconv.Itoa(cfg.Threads))
	set.Set("preserve_insertion_order", "false")
	// The newest storage format has one compression for texts that does what three older ones do; to try them all takes
	// as long as to compute the rows (measured: 0.43 against 0.86 CPU s for 500,000 visits, the same size).
	set.Set("storage_compatibility_version", "v1.5.0")
	set.Set("disabled_compression_methods", "fsst,dictionary,zstd")
	set.Set("autoinstall_known_extensions", "false")
	set.Set("autoload_known_extensions", "false")
	if cfg.ReadOnly {
		set.Set("access_mode", "read_only")
	}
	connector, err := duck.NewConnector(cfg.Path+"?"+set.Encode(), func(c driver.ExecerContext) error {
		_, err := c.ExecContext(ctx, "set timezone = 'UTC'", nil)
		return err
	})
	if err != nil {
		return nil, openError(cfg.Path, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(-1) // a connection's temporary objects end with its session
	e := &Engine{db: db, cfg: cfg}
	if err := db.QueryRowContext(ctx, "select current_database()").Scan(&e.catalog); err != nil {
		return nil, errors.Join(openError(cfg.Path, err), db.Close())
	}
	if e.files, err = newFiles(ctx, e); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

// SetThreads changes how many threads the database computes with from here on, in every session; n is at least 1.
func (e *Engine) SetThreads(ctx context.Context, n int) error {
	if _, err := e.db.ExecContext(ctx, "set threads = "+strconv.Itoa(n)); err != nil {
		return fmt.Errorf("set the number of threads to %d: %w", n, err)
	}
	return nil
}

// Catalog is the name under which the file's tables can be reached whatever the current database is.
func (e *Engine) Catalog() string { return e.catalog }

// Path is the file, "" for one in memory.
func (e *Engine) Path() string { return e.cfg.Path }

// Close checkpoints the file and releases it.
func (e *Engine) Close() error {
	err := e.db.Close()
	if e.cfg.Path == "" {
		return errors.Join(err, os.RemoveAll(e.cfg.TempDir))
	}
	return err
}

// Connect opens a connection of its own. The prelude's macros are there already.
func (e *Engine) Connect(ctx context.Context) (*Session, error) {
	s, err := e.ConnectBare(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Exec(ctx, temporary(prelude)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ConnectBare is [Engine.Connect] without the macros of the prelude, which take 5 ms, more than a small statement: for
// a session that works in a database that holds them.
func (e *Engine) ConnectBare(ctx context.Context) (*Session, error) {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to DuckDB: %w", err)
	}
	return &Session{conn: conn, engine: e}, nil
}
