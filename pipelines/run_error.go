package pipelines

import (
	"errors"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/sql"
)

// What a command can end with; each is an exit code of the contract.
var (
	ErrUsage         = errors.New("wrong use")                      // 2
	ErrConfiguration = errors.New("configuration")                  // 2
	ErrNotProved     = errors.New("nothing was published")          // 3: an audit or a receipt failed
	ErrLocked        = errors.New("another process holds the lock") // 4
)

// ExitCode returns the exit code of an error: 0 for none, 2 wrong use or configuration, 3 an audit or a receipt failed and
// nothing was published, 4 another process holds the lock, 1 anything else. Of several joined errors the gravest counts: 4,
// 2, 3, 1.
func ExitCode(err error) int {
	var (
		mistakes   project.Mistakes
		definition models.Problems
		connector  extract.Problems
		model      sql.Problems
		receipt    *extract.ReceiptError
		graph      *GraphError
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrLocked):
		return 4
	case errors.Is(err, ErrUsage), errors.Is(err, ErrConfiguration), errors.As(err, &mistakes), errors.As(err, &definition),
		errors.As(err, &connector), errors.As(err, &model), errors.As(err, &graph):
		return 2
	case errors.Is(err, ErrNotProved), errors.As(err, &receipt):
		return 3
	}
	return 1
}

// faulty marks an error without changing its text.
type faulty struct {
	error
	kind error
}

func (f faulty) Unwrap() []error { return []error{f.error, f.kind} }

// configuration marks an error as a mistake of the project.
func configuration(err error) error {
	if err == nil {
		return nil
	}
	return faulty{err, ErrConfiguration}
}
