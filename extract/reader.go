package extract

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// Reader is one way into a system: HTTP, SQL, files. It knows how to ask and how to page, and nothing of the lake:
// typing, rejecting, hashing, counting, committing and resuming are done once, by the landing code behind yield.
//
// Read reads one slice of one stream and hands its records to yield, page after page, in an order that is the same
// when the same slice is read again. It returns when the slice is read whole, or with an error; pages yielded before
// an error are thrown away, nothing of them is committed. Read must stop and return yield's error unchanged when
// yield returns one. It must honour ctx. It is called by one goroutine at a time for one stream, but several streams
// may be read at once.
//
// Errors steer the caller: [ErrTransient] is tried again by the [Retry] wrapper (a reader that asks many small
// questions retries each question itself), [ErrAuth] ends the source's run with a hint on credentials,
// [ErrSourceChanged] has the whole slice read again, a few times; anything else fails the stream.
type Reader interface {
	Read(ctx context.Context, slice Slice, yield func(Page) error) (Outcome, error)
}

// Tester is a Reader that can be tried with one cheap call that reads nothing into the lake.
type Tester interface {
	Test(ctx context.Context) error
}

// Divided is a Reader that reads some of its streams once for each of several values, such as the accounts of an
// advertiser. All of a stream's windows share one cursor: a value that is configured later is read from the stream's
// start by windows of its own (Slice.Only).
type Divided interface {
	// Parts names the values of a stream, "advertiser_id=1"; nil for a stream that is read once, none for one whose values
	// are not configured.
	Parts(*Stream) []string
}

// Closer is a Reader that holds something open.
type Closer interface {
	Close() error
}

// Slice says which part of a stream to read.
type Slice struct {
	Stream *Stream // as the connector declares it

	// From and To bound the slice in source time for streams that declare a window: From inclusive, To exclusive.
	// Both are zero for streams without one.
	From, To time.Time

	// Cursor is what the last committed slice of this stream returned in Outcome.Cursor; "" on the first read and
	// on a full one. Streams with a window do not need it.
	Cursor string

	// Full asks for everything, whatever was read before.
	Full bool

	// Only are the parts that a [Divided] reader reads; nil for all.
	Only []string

	// Now is the run's clock at the start of the slice: a reader computes lags from it and reads no other clock.
	Now time.Time
}

// Page is a batch of records as they came. The reader gives it away with yield: it must not touch the bytes again.
// A page has its records in exactly one of three shapes: JSON, Lines or Rows.
type Page struct {
	// Position says where the page came from, for errors and the __rejected table: "page 3", "orders.csv".
	Position string

	// First is the number of the page's first record or line within Position, from 1; 0 when that says nothing.
	// A record's full position is "Position:First+i".
	First int64

	// JSON holds one JSON text a record.
	JSON [][]byte

	// Lines holds newline-separated JSON texts (JSON lines), to be split by the landing code; blank lines are skipped.
	// The fastest shape: 256 KB to 4 MB a page uses both cores.
	Lines []byte

	// Done, if not nil, is called when the page's texts are no longer looked at, so that their memory may be used again;
	// by any goroutine, and not after an error.
	Done func()

	// Rows holds records with named, already typed values: Names are the columns of the source, and each row has as
	// many values. A value is nil, bool, int64, float64, string, []byte (text), time.Time (an instant), [LocalTime]
	// (a time without a zone), [Numeric] (an exact decimal as text) or [JSONText]. Strings are decoded by the
	// declared field type exactly as a JSON string would be: "12.30" into a money field is 12.30.
	Names []string
	Rows  [][]any

	// At holds the line or number of each of Rows within Position, where First+i is not it (rows of several lines, or bad
	// ones between them); else nil.
	At []int64

	// Bad are records that the reader itself could not make sense of (a ragged CSV row, a broken line). They count as
	// read and go to __rejected as they are.
	Bad []BadRecord

	// With are values that all records of the page have in common but do not carry (the account that was asked);
	// they fill the fields declared `from: <name>`.
	With map[string]string
}

// LocalTime is a time without a zone, as 2006-01-02 15:04:05[.999999]; the field's or connector's zone makes it an
// instant.
type LocalTime string

