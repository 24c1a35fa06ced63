package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// ErrNothingPublished says that no run has published yet.
var ErrNothingPublished = errors.New("nothing is published yet; run: heliu run")

// LastRun is what the newest run came to. It stands beside the warehouse, which only one run may open, so that readers
// can tell without it.
type LastRun struct {
	RunID      string    `json:"run_id"`
	Command    string    `json:"command"`
	ExitCode   int       `json:"exit_code"`
	Message    string    `json:"message,omitempty"`
	FinishedAt time.Time `json:"finished_at"`
	// Publication is the one that the run made, "" for none: a run that failed in part may have published the rest.
	Publication string  `json:"publication,omitempty"`
	Stale       []Stale `json:"stale,omitempty"` // tables that are older than the others
}

func lastRunFile(dir string) string { return filepath.Join(dir, stateDir, "last_run.json") }

// remember replaces the file of the last run.
func (r *run) remember(command string, result *Result, failure error) error {
	last := LastRun{RunID: r.id, Command: command, ExitCode: ExitCode(failure), FinishedAt: r.job.deps.Now().UTC(), Stale: result.Stale}
	if len(result.Published) > 0 {
		last.Publication = result.Published[0].ID
	}
	if failure != nil {
		last.Message = r.job.vault.Redact(failure.Error())
	}
	text, err := json.Marshal(last)
	if err != nil {
		return err
	}
	path := lastRunFile(r.job.Project.Dir)
	if err := os.WriteFile(path+".part", text, 0o644); err != nil {
		return fmt.Errorf("write what the run came to: %w", err)
	}
	return os.Rename(path+".part", path)
}

// LastRun tells what the newest run came to; false when there was none.
func (j *Job) LastRun() (LastRun, bool, error) {
	var last LastRun
	text, err := os.ReadFile(lastRunFile(j.Project.Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return last, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &last)
	}
	if err != nil {
		return last, false, fmt.Errorf("read what the last run came to: %w", err)
	}
	return last, true, nil
}

// PublishedPath is the DuckDB file that readers of the project look at.
func (j *Job) PublishedPath() string {
	for _, t := range j.Project.Publish {
		if t.DuckDB != "" {
			return j.Project.Path(t.DuckDB)
		}
	}
	return j.Project.Path(privateTarget)
}

// OpenPublished opens the last good publication to be read. It never waits for a run, nor a run for it (invariant 6).
func (j *Job) OpenPublished(ctx context.Context) (*duckdb.Engine, error) {
	path, err := filepath.EvalSymlinks(j.PublishedPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNothingPublished
	}
	if err != nil {
		return nil, fmt.Errorf("find the published file: %w", err)
	}
	cfg := duckdb.Config{Path: path, ReadOnly: true, MemoryLimit: j.Project.Memory.String(), Threads: j.Project.Threads,
		TempDir: filepath.Join(j.Project.Dir, stateDir, "query.tmp")}
	if j.raw != nil {
		return j.beside(ctx, cfg)
	}
	return duckdb.Open(ctx, cfg)
}

// Building opens the private warehouse to be read, while no run holds the lock; free gives both back.
func (j *Job) Building(ctx context.Context) (e *duckdb.Engine, free func() error, err error) {
	if _, err := os.Stat(j.WarehousePath()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w: there is no warehouse yet; run: heliu run", ErrUsage)
	}
	lock, err := TakeLock(j.Project.Dir, fmt.Sprintf("a reader of the warehouse, process %d", os.Getpid()))
	if err != nil {
		return nil, nil, err
	}
	e, err = j.OpenWarehouse(ctx, nil, true)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Free())
	}
	return e, func() error { return errors.Join(e.Close(), lock.Free()) }, nil
}
