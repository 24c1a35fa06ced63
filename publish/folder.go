package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// manifestName is the file in a published folder that says which publication it is and what is in it.
const manifestName = "publication.json"

// folder publishes one file a table into a folder. Files of tables that did not change are linked from the last
// version, not written again.
type folder struct {
	Config
	versions
	extension string
	write     func(ctx context.Context, source warehouse.Session, path string, t Table, p Publication, c Config) (rows int64, err error)
	// prove compares a written file, read back, with the source.
	prove func(ctx context.Context, source warehouse.Session, path string, t Table) error
}

// manifest is what publication.json holds.
type manifest struct {
	ID     string          `json:"publication_id"`
	At     time.Time       `json:"published_at"`
	Tables []manifestTable `json:"tables"`
}

type manifestTable struct {
	Name     string           `json:"table"`
	File     string           `json:"file"`
	Rows     int64            `json:"rows"`
	TitleZh  string           `json:"title_zh,omitempty"`
	TitleEn  string           `json:"title_en,omitempty"`
	Language string           `json:"language,omitempty"`
	Columns  []manifestColumn `json:"columns"`
}

type manifestColumn struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	TitleZh string `json:"title_zh,omitempty"`
	TitleEn string `json:"title_en,omitempty"`
}

func (f *folder) Stage(ctx context.Context, source warehouse.Session, p Publication) (Staged, error) {
	tables, err := f.tables(p)
	if err != nil {
		return Staged{}, err
	}
	was, err := f.current()
	if err != nil {
		return Staged{}, err
	}
	if err := os.MkdirAll(filepath.Dir(f.link), 0o755); err != nil {
		return Staged{}, err
	}
	if err := f.tidy(f.Keep, was, p.ID, p.Base); err != nil {
		return Staged{}, err
	}
	part := f.path(p.ID) + partSuffix
	if err := os.Mkdir(part, 0o755); err != nil {
		return Staged{}, err
	}
	old := map[string]manifestTable{}
	if was != "" && was == p.Base {
		m, err := readManifest(f.path(was))
		if err != nil {
			return Staged{}, err
		}
		for _, t := range m.Tables {
			old[t.Name] = t
		}
	}
	out := Staged{Tables: len(tables), Previous: was}
	m := manifest{ID: p.ID, At: p.At.UTC()}
	var wrote []Table
	for _, t := range tables {
		entry, written, err := f.table(ctx, source, p, part, t, old[t.Name])
		if err != nil {
			return Staged{}, errors.Join(fmt.Errorf("table %s: %w", t.Name, err), os.RemoveAll(part))
		}
		out.Rows += entry.Rows
		if written >= 0 {
			out.Written += written
			wrote = append(wrote, t)
		}
		m.Tables = append(m.Tables, entry)
	}
	if err := writeManifest(part, m); err != nil {
		return Staged{}, err
	}
	f.Crash(PointPart)
	for _, t := range wrote {
		if err := f.prove(ctx, source, filepath.Join(part, t.Name+f.extension), t); err != nil {
			return Staged{}, errors.Join(fmt.Errorf("table %s: %w", t.Name, err), os.RemoveAll(part))
		}
	}
	return out, f.place(p.ID)
}

func (f *folder) Switch(_ context.Context, id string) error { return f.show(id, f.Keep) }

// table writes or links one table's file and counts its rows in the source. It returns how many it wrote, -1 for a link.
func (f *folder) table(ctx context.Context, source warehouse.Session, p Publication, part string, t Table, old manifestTable) (manifestTable, int64, error) {
	entry := manifestTable{Name: t.Name, File: t.Name + f.extension, TitleZh: t.Title.Zh, TitleEn: t.Title.En}
	if f.extension == ".xlsx" {
		entry.Language = f.Language
	}
	for _, c := range t.Columns {
		entry.Columns = append(entry.Columns, manifestColumn{c.Name, string(c.Type), c.Title.Zh, c.Title.En})
	}
	want, err := count(ctx, source, t)
	if err != nil {
		return entry, 0, err
	}
	entry.Rows = want
	path := filepath.Join(part, entry.File)
	if same(entry, old) && t.Changed.none() {
		from := filepath.Join(f.path(p.Base), old.File)
		if os.Link(from, path) == nil {
			return entry, -1, nil
		}
		if copyFile(from, path) == nil { // a file system without links
			return entry, -1, syncFile(path)
		}
	} // a file that someone took away is written again
	rows, err := f.write(ctx, source, path, t, p, f.Config)
	if err != nil {
		return entry, 0, err
	}
	if rows != want {
		return entry, 0, fmt.Errorf("%d rows were written, the warehouse has %d", rows, want)
	}
	return entry, rows, syncFile(path)
}

// same reports whether nothing but rows can differ; a count that differs says that rows do.
func same(a, b manifestTable) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

func readManifest(dir string) (m manifest, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", filepath.Join(dir, manifestName), err)
	}
	return m, nil
}

func writeManifest(dir string, m manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestName)
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return errors.Join(syncFile(path), syncDir(dir))
}
