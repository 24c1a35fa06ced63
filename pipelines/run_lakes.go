package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// LakeTable says how large a lake table is.
type LakeTable struct {
	Name      string
	Rows      int64
	Files     int
	Bytes     int64
	Snapshots int // retained ones, of a raw table those that landed something
	Cursor    string
}

// LakeTables lists the tables of the project's lake.
func (j *Job) LakeTables(ctx context.Context) (list []LakeTable, err error) {
	l, err := j.OpenLake(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	names, err := l.Tables(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "scratch.") { // of a build that is under way
			continue
		}
		t, err := l.Table(ctx, name)
		if errors.Is(err, lake.ErrNoTable) { // it went meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(name, "raw.") { // a cluster wrote it
			size := t.Size()
			list = append(list, LakeTable{Name: name, Rows: size.Rows, Files: int(size.Files), Bytes: size.Bytes, Snapshots: size.Snapshots})
			continue
		}
		increment, err := t.FilesSince(ctx, 0)
		if err != nil {
			return nil, err
		}
		head := t.Head()
		x := LakeTable{Name: name, Files: len(increment.Files), Snapshots: len(head.Batches), Cursor: head.Cursor}
		for _, f := range increment.Files {
			x.Rows, x.Bytes = x.Rows+f.Rows, x.Bytes+f.Bytes
		}
		list = append(list, x)
	}
	return list, nil
}

// Keep merges small files (compact) or forgets old snapshots and deletes what nothing needs (expire) of the tables that
// match a pattern, all when there is none, whatever the thresholds of a run say. It holds the lock.
func (j *Job) Keep(ctx context.Context, patterns []string, compact, expire bool, grace time.Duration) (done Upkept, err error) {
	if !j.Project.May(project.Build) {
		return done, fmt.Errorf("%w: upkeep of the lake is the builder's, who knows what models have still to read; %s may not build (allow:)", ErrUsage, j.Project.File)
	}
	lock, err := TakeLock(j.Project.Dir, "upkeep of the lake")
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Free()) }()
	l, err := j.OpenLake(ctx)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	names, err := matching(ctx, l, patterns)
	if err != nil {
		return done, err
	}
	e, err := j.OpenWarehouse(ctx, nil, false)
	if err != nil {
		return done, err
	}
	positions, err := readPositions(ctx, e)
	if err = errors.Join(err, e.Close()); err != nil {
		return done, err
	}
	k := &keeper{lake: l, positions: positions, grace: grace, compact: lake.Compaction{Files: 1 << 30, Target: 1 << 60}, many: 1 << 30, expire: lake.Expiry{Keep: 1}}
	if compact {
		k.compact = lake.Compaction{Files: 2}
	}
	if expire {
		k.many = 0
	}
	return k.keep(ctx, names)
}

func matching(ctx context.Context, l *lake.Lake, patterns []string) ([]string, error) {
	all, err := l.Tables(ctx)
	all = slices.DeleteFunc(all, func(name string) bool { return !strings.HasPrefix(name, "raw.") }) // a run keeps what a cluster wrote
	if err != nil || len(patterns) == 0 {
		return all, err
	}
	var names []string
	for _, pattern := range patterns {
		found := false
		for _, name := range all {
			if ok, err := path.Match(pattern, name); err == nil && ok || "raw."+pattern == name {
				names, found = append(names, name), true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: the lake has no table %q; heliu lake list names them", ErrUsage, pattern)
		}
	}
	return names, nil
}
