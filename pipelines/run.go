package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// Order says what a run is to do.
type Order struct {
	Command string          // for the record: "run", "extract", "build"
	Extract bool            // read the sources
	Streams []string        // "source" or "source.stream"; none means all
	Read    extract.Options //
	Build   bool            // build and audit the models
	Models  Selection       //
	Audit   bool            // audit without building
	Publish bool            // publish what was built, if all of it holds
	Whole   bool            // leave out what this program may not do, instead of refusing the order
}

// Result is what a run did.
type Result struct {
	RunID       string
	Recorded    bool     // the record of runs has it: false when the run ended before it could be written
	Left        []string // parts of a whole order that this program may not do: "extract"
	Extraction  Extraction
	Blocked     []string // models that were not built because a source that they need failed
	Stale       []Stale  // tables that need a stream whose latest read failed, in this run or before
	Report      *Report  // nil when nothing was built
	Audits      []AuditResult
	Quarantined int64 // rows in quarantine after the build, of whichever run
	Headlines   []Headline
	Published   []Publication
	Unpublished string // why nothing was published, "" when it was
	Took        time.Duration
}

// run is one run under way: it holds the lock, the lake, the warehouse and the record.
type run struct {
	job     *Job
	id      string
	lake    *lake.Lake
	engine  *duckdb.Engine // holds the record of runs, and the warehouse or what is published of one on a cluster
	cluster *trino.Engine  // nil when the warehouse is a file
	record  *record
	sources []*extract.Source
	graph   *Graph
	landed  *landed  // what the lake holds once the sources are read
	silent  []unread // streams that another program reads and has not delivered
}

// Run does what is ordered: extract, build, audit, publish. Every part can be killed at any instant and is finished by
// the next run. The error joins whatever failed; [ExitCode] tells which exit code it means. The result is as far as the
// run came.
func (j *Job) Run(ctx context.Context, order Order) (result *Result, err error) {
	order, left, err := j.allowed(order)
	if err = errors.Join(err, j.orderable(order)); err != nil {
		return nil, err
	}
	begun := j.deps.Now()
	result = &Result{RunID: begun.UTC().Format("20060102T150405.000Z"), Left: left}
	lock, err := TakeLock(j.Project.Dir, fmt.Sprintf("run %s, process %d", result.RunID, os.Getpid()))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, lock.Free()) }()
	r, err := j.start(ctx, result.RunID, order.Command)
	if err != nil {
		return result, err
	}
	result.Recorded = true
	err = r.do(ctx, order, result)
	if errors.Is(err, ErrUsage) { // a slip of the keyboard is no run
		result.Recorded = false
		return result, errors.Join(err, r.record.forget(ctx), r.close())
	}
	err = errors.Join(err, r.record.finish(ctx, err), r.remember(order.Command, result, err), r.close())
	result.Took = j.deps.Now().Sub(begun)
	return result, err
}

// namesSource refuses a project that nothing can be read into.
func (j *Job) namesSource() error {
	if len(j.Project.Sources) > 0 {
		return nil
	}
	return configuration(fmt.Errorf("%s names no source, so there is nothing to read and nothing to build; name one under sources: "+
		"(heliu source list --connectors says which kinds there are and what each needs), or look at a whole project: heliu init --demo demo", j.Project.File))
}

// orderable refuses an order that nothing can come of, before anything is touched.
func (j *Job) orderable(order Order) error {
	if len(order.Streams) == 0 && len(order.Models.Models) == 0 {
		if err := j.namesSource(); err != nil {
			return err
		}
	}
	if !order.Extract {
		return nil
	}
	_, err := j.streams(j.Sources, order.Streams)
	return err
}

// start opens what a run needs. The lock is held.
func (j *Job) start(ctx context.Context, id, command string) (*run, error) {
	r := &run{job: j, id: id}
	if err := r.open(ctx, command); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *run) open(ctx context.Context, command string) (err error) {
	if r.lake, err = r.job.OpenLake(ctx); err != nil {
		return err
	}
	if r.sources, err = r.job.openSources(r.lake); err != nil {
		return configuration(err)
	}
	if r.engine, err = r.job.OpenWarehouse(ctx, r.lake, false); err != nil {
		return err
	}
	r.record, err = openRecord(ctx, r.engine, r.id, command, r.job.deps.Version, r.job.deps.Now, r.job.vault.Redact)
	return err
}

