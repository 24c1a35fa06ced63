// Package warehouse says where tables live and how they are read and written. The lake (package lake) keeps what
// was landed; an engine (duckdb, trino) computes the star schema and the marts from it and can always be rebuilt.
package warehouse

import (
	"context"
	"errors"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/models"
)

// ErrNoTable says that a statement names a table that the engine does not have.
var ErrNoTable = errors.New("no such table")

// Column is a named, typed column of a table.
type Column struct {
	Name    string
	Type    models.Type
	Comment string
}

// Described is a column as an engine describes it. The type is in DuckDB's spelling on every engine: "BIGINT",
// "DECIMAL(18,4)", "TIMESTAMP WITH TIME ZONE".
type Described struct{ Name, Type string }

// Cost is what statements took of an engine, as far as it tells.
type Cost struct {
	Rows  int64         // read from tables and files
	Bytes int64         // read from storage; a cluster tells them
	Busy  time.Duration // what was waited for a cluster to answer the statements
}

// File is one immutable data file of the lake.
type File struct {
	Path   string // a local path or an s3:// address
	SHA256 string // hex, lower case; checked before the file is read
	Bytes  int64
	Rows   int64
	// State is a version of the table that holds the file: a later one may hold its rows in a merged file. 0 is none.
	State int64
}

// Session runs statements one after another on one connection. It is not safe for concurrent use.
type Session interface {
	// Exec runs one or several statements separated by semicolons and throws their rows away.
	Exec(ctx context.Context, sql string, args ...any) error
	// Query runs one statement and streams its rows as Arrow batches; the caller releases the reader.
	Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error)
	// Ingest appends the batches to an existing table; columns are matched by name.
	Ingest(ctx context.Context, table string, batches array.RecordReader) error
	// Bind exposes lake files as the temporary view name with exactly the columns given, read by field id,
	// whatever the schema was when each file was landed. No file at all gives an empty view.
	Bind(ctx context.Context, name string, files []File, columns []Column) error
	// InTx runs f in a transaction, commits when it returns nil and rolls back otherwise.
	InTx(ctx context.Context, f func(context.Context) error) error
	// Close gives the connection back.
	Close() error
}

// Schema is the Arrow schema of a reader's batches; it is here so that Go models need not import Arrow twice.
type Schema = arrow.Schema