// Numeric is an exact decimal number as text: "-12.3400", "1E+3".
type Numeric string

// JSONText is a JSON value as text.
type JSONText string

// BadRecord is a record that could not be taken apart.
type BadRecord struct {
	Record string // the original, as text; cut to what is useful if it is huge
	Field  string // "" when it is the whole record
	Reason string // what is wrong, for people
	At     int64  // its line or number within the page's Position; 0 when unknown
}

// Outcome is what a reader knows after it read a slice whole.
type Outcome struct {
	// Kind and Count are what the source itself says of the slice. Count is nil when Kind is CountNone.
	// The count is of records as the source counts them, before children are split off.
	Kind  warehouse.CountKind
	Count *int64

	// Cursor is where the next slice begins, committed with the data; "" lets the landing code use the window's end or,
	// for a stream without a window that is read whole each time, a digest of its content (the same content is not
	// landed again).
	// It is opaque to everybody else and under 64 KB.
	Cursor string

	// Files are the paths that the slice read, for the receipt; nil for what are no files.
	Files []string

	// More asks for another slice at once, from Cursor: a reader splits a long read into slices of bounded size
	// (a file, 100,000 rows), each of which is committed on its own and resumed on its own.
	More bool

	// Empty says that there was nothing to read and nothing is to be committed: no new file, no newer row.
	Empty bool
}

// Counted makes the Outcome of a slice whose source gave a count.
func Counted(kind warehouse.CountKind, n int64) Outcome {
	return Outcome{Kind: kind, Count: &n}
}

// ErrAuth says that the source refused the credentials, also after they were refreshed where that is possible.
var ErrAuth = errors.New("the source refused the credentials")

// ErrSourceChanged says that the source changed while it was read (its count moved, a page shrank): the slice is read
// again from its start, at most three times, and then fails as a receipt.
var ErrSourceChanged = errors.New("the source changed while it was read")

// ErrTransient is a failure that a later try may not have: a lost connection, 429, 5xx.
type ErrTransient struct {
	Err  error
	Wait time.Duration // the source's own word on when to come back; 0 when it gave none
}

// Error says what failed.
func (e *ErrTransient) Error() string {
	if e.Wait > 0 {
		return fmt.Sprintf("%v (the source asks to wait %s)", e.Err, e.Wait)
	}
	return e.Err.Error()
}

// Unwrap gives the failure beneath.
func (e *ErrTransient) Unwrap() error { return e.Err }

// ReceiptError says that a slice was read but what arrived disagrees with what the source says it has. Nothing of the
// slice was committed. The run ends with exit code 3.
type ReceiptError struct {
	Receipt warehouse.Receipt
	Tries   int
	Err     error // set when the source kept changing

	content   string // digest of what was read
	pageTwice bool   // a whole page stood there before
	far       int64  // records on two pages that are counted as read each time
}

// twins is the digest of a read in which the only thing amiss was that some records stood on two pages, while the
// source counts each of them: read again and found the same, they are the source's own duplicates and land as such.
// A whole page that repeats is never that.
func (e *ReceiptError) twins() string {
	if e == nil || e.pageTwice || e.Receipt.SourceCount == nil || e.Receipt.Repeated+e.far == 0 ||
		*e.Receipt.SourceCount != e.Receipt.Read+e.Receipt.Repeated {
		return ""
	}
	return e.content
}

// Error names the source, stream and window and both counts.
func (e *ReceiptError) Error() string {
	r := e.Receipt
	window := ""
	if !r.From.IsZero() {
		window = fmt.Sprintf(" from %s to %s", r.From.UTC().Format(time.RFC3339), r.To.UTC().Format(time.RFC3339))
	}
	said := "gave no count"
	if r.SourceCount != nil {
		said = fmt.Sprintf("says %d (%s)", *r.SourceCount, r.CountKind)
	}
	s := fmt.Sprintf("receipt of %s.%s%s: the source %s, %d read (%d to land, %d rejected, %d repeated) after %d tries; nothing of the window was committed",
		r.Source, r.Stream, window, said, r.Read, r.Landed, r.Rejected, r.Repeated, e.Tries)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the reason why the source could not be read steadily, if there is one.
func (e *ReceiptError) Unwrap() error { return e.Err }
