package pipelines

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// namesRaw finds a statement that may name a raw table; the parser says which.
var namesRaw = regexp.MustCompile(`(?i)\braw"?\s*\.`)

// OpenRaw opens the lake if a statement names raw tables, so that [Job.OpenPublished] and [Job.Building] can read its
// files; free gives it back.
func (j *Job) OpenRaw(ctx context.Context, statement string) (free func() error, err error) {
	if !namesRaw.MatchString(statement) {
		return func() error { return nil }, nil
	}
	if j.raw, err = j.OpenLake(ctx); err != nil {
		return nil, err
	}
	return func() error {
		open := j.raw
		j.raw = nil
		return open.Close()
	}, nil
}

// readFile is the name under which a file is attached that is read beside raw tables.
const readFile = "heliu_file"

// beside opens an engine in memory, where raw tables can be made readable, and the file in it, to be read.
func (j *Job) beside(ctx context.Context, cfg duckdb.Config) (e *duckdb.Engine, err error) {
	path := cfg.Path
	cfg.Path, cfg.ReadOnly = "", false
	if cfg.TempDir == "" {
		cfg.TempDir = path + ".tmp"
	}
	if e, err = j.openEngine(ctx, cfg, j.raw); err != nil {
		return nil, err
	}
	s, err := e.ConnectBare(ctx)
	if err == nil {
		err = errors.Join(s.Exec(ctx, "attach "+duckdb.Text(path)+" as "+readFile+" (read_only); attach ':memory:' as raw"), s.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), e.Close())
	}
	return e, nil
}

// bindRaw makes the raw tables that a statement names readable under their names: what was landed, of a child table what
// belongs to a parent that is committed. A file that is not what was landed is an error (invariant 1).
func (j *Job) bindRaw(ctx context.Context, s *duckdb.Session, statement string) error {
	if err := s.Exec(ctx, "use "+readFile); err != nil {
		return err
	}
	tables, err := s.Tables(ctx, statement)
	var unparsed *duckdb.ParseError
	if errors.As(err, &unparsed) {
		return nil // the statement fails by itself, or names no table of the lake
	}
	if err != nil {
		return err
	}
	for _, ref := range tables {
		if strings.EqualFold(ref.Schema, "raw") {
			if err := j.bindRawTable(ctx, s, strings.ToLower(ref.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *Job) bindRawTable(ctx context.Context, s *duckdb.Session, name string) error {
	t, err := j.raw.Table(ctx, "raw."+name)
	if errors.Is(err, lake.ErrNoTable) {
		there, listing := j.raw.Tables(ctx)
		slices.Sort(there)
		return errors.Join(fmt.Errorf("%w: the lake has no table raw.%s%s; heliu lake list names what there is", ErrUsage, name, models.MeantBy("raw."+name, there)), listing)
	}
	if err != nil {
		return err
	}
	increment, err := t.FilesSince(ctx, 0)
	if err != nil {
		return err
	}
	return s.Bind(ctx, "raw.main."+duckdb.Ident(name), increment.Files, t.AllColumns())
}
