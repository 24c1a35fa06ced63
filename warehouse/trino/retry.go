package trino

import (
	"context"
	"errors"
	"strings"
	"time"
)

// again runs a statement, and once more for as long as nothing of it can have been done: the cluster did not let it in,
// or it only reads and gave no row yet. A statement that wrote is never repeated.
func again[T any](ctx context.Context, wait func(context.Context, time.Duration) error, statement string, run func() (T, error)) (T, error) {
	for attempt := 0; ; attempt++ {
		result, err := run()
		next, more := pause(attempt)
		if err == nil || !more || ctx.Err() != nil || !repeatable(statement, err) {
			return result, err
		}
		if err := wait(ctx, next); err != nil {
			return result, err
		}
	}
}

// repeatable reports whether a statement that ended with err may run again.
func repeatable(statement string, err error) bool {
	var e *StatementError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Name {
	case "SERVER_STARTING_UP", "QUERY_QUEUE_FULL":
		return true // it was not let in
	}
	return (brief(e.Name) || e.forgotten() || broke(e.Err)) && Reads(statement)
}

// Reads reports whether a statement can change nothing.
func Reads(statement string) bool {
	words := strings.Fields(withoutComments(statement))
	if len(words) == 0 {
		return false
	}
	switch strings.ToLower(words[0]) {
	case "select", "with", "values", "table", "show", "describe", "desc":
		return true
	}
	return strings.HasPrefix(words[0], "(")
}

// withoutComments takes the comments off the front of a statement.
func withoutComments(s string) string {
	for {
		s = strings.TrimSpace(s)
		var found bool
		switch {
		case strings.HasPrefix(s, "--"):
			_, s, found = strings.Cut(s, "\n")
		case strings.HasPrefix(s, "/*"):
			_, s, found = strings.Cut(s, "*/")
		default:
			return s
		}
		if !found {
			return ""
		}
	}
}
