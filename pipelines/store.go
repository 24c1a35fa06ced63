package pipelines

import (
	"context"
	"database/sql"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/warehouse"
)

// Session is what a step has of the engine, one connection with names of its own. What is viewed, kept or filled lives as
// long as the session; kept and filled tables are named temp.<name> too. It is not safe for concurrent use.
type Session interface {
	// Query runs one statement and streams its rows as Arrow batches; the caller releases the reader.
	Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error)
	// Rows runs one statement and returns its rows to be scanned; for small results.
	Rows(ctx context.Context, sql string, args ...any) (*sql.Rows, error)
	// Row runs a statement that gives one row and scans it.
	Row(ctx context.Context, sql string, dest ...any) error
	// Columns gives the columns of a table or view; [warehouse.ErrNoTable] when there is none.
	Columns(ctx context.Context, table string) ([]warehouse.Described, error)
	// View makes the name, "star.fct_order" or "pool", stand for a query in what this session runs from here on.
	View(ctx context.Context, name, query string) error
	// Keep computes the query once, into a table that the session names so; Add adds rows to it.
	Keep(ctx context.Context, name, query string) error
	Add(ctx context.Context, name, query string) error
	// Derive is Keep for what is quickly computed from what is kept: the engine may compute it at each use.
	Derive(ctx context.Context, name, query string) error
	// Fill keeps rows that the program made.
	Fill(ctx context.Context, name string, batches array.RecordReader) error
	// Cost is what the statements so far took of the engine.
	Cost() warehouse.Cost
	// Close ends the session, and what it kept with it.
	Close() error
}

// stored is what there is before a build.
type stored struct {
	states map[string]state    // by step
	tables map[string][]column // tables, change logs among them
	views  map[string]bool
}

// increment is a part of a raw table: its files after the version since up to head; all of them when since is "".
type increment struct {
	table, since, head string
	files              []warehouse.File
}

// change is what one step wants written, and the state that it leaves when nothing differs from what is stored; of one that
// does the version is the next one.
type change struct {
	step    Step
	full    bool // whatever stands there, it is replaced
	next    state
	outputs []Output
	record  *StepRecord
}

// store keeps a build's tables, their change logs and the state of its steps, and computes: what differs between the
// engines is behind it.
type store interface {
	// prepare tells what is stored; with write it makes first what must be there.
	prepare(ctx context.Context, g *Graph, write bool) (stored, error)
	// session opens the connection of one step. The worker is the number of the goroutine that runs it.
	session(ctx context.Context, g *Graph, worker int) (Session, error)
	// reader opens a session that sees every table and view under its own name.
	reader(ctx context.Context, g *Graph) (Session, error)
	// sound refuses a step of which a table is not what the last build left, unless it is built anew, or of which one of the
	// tables that it is about to read is not.
	sound(step Step, full bool, reads []string) error
	// name is the SQL name under which a stored table is read, whatever a session views under its own.
	name(table string) string
	// bindRaw makes name a view of a part of a raw table.
	bindRaw(ctx context.Context, s Session, lake Lake, name string, part increment) error
	// bindKept makes a small table that the program keeps readable under its own name.
	bindKept(ctx context.Context, s Session, table string) error
	// digest changes when the content of a small table does that the program keeps.
	digest(ctx context.Context, table string) (string, error)
	// isWhole says whether all rows of a table may have changed after a version of it.
	isWhole(ctx context.Context, table string, version int64) (bool, error)
	// log is the SQL name of a table's change log after a version, "" when nothing in the table changed since.
	log(table string, version int64) string
	// ask runs a small query that gives one row.
	ask(ctx context.Context, query string, dest ...any) error
	// write brings the outputs into their tables and change logs and the state beside them, all or nothing
	// (invariant 4), and gives the state and the tables of which it made or changed the shape.
	write(ctx context.Context, b *builder, s Session, c change) (state, map[string][]column, error)
	// show keeps a view and its state; one that reads raw files is only remembered.
	show(ctx context.Context, b *builder, step Step, view Viewer, next state) error
	// finish forgets what every reader has read: of a logged table the changes up to its version, all of one without
	// readers, and steps that the graph no longer has.
	finish(ctx context.Context, b *builder, read map[string]int64) error
	close() error
}
