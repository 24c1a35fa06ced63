package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/heliu-data/heliu/warehouse"
)

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
		if err := w.with(ctx, fmt.Sprint("block_size ", blockSize), func() error { return w.apply(ctx, tables) }); err != nil {
			return 0, 0, err
		}
		w.config.Crash(PointPart)
		var wrong map[int]error
		err := w.with(ctx, "read_only", func() (err error) {
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

// begin starts from a copy of the published file, unless that is better written anew: more than half of it is free, or
// its blocks are of another size.
func (w *duckWriter) begin(ctx context.Context, published string) error {
	if err := copyFile(published, w.path); err != nil {
		return err
	}
	worn := false
	look := fmt.Sprintf("select block_size <> %d or free_blocks > used_blocks and total_blocks * block_size >= %d as worn from pragma_database_size() where database_name = %s",
		blockSize, w.config.bloatBytes, literal(attached))
	err := w.with(ctx, "read_only", func() error {
		_, err := eachRow(ctx, w.source, look, func(row []any) error {
			worn, _ = row[0].(bool)
			return nil
		})
		return err
	})
	if err == nil && worn {
		err = os.Remove(w.path)
	}
	return err
}

// with attaches the file, in a mode of DuckDB's, for the time of f.
func (w *duckWriter) with(ctx context.Context, mode string, f func() error) (err error) {
	if err := w.source.Exec(ctx, "attach "+literal(w.path)+" as "+attached+" ("+mode+")"); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, w.source.Exec(context.WithoutCancel(ctx), "detach "+attached))
	}()
	return f()
}

// apply takes what changed out of the file and writes it anew. Between the two the file, which nobody reads yet, gives
// the room of the old rows free: it does not grow by what is replaced.
func (w *duckWriter) apply(ctx context.Context, tables []Table) error {
	var known map[string]published
	err := w.source.InTx(ctx, func(ctx context.Context) (err error) {
		known, err = w.takeOut(ctx, tables)
		return err
	})
	if err != nil {
		return err
	}
	if err := w.source.Exec(ctx, "checkpoint "+attached); err != nil {
		return err
	}
	err = w.source.InTx(ctx, func(ctx context.Context) error {
		for _, t := range tables {
			if err := w.table(ctx, t, known[w.place(t)]); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		return w.source.Exec(ctx, "delete from "+attached+".ops.publication; insert into "+attached+".ops.publication values ("+literal(w.publication.ID)+", "+instant(w.publication.At)+")")
	})
	if err != nil {
		return err
	}
	return w.source.Exec(ctx, "checkpoint "+attached)
}

// published is what the file says of a table that it has, as fingerprints gives it.
type published struct{ columns, comments string }

// takeOut removes the tables that are gone or will be written whole, and the changed days of others. It returns the tables
// that stay, by place.
func (w *duckWriter) takeOut(ctx context.Context, tables []Table) (map[string]published, error) {
	ddl := `create schema if not exists ` + attached + `.ops;
		create table if not exists ` + attached + `.ops.publication (publication_id varchar, published_at timestamp with time zone);
		create table if not exists ` + attached + `.ops.published_tables (table_name varchar, title_zh varchar, title_en varchar, columns varchar, comments varchar);`
	if err := w.source.Exec(ctx, ddl); err != nil {
		return nil, err
	}
	rows, err := texts(ctx, w.source, "select table_name, columns, comments from "+attached+".ops.published_tables")
	if err != nil {
		return nil, err
	}
	wanted := map[string]Table{}
	for _, t := range tables {
		wanted[w.place(t)] = t
	}
	known := map[string]published{}
	for _, row := range rows {
		place, was := row[0], published{row[1], row[2]}
		t, stays := wanted[place]
		if columns, _ := t.fingerprints(); !stays || t.Changed.Whole || was.columns != columns {
			err = w.source.Exec(ctx, "drop table if exists "+attached+"."+place+"; delete from "+attached+".ops.published_tables where table_name = "+literal(place))
		} else if known[place] = was; !t.Changed.none() {
			err = w.source.Exec(ctx, "delete from "+attached+"."+place+" where "+t.Changed.where())
		}
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", place, err)
		}
	}
	return known, nil
}

// place is a table's quoted schema and name in the file.
func (w *duckWriter) place(t Table) string {
	schema, name := t.split()
	return quote(cmp.Or(w.config.Schema, schema)) + "." + quote(name)
}

// table writes what changed of a table; was is what the file has of it, nothing if it is to be written whole.
func (w *duckWriter) table(ctx context.Context, t Table, was published) error {
	columns, comments := t.fingerprints()
	place := attached + "." + w.place(t)
	switch {
	case was.columns == "":
		w.wrote[w.place(t)] = ""
		schema, _, _ := strings.Cut(w.place(t), ".")
		if err := w.source.Exec(ctx, "create schema if not exists "+attached+"."+schema+"; create table "+place+" as "+t.query("")); err != nil {
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
		if err := w.source.Exec(ctx, "insert into "+place+" "+t.query(where)); err != nil {
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
	if was == (published{columns, comments}) {
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
	list := "''"
	if !t.Changed.none() {
		list = t.sums()
	}
	_, err = eachRow(ctx, w.source, "select count(*) as n, "+list+" as sums from ("+from+") as x", func(row []any) error {
		rows, _ = row[0].(int64)
		proof = fmt.Sprint(rows, row[1])
		return nil
	})
	return proof, rows, err
}
