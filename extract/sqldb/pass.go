package sqldb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// pass is the reading of one slice.
type pass struct {
	reader  *Reader
	slice   extract.Slice
	yield   func(extract.Page) error
	sel     selection
	columns []column
	places  []int    // of the order's columns among the columns
	last    position // the order's values of the last row read
	read    int64
	before  passed    // by a number: where the slice begins
	follows bool      // it goes on from a slice that this reader has just read
	digest  hash.Hash // of all values, for tables that are read whole
}

// stopped is an error of yield on its way back.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func (p *pass) run(ctx context.Context, db *sql.DB) (out extract.Outcome, err error) {
	tx, err := p.snapshot(ctx, db)
	if err != nil {
		return out, err
	}
	defer func() {
		// Nothing was written: rolling back only ends the snapshot.
		if ended := tx.Rollback(); err == nil && !errors.Is(ended, sql.ErrTxDone) {
			err = ended
		}
	}()
	if err := p.prepare(ctx, tx); err != nil {
		return out, err
	}
	more, err := p.pages(ctx, tx)
	if err != nil {
		return out, err
	}
	windowed, cursored := p.slice.Stream.Window != nil, p.slice.Stream.Cursor != ""
	if p.unchanged(windowed, cursored) {
		return extract.Outcome{Empty: true, Cursor: p.slice.Cursor}, nil
	}
	until := position(nil)
	if more {
		until = p.last
	}
	n, err := p.count(ctx, tx, p.sel.after, until)
	if err != nil {
		return out, err
	}
	out = extract.Counted(warehouse.CountControl, n)
	out.More = more
	switch {
	case windowed:
	case cursored:
		out.Cursor, err = p.passed(ctx, tx, more)
	default:
		// The time keeps two cursors apart when a table gets back the content it once had.
		out.Cursor = "content " + p.content() + " " + p.slice.Now.UTC().Format(time.RFC3339Nano)
	}
	return out, err
}

// unchanged says that there is nothing to commit: no row behind the cursor, or a whole table with the content that it
// had the last time.
func (p *pass) unchanged(windowed, cursored bool) bool {
	switch {
	case windowed:
		return false
	case cursored:
		return p.read == 0
	}
	return strings.HasPrefix(p.slice.Cursor, "content "+p.content()+" ")
}

func (p *pass) content() string { return hex.EncodeToString(p.digest.Sum(nil)) }

// snapshot begins a read-only transaction whose statements all see the same rows.
func (p *pass) snapshot(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	d := p.reader.target.dialect
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: d.snapshot, ReadOnly: d.readOnly})
	if err != nil && d.name == "sqlserver" {
		tx, err = db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	}
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return tx, nil
}

// prepare finds out the columns and sets the bounds of the slice.
func (p *pass) prepare(ctx context.Context, tx *sql.Tx) error {
	s, o := p.slice.Stream, p.sel.options
	all, err := describe(ctx, tx, p.sel)
	if err != nil {
		return err
	}
	if p.columns, err = chosen(s, o, all); err != nil {
		return err
	}
	for _, c := range p.columns {
		p.sel.columns = append(p.sel.columns, c.name)
	}
	names := slices.Clone(s.Key)
	if s.Cursor != "" {
		names = append([]string{s.Cursor}, names...)
	}
	for _, name := range names {
		column := field(s, name).Path[0]
		if at := slices.Index(p.sel.columns, column); !slices.Contains(p.sel.order, column) {
			p.sel.order, p.places = append(p.sel.order, column), append(p.places, at)
		}
	}
	if s.Cursor == "" {
		return nil
	}
	p.sel.cursor = p.sel.order[0]
	cursor := p.columns[p.places[0]]
	if err := p.everyRowHasCursor(ctx, tx, cursor); err != nil {
		return err
	}
	if s.Window == nil {
		return p.goOn(ctx, tx)
	}
	zone, f := p.reader.zone, field(s, s.Cursor)
	if o.IsUTC {
		zone = time.UTC
	} else if f.Zone != "" {
		if zone, err = time.LoadLocation(f.Zone); err != nil {
			return err
		}
	}
	d := p.sel.dialect
	if p.sel.from, err = bound(d, cursor, f, s.Window, zone, p.slice.From); err != nil {
		return err
	}
	p.sel.to, err = bound(d, cursor, f, s.Window, zone, p.slice.To)
	return err
}

// everyRowHasCursor refuses a stream with rows that no window and no cursor would ever reach.
func (p *pass) everyRowHasCursor(ctx context.Context, tx *sql.Tx, cursor column) error {
	r, name := p.reader, p.slice.Stream.Name
	r.mu.Lock()
	known := r.proved[name]
	r.mu.Unlock()
	if known {
		return nil
	}
	if cursor.null {
		var one int
		err := tx.QueryRowContext(ctx, p.sel.without()).Scan(&one)
		if err == nil {
			return fmt.Errorf("some rows have no %s and would never be read: use a query that always gives one, for example coalesce(%s, created_at)", cursor.name, cursor.name)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("looking for rows without %s: %w", cursor.name, err)
		}
	}
	r.mu.Lock()
	r.proved[name] = true
	r.mu.Unlock()
	return nil
}

// pages reads page after page and says whether it stopped because the slice is full.
func (p *pass) pages(ctx context.Context, tx *sql.Tx) (bool, error) {
	bounded := p.slice.Stream.Window == nil && p.slice.Stream.Cursor != ""
	for {
		n, err := p.page(ctx, tx)
		if err != nil {
			return false, err
		}
		if n < p.sel.options.Page {
			return false, nil
		}
		if bounded && p.read >= int64(p.sel.options.Batch) {
			return true, nil
		}
	}
}

func (p *pass) page(ctx context.Context, tx *sql.Tx) (int, error) {
	text, args := p.sel.page(p.last, p.sel.options.Page)
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return 0, fmt.Errorf("reading rows: %w", err)
	}
	defer rows.Close()
	page := extract.Page{Position: p.slice.Stream.Name, First: p.read + 1, Names: p.sel.columns}
	raw, into := make([]any, len(p.columns)), make([]any, len(p.columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return 0, fmt.Errorf("reading row %d: %w", p.read+int64(len(page.Rows))+1, err)
		}
		values := make([]any, len(raw))
		for i, v := range raw {
			values[i] = p.columns[i].value(p.sel.dialect, v)
		}
		if p.sel.cursor == "" {
			_, _ = fmt.Fprintf(p.digest, "%q\n", values) // a hash never fails
		}
		page.Rows = append(page.Rows, values)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("reading rows: %w", err)
	}
	if len(page.Rows) == 0 {
		return 0, nil
	}
	p.last = make(position, len(p.places))
	for i, at := range p.places {
		if p.last[i] = raw[at]; raw[at] == nil {
			return 0, fmt.Errorf("a row has no %s, which is part of its key", p.sel.order[i])
		}
	}
	p.read += int64(len(page.Rows))
	if err := p.yield(page); err != nil {
		return 0, &stopped{err}
	}
	return len(page.Rows), nil
}
