package pipelines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// stateDir is the folder of a project in which runs keep what is theirs.
const stateDir = ".heliu"

// Lock is held by the one process that may do a thing to a project: write its warehouse, or land its pushed events. The
// kernel gives it back when the process ends, however it ends.
type Lock struct {
	file *flock.Flock
}

// TakeLock takes the lock of a project folder without waiting. Another holder gives [ErrLocked], with what it says of
// itself; holder is what this one says: "run 20260618T020000Z, process 4711".
func TakeLock(dir, holder string) (*Lock, error) { return takeLock(dir, "lock", holder) }

// takeCollectLock takes the lock of the one process that lands a project's pushed events, which a run does not touch.
func takeCollectLock(dir, holder string) (*Lock, error) { return takeLock(dir, "collect.lock", holder) }

func takeLock(dir, name, holder string) (*Lock, error) {
	folder := filepath.Join(dir, stateDir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for the lock: %w", err)
	}
	path := filepath.Join(folder, name)
	file := flock.New(path)
	taken, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !taken {
		return nil, fmt.Errorf("%w: %s; wait for it or stop it, then start again", ErrLocked, holderOf(path))
	}
	if err := os.WriteFile(path, []byte(holder+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("write lock %s: %w", path, err)
	}
	return &Lock{file: file}, nil
}

// Free gives the lock back.
func (l *Lock) Free() error {
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("free the lock: %w", err)
	}
	return nil
}

func holderOf(path string) string {
	text, err := os.ReadFile(path)
	if holder := strings.TrimSpace(string(text)); err == nil && holder != "" {
		return holder
	}
	return "a process that has not said which"
}
