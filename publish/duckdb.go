package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

const (
	// attached is the published file's name within the session that writes it.
	attached = "heliu_publication"
	// blockSize is what the file is made of, in bytes. Each table takes a block at least: at DuckDB's own 256 KiB the many small
	// tables are mostly air. Below 64 KiB it no longer packs numbers, and large tables take twice the room.
	blockSize = 64 << 10
)

// duckFile publishes to a DuckDB file. A new version is a copy of the last one with the changed tables and days
// applied, so that one day more costs one day; ops.publication in the file says which publication it is.
type duckFile struct {
	Config
	versions
}

func (d *duckFile) Stage(ctx context.Context, source warehouse.Session, p Publication) (Staged, error) {
	if _, ok := source.(*duckdb.Session); !ok {
		return Staged{}, errors.New("a DuckDB file is published from the embedded engine only")
	}
	tables, err := d.tables(p)
	if err != nil {
		return Staged{}, err
	}
	was, err := d.current()
	if err != nil {
		return Staged{}, err
	}
	if err := os.MkdirAll(filepath.Dir(d.link), 0o755); err != nil {
		return Staged{}, err
	}
	if err := d.tidy(d.Keep, was, p.ID, p.Base); err != nil {
		return Staged{}, err
	}
	part := d.path(p.ID) + partSuffix
	w := &duckWriter{source: source, config: d.Config, publication: p, path: part, wrote: map[string]string{}}
	if was != "" && was == p.Base {
		if err := w.begin(ctx, d.path(was)); err != nil {
			return Staged{}, fmt.Errorf("copy the published file: %w", err)
		}
	}
	out := Staged{Tables: len(tables), Previous: was}
	if out.Rows, out.Written, err = w.write(ctx, tables); err != nil {
		return Staged{}, errors.Join(err, os.RemoveAll(part), os.RemoveAll(part+".wal"))
	}
	if err := syncFile(part); err != nil {
		return Staged{}, err
	}
	return out, d.place(p.ID)
}

func (d *duckFile) Switch(_ context.Context, id string) error { return d.show(id, d.Keep) }

// fingerprints tell whether a table's columns, and its titles, are still those of an earlier publication.
func (t Table) fingerprints() (columns, comments string) {
	var list []string
	titles := sha256.New()
	fmt.Fprintf(titles, "%q", t.comment())
	for _, c := range t.Columns {
		list = append(list, c.Name+" "+string(c.Type))
		fmt.Fprintf(titles, "%q%q", c.Name, comment(c.Title))
	}
	return strings.Join(list, ", "), hex.EncodeToString(titles.Sum(nil))[:16]
}

// copyFile copies a file that nobody writes; the system shares the blocks where it can.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, in.Close(), out.Close())
}

// dateOf writes a day as ISO 8601.
func dateOf(t time.Time) string { return t.Format(time.DateOnly) }
