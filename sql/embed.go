package sql

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

//go:embed all:marts
var marts embed.FS

// Embedded returns the marts that come with the program, in a folder marts.
func Embedded() fs.FS { return marts }

// ParseFS parses every .sql file under dir of fsys, in the order of their names. The model's File is prefix and the
// file's path joined. The error, if any, is the [Problems] of all files.
func ParseFS(fsys fs.FS, dir, prefix string) ([]Model, error) {
	var models []Model
	var problems Problems
	err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".sql") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		m, err := Parse(path.Join(prefix, name), text)
		var found Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
			return nil
		}
		models = append(models, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read SQL models of %s: %w", path.Join(prefix, dir), err)
	}
	if len(problems) > 0 {
		return models, problems
	}
	sort.Slice(models, func(i, j int) bool { return models[i].Table() < models[j].Table() })
	return models, nil
}
