package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/warehouse/lake"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// recordFile is the DuckDB file of a program that keeps no warehouse in one: the record of its runs and, where a cluster
// computes, what it publishes.
var recordFile = filepath.Join(stateDir, "record.duckdb")

// OpenCluster opens the Trino cluster of the project; nil when the warehouse is not on one, or the program may not build. What is written there bears
// the run's name until it is done, and chance, since a run that was killed may have had the same instant.
func (j *Job) OpenCluster(ctx context.Context, l *lake.Lake, run string) (*trino.Engine, error) {
	w := j.Project.Warehouse
	if !w.OnTrino() || !j.Project.May(project.Build) {
		return nil, nil
	}
	cfg := trino.Config{Address: w.Location, User: w.User, Session: w.Session, Version: j.deps.Version, Now: j.deps.Now, Wait: j.deps.Wait,
		Lake: trino.Lake{Lake: l, Run: runName(j.Project.Name, run, strconv.FormatUint(j.deps.Random(), 36))}}
	for _, s := range []struct {
		key    string
		secret project.Secret
		into   *string
	}{
		{"password", w.Password, &cfg.Password}, {"token", w.Token, &cfg.Token}, {"certificate", w.Certificate, &cfg.Certificate},
		{"certificate_key", w.CertificateKey, &cfg.CertificateKey}, {"ca", w.CA, &cfg.CA},
	} {
		var err error
		if *s.into, err = j.vault.Reveal(s.secret); err != nil {
			return nil, configuration(fmt.Errorf("%s: warehouse.%s: %w", j.Project.File, s.key, err))
		}
	}
	if err := cfg.Check(); err != nil {
		return nil, configuration(fmt.Errorf("%s: warehouse: %w", j.Project.File, err))
	}
	return trino.Open(ctx, cfg)
}

// clusterMistake is what in the project's file cannot work, whatever the secrets hold.
func clusterMistake(p *project.Project) error {
	w := p.Warehouse
	if !w.OnTrino() {
		return nil
	}
	given := func(s project.Secret) string {
		if s.Given() {
			return "given"
		}
		return ""
	}
	cfg := trino.Config{Address: w.Location, User: w.User, Password: given(w.Password), Token: given(w.Token),
		Certificate: given(w.Certificate), CertificateKey: given(w.CertificateKey), CA: given(w.CA)}
	if err := cfg.Check(); err != nil {
		return fmt.Errorf("%s: warehouse: %w", p.File, err)
	}
	return nil
}

// runName makes names of what a run writes, of small letters, digits and _.
func runName(parts ...string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, strings.Join(parts, "_"))
}

// connect opens the cluster, once a run; nothing where the warehouse is a file.
func (r *run) connect(ctx context.Context) error {
	if r.cluster != nil {
		return nil
	}
	var err error
	r.cluster, err = r.job.OpenCluster(ctx, r.lake, r.id)
	return err
}

// bring copies to the desk what the cluster computed and targets publish.
func (r *run) bring(ctx context.Context, builder Builder, report *Report) error {
	if r.cluster == nil {
		return nil
	}
	list, err := r.job.targets()
	if err != nil {
		return err
	}
	step := r.begin("bring")
	begun := r.job.deps.Now()
	rows, err := builder.Bring(ctx, func(table string) bool { return published(list, table) }, report)
	outcome, note := terminal.Done, terminal.English.Counted(rows, "row", "rows", "")+" brought from the cluster"
	switch {
	case err != nil:
		outcome, note = terminal.Failed, err.Error()
	case rows == 0:
		outcome = terminal.Skipped
	}
	step.End(outcome, r.job.vault.Redact(note))
	return errors.Join(err, r.record.step(ctx, kindBuild, "bring", outcome, rows, note, begun))
}

// published says whether a target takes the table.
func published(list []target, table string) bool {
	for _, t := range list {
		for _, pattern := range t.patterns() {
			if ok, err := path.Match(pattern, table); err == nil && ok { // a bad pattern was refused when the target was opened
				return true
			}
		}
	}
	return false
}

// keepCluster keeps small what this build wrote on the cluster.
func (r *run) keepCluster(ctx context.Context, report *Report) error {
	if r.cluster == nil || report == nil {
		return nil
	}
	var tables []string
	spaces := map[string]bool{"delta": true}
	for _, step := range r.graph.Steps() {
		i := slices.IndexFunc(report.Steps, func(s StepRecord) bool { return s.Name == step.Name() })
		_, view := step.(Viewer)
		for _, table := range step.Outputs() {
			space, _, _ := strings.Cut(table, ".")
			spaces[space] = true
			if i >= 0 && !view && report.Steps[i].Status == Built {
				tables = append(tables, table)
			}
		}
	}
	if len(tables) == 0 {
		return nil
	}
	step := r.begin("upkeep of the warehouse")
	begun := r.job.deps.Now()
	done, err := r.cluster.Keep(ctx, tables, trino.Upkeep{Lake: r.lake, Spaces: sortedKeys(spaces), Grace: r.job.Project.Retention.Files.Duration(), Now: begun})
	outcome, note := terminal.Done, fmt.Sprintf("%d tables merged, %d snapshots forgotten, %d files of tables that are gone deleted", done.Rewritten, done.Forgotten, done.Cleared)
	switch {
	case err != nil:
		outcome, note = terminal.Failed, err.Error()
	case done.Rewritten+done.Forgotten+done.Cleared == 0:
		outcome = terminal.Skipped
	}
	step.End(outcome, r.job.vault.Redact(note))
	return errors.Join(err, r.record.step(ctx, kindUpkeep, "upkeep of the warehouse", outcome, 0, note, begun))
}
