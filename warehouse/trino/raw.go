package trino

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/heliu-data/heliu/warehouse"
)

// manyFiles is how many files a view names at most, some 150 characters each, and allFiles all views of a session together: a
// statement may mention many of them, and each more than once, and Trino takes a text of a million characters. fileChunk
// is how many one statement lists that keeps more of them as a table.
const (
	manyFiles = 200
	allFiles  = 1000
	fileChunk = 2000
)

// BindRaw makes the name a view of a raw table with exactly the columns given, as the table was at the snapshot head; of
// an increment, whose since is not "", only the rows of its files, which are all that is read then, each as the table was
// when it held the file. A column that the table does not have is null. A head of "" is a table in which nothing was ever
// landed.
func (s *Session) BindRaw(ctx context.Context, name, table, since, head string, files []warehouse.File, columns []warehouse.Column) error {
	states := map[int64][]warehouse.File{}
	switch {
	case head == "":
	case since == "":
		state, err := strconv.ParseInt(head, 10, 64)
		if err != nil {
			return fmt.Errorf("bind %s: version %q is no snapshot id", table, head)
		}
		states[state] = nil
	default:
		for _, f := range files {
			states[f.State] = append(states[f.State], f)
		}
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(states)) {
		part, err := s.rawAt(ctx, table, state, columns)
		if err == nil && since != "" {
			part, err = s.onlyFiles(ctx, part, states[state])
		}
		if err != nil {
			return fmt.Errorf("bind %s: %w", table, err)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		nothing, err := selected(columns, nil)
		if err != nil {
			return fmt.Errorf("bind %s: %w", table, err)
		}
		parts = []string{nothing + " where false"}
	}
	return s.View(ctx, name, strings.Join(parts, "\nunion all "))
}

// rawAt selects the columns of a raw table as it was at a snapshot.
func (s *Session) rawAt(ctx context.Context, table string, snapshot int64, columns []warehouse.Column) (string, error) {
	described, err := s.engine.lake.DescribedAt(ctx, table, snapshot)
	if err != nil {
		return "", err
	}
	stored := map[string]string{}
	for _, c := range described {
		stored[c.Name] = c.Type
	}
	list, err := selected(columns, stored)
	return fmt.Sprintf("%s from %s for version as of %d", list, s.engine.full(table), snapshot), err
}

// selected is the select list of the columns, from those that are stored with a type.
func selected(columns []warehouse.Column, stored map[string]string) (string, error) {
	list := make([]string, len(columns))
	for i, c := range columns {
		typ, err := c.Type.SQL()
		if err != nil {
			return "", fmt.Errorf("column %s: %w", c.Name, err)
		}
		list[i] = fmt.Sprintf("cast(null as %s) as %s", typ, ident(c.Name))
		switch was, there := stored[c.Name]; {
		case there && strings.EqualFold(strings.ReplaceAll(typ, ", ", ","), was):
			list[i] = ident(c.Name)
		case there:
			list[i] = fmt.Sprintf("cast(%s as %s) as %[1]s", ident(c.Name), typ)
		}
	}
	return "select " + strings.Join(list, ", "), nil
}

// onlyFiles keeps the rows of the files. Trino opens no other file.
func (s *Session) onlyFiles(ctx context.Context, query string, files []warehouse.File) (string, error) {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = literal(f.Path)
	}
	if len(paths) <= manyFiles && s.named+len(paths) <= allFiles {
		s.named += len(paths)
		return query + ` where "$path" in (` + strings.Join(paths, ", ") + ")", nil
	}
	s.made++
	list := fmt.Sprintf("heliu_files_%d", s.made)
	for i := 0; i < len(paths); i += fileChunk {
		values := "select path from (values (" + strings.Join(paths[i:min(i+fileChunk, len(paths))], "), (") + ")) as v(path)"
		put := s.Add
		if i == 0 {
			put = s.Keep
		}
		if err := put(ctx, list, values); err != nil {
			return "", err
		}
	}
	return query + ` where "$path" in (select path from temp.` + list + ")", nil
}
