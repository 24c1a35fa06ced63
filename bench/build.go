package bench

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

//go:embed sql
var models embed.FS

// Config says what to build.
type Config struct {
	Land string // folder of folders of Parquet files
	DB   string // the DuckDB file that is built
	// MemoryLimit is DuckDB's own; 600MB when empty, half of what the process may take.
	MemoryLimit string
	Full        bool
	Now         time.Time
}

// Build brings the tables of the benchmark up to date and writes a line a step to out. The first time that is a full
// build, afterwards what landed since, and nothing when nothing did.
func Build(ctx context.Context, cfg Config, out io.Writer) (err error) {
	if cfg.MemoryLimit == "" {
		cfg.MemoryLimit = "600MB"
	}
	list, err := sql.ParseFS(models, "sql", "bench")
	if err != nil {
		return err
	}
	e, err := duckdb.Open(ctx, duckdb.Config{Path: cfg.DB, MemoryLimit: cfg.MemoryLimit, Threads: 2})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	steps, err := steps(ctx, e, list)
	if err != nil {
		return err
	}
	lake := folder{cfg.Land}
	g, err := pipelines.NewGraph(steps, lake.RawTables())
	if err != nil {
		return err
	}
	report, err := pipelines.Builder{Engine: e, Graph: g, Lake: lake, Now: cfg.Now}.Build(ctx, pipelines.Selection{Full: cfg.Full})
	if report != nil {
		for _, s := range report.Steps {
			if _, werr := fmt.Fprintf(out, "%-28s %-9s %-7s %7.2f s %10d rows %10d read  %s %s\n", s.Name, s.Status, s.Mode, s.Seconds, s.Rows, s.Cost.Rows, s.Why, strings.Join(append(s.Ranges, s.Notes...), ", ")); werr != nil {
				err = errors.Join(err, werr)
			}
		}
	}
	return err
}

func steps(ctx context.Context, e *duckdb.Engine, list []sql.Model) (steps []pipelines.Step, err error) {
	s, err := e.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return pipelines.ModelSteps(ctx, s, list, nil)
}
