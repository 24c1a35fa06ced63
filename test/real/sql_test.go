//go:build real

package real

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the tests write with it
	_ "github.com/jackc/pgx/v5/stdlib" // the tests write with it

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
)

const orderStreams = `
orders:
  table: %s
  key: [id]
  cursor: changed
  window: {lag: 1m, look_back: 1h, start: 2026-01-01}
  page: 2
  fields: {id: integer, no: string, amount: decimal, paid: boolean, local_at: {type: timestamp, zone: Asia/Shanghai}, changed: timestamp, day: date, doc: json, ratio: double, big: string}
`

// TestPostgres reads every kind of column of PostgreSQL; not-a-number and infinity are rejected, the rest is exact.
func TestPostgres(t *testing.T) {
	c := components(t)
	source := sqlSource{driver: "pgx", write: c.Postgres + "/src", dsn: c.Postgres + "/src?sslmode=disable", table: "public.orders", statements: `
drop table if exists orders;
create table orders (id bigint primary key, no varchar(20), amount numeric(30,4), paid boolean, local_at timestamp, changed timestamptz not null, day date, doc jsonb, ratio double precision, big numeric(30,0), secret text);
insert into orders values
(1, '红', 1234567890123.4567, true, '2026-03-01 08:00:00', '2026-03-01T00:00:00.123456Z', '2026-03-01', '{"a": "x"}', 0.1, 123456789012345678901234567890, 's'),
(2, 'x', 'NaN', false, null, '2026-03-01T00:00:00.123456Z', null, null, null, null, 's'),
(3, null, -0.0001, null, null, '2026-03-01T00:00:00.123456Z', null, '[]', 'Infinity', null, 's'),
(4, 'y', 5, true, 'infinity', '2026-03-01T00:00:00.123457Z', null, null, 2, null, 's'),
(5, 'z', 5, true, '2026-03-01 23:59:59.5', '2026-03-01T00:00:00.123457Z', null, null, 2, 7, 's')`,
		update: "update orders set amount = 6, changed = now() where id = 5"}
	source.run(t, 2, 3)
}

// TestMariaDB reads every kind of column of MariaDB; a zero date is rejected.
func TestMariaDB(t *testing.T) {
	c := components(t)
	write := strings.Replace(strings.TrimPrefix(c.MySQL, "mysql://"), "@", "@tcp(", 1)
	write = strings.Replace(write, "/", ")/", 1) + "?multiStatements=true&time_zone=%27%2B00:00%27&sql_mode=''"
	source := sqlSource{driver: "mysql", write: write, dsn: c.MySQL, table: "orders", statements: `
drop table if exists orders;
create table orders (id bigint primary key, no varchar(20), amount decimal(30,4), paid tinyint(1), local_at datetime(6) null, changed timestamp(6) not null, day date, doc json, ratio double, big decimal(30,0), secret text) character set utf8mb4;
insert into orders values
(1, '红', 1234567890123.4567, true, '2026-03-01 08:00:00', '2026-03-01 00:00:00.123456', '2026-03-01', '{"a": "x"}', 0.1, 123456789012345678901234567890, 's'),
(3, null, -0.0001, null, null, '2026-03-01 00:00:00.123456', null, '[]', 2, null, 's'),
(4, 'y', 5, true, '0000-00-00 00:00:00', '2026-03-01 00:00:00.123457', null, null, 2, null, 's'),
(5, 'z', 5, true, '2026-03-01 23:59:59.5', '2026-03-01 00:00:00.123457', null, null, 2, 7, 's')`,
		update: "update orders set amount = 6, changed = now(6) where id = 5"}
	source.run(t, 3, 1)
}

type sqlSource struct{ driver, write, dsn, table, statements, update string }

func (x sqlSource) run(t *testing.T, landed, rejected int64) {
	t.Helper()
	ctx := context.Background()
	db, err := sql.Open(x.driver, x.write)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, x.statements); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	s := b.open(t, extract.Config{Name: "src", Connector: "sql", Settings: map[string]any{"dsn": x.dsn}, Streams: streams(t, fmt.Sprintf(orderStreams, x.table))})
	receipts, err := s.Read(ctx, "orders", extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(receipts) != 1 || !receipts[0].Agrees() || receipts[0].Rejected != rejected || receipts[0].Landed != landed {
		t.Errorf("receipts %+v, rejected %v", receipts, b.rejected(t, s, "raw.src__orders"))
	}
	want := [][]string{
		{"1", "红", "1234567890123.4567", "true", "2026-03-01 00:00:00", "2026-03-01 00:00:00.123456", "2026-03-01", "x", "0.1", "123456789012345678901234567890", "(null)"},
		{"5", "z", "5.0000", "true", "2026-03-01 15:59:59.5", "2026-03-01 00:00:00.123457", "(null)", "(null)", "2", "7", "(null)"},
	}
	got := b.rows(t, s, `select cast(id as varchar), no, cast(amount as varchar), cast(paid as varchar), cast(local_at at time zone 'UTC' as varchar), cast(changed at time zone 'UTC' as varchar), cast(day as varchar), json_extract_scalar(doc, '$.a'), cast(ratio as decimal(9,1)) || '', big, _extra from orders where id in (1, 5) order by id`)
	for i := range got {
		got[i][8] = strings.TrimSuffix(got[i][8], ".0")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if _, err := db.ExecContext(ctx, x.update); err != nil {
		t.Fatal(err)
	}
	b.later()
	if receipts, err = s.Read(ctx, "orders", extract.Options{}); err != nil || len(receipts) != 1 || receipts[0].Landed != 1 {
		t.Errorf("second read: %+v %v", receipts, err)
	}
	if _, err := db.ExecContext(ctx, "drop table orders"); err != nil {
		t.Fatal(err)
	}
}
