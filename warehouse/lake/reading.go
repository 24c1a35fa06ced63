package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	sqlcat "github.com/apache/iceberg-go/catalog/sql"

	"github.com/heliu-data/heliu/warehouse"
)

// readingDDL is a table of Heliu's own beside those of the catalog: what the latest read of each stream came to, for the
// programs that build from what another one reads.
const readingDDL = `
create table if not exists heliu_reads (
	catalog_name varchar(255) not null, stream varchar(255) not null, run_id varchar(64) not null, is_good boolean not null,
	note varchar(4000) not null, receipt text, finished_at varchar(40) not null, good_at varchar(40) not null,
	primary key (catalog_name, stream));`

const (
	readingTime = "2006-01-02T15:04:05.000000Z" // its order as text is that of the instants
	mostNote    = 3000                          // bytes of a note that are kept
)

// Reading is what the latest read of a stream came to, as the program that read it tells the others. What it landed stands in
// the stream's table; this says whether the read came to its end.
type Reading struct {
	Stream     string             // "tmall.orders"
	RunID      string             // of the program that read
	Good       bool               // it came to its end without fault, also when there was nothing new
	Note       string             // why not; no secret
	Receipt    *warehouse.Receipt // that disagreed, nil when the read failed otherwise
	FinishedAt time.Time
	GoodAt     time.Time // the latest that was good, zero for never; kept by the catalog
}

// Tell leaves word of reads in the catalog, one of each stream, all in one statement. Word that comes late, behind that of a
// read that finished later, changes GoodAt at most. GoodAt is not looked at.
func (l *Lake) Tell(ctx context.Context, readings []Reading) error {
	if len(readings) == 0 {
		return nil
	}
	var rows []string
	var values []any
	for _, r := range readings {
		good, receipt := "", any(nil)
		if r.Good {
			good = r.FinishedAt.UTC().Format(readingTime)
		}
		if r.Receipt != nil {
			text, err := json.Marshal(r.Receipt)
			if err != nil {
				return fmt.Errorf("receipt of %s: %w", r.Stream, err)
			}
			receipt = string(text)
		}
		if len(r.Note) > mostNote {
			r.Note = strings.ToValidUTF8(r.Note[:mostNote], "") + " …"
		}
		row := []any{CatalogName, r.Stream, r.RunID, r.Good, r.Note, receipt, r.FinishedAt.UTC().Format(readingTime), good}
		marks := make([]string, len(row))
		for i := range row {
			marks[i] = l.mark(len(values) + i + 1)
		}
		rows, values = append(rows, "("+strings.Join(marks, ", ")+")"), append(values, row...)
	}
	ctx, enough := l.answered(ctx)
	defer enough()
	_, err := l.db.ExecContext(ctx, `insert into heliu_reads (catalog_name, stream, run_id, is_good, note, receipt, finished_at, good_at) values `+strings.Join(rows, ", ")+`
		on conflict (catalog_name, stream) do update set `+newest("run_id", "is_good", "note", "receipt", "finished_at")+`,
		good_at = case when excluded.good_at > heliu_reads.good_at then excluded.good_at else heliu_reads.good_at end`, values...)
	if err != nil {
		return fmt.Errorf("tell the lake's other programs what was read: %w", err)
	}
	return nil
}

// newest sets columns of heliu_reads to those of the read that finished last.
func newest(columns ...string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = case when excluded.finished_at >= heliu_reads.finished_at then excluded." + c + " else heliu_reads." + c + " end"
	}
	return strings.Join(set, ", ")
}

// Told gives the latest reading of each stream of which a program has left word.
func (l *Lake) Told(ctx context.Context) (told map[string]Reading, err error) {
	ctx, enough := l.answered(ctx)
	defer enough()
	rows, err := l.db.QueryContext(ctx, "select stream, run_id, is_good, note, coalesce(receipt, ''), finished_at, good_at from heliu_reads where catalog_name = '"+CatalogName+"'")
	if err != nil {
		return nil, fmt.Errorf("ask what the lake's other programs have read: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	told = map[string]Reading{}
	for rows.Next() {
		var r Reading
		var receipt, finished, good string
		if err := rows.Scan(&r.Stream, &r.RunID, &r.Good, &r.Note, &receipt, &finished, &good); err != nil {
			return nil, fmt.Errorf("ask what the lake's other programs have read: %w", err)
		}
		if r.FinishedAt, err = time.Parse(readingTime, finished); err == nil && good != "" {
			r.GoodAt, err = time.Parse(readingTime, good)
		}
		if err == nil && receipt != "" {
			err = json.Unmarshal([]byte(receipt), &r.Receipt)
		}
		if err != nil {
			return nil, fmt.Errorf("what another program has told of %s: %w", r.Stream, err)
		}
		told[r.Stream] = r
	}
	return told, rows.Err()
}

// mark is the n-th placeholder of a statement, from 1.
func (l *Lake) mark(n int) string {
	if l.dialect == sqlcat.Postgres {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}
