package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// CheckProject checks a project of which [project.Load] says the mistakes, nil for none: every one of them, those of the
// connectors, and those of the models that can be found without what is missing, are one error. The caller closes the
// job and what was checked, which are there without an error.
func CheckProject(ctx context.Context, p *project.Project, mistakes error, vault *project.Vault, deps Deps) (*Job, *Checked, error) {
	if p == nil {
		return nil, nil, mistakes
	}
	var said project.Mistakes
	if errors.As(mistakes, &said) {
		p.Publish = slices.DeleteFunc(p.Publish, func(t project.Target) bool { // its mistakes are said already
			return slices.ContainsFunc(said, func(m project.Mistake) bool { return m.Line == t.Line })
		})
	}
	j, bad := openPart(p, vault, deps)
	bad = errors.Join(bad, clusterMistake(p))
	var c *Checked
	var wrong error
	if j.Dictionary != nil {
		c, wrong = j.Check(ctx)
	}
	if mistakes != nil || bad != nil {
		var graph *GraphError
		if errors.As(wrong, &graph) {
			wrong = graph.without(j) // of raw tables whose source could not be opened
		}
		if c != nil {
			wrong = c.Close()
		}
	}
	if err := errors.Join(mistakes, bad, wrong); err != nil {
		return nil, nil, errors.Join(configuration(err), j.Close())
	}
	return j, c, nil
}

// without leaves out that a raw table is missing whose source has mistakes of its own.
func (e *GraphError) without(j *Job) error {
	var rest []string
	for _, m := range e.Mistakes {
		if _, after, raw := strings.Cut(m, " reads raw."); raw {
			source, _, _ := strings.Cut(after, "__")
			if _, err := j.Source(source); err != nil {
				continue
			}
		}
		rest = append(rest, m)
	}
	if len(rest) == 0 {
		return nil
	}
	return &GraphError{Mistakes: rest}
}

// Check finds everything that is wrong and can be known without moving data: the project, the connectors, the mappings,
// the publishing targets, and every model by its types. The error is the configuration's; the caller closes what is
// returned without one.
func (j *Job) Check(ctx context.Context) (c *Checked, err error) { return j.check(ctx, "") }

// CheckFor is [Job.Check] of one table and of what it is made from, "mart.campaign_roi": for who asks of it alone. Of a
// table that nothing makes there is nothing to check.
func (j *Job) CheckFor(ctx context.Context, table string) (*Checked, error) {
	return j.check(ctx, table)
}

func (j *Job) check(ctx context.Context, table string) (c *Checked, err error) {
	_, badTargets := j.targets()
	e, err := duckdb.Open(ctx, duckdb.Config{MemoryLimit: "300MB"})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	s, err := e.Connect(ctx)
	if err != nil {
		return nil, err
	}
	g, badGraph := j.Graph(ctx, s)
	if err := errors.Join(badGraph, s.Close()); err != nil {
		return nil, errors.Join(badTargets, err)
	}
	c, err = Check(ctx, Given{Graph: g, Lake: newLanded(nil, j.Sources), Dictionary: j.Dictionary, Mappings: j.mappings(), Table: table,
		Prepare: func(ctx context.Context, s *duckdb.Session) error {
			return errors.Join(s.Exec(ctx, recordTables), writeSettings(ctx, s, j.Project))
		}})
	if err != nil {
		return nil, err
	}
	if len(c.Problems) > 0 {
		return nil, errors.Join(badTargets, configuration(c.Problems), c.Close())
	}
	if badTargets != nil {
		return nil, errors.Join(badTargets, c.Close())
	}
	return c, nil
}

// Plan says what a run would do now: the streams that would be read and the models that would be built, and why. It
// holds the lock while it looks, and changes nothing.
func (j *Job) Plan(ctx context.Context, sel Selection) (steps []PlannedStep, err error) {
	if !j.Project.May(project.Build) {
		return nil, j.forbidden(project.Build)
	}
	lock, err := TakeLock(j.Project.Dir, "plan")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Free()) }()
	r := &run{job: j}
	defer func() { err = errors.Join(err, r.close()) }()
	if r.lake, err = j.OpenLake(ctx); err != nil {
		return nil, err
	}
	if r.engine, err = j.OpenWarehouse(ctx, r.lake, false); err != nil {
		return nil, err
	}
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	s, err := r.engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	g, err := j.Graph(ctx, s)
	if err := errors.Join(err, s.Exec(ctx, recordTables), writeSettings(ctx, s, j.Project), s.Close()); err != nil {
		return nil, err
	}
	steps, err = Builder{Engine: r.engine, Cluster: r.cluster, Graph: g, Lake: newLanded(r.lake, j.Sources), Now: j.deps.Now()}.Plan(ctx, sel)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return steps, nil
}

// Tables is the number of tables that the checked graph makes.
func (c *Checked) Tables() int { return len(c.graph.owner) }
