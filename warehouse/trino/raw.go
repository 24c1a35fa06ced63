package trino

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/heliu-data/heliu/warehouse"
)

// manyFiles is how many files a view names at most, some 150 characters each: a statement may mention it more than once, and
// Trino takes a text of a million characters. fileChunk is how many one statement lists that keeps more of them as a table.
const (
	manyFiles = 200
	fileChunk = 2000
)

// BindRaw makes the name a view of a raw table with exactly the columns given, as the table was at the snapshot head; of
// an increment, whose since is not "", only the rows of its files, which are all that is read then. A column that the
// table does not have is null. A head of "" is a table in which nothing was ever landed.
func (s *Session) BindRaw(ctx context.Context, name, table, since, head string, files []warehouse.File, columns []warehouse.Column) error {
	stored := map[string]string{}
	if head != "" {
		snapshot, err := strconv.ParseInt(head, 10, 64)
		if err != nil {
			return fmt.Errorf("bind %s: version %q is no snapshot id", table, head)
		}
		described, err := s.engine.lake.DescribedAt(ctx, table, snapshot)
		if err != nil {
			return fmt.Errorf("bind %s: %w", table, err)
		}
		for _, c := range described {
			stored[c.Name] = c.Type
		}
	}
	selected := make([]string, len(columns))
	for i, c := range columns {
		typ, err := c.Type.SQL()
		if err != nil {
			return fmt.Errorf("bind %s: column %s: %w", table, c.Name, err)
		}
		selected[i] = fmt.Sprintf("cast(null as %s) as %s", typ, ident(c.Name))
		switch was, there := stored[c.Name]; {
		case there && strings.EqualFold(strings.ReplaceAll(typ, ", ", ","), was):
			selected[i] = ident(c.Name)
		case there:
			selected[i] = fmt.Sprintf("cast(%s as %s) as %[1]s", ident(c.Name), typ)
		}
	}
	query := "select " + strings.Join(selected, ", ")
	if head == "" || since != "" && len(files) == 0 {
		for i, c := range columns {
			typ, _ := c.Type.SQL() // looked at above
			selected[i] = fmt.Sprintf("cast(null as %s) as %s", typ, ident(c.Name))
		}
		return s.View(ctx, name, "select "+strings.Join(selected, ", ")+" where false")
	}
	query += " from " + s.engine.full(table) + " for version as of " + head
	if since != "" {
		var err error
		if query, err = s.onlyFiles(ctx, query, files); err != nil {
			return fmt.Errorf("bind %s: %w", table, err)
		}
	}
	return s.View(ctx, name, query)
}

// onlyFiles keeps the rows of the files. Trino opens no other file.
func (s *Session) onlyFiles(ctx context.Context, query string, files []warehouse.File) (string, error) {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = literal(f.Path)
	}
	if len(paths) <= manyFiles {
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
