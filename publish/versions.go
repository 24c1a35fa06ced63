package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// partSuffix ends the name of a version that is being written.
const partSuffix = ".part"

// versions are the versions of a published file or folder: marts-<id>.duckdb beside the link marts.duckdb, which
// readers open. Old ones stay readable for whoever has them open.
type versions struct{ link string }

// path is where a version lies.
func (v versions) path(id string) string {
	ext := filepath.Ext(v.link)
	return strings.TrimSuffix(v.link, ext) + "-" + id + ext
}

// current is the version that the link shows, "" for none.
func (v versions) current() (string, error) {
	info, err := os.Lstat(v.link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case info.Mode()&fs.ModeSymlink == 0:
		if info.IsDir() {
			if entries, err := os.ReadDir(v.link); err == nil && len(entries) == 0 {
				return "", nil // an empty folder that someone prepared gives way
			}
		}
		return "", fmt.Errorf("%s is not a link that publishing made: move it away or publish elsewhere", v.link)
	}
	to, err := os.Readlink(v.link)
	if err != nil {
		return "", err
	}
	id, ok := v.id(filepath.Base(to))
	if !ok {
		return "", fmt.Errorf("%s links to %s, which publishing did not make: remove the link or publish elsewhere", v.link, to)
	}
	return id, nil
}

func (v versions) id(name string) (string, bool) {
	ext := filepath.Ext(v.link)
	prefix := strings.TrimSuffix(filepath.Base(v.link), ext) + "-"
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return "", false
	}
	id, ok := strings.CutSuffix(rest, ext)
	return id, ok && id != "" && (Publication{ID: id}).check() == nil
}

// place makes a written part durable under its version's name.
func (v versions) place(id string) error {
	if err := os.RemoveAll(v.path(id)); err != nil {
		return err
	}
	if err := os.Rename(v.path(id)+partSuffix, v.path(id)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(v.link))
}

// show points the link to a version, atomically, and removes versions beyond the newest keep.
func (v versions) show(id string, keep int) error {
	was, err := v.current()
	if err != nil || was == id {
		return err
	}
	if _, err := os.Stat(v.path(id)); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotStaged, v.link, err)
	}
	fresh := v.link + ".link" + partSuffix
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(filepath.Base(v.path(id)), fresh); err != nil {
		return err
	}
	if info, err := os.Lstat(v.link); err == nil && info.IsDir() {
		if err := os.Remove(v.link); err != nil { // the empty folder that current allowed
			return err
		}
	}
	if err := errors.Join(os.Rename(fresh, v.link), syncDir(filepath.Dir(v.link))); err != nil {
		return err
	}
	return v.tidy(keep, id, was)
}

// tidy removes unfinished parts and all but the newest versions; those named stay.
func (v versions) tidy(keep int, stay ...string) error {
	entries, err := os.ReadDir(filepath.Dir(v.link))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var ids []string
	for _, e := range entries {
		name, part := strings.CutSuffix(e.Name(), partSuffix)
		name = strings.TrimSuffix(name, ".wal")
		id, ok := v.id(strings.TrimSuffix(name, partSuffix))
		if !ok {
			continue
		}
		if part || strings.HasSuffix(e.Name(), partSuffix+".wal") {
			if err := os.RemoveAll(filepath.Join(filepath.Dir(v.link), e.Name())); err != nil {
				return err
			}
			continue
		}
		if !slices.Contains(stay, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	kept := 0
	for _, id := range stay {
		if id != "" {
			kept++
		}
	}
	for spare := max(0, keep+1-kept); len(ids) > spare; ids = ids[1:] {
		if err := os.RemoveAll(v.path(ids[0])); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
