package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/heliu-data/heliu/extract"
)

// passed is the cursor of a stream that is read by a number that only grows: how far it was read, and what it takes to
// notice rows that were committed behind that place later. A transaction takes its number before it commits, so that
// 5 may come when 6 was read already.
//
// Rows that come within the look-back are read with the next slice, from settled on. Rows that come at or before
// settled were passed for good: the number of rows there is held against that of those that were read.
type passed struct {
	at      position // the order's values of the last row read
	settled position // a beginning of the order's values: the place look_back before at
	rows    int64    // rows up to settled that were read
	zone    string   // what stood from settled to at: the number of rows and the sum of their distances
}

type passedJSON struct {
	At      json.RawMessage `json:"at"`
	Settled json.RawMessage `json:"settled"`
	Rows    int64           `json:"rows"`
	Zone    string          `json:"zone"`
}

func (p passed) text() (string, error) {
	at, err := p.at.text()
	settled, failed := p.settled.text()
	if err = errors.Join(err, failed); err != nil {
		return "", err
	}
	b, err := json.Marshal(passedJSON{json.RawMessage(at), json.RawMessage(settled), p.rows, p.zone})
	return string(b), err
}

// readPassed reads a cursor; one of before this was kept has only the place.
func readPassed(cursor string) (p passed, err error) {
	if !strings.HasPrefix(cursor, "{") {
		p.at, err = readPosition(cursor)
		return p, err
	}
	var in passedJSON
	if err := json.Unmarshal([]byte(cursor), &in); err != nil {
		return p, fmt.Errorf("the cursor is no position in a table: %.80q", cursor)
	}
	if p.at, err = readPosition(string(in.At)); err == nil {
		p.settled, err = readPosition(string(in.Settled))
	}
	p.rows, p.zone = in.Rows, in.Zone
	return p, err
}

// goOn sets where the slice begins: behind the place of the last one, or from settled on when something between has changed
// since. It is an error when rows were committed at or before settled: no slice would ever read them.
func (p *pass) goOn(ctx context.Context, tx *sql.Tx) error {
	var err error
	if p.before, err = readPassed(p.slice.Cursor); err != nil {
		return err
	}
	p.sel.after = p.before.at
	if p.before.settled == nil {
		return nil
	}
	zone, err := p.zone(ctx, tx, p.before)
	if err != nil {
		return err
	}
	if zone != p.before.zone {
		p.sel.after = p.before.settled
	}
	name := p.slice.Stream.Name
	p.reader.mu.Lock()
	p.follows = p.reader.next[name] == p.slice.Cursor && zone == p.before.zone
	p.reader.mu.Unlock()
	if p.follows {
		return nil
	}
	n, err := p.count(ctx, tx, nil, p.before.settled)
	if err != nil {
		return err
	}
	if late := n - p.before.rows; late > 0 {
		return fmt.Errorf("%d rows came behind the cursor %s after the read had passed their place, more than look_back %d before its end: read the stream again with heliu extract %s %s --full, and set look_back larger than the numbers that are taken while a transaction lasts",
			late, p.sel.cursor, p.sel.options.lookBack(), p.reader.source, name)
	}
	return nil
}

// passed is the cursor behind the slice that was read; more says that another follows at once.
func (p *pass) passed(ctx context.Context, tx *sql.Tx, more bool) (string, error) {
	now := passed{at: p.last, settled: p.last}
	if n, ok := number(p.last[0], p.columns[p.places[0]].kind); ok {
		if back := p.sel.options.lookBack(); n < -1<<63+back {
			now.settled = position{int64(-1 << 63)}
		} else {
			now.settled = position{n - back}
		}
	}
	var err error
	if p.follows { // the statement for all of a long first read would be made for each slice
		now.rows, err = p.count(ctx, tx, p.before.settled, now.settled)
		now.rows += p.before.rows
	} else {
		now.rows, err = p.count(ctx, tx, nil, now.settled)
	}
	if err != nil {
		return "", err
	}
	if now.zone, err = p.zone(ctx, tx, now); err != nil {
		return "", err
	}
	text, err := now.text()
	p.reader.mu.Lock()
	defer p.reader.mu.Unlock()
	if p.reader.next[p.slice.Stream.Name] = ""; more {
		p.reader.next[p.slice.Stream.Name] = text
	}
	return text, err
}

// count is how many rows stand behind after and at or before until.
func (p *pass) count(ctx context.Context, tx *sql.Tx, after, until position) (n int64, err error) {
	s := p.sel
	s.after, s.until = after, until
	text, args := s.count()
	if err = tx.QueryRowContext(ctx, text, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting: %w", err)
	}
	return n, nil
}

// zone tells the rows apart that stand behind m.settled and at or before m.at; "" without a look-back.
func (p *pass) zone(ctx context.Context, tx *sql.Tx, m passed) (string, error) {
	from, ok := m.settled[0].(int64)
	if !ok {
		return "", nil
	}
	s := p.sel
	s.after, s.until = m.settled, m.at
	text, args := s.distances(from)
	var n int64
	var sum sql.NullString
	if err := tx.QueryRowContext(ctx, text, args...).Scan(&n, &sum); err != nil {
		return "", fmt.Errorf("looking back: %w", err)
	}
	return strconv.FormatInt(n, 10) + " " + sum.String, nil
}

// number is a cursor's value as a whole number, if it is one in a column of numbers.
func number(v any, kind string) (int64, bool) {
	text := ""
	switch v := v.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v < 1<<63
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	if !strings.Contains(kind, "INT") && kind != "NUMERIC" && kind != "DECIMAL" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// lookBackDefault is how many numbers before the last one a stream reads again when something changed there.
const lookBackDefault = 1000

func (o options) lookBack() int64 {
	if o.LookBack == nil {
		return lookBackDefault
	}
	return *o.LookBack
}

// checkLookBack finds what is wrong with a stream's look_back; "" is nothing.
func checkLookBack(s *extract.Stream, o options) string {
	switch {
	case o.LookBack == nil:
		return ""
	case *o.LookBack < 0:
		return "look_back is so many numbers before the last: 0 or more"
	case s.Cursor == "":
		return "look_back needs a cursor"
	case s.Window != nil:
		return "a stream with a window looks back in time: window: {look_back: 1h}"
	}
	return ""
}
