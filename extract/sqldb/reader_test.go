package sqldb

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

var now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// shop makes a SQLite file with the statements and opens the streams given in YAML over it.
func shop(t *testing.T, statements, streams string) (*Reader, *extract.Connector, *sql.DB) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	c, err := extract.ParseConnector("test.yaml", []byte("connector: sql\nvia: sqldb\nzone: Asia/Shanghai\nstreams:\n"+streams))
	if err != nil {
		t.Fatal(err)
	}
	if problems := Check(c); len(problems) > 0 {
		t.Fatal(extract.Problems(problems))
	}
	r, err := Open(extract.Opening{Source: "erp", Connector: c, Settings: map[string]any{"dsn": "sqlite:" + file}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, c, db
}

func read(r *Reader, slice extract.Slice) (rows [][]any, out extract.Outcome, err error) {
	slice.Now = now
	out, err = r.Read(context.Background(), slice, func(p extract.Page) error {
		rows = append(rows, p.Rows...)
		return nil
	})
	return rows, out, err
}

func utc(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC) }

const orders = `create table orders (id integer primary key, no varchar(20) not null, amount decimal(18,2), paid boolean, note text, changed datetime not null);
insert into orders values (1, 'A1', 12.30, 1, '红', '2026-01-01 08:00:00'), (2, 'A2', 1, 0, null, '2026-01-01 08:00:00'),
(3, 'A3', 2, 0, 'x', '2026-01-01 08:00:00'), (4, 'A4', 3, 1, 'x', '2026-01-01 09:00:00'), (5, 'A5', null, 1, 'x', '2026-01-02 00:00:00')`

func TestWindow(t *testing.T) {
	t.Parallel()
	r, c, _ := shop(t, orders, `
  orders: {table: orders, key: [id], cursor: changed, window: {lag: 1m}, page: 2, fields: {id: integer, amount: money, changed: timestamp}}`)
	// Asia/Shanghai is eight hours ahead: 08:00 of the first is midnight, 00:00 of the second is 16:00 of the first.
	rows, out, err := read(r, extract.Slice{Stream: c.Streams[0], From: utc(1, 0), To: utc(1, 16)})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{int64(1), 12.30, "2026-01-01 08:00:00"}, {int64(2), int64(1), "2026-01-01 08:00:00"},
		{int64(3), int64(2), "2026-01-01 08:00:00"}, {int64(4), int64(3), "2026-01-01 09:00:00"},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if out.Kind != warehouse.CountControl || *out.Count != 4 || out.More {
		t.Errorf("outcome %+v", out)
	}
	rows, out, err = read(r, extract.Slice{Stream: c.Streams[0], From: utc(1, 1), To: utc(1, 16)})
	if err != nil || len(rows) != 1 || *out.Count != 1 {
		t.Errorf("second window: %v %v", rows, err)
	}
	rows, out, err = read(r, extract.Slice{Stream: c.Streams[0], From: utc(9, 1), To: utc(9, 16)})
	if err != nil || len(rows) != 0 || out.Empty || *out.Count != 0 {
		t.Errorf("a window without rows is read, not skipped: %v %+v %v", rows, out, err)
	}
}

