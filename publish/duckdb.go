package publish

import (
	"cmp"
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

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// attached is the published file's name within the session that writes it.
const attached = "heliu_publication"

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
		if err := copyFile(d.path(was), part); err != nil {
			return Staged{}, fmt.Errorf("copy the published file: %w", err)
		}
	}
	bloated, err := w.bloated(ctx)
	if err == nil && bloated {
		err = os.Remove(part)
	}
	if err != nil {
		return Staged{}, fmt.Errorf("look at the published file: %w", err)
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

// duckWriter writes one version.
type duckWriter struct {
	source      warehouse.Session
	config      Config
	publication Publication
	path        string
	written     int64
	wrote       map[string]string // by place, the condition of the rows that were written; "" for all
}

// write brings the file up to the source and checks it, reopened. A table that differs after its changed days
// were applied is written whole: something changed that was not said.
func (w *duckWriter) write(ctx context.Context, tables []Table) (rows, written int64, err error) {
	for _, retry := range []bool{false, true} {
		if err := w.with(ctx, "", func() error { return w.apply(ctx, tables) }); err != nil {
			return 0, 0, err
		}
		w.config.Crash(PointPart)
		var wrong map[int]error
		err := w.with(ctx, " (read_only)", func() (err error) {
			rows, wrong, err = w.compare(ctx, tables)
			return err
		})
		if err != nil || len(wrong) == 0 {
			return rows, w.written, err
		}
		for i := range tables {
			if wrong[i] == nil {
				continue
			}
			if retry || tables[i].Changed.Whole {
				return 0, 0, wrong[i]
			}
			tables[i].Changed.Whole = true
		}
	}
	return rows, w.written, nil
}

// bloated reports whether more than half of a large file is free: deleted rows leave room that later publications use
// but that is never given back.
func (w *duckWriter) bloated(ctx context.Context) (bloated bool, err error) {
	if info, err := os.Stat(w.path); err != nil || info.Size() < w.config.bloatBytes {
		return false, nil // not there, or too small to matter
	}
	err = w.with(ctx, " (read_only)", func() error {
		_, err := eachRow(ctx, w.source, "select free_blocks > used_blocks as b from pragma_database_size() where database_name = "+literal(attached), func(row []any) error {
			bloated, _ = row[0].(bool)
			return nil
		})
		return err
	})
	return bloated, err
}

// with attaches the file for the time of f.
func (w *duckWriter) with(ctx context.Context, mode string, f func() error) (err error) {
	if err := w.source.Exec(ctx, "attach "+literal(w.path)+" as "+attached+mode); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, w.source.Exec(context.WithoutCancel(ctx), "detach "+attached))
	}()
	return f()
}

