package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// Deps is all that a job reaches the world through (invariant 9).
type Deps struct {
	Now       func() time.Time
	Random    func() uint64
	Kinds     []extract.Kind                             // the ways in
	Transport http.RoundTripper                          // nil: the default one
	Wait      func(context.Context, time.Duration) error // how to wait for a rate limit or a retry; nil: a timer
	Log       *slog.Logger
	Progress  *terminal.Progress
	Crash     func(point string) // called at the numbered crash points; nil in production
	Version   string             // of the program, for the run record
}

// Job is a project that is ready to work: its dictionary, its sources, and what they are reached through. Opening one
// touches no other system; [Job.OpenLake] and [Job.OpenWarehouse] do.
type Job struct {
	Project    *project.Project
	Dictionary *models.Dictionary
	Sources    []*extract.Source // by name

	deps  Deps
	vault *project.Vault
	raw   *lake.Lake // while a statement over raw tables is asked
}

// Look makes a job that can read what there is, and neither run nor check: no dictionary is read, no source is opened
// and no secret of a source is needed.
func Look(p *project.Project, vault *project.Vault, deps Deps) *Job {
	if deps.Progress == nil {
		deps.Progress = terminal.NewProgress(io.Discard, nil, true, deps.Now)
	}
	return &Job{Project: p, deps: deps, vault: vault}
}

// Open reads a project's dictionary and opens its sources. The error joins every mistake; it is an [ErrConfiguration].
func Open(p *project.Project, vault *project.Vault, deps Deps) (*Job, error) {
	j, err := openPart(p, vault, deps)
	if err != nil {
		return nil, errors.Join(configuration(err), j.Close())
	}
	return j, nil
}

// openPart opens what can be opened of a project: without a dictionary that has mistakes, without sources that have.
func openPart(p *project.Project, vault *project.Vault, deps Deps) (*Job, error) {
	j := Look(p, vault, deps)
	var mistakes []error
	dict, err := models.LoadFS(folder(p.Dir, "models"))
	if err != nil {
		mistakes = append(mistakes, err)
	}
	j.Dictionary = dict
	sources, err := j.openSources(nil)
	if err != nil {
		mistakes = append(mistakes, err)
	}
	j.Sources = sources
	return j, errors.Join(mistakes...)
}

// openSources opens every source of the project on a lake; nil is enough to look at them.
func (j *Job) openSources(l *lake.Lake) ([]*extract.Source, error) {
	own := &settings{vault: j.vault, files: map[string]string{}}
	deps := extract.Deps{Lake: l, Kinds: j.deps.Kinds, Connectors: connectorFolders(j.Project.Dir), Now: j.deps.Now, Random: j.deps.Random,
		Transport: j.deps.Transport, Wait: j.deps.Wait, Env: own.env, Log: j.deps.Log, Crash: j.deps.Crash, Dir: j.Project.Dir,
		Tokens: extract.NewFileTokens(filepath.Join(j.Project.Dir, stateDir, "tokens.json"))}
	if j.Project.Personal.Key.Given() && slices.ContainsFunc(sortedKeys(j.Project.Sources), j.reads) {
		key, err := j.vault.Reveal(j.Project.Personal.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: personal.key: %w", j.Project.File, err)
		}
		deps.PersonalKey = []byte(key)
	}
	var sources []*extract.Source
	var mistakes []error
	for _, name := range sortedKeys(j.Project.Sources) {
		written := j.Project.Sources[name]
		given := map[string]any{}
		for key, value := range written.Settings {
			given[key] = own.named(value)
		}
		s, err := extract.Open(extract.Config{Name: name, Connector: written.Connector, Settings: given,
			Elsewhere: !j.reads(name), Streams: written.Streams, File: written.File, Line: written.Line, Lines: written.Lines}, deps)
		if err != nil {
			mistakes = append(mistakes, err)
			if c, unknown := extract.LoadConnector(written.Connector, deps.Kinds, deps.Connectors...); unknown == nil {
				mistakes = append(mistakes, writtenOut(name, written, c.Needs))
			}
			continue
		}
		sources = append(sources, s)
		mistakes = append(mistakes, writtenOut(name, written, s.Connector().Needs))
		if !j.reads(name) {
			continue
		}
		mistakes = append(mistakes, own.hide(written, func(setting string) bool {
			return slices.ContainsFunc(s.Connector().Needs, func(n extract.Need) bool { return n.Name == setting && n.Secret })
		}))
	}
	return sources, errors.Join(mistakes...)
}