func TestCursorThatGrows(t *testing.T) {
	t.Parallel()
	r, c, db := shop(t, orders, `
  orders: {query: "select id, no, amount from orders", where: "no <> 'A2'", key: [id], cursor: id, page: 1, batch: 2, fields: {id: integer, no: string}}`)
	s := c.Streams[0]
	var ids []any
	cursor := ""
	for slices := 1; ; slices++ {
		rows, out, err := read(r, extract.Slice{Stream: s, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if out.Empty {
			break
		}
		for _, row := range rows {
			ids = append(ids, row[0])
		}
		if int64(len(rows)) != *out.Count {
			t.Errorf("slice %d: %d rows, count %d", slices, len(rows), *out.Count)
		}
		cursor = out.Cursor
		if !out.More {
			break
		}
	}
	if d := cmp.Diff([]any{int64(1), int64(3), int64(4), int64(5)}, ids); d != "" {
		t.Errorf("ids (-want +got):\n%s", d)
	}
	if rows, out, err := read(r, extract.Slice{Stream: s, Cursor: cursor}); err != nil || len(rows) != 0 || !out.Empty {
		t.Errorf("nothing new: %v %+v %v", rows, out, err)
	}
	if _, err := db.Exec("insert into orders values (7, 'A7', 1, 1, '', '2026-01-03 00:00:00')"); err != nil {
		t.Fatal(err)
	}
	if rows, _, err := read(r, extract.Slice{Stream: s, Cursor: cursor}); err != nil || len(rows) != 1 || rows[0][0] != int64(7) {
		t.Errorf("one new: %v %v", rows, err)
	}
}

func TestWholeTable(t *testing.T) {
	t.Parallel()
	r, c, db := shop(t, orders, `
  orders: {table: orders, key: [id], rest: true, page: 2, fields: {id: integer}}`)
	s := c.Streams[0]
	rows, first, err := read(r, extract.Slice{Stream: s})
	if err != nil || len(rows) != 5 || *first.Count != 5 || len(rows[0]) != 6 {
		t.Fatalf("%v %v", rows, err)
	}
	if _, out, err := read(r, extract.Slice{Stream: s, Cursor: first.Cursor}); err != nil || !out.Empty {
		t.Errorf("unchanged: %+v %v", out, err)
	}
	if _, err := db.Exec("update orders set note = 'y' where id = 2"); err != nil {
		t.Fatal(err)
	}
	_, second, err := read(r, extract.Slice{Stream: s, Cursor: first.Cursor})
	if err != nil || second.Empty || second.Cursor == first.Cursor {
		t.Errorf("changed: %+v %v", second, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ statements, stream, err string }{
		"no such column":     {orders, "{table: orders, key: [id], fields: {id: integer, total: money}}", "there is no column total; there are id, no, amount, paid, note, changed"},
		"no such table":      {orders, "{table: order, key: [id], fields: {id: integer}}", "looking at the columns"},
		"null in the cursor": {orders + "; create table late (id integer, at text); insert into late values (1, '2026-01-01'), (2, null)", "{table: late, key: [id], cursor: at, window: {}, fields: {id: integer, at: timestamp}}", "some rows have no at and would never be read"},
		"null in the key":    {"create table t (id integer, a text); insert into t values (null, 'x')", "{table: t, key: [id], fields: {id: integer}}", "a row has no id, which is part of its key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, con, _ := shop(t, c.statements, "  x: "+c.stream)
			_, _, err := read(r, extract.Slice{Stream: con.Streams[0], From: utc(1, 0), To: utc(2, 0)})
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

// A key that does not tell rows apart loses rows at the edge of a page: the count must show it.
func TestKeyThatRepeatsShows(t *testing.T) {
	t.Parallel()
	r, c, _ := shop(t, "create table t (k text not null, v text); insert into t values ('a','1'),('a','2'),('a','3'),('b','4')", `
  x: {table: t, key: [k], page: 2, fields: {k: string, v: string}}`)
	rows, out, err := read(r, extract.Slice{Stream: c.Streams[0]})
	if err != nil || int64(len(rows)) == *out.Count {
		t.Errorf("%d rows, count %d, %v", len(rows), *out.Count, err)
	}
}

func TestMistakesAreAllReported(t *testing.T) {
	t.Parallel()
	c, err := extract.ParseConnector("p.yaml", []byte(`connector: sql
via: sqldb
streams:
  a: {key: [id], fields: {id: string}}
  b: {table: t, key: [id], cursor: at, fields: {id: string, at: timestamp}}
  d: {table: t, key: [id], cursor: id, look_back: -1, fields: {id: integer}}
  e: {table: t, key: [id], look_back: 5, fields: {id: integer}}
  f: {table: t, key: [id], cursor: at, window: {}, look_back: 5, fields: {id: string, at: timestamp}}
  c: {query: "delete from t", key: [id], fields: {id: string}, tabel: x}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := extract.Problems(Check(c)).Error()
	for _, want := range []string{"p.yaml:4: a: say either table or query", "p.yaml:5: b: at is a time", "p.yaml:9: c: a query is one SELECT", "p.yaml:6: d: look_back is so many", "p.yaml:7: e: look_back needs a cursor", "p.yaml:8: f: a stream with a window", `unknown key "tabel"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	s := selection{options: options{Table: "dbo.or]der"}, columns: []string{"id", "at"}, order: []string{"at", "id"}, cursor: "at", from: 1, to: 2, until: []any{9, 8}}
	for d, want := range map[string]string{
		"postgres":  `select "id", "at" from "dbo"."or]der" where "at" >= $1 and "at" < $2 and not (("at", "id") > ($3, $4)) and ("at", "id") > ($5, $6) order by "at", "id" limit 10`,
		"mysql":     "select `id`, `at` from `dbo`.`or]der` where `at` >= ? and `at` < ? and not (`at` >= ? and (`at` > ? or `at` = ? and (`id` > ?))) and `at` >= ? and (`at` > ? or `at` = ? and (`id` > ?)) order by `at`, `id` limit 10",
		"sqlserver": "select top (10) [id], [at] from [dbo].[or]]der] where [at] >= @p1 and [at] < @p2 and not ([at] >= @p3 and ([at] > @p4 or [at] = @p5 and ([id] > @p6))) and [at] >= @p7 and ([at] > @p8 or [at] = @p9 and ([id] > @p10)) order by [at], [id]",
	} {
		s.dialect = map[string]dialect{"postgres": postgres, "mysql": mysqlDialect, "sqlserver": sqlserver}[d]
		if got, _ := s.page([]any{5, 6}, 10); got != want {
			t.Errorf("%s:\n got %s\nwant %s", d, got, want)
		}
	}
}

func TestDSN(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"postgres://u:pw1234@h/db":             "postgres pw1234",
		"mysql://u:pw1234@h:3307/db":           "mysql pw1234",
		"mariadb://u:pw1234@h/db":              "mysql pw1234",
		"sqlserver://u:pw1234@h?database=d":    "sqlserver pw1234",
		"sqlite:./x.db":                        "sqlite ",
		"u:pw1234@tcp(h)/db":                   "error",
		"oracle://u:pw1234@h":                  "error",
		"postgres://u:pw1234@h:notaport/db":    "error",
		"mysql://u:pw1234@:x/db?parseTime=yes": "error",
	} {
		got := "error"
		if target, err := parseDSN("", dsn); err == nil {
			got = target.dialect.name + " " + target.password
		} else if strings.Contains(err.Error(), "pw1234") {
			t.Errorf("%s: the error shows the password: %v", dsn, err)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", dsn, got, want)
		}
	}
	if target, err := parseDSN("mysql", "u:pw1234@tcp(h)/db"); err != nil || target.dialect.name != "mysql" {
		t.Errorf("the driver's own form: %v", err)
	}
}

func TestPositionSurvives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	text, err := position{int64(1 << 60), "x'\"", at, []byte("k"), 0.1, uint64(1 << 63)}.text()
	if err != nil {
		t.Fatal(err)
	}
	got, err := readPosition(text)
	if d := cmp.Diff(position{int64(1 << 60), "x'\"", at, "k", 0.1, uint64(1 << 63)}, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if _, err := readPosition("garbage"); err == nil {
		t.Error("garbage is taken for a position")
	}
}

func BenchmarkRead(b *testing.B) {
	file := filepath.Join(b.TempDir(), "b.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`create table t (id integer primary key, a text, b real); with recursive n(i) as (select 1 union all select i+1 from n where i < 50000) insert into t select i, 'some text', i * 1.5 from n`); err != nil {
		b.Fatal(err)
	}
	c, err := extract.ParseConnector("b.yaml", []byte("connector: sql\nvia: sqldb\nstreams:\n  t: {table: t, key: [id], cursor: id, fields: {id: integer, a: string, b: double}}\n"))
	if err != nil {
		b.Fatal(err)
	}
	r, err := Open(extract.Opening{Connector: c, Settings: map[string]any{"dsn": "sqlite:" + file}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if rows, _, err := read(r, extract.Slice{Stream: c.Streams[0]}); err != nil || len(rows) != 50000 {
			b.Fatal(len(rows), err)
		}
	}
	b.ReportMetric(float64(b.N)*50000/b.Elapsed().Seconds(), "rows/s")
}
