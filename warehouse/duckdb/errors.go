package duckdb

import (
	"errors"
	"fmt"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/heliu-data/heliu/warehouse"
)

// StatementError is a statement that DuckDB refused.
type StatementError struct {
	Statement string // its first line, shortened
	Err       error
}

func (e *StatementError) Error() string { return fmt.Sprintf("%v [in: %s]", e.Err, e.Statement) }

// Unwrap returns DuckDB's own error.
func (e *StatementError) Unwrap() error { return e.Err }

// Is reports whether the error is target, so that errors.Is(err, warehouse.ErrNoTable) works.
func (e *StatementError) Is(target error) bool {
	return target == warehouse.ErrNoTable && strings.Contains(e.Err.Error(), "Table with name") &&
		strings.Contains(e.Err.Error(), "does not exist")
}

func statementError(statement string, err error) error {
	if err == nil {
		return nil
	}
	return &StatementError{Statement: firstLine(statement), Err: err}
}

func firstLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

func openError(path string, err error) error {
	if path == "" {
		return fmt.Errorf("open DuckDB in memory: %w", err)
	}
	if strings.Contains(err.Error(), "Could not set lock") || strings.Contains(err.Error(), "Conflicting lock") {
		return fmt.Errorf("open %s: another process has it open; wait for the other run to end, or read the published file: %w", path, err)
	}
	return fmt.Errorf("open %s: %w", path, err)
}

// IsOutOfMemory reports whether a statement did not fit under the memory limit; alone, or with fewer threads, it may.
func IsOutOfMemory(err error) bool {
	var de *duck.Error
	return errors.As(err, &de) && de.Type == duck.ErrorTypeOutOfMemory
}

// IsConflict reports whether two transactions touched the same rows; the statement may be tried again.
func IsConflict(err error) bool {
	var de *duck.Error
	return errors.As(err, &de) && de.Type == duck.ErrorTypeTransaction && strings.Contains(de.Msg, "onflict")
}