func (w *duckWriter) apply(ctx context.Context, tables []Table) error {
	err := w.source.InTx(ctx, func(ctx context.Context) error {
		ddl := `create schema if not exists ` + attached + `.ops;
			create table if not exists ` + attached + `.ops.publication (publication_id varchar, published_at timestamp with time zone);
			create table if not exists ` + attached + `.ops.published_tables (table_name varchar, title_zh varchar, title_en varchar, columns varchar, comments varchar);`
		if err := w.source.Exec(ctx, ddl); err != nil {
			return err
		}
		old, err := texts(ctx, w.source, "select table_name, columns, comments from "+attached+".ops.published_tables")
		if err != nil {
			return err
		}
		known := map[string][]string{}
		for _, row := range old {
			known[row[0]] = row
		}
		for _, t := range tables {
			was := known[w.place(t)]
			delete(known, w.place(t))
			if err := w.table(ctx, t, was); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		for place := range known {
			if err := w.source.Exec(ctx, "drop table if exists "+attached+"."+place+"; delete from "+attached+".ops.published_tables where table_name = "+literal(place)); err != nil {
				return err
			}
		}
		return w.source.Exec(ctx, "delete from "+attached+".ops.publication; insert into "+attached+".ops.publication values ("+literal(w.publication.ID)+", "+instant(w.publication.At)+")")
	})
	if err != nil {
		return err
	}
	return w.source.Exec(ctx, "checkpoint "+attached)
}

// place is a table's quoted schema and name in the file.
func (w *duckWriter) place(t Table) string {
	schema, name := t.split()
	return quote(cmp.Or(w.config.Schema, schema)) + "." + quote(name)
}

// table applies one table's change; was is its row of ops.published_tables, nil for a new table.
func (w *duckWriter) table(ctx context.Context, t Table, was []string) error {
	columns, comments := t.fingerprints()
	place := attached + "." + w.place(t)
	whole := was == nil || was[1] != columns || t.Changed.Whole
	switch {
	case whole:
		w.wrote[w.place(t)] = ""
		schema, _, _ := strings.Cut(w.place(t), ".")
		if err := w.source.Exec(ctx, "create schema if not exists "+attached+"."+schema+"; create or replace table "+place+" as "+t.query("")); err != nil {
			return err
		}
		n, err := count(ctx, w.source, t)
		if err != nil {
			return err
		}
		w.written += n
	case !t.Changed.none():
		where := t.Changed.where()
		w.wrote[w.place(t)] = where
		if err := w.source.Exec(ctx, "delete from "+place+" where "+where+"; insert into "+place+" "+t.query(where)); err != nil {
			return err
		}
		_, err := eachRow(ctx, w.source, "select count(*) as n from "+place+" where "+where, func(row []any) error {
			n, _ := row[0].(int64)
			w.written += n
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !whole && was[2] == comments {
		return nil
	}
	text := "comment on table " + place + " is " + literal(t.comment()) + ";\n"
	for _, c := range t.Columns {
		text += "comment on column " + place + "." + quote(c.Name) + " is " + literal(comment(c.Title)) + ";\n"
	}
	text += "delete from " + attached + ".ops.published_tables where table_name = " + literal(w.place(t)) + ";\n"
	text += fmt.Sprintf("insert into %s.ops.published_tables values (%s, %s, %s, %s, %s)", attached, literal(w.place(t)), literal(t.Title.Zh), literal(t.Title.En), literal(columns), literal(comments))
	return w.source.Exec(ctx, text)
}

// compare proves the tables of the file against the source: the rows of all, of those that changed the sum of every
// money column, and every cell of what was written. wrong says by index what differs.
func (w *duckWriter) compare(ctx context.Context, tables []Table) (rows int64, wrong map[int]error, err error) {
	wrong = map[int]error{}
	for i, t := range tables {
		if where, ok := w.wrote[w.place(t)]; ok {
			target := "select * from " + attached + "." + w.place(t)
			if where != "" {
				target += " where " + where
			}
			if err := t.check(ctx, w.source, where, target, reading{}); err != nil {
				wrong[i] = fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		want, _, err := w.sums(ctx, t, t.query(""))
		if err != nil {
			return 0, nil, err
		}
		got, n, err := w.sums(ctx, t, "select * from "+attached+"."+w.place(t))
		if err != nil {
			return 0, nil, err
		}
		if got != want && wrong[i] == nil {
			wrong[i] = fmt.Errorf("table %s: the target has other rows than the warehouse (%s; %s there)", t.Name, got, want)
		}
		rows += n
	}
	return rows, wrong, nil
}

// sums returns the number of a table's rows and, if it changed, the sums of its exact columns, as one text.
func (w *duckWriter) sums(ctx context.Context, t Table, from string) (proof string, rows int64, err error) {
	list := "count(*) as n, ''"
	for _, c := range t.Columns {
		if !t.Changed.none() && (c.Type == models.Money || c.Type == models.Decimal) {
			list += " || ' ' || coalesce(cast(sum(" + quote(c.Name) + ") as varchar), '')"
		}
	}
	_, err = eachRow(ctx, w.source, "select "+list+" as sums from ("+from+")", func(row []any) error {
		rows, _ = row[0].(int64)
		proof = fmt.Sprint(rows, row[1])
		return nil
	})
	return proof, rows, err
}

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
