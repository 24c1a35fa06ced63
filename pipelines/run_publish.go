package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/publish"
)

// Publication is one target that shows a run's tables.
type Publication struct {
	ID       string
	Target   string // duckdb, postgres, …
	Location string // never a secret
	Tables   int
	Rows     int64
	Written  int64 // rows that were written anew
}

// target is one place to publish to.
type target struct {
	name     string // of ops.publications, without a secret
	kind     string
	location string // as the project writes it
	tables   []string
	publish.Target
}

// patterns name the tables that the target takes.
func (t target) patterns() []string {
	if len(t.tables) == 0 {
		return []string{"mart.*", "star.*"}
	}
	return t.tables
}

// privateTarget is where the readers of a project look that publishes no DuckDB file.
var privateTarget = filepath.Join(stateDir, "published.duckdb")

// targets are those of the project, and a DuckDB file of our own where it names none.
func (j *Job) targets() ([]target, error) {
	var list []target
	var mistakes []error
	add := func(name string, line int, c publish.Config, shown string) {
		c.Language, c.Keep, c.Crash = j.Project.Language, j.Project.Retention.Publications, j.deps.Crash
		t, err := publish.Open(c)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %w", j.Project.File, line, err))
			return
		}
		if slices.ContainsFunc(list, func(other target) bool { return other.name == name }) {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: publish names %s twice", j.Project.File, line, name))
		}
		list = append(list, target{name: name, kind: c.Kind, location: shown, tables: c.Tables, Target: t})
	}
	duck := false
	for i, written := range j.Project.Publish {
		kind, location := written.Kind()
		c := publish.Config{Kind: kind, Location: j.Project.Path(location), Tables: written.Tables, Schema: written.Schema}
		name := kind + ":" + location
		if kind == "postgres" {
			dsn, err := j.vault.Reveal(written.Postgres.Secret)
			if err != nil {
				mistakes = append(mistakes, fmt.Errorf("%s:%d: publish: postgres: %w", j.Project.File, written.Line, err))
				continue
			}
			c.Location, name = dsn, fmt.Sprintf("postgres:%d", i)
		}
		add(name, written.Line, c, location)
		duck = duck || kind == "duckdb"
	}
	if !duck {
		c := publish.Config{Kind: "duckdb", Location: j.Project.Path(privateTarget)}
		if j.Project.Warehouse.OnTrino() { // facts that one machine does not hold stay on the cluster, unless a target names them
			for _, t := range list {
				c.Tables = append(c.Tables, t.patterns()...)
			}
		}
		add("duckdb:"+privateTarget, 0, c, privateTarget)
	}
	return list, configuration(errors.Join(mistakes...))
}

// publish stages every target, then switches each; a publication that died is finished or rolled back first. When no
// table differs from what the targets show, nothing is done.
func (r *run) publish(ctx context.Context, result *Result) error {
	list, err := r.job.targets()
	if err != nil {
		return err
	}
	step := r.begin("publish")
	begun := r.job.deps.Now()
	note, err := r.publishTo(ctx, list, result)
	outcome := terminal.Done
	switch {
	case err != nil:
		outcome, note = terminal.Failed, err.Error()
	case len(result.Published) == 0:
		outcome = terminal.Skipped
	}
	step.End(outcome, r.job.vault.Redact(note))
	return errors.Join(err, r.record.step(ctx, kindPublish, "publish", outcome, 0, note, begun))
}

func (r *run) publishTo(ctx context.Context, list []target, result *Result) (note string, err error) {
	session, err := r.engine.Connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	p := publish.Publisher{Session: session, Targets: map[string]publish.Target{}, Now: r.job.deps.Now, Crash: r.job.deps.Crash}
	for _, t := range list {
		p.Targets[t.name] = t.Target
	}
	if err := p.Recover(ctx); err != nil {
		return "", err
	}
	ledger := shelf{session: session, catalog: r.engine.Catalog(), job: r.job}
	now, base, err := ledger.read(ctx, list)
	if err != nil {
		return "", err
	}
	publication, err := r.job.publication(ctx, session, r.engine.Catalog(), r.graph, now, base, result.Report)
	if err != nil {
		return "", err
	}
	if len(publication.Tables) == 0 {
		return "", fmt.Errorf("%w: nothing is built yet; run: heliu run", ErrUsage)
	}
	if base.shown && !slices.ContainsFunc(publication.Tables, func(t publish.Table) bool { return t.Changed.Whole || len(t.Changed.Days) > 0 }) {
		result.Unpublished = "nothing changed since publication " + base.id
		return result.Unpublished, nil
	}
	publication.ID, publication.At = strings.ReplaceAll(r.id, ".", "-"), r.job.deps.Now()
	published, err := p.Publish(ctx, publication)
	if err != nil {
		return "", err
	}
	for _, x := range published {
		i := slices.IndexFunc(list, func(t target) bool { return t.name == x.Target })
		result.Published = append(result.Published, Publication{ID: x.ID, Target: list[i].kind, Location: list[i].location,
			Tables: x.Tables, Rows: x.Rows, Written: x.Written})
	}
	return fmt.Sprintf("publication %s, %d targets", publication.ID, len(published)), ledger.write(ctx, publication.ID, held(publication, now), list)
}

// held are the versions of the tables that a publication holds; those of other steps are not, whatever their state.
func held(p publish.Publication, now map[string]int64) map[string]int64 {
	versions := map[string]int64{}
	for _, t := range p.Tables {
		versions[t.Name] = now[t.Name]
	}
	return versions
}