// prepare connects to the cluster, writes the project's settings and assembles the graph: a mistake must not cost an hour of
// reading. A cluster that is away costs none of it: sources forget, and it may be back when they are read.
func (r *run) prepare(ctx context.Context, order Order) error {
	if err := r.connect(ctx); err != nil && !(order.Extract && trino.IsGone(err)) {
		return err
	}
	if err := r.record.settings(ctx, r.job.Project); err != nil {
		return err
	}
	session, err := r.engine.Connect(ctx)
	if err != nil {
		return err
	}
	r.graph, err = r.job.Graph(ctx, session)
	return errors.Join(err, session.Close())
}

func (r *run) close() error {
	var errs []error
	if r.record != nil {
		errs = append(errs, r.record.close())
	}
	for _, s := range r.sources {
		errs = append(errs, s.Close())
	}
	if r.cluster != nil {
		errs = append(errs, r.cluster.Close())
	}
	if r.engine != nil {
		errs = append(errs, r.engine.Close())
	}
	if r.lake != nil {
		errs = append(errs, r.lake.Close())
	}
	return errors.Join(errs...)
}

func (r *run) do(ctx context.Context, order Order, result *Result) error {
	if order.Build || order.Audit || order.Publish {
		if err := r.prepare(ctx, order); err != nil {
			return err
		}
		if _, err := r.graph.resolve(order.Models); err != nil {
			return fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	var reading, building error
	if order.Extract {
		list, err := r.job.streams(r.sources, order.Streams)
		if err != nil {
			return err
		}
		result.Extraction, err = r.extract(ctx, list, order.Read)
		if err != nil {
			return err
		}
		reading = errors.Join(result.Extraction.Err(), r.tell(ctx, list, result.Extraction), r.upkeep(ctx, list, result.Extraction))
	}
	if r.graph != nil {
		others, err := r.elsewhere(ctx, order)
		if err != nil {
			return errors.Join(reading, err)
		}
		reading = errors.Join(reading, result.Extraction.add(others))
		if err := r.connect(ctx); err != nil {
			if order.Publish {
				result.Unpublished = "the cluster that builds the models could not be reached"
			}
			return errors.Join(reading, err)
		}
		if err := r.look(ctx); err != nil {
			return errors.Join(reading, err)
		}
	}
	switch {
	case order.Build:
		building = r.build(ctx, order.Models, result)
	case order.Audit:
		building = r.bring(ctx, r.builder(), nil) // what is audited there is what goes out
		if building == nil {
			building = r.audit(ctx, r.builder(), Selection{}, result)
		}
		if building == nil {
			result.Headlines, building = r.headlines(ctx, r.graph)
		}
	}
	failure := errors.Join(reading, building)
	if r.graph != nil {
		var err error
		if result.Stale, err = r.stale(ctx); err != nil {
			return errors.Join(failure, err)
		}
	}
	switch {
	case !order.Publish:
	case ExitCode(failure) == 3:
		result.Unpublished = "a receipt or an audit failed"
		failure = errors.Join(failure, ErrNotProved)
	case building != nil:
		result.Unpublished = "a model could not be built or audited"
	case order.Build && result.Report == nil:
		result.Unpublished = "every model needs a source that failed"
	default:
		// A source that could not be read keeps back only what needs it (PITFALLS D1): the rest goes out, and the tables
		// that were kept back stay as they were published.
		failure = errors.Join(failure, r.publish(ctx, result))
	}
	if trino.IsGone(building) { // each table would say so once more
		return failure
	}
	return errors.Join(failure, r.keepCluster(ctx, result.Report))
}

// begin shows a step; without a progress nobody looks.
func (r *run) begin(name string) *terminal.Step { return r.job.deps.Progress.Begin(name) }

// Everything is the whole nightly job.
func Everything(command string) Order {
	return Order{Command: command, Extract: true, Build: true, Publish: true, Whole: true}
}
