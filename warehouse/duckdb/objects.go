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
	"time"

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
// of immutable copies bounded in size, the least recently used going first. Either way a file's SHA-256 is checked before
// it is read: httpfs itself knows no SHA-256, so an object that it is to read is streamed through the check first, once a
// process, and kept nowhere.
type files struct {
	httpfs  bool
	objects Objects
	dir     string
	bound   int64
	mu      sync.Mutex
	checked map[string]bool // path + checksum that agreed in this process
	used    map[string]int  // by copy: how many sessions may read it
}

func newFiles(ctx context.Context, e *Engine) (*files, error) {
	f := &files{objects: e.cfg.Objects, dir: e.cfg.CacheDir, bound: e.cfg.CacheBytes, checked: map[string]bool{}, used: map[string]int{}}
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

// local gives a readable path for each file, in order. Copies of objects stay until they are released.
func (f *files) local(ctx context.Context, list []warehouse.File) (_ []string, err error) {
	paths := make([]string, len(list))
	for i, file := range list {
		switch {
		case !strings.Contains(file.Path, "://"):
			paths[i] = file.Path
		case strings.HasPrefix(file.Path, "file://"):
			paths[i] = strings.TrimPrefix(file.Path, "file://")
		case f.httpfs:
			paths[i] = file.Path
		default:
			paths[i] = f.copyOf(file)
		}
	}
	f.hold(paths)
	defer func() {
		if err != nil {
			err = errors.Join(err, f.release(paths))
		}
	}()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for i, file := range list {
		switch {
		case paths[i] == file.Path && strings.Contains(file.Path, "://"):
			group.Go(func() error { return f.checkObject(ctx, file) })
		case f.isCopy(paths[i]):
			group.Go(func() error { return f.fetch(ctx, file, paths[i]) })
		default:
			group.Go(func() error { return f.check(paths[i], file) })
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return paths, f.shrink()
}

// copyOf is where the copy of an object is kept; the name carries address and checksum, so a copy is never stale.
func (f *files) copyOf(file warehouse.File) string {
	name := sha256.Sum256([]byte(file.Path + "\x1f" + file.SHA256))
	return filepath.Join(f.dir, hex.EncodeToString(name[:16])+".parquet")
}

func (f *files) isCopy(path string) bool { return filepath.Dir(path) == f.dir }

func (f *files) hold(paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range paths {
		if f.isCopy(p) {
			f.used[p]++
		}
	}
}

// release ends what [files.local] began: the copies may go when there is no room for them.
func (f *files) release(paths []string) error {
	f.mu.Lock()
	copies := false
	for _, p := range paths {
		if !f.isCopy(p) {
			continue
		}
		copies = true
		if f.used[p]--; f.used[p] == 0 {
			delete(f.used, p)
		}
	}
	f.mu.Unlock()
	if !copies {
		return nil
	}
	return f.shrink()
}

// checkObject checks an object that DuckDB will read where it is.
func (f *files) checkObject(ctx context.Context, file warehouse.File) error {
	if file.SHA256 == "" || f.known(file.Path, file) {
		return nil
	}
	in, err := f.open(ctx, file)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := compare(in, io.Discard, file); err != nil {
		return err
	}
	f.agreed(file.Path, file)
	return nil
}

func (f *files) open(ctx context.Context, file warehouse.File) (io.ReadCloser, error) {
	if f.objects == nil {
		return nil, fmt.Errorf("read %s: no object store is configured", file.Path)
	}
	in, err := f.objects.Open(ctx, file.Path)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", file.Path, err)
	}
	return in, nil
}

func (f *files) known(path string, file warehouse.File) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.checked[path+file.SHA256]
}

func (f *files) check(path string, file warehouse.File) error {
	if file.SHA256 == "" || f.known(path, file) {
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

// fetch copies an object into the folder, once.
func (f *files) fetch(ctx context.Context, file warehouse.File, path string) (err error) {
	if info, err := os.Stat(path); err == nil && (file.Bytes == 0 || info.Size() == file.Bytes) {
		now := time.Now()
		return errors.Join(os.Chtimes(path, now, now), f.check(path, file))
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return fmt.Errorf("make the object cache: %w", err)
	}
	in, err := f.open(ctx, file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(f.dir, "fetch-*")
	if err != nil {
		return fmt.Errorf("fetch %s: %w", file.Path, err)
	}
	err = errors.Join(compare(in, out, file), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	f.agreed(path, file)
	return nil
}

// shrink removes the copies that were least recently used until the folder is within its bound; those in use stay, so
// that the folder holds the bound or what the sessions read at this time, whichever is more.
func (f *files) shrink() error {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the object cache: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
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
		if f.used[path] > 0 || !strings.HasSuffix(path, ".parquet") {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("shrink the object cache: %w", err)
		}
		total -= info.Size()
	}
	return nil
}
