// Package pipelines says in what order tables are built, how often, and what happens when something breaks. Sources,
// entities, star tables, Go models and marts are steps of one [Graph]; [Build] runs the steps whose definition or
// inputs changed, each in one transaction with its state and its change log (invariants 4 and 5).
package pipelines

import (
	"context"
	"time"
)

// Step is one node of the graph: it makes one table, or several that belong together, from others.
type Step interface {
	// Name is the table that names the step, "star.fct_order".
	Name() string
	// Outputs are all tables the step writes; Name is the first.
	Outputs() []string
	// Inputs are the tables it reads, raw tables among them.
	Inputs() []Input
	// Fingerprint changes when the definition does, and only then; the versions of the inputs are not part of it.
	Fingerprint() string
	// Build computes what is to be written and returns it without writing to any table that is not temporary. It is
	// called outside a transaction; the caller writes the outputs, the change log and the state in one.
	Build(ctx context.Context, w *Work) ([]Output, error)
}

// Input is a table that a step reads.
type Input struct {
	Table string // "star.fct_order"
	File  string // where it is named, for errors; may be empty
	Line  int
}

// Output is what a step wants written to one table.
type Output struct {
	Table string // one of the step's outputs
	// Rows is a SELECT that gives the rows to write, with all columns of the table.
	Rows string
	// Where says which rows of the table Rows takes the place of, as a condition over the table's columns that may name
	// temporary tables ("order_key in (select order_key from temp.touched)"). Empty means the whole table is replaced.
	Where string
	// Key is a column that no two rows share and that none lacks; "" when there is none, or it is not known.
	Key string
	// Append says that Rows are added and none replaced; Where is not looked at.
	Append bool
}

// Work is what a step is handed to build with.
type Work struct {
	// Session is the step's own connection. Every input is a view under its own name, showing all rows, until
	// [Work.Bind] or [Work.BindNew] shows fewer. What it keeps is dropped after the step.
	Session Session
	// Now is the time of the build, the same for all its steps.
	Now time.Time
	// Full says that the step must compute its tables anew, whatever they hold.
	Full bool
	// Changes tells by input what happened to it since the step last ran; unchanged inputs are left out.
	Changes map[string]InputChange

	builder *builder
	step    Step
	notes   *StepRecord
}

// InputChange says what happened to an input since the step last read it.
type InputChange struct {
	From, To string // versions: a counter of a built table, a snapshot of a raw one
	Whole    bool   // all of it may have changed: it is new, was rebuilt, or lost its history
}

// Tracked is implemented by a step whose inputs' change logs must carry columns besides the keys and dates that they
// carry anyway: the columns by input table.
type Tracked interface {
	TrackedColumns() map[string][]string
}

// Viewer is implemented by a step that is a view: nothing is stored, readers are bound to its inputs.
type Viewer interface {
	// ViewSQL is the SELECT of the view over its inputs' names.
	ViewSQL() string
}