// OpenLake opens the project's lake.
func (j *Job) OpenLake(ctx context.Context) (*lake.Lake, error) {
	cfg := lake.Config{Location: j.Project.Lake.Location, Now: j.deps.Now, Crash: j.deps.Crash}
	if !strings.HasPrefix(cfg.Location, "s3://") {
		cfg.Location = j.Project.Path(cfg.Location)
	}
	var err error
	if cfg.Catalog, err = j.vault.Reveal(j.Project.Lake.Catalog.Secret); err != nil {
		return nil, configuration(fmt.Errorf("%s: lake.catalog: %w", j.Project.File, err))
	}
	if file, ok := strings.CutPrefix(cfg.Catalog, "sqlite:"); ok { // a file is the project's, wherever the command is typed
		cfg.Catalog = "sqlite:" + j.Project.Path(strings.TrimPrefix(file, "//"))
	}
	if cfg.S3, err = j.s3(); err != nil {
		return nil, configuration(err)
	}
	return lake.Open(ctx, cfg)
}

func (j *Job) s3() (lake.S3Config, error) {
	written := j.Project.Lake.S3
	access, err := j.vault.Reveal(written.AccessKey)
	if err != nil {
		return lake.S3Config{}, fmt.Errorf("%s: lake.s3.access_key: %w", j.Project.File, err)
	}
	secret, err := j.vault.Reveal(written.SecretKey)
	if err != nil {
		return lake.S3Config{}, fmt.Errorf("%s: lake.s3.secret_key: %w", j.Project.File, err)
	}
	return lake.S3Config{Endpoint: written.Endpoint, Region: written.Region, PathStyle: written.PathStyle, AccessKey: access, SecretKey: secret}, nil
}

// WarehousePath is the DuckDB file that runs build in. A program that builds nothing, or whose warehouse is on a cluster,
// keeps its record in a file of its own.
func (j *Job) WarehousePath() string {
	if !j.Project.May(project.Build) || j.Project.Warehouse.OnTrino() {
		return j.Project.Path(recordFile)
	}
	return j.Project.Path(strings.TrimPrefix(j.Project.Warehouse.Location, "duckdb:"))
}

// OpenWarehouse opens the private warehouse. Only the holder of the lock may do so.
func (j *Job) OpenWarehouse(ctx context.Context, l *lake.Lake, readOnly bool) (*duckdb.Engine, error) {
	cfg := duckdb.Config{Path: j.WarehousePath(), MemoryLimit: j.Project.Memory.String(), Threads: j.Project.Threads, ReadOnly: readOnly}
	if j.Project.Warehouse.Temp != "" {
		cfg.TempDir = j.Project.Path(j.Project.Warehouse.Temp)
	}
	if readOnly && j.raw != nil {
		return j.beside(ctx, cfg)
	}
	return j.openEngine(ctx, cfg, l)
}

// openEngine opens an engine that can read the files of a lake; nil for one that need not.
func (j *Job) openEngine(ctx context.Context, cfg duckdb.Config, l *lake.Lake) (*duckdb.Engine, error) {
	if l != nil {
		cfg.Objects = l
		cfg.CacheBytes = int64(j.Project.Lake.S3.Cache)
		s3, err := j.s3()
		if err != nil {
			return nil, configuration(err)
		}
		if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(j.Project.Lake.Location, "s3://") {
			cfg.S3 = &duckdb.S3{Extension: duckdb.FindHTTPFS(filepath.Join(home, ".duckdb", "extensions")), Endpoint: s3.Endpoint,
				Region: s3.Region, KeyID: s3.AccessKey, Secret: s3.SecretKey, PathStyle: s3.PathStyle}
		}
	}
	return duckdb.Open(ctx, cfg)
}

// Close releases the sources.
func (j *Job) Close() error {
	var errs []error
	for _, s := range j.Sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// folder is a folder of the project, nil where there is none.
func folder(dir, name string) fs.FS {
	path := filepath.Join(dir, name)
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil
	}
	return os.DirFS(path)
}

// Source finds a source by name.
func (j *Job) Source(name string) (*extract.Source, error) {
	i := sort.Search(len(j.Sources), func(i int) bool { return j.Sources[i].Name() >= name })
	if i < len(j.Sources) && j.Sources[i].Name() == name {
		return j.Sources[i], nil
	}
	var names []string
	for _, s := range j.Sources {
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("%w: the project has no source %q%s; it has: %s", ErrUsage, name, models.MeantBy(name, names), strings.Join(names, ", "))
}
