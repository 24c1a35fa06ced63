package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// landed shows the graph the raw tables of the configured sources. Versions are snapshot ids as text.
type landed struct {
	lake     *lake.Lake
	declared map[string][]warehouse.Column // raw table -> the columns that its connector declares
	children map[string]bool               // raw tables that are read with another

	mu     sync.Mutex
	tables map[string]*lake.Table // loaded tables, nil where nothing was landed
}

func newLanded(l *lake.Lake, sources []*extract.Source) *landed {
	out := &landed{lake: l, declared: map[string][]warehouse.Column{}, children: map[string]bool{}, tables: map[string]*lake.Table{}}
	for _, s := range sources {
		for _, stream := range s.Streams() {
			out.declared[stream.Table] = stream.Columns
			out.children[stream.Table] = stream.Parent != ""
		}
	}
	return out
}

// RawTables are the tables that the sources declare, landed or not.
func (l *landed) RawTables() []string { return sortedKeys(l.declared) }

// Columns are the declared columns, and those that the lake has besides.
func (l *landed) Columns(ctx context.Context, table string) ([]warehouse.Column, error) {
	columns := slices.Clone(l.declared[table])
	if l.lake == nil { // a check: what was landed does not count
		return columns, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.table(ctx, table)
	if err != nil || t == nil {
		return columns, err
	}
	for _, c := range t.AllColumns() {
		if !slices.ContainsFunc(columns, func(d warehouse.Column) bool { return d.Name == c.Name }) {
			columns = append(columns, c)
		}
	}
	return columns, nil
}

// Head is the newest snapshot that may be read: of a child table, the newest whose parent's batch is committed.
func (l *landed) Head(ctx context.Context, table string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.table(ctx, table)
	if err != nil || t == nil {
		return "", err
	}
	head := t.Head().Snapshot
	if l.children[table] {
		increment, err := t.FilesSince(ctx, head)
		if err != nil {
			return "", err
		}
		head = increment.Snapshot
	}
	if head == 0 {
		return "", nil
	}
	return strconv.FormatInt(head, 10), nil
}

// Files are the files landed since a version, up to head. What a collector lands behind head while a run is under way
// belongs to the next run: a model that appends would have its rows twice.
func (l *landed) Files(ctx context.Context, table, since, head string) ([]warehouse.File, bool, error) {
	if head == "" || head == since {
		return nil, false, nil
	}
	from := int64(0)
	if since != "" {
		var err error
		if from, err = strconv.ParseInt(since, 10, 64); err != nil {
			return nil, false, fmt.Errorf("version %q of %s is no snapshot id: rebuild with heliu build --full", since, table)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.table(ctx, table)
	if err != nil || t == nil {
		return nil, since != "", err
	}
	until, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return nil, false, fmt.Errorf("version %q of %s is no snapshot id: rebuild with heliu build --full", head, table)
	}
	increment, err := t.FilesBetween(ctx, from, until)
	return increment.Files, increment.Reset, err
}

// size is that of all raw tables, in bytes.
func (l *landed) size(ctx context.Context) (bytes int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range l.declared {
		t, err := l.table(ctx, name)
		if err != nil {
			return 0, err
		}
		if t != nil {
			bytes += t.Size().Bytes
		}
	}
	return bytes, nil
}

// table loads a table once; nil when nothing was ever landed.
func (l *landed) table(ctx context.Context, name string) (*lake.Table, error) {
	if t, known := l.tables[name]; known {
		return t, nil
	}
	t, err := l.lake.Table(ctx, name)
	if errors.Is(err, lake.ErrNoTable) {
		t, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.tables[name] = t
	return t, nil
}
