package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/heliu-data/heliu/warehouse"
)

// Objects opens an object of the lake for reading; it is asked for addresses that are not local paths.
type Objects interface {
	Open(ctx context.Context, address string) (io.ReadCloser, error)
}

// ErrChecksum says that a file is not what was landed: truncated, changed or exchanged.
var ErrChecksum = errors.New("checksum differs from the one recorded at landing")

const (
	defaultCacheBytes = 10 << 30
	fetchers          = 8
)

// files turns lake files into paths that DuckDB can read: local ones as they are, objects by httpfs or through a folder
// of immutable copies bounded in size, the least recently used going first.
type files struct {
	httpfs  bool
	objects Objects
	dir     string
	bound   int64
	mu      sync.Mutex
	checked map[string]bool // path + checksum that agreed in this process
	used    map[string]bool // copies that a view of this process may read
}

func newFiles(ctx context.Context, e *Engine) (*files, error) {
	f := &files{objects: e.cfg.Objects, dir: e.cfg.CacheDir, bound: e.cfg.CacheBytes, checked: map[string]bool{}, used: map[string]bool{}}
	if f.dir == "" {
		f.dir = filepath.Join(e.cfg.TempDir, "objects")
	}
	if f.bound <= 0 {
		f.bound = defaultCacheBytes
	}
	if e.cfg.S3 == nil || e.cfg.S3.Extension == "" {
		return f, nil
	}
	for _, statement := range e.cfg.S3.statements() {
		if _, err := e.db.ExecContext(ctx, statement); err != nil {
			if f.objects != nil {
				return f, nil // the cache serves as well
			}
			return nil, fmt.Errorf("load httpfs from %s: %w", e.cfg.S3.Extension, redact(err, e.cfg.S3))
		}
	}
	f.httpfs = true
	return f, nil
}

// local gives a readable path for each file, in order.
func (f *files) local(ctx context.Context, list []warehouse.File) ([]string, error) {
	paths := make([]string, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for i, file := range list {
		switch {
		case !strings.Contains(file.Path, "://"):
			paths[i] = file.Path
			group.Go(func() error { return f.check(file.Path, file) })
		case strings.HasPrefix(file.Path, "file://"):
			paths[i] = strings.TrimPrefix(file.Path, "file://")
			group.Go(func() error { return f.check(paths[i], file) })
		case f.httpfs:
			paths[i] = file.Path
		default:
			group.Go(func() error {
				path, err := f.fetch(ctx, file)
				paths[i] = path
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return paths, f.shrink(paths)
}

func (f *files) check(path string, file warehouse.File) error {
	if file.SHA256 == "" {
		return nil
	}
	f.mu.Lock()
	known := f.checked[path+file.SHA256]
	f.mu.Unlock()
	if known {
		return nil
	}
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read lake file: %w", err)
	}
	defer in.Close()
	if err := compare(in, io.Discard, file); err != nil {
		return err
	}
	f.agreed(path, file)
	return nil
}

func (f *files) agreed(path string, file warehouse.File) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked[path+file.SHA256] = true
}

// compare copies in to out and fails with ErrChecksum when the bytes are not those that were landed.
func compare(in io.Reader, out io.Writer, file warehouse.File) error {
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, sum), in); err != nil {
		return fmt.Errorf("read lake file %s: %w", file.Path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); file.SHA256 != "" && got != file.SHA256 {
		return fmt.Errorf("lake file %s: %w (landed %s, now %s); restore the file or extract its window again",
			file.Path, ErrChecksum, file.SHA256, got)
	}
	return nil
}

// fetch copies an object into the folder, once; the name carries address and checksum, so a copy is never stale.
func (f *files) fetch(ctx context.Context, file warehouse.File) (path string, err error) {
	if f.objects == nil {
		return "", fmt.Errorf("read %s: neither httpfs nor an object store is configured", file.Path)
	}
	name := sha256.Sum256([]byte(file.Path + "\x1f" + file.SHA256))
	path = filepath.Join(f.dir, hex.EncodeToString(name[:16])+".parquet")
	if info, err := os.Stat(path); err == nil && (file.Bytes == 0 || info.Size() == file.Bytes) {
		return path, f.check(path, file)
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return "", fmt.Errorf("make the object cache: %w", err)
	}
	in, err := f.objects.Open(ctx, file.Path)
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", file.Path, err)
	}
	defer in.Close()
	out, err := os.CreateTemp(f.dir, "fetch-*")
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", file.Path, err)
	}
	err = errors.Join(compare(in, out, file), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(out.Name()))
	}
	f.agreed(path, file)
	return path, nil
}

// shrink removes the copies that were least recently made until the folder is within its bound; those in use stay.
func (f *files) shrink(used []string) error {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the object cache: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range used {
		f.used[p] = true
	}
	var list []os.FileInfo
	var total int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // removed by another run
		}
		list = append(list, info)
		total += info.Size()
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ModTime().Before(list[j].ModTime()) })
	for _, info := range list {
		path := filepath.Join(f.dir, info.Name())
		if total <= f.bound {
			return nil
		}
		if f.used[path] || !strings.HasSuffix(path, ".parquet") {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("shrink the object cache: %w", err)
		}
		total -= info.Size()
	}
	return nil
}
