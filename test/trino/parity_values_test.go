//go:build trino

// Package trino_test holds DuckDB and Trino against each other.
package trino_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// asker is a session of either engine.
type asker interface {
	Rows(ctx context.Context, statement string, args ...any) (*sql.Rows, error)
}

// oddTexts are what stands in exports and JSON where a value should be.
var oddTexts = []string{
	"", " ", "0", "12", " 12 ", "\t12\n", "12\u00a0", "12\u3000", "12\v", "１２", "+5", "-5", "- 5", "--5", "007", "12.0", "12.5", "-12.5", ".5", "5.", ".", "1e3", "1E5", "1e", "15e-1",
	"5e-1", "1.25e1", "1e18", "1e19", "1e-400", "1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "2.49999999999999999999", "1,000", "1,000.5", "1_000", "1__0",
	"0x1F", "0b11", "0o17", "1d", "1.5f", "0x1p3", "NaN", "nan", "-nan", "inf", "+inf", "Infinity", "-Infinity", "1.00005", "-1.00005", "1.000049999", "0.00005", "7.123456785", "99999999999999.9999",
	"99999999999999.99995", "999999999999999", "0.00004999999999999999999999999999999999999999", "0.1", "1.5e-7", "123456789012", "1e15", "1e16", "1.7976931348623159e308", "-0", "-0.0", "¥1.5", "1.5元",
	"(1.5)", "1.5-", "1.5%", "true", "TRUE", "t", "yes", "Y", "no", "off", "on", " true ", "2", "是", "null", "NULL", "N/A", "-", "—",
	"2026-01-02", " 2026-01-02 ", " 2026-01-02", " 2026-01-02 10:00:00 ", "2026-1-2", "2026/01/02", "2026/1-2", "2026.01.02", "20260102", "2026年1月2日", "26-1-2", "2026-01", "2026-02-29", "2024-02-29", "2026-02-30", "2026-13-01", "0000-00-00",
	"0000-01-01", "0001-01-01", "1969-12-31 23:59:59.5", "9999-12-31", "12026-01-01", "-2026-01-02", "2026-01-02 (BC)", "infinity", "epoch", "2026-01-02x", "2026-01-02 x", "2026-01-02T", "2026 01 02", `2026\01\02`,
	"2026-01-02 10:00:00", "2026-01-02 10:00", "2026-01-02T10:00:00", "2026-01-02t10:00:00", "2026-01-02  10:00:00", "2026-1-2 3:4:5", "2026/01/02 10:00:00", "2026-01-02 24:00:00", "2026-01-02 25:00:00",
	"2026-01-02 10:60:00", "2026-01-02 10:00:60", "2026-01-02 10:00:00.", "2026-01-02 10:00:00.5", "2026-01-02 10:00:00.123456", "2026-01-02T10:00:00.123456789Z", "2026-01-02 10:00:00.1234567", "2026-01-02 10:00:00,5",
	"2026-01-02T10:00:00Z", "2026-01-02T10:00:00z", "2026-01-02 10:00:00 Z", "2026-01-02T10:00Z", "2026-01-02Z", "2026-01-02T10:00:00+08:00", "2026-01-02 10:00:00+08", "2026-01-02 10:00:00+0800", "2026-01-02 10:00:00 +08:00",
	"2026-01-02 10:00:00-05:30", "2026-01-02 10:00:00+14:00", "2026-01-02 10:00:00+15:00", "2026-01-02 10:00:00+5", "2026-01-02 10:00:00+08:00:00", "2026-01-02 10:00:00 UTC", "2026-01-02 10:00:00 utc", "2026-01-02 10:00:00 GMT",
	"2026-01-02 10:00:00 CST", "2026-01-02 10:00:00 Asia/Shanghai", "2026-11-01 01:30:00 America/New_York", "2026-01-02 10:00:00 PM", "1767319200", "10:00:00", "Jan 2, 2026",
	"合流防晒霜", "ＡＢＣａｂｃ", "Straße", "ÀÉÎ", "a😀b", "\u3000全角空格\u3000", "\u00a0nbsp\u00a0", "\ttab\t", "a\nb", `"quoted" \ /`, "a-b-c", "-a", "e\u0301", "\u200bzero", "<&>", "it's", "\u0001\u001f\u007f\u2028",
}

// TestTextsBecomeTheSameValues reads every odd text as every type, and does with it what mappings do with texts.
func TestTextsBecomeTheSameValues(t *testing.T) {
	t.Parallel()
	columns := []string{
		"heliu_bigint(x)", "heliu_decimal_18_4(x)", "heliu_decimal_38_8(x)", "heliu_double(x)", "heliu_boolean(x)", "heliu_date(x)", "heliu_instant(x)", "key63(x)", "json_object('x', x, 'y', nullif(x, x))",
		"lower(x)", "upper(x)", "trim(x)", "ltrim(x)", "rtrim(x)", "split_part(x, '-', 1)", "split_part(x, '-', 3)", "substr(x, 2)", "substr(x, 2, 2)", "length(x)", "replace(x, '-', '/')", "strpos(x, '-')",
		"nullif(x, '')", "concat_ws(chr(31), x, null, x)", "x < 'a'", "x like '2026-0_-%'", "regexp_like(x, '^[0-9]+$')", "json_extract_scalar(json_object('k', x), '$.k')",
	}
	rows := make([]string, len(oddTexts))
	for i, text := range oddTexts {
		rows[i] = fmt.Sprintf("(%d, '%s')", i, strings.ReplaceAll(text, "'", "''"))
	}
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = fmt.Sprintf("coalesce(cast(%s as varchar), '(null)')", c)
	}
	statement := "with texts (n, x) as (values " + strings.Join(rows, ", ") + ")\nselect " + strings.Join(cells, ",\n") + "\nfrom texts order by n"
	duck, tri := both(t, statement)
	for i, text := range oddTexts {
		for c, column := range columns {
			if duck[i][c] != tri[i][c] {
				t.Errorf("%s of %q: DuckDB %q, Trino %q", column, text, duck[i][c], tri[i][c])
			}
		}
	}
}

// TestExpressionsAnswerTheSame runs what models, mappings and generated statements are made of.
func TestExpressionsAnswerTheSame(t *testing.T) {
	t.Parallel()
	expressions := []string{
		"cast(cast('100' as double) as varchar)", "cast(cast('1e15' as double) as varchar)", "cast(cast('1e16' as double) as varchar)", "cast(cast('0.00001' as double) as varchar)", "cast(cast('1.234e-100' as double) as varchar)",
		"cast(cast('0.1' as double) + cast('0.2' as double) as varchar)", "cast(cast('-1.5e20' as double) as varchar)", "cast(cast('1.5' as decimal(18,4)) as varchar)", "cast(cast('1.5' as decimal(38,8)) as varchar)",
		"cast(sum(cast('1.5' as decimal(18,4))) as varchar)", "cast(cast('1.5' as decimal(18,4)) * cast('2.5' as decimal(18,4)) as varchar)", "cast(floor(cast('-2.5' as decimal(18,4))) as varchar)", "cast(count(*) as varchar)",
		"cast(cast('2.5' as decimal(18,4)) as bigint)", "cast(cast('-2.5' as decimal(18,4)) as bigint)", "cast(cast('0.00005' as decimal(38,8)) as decimal(18,4))", "cast(round(cast('0.00015' as double), 4) as decimal(18,4))",
		"cast(round(cast('1.00005' as double), 4) as decimal(18,4))", "cast(round(cast('2.675' as double), 2) as decimal(18,4))", "cast(round(cast('-2.5' as double)) as bigint)", "cast(round(cast('2.5' as double)) as bigint)",
		"cast(7 as bigint) / cast(2 as double)", "cast(7 as double) / nullif(cast(0 as double), 0)", "mod(cast(-7 as bigint), cast(3 as bigint))", "mod(cast('-7.5' as decimal(18,4)), cast('2' as decimal(18,4)))",
		"cast(timestamp '2026-01-02 10:00:00' at time zone 'UTC' as varchar)", "cast(cast(timestamp '2026-01-02 10:00:00.12' as timestamp with time zone) as varchar)", "cast(timestamp '2026-01-02 10:00:00.5' as varchar)",
		"cast(at_timezone(timestamp '2026-03-08 07:30:00' at time zone 'UTC', 'America/New_York') as timestamp)", "cast(at_timezone(timestamp '2026-11-01 05:30:00' at time zone 'UTC', 'America/New_York') as timestamp)",
		"cast(at_timezone(timestamp '2026-01-01 16:00:00' at time zone 'UTC', 'Asia/Shanghai') as date)", "cast(timestamp '2026-01-01 15:59:59' at time zone 'UTC' at time zone 'Asia/Shanghai' as date)",
		"date_diff('day', timestamp '2026-01-01 23:00:00', timestamp '2026-01-02 01:00:00')", "date_diff('month', date '2026-01-31', date '2026-02-28')", "date_diff('second', timestamp '2026-01-01 00:00:00.9', timestamp '2026-01-01 00:00:01')",
		"date_diff('hour', timestamp '2026-01-01 00:30:00', timestamp '2026-01-01 00:00:00')", "date_diff('millisecond', timestamp '1970-01-01 00:00:00', timestamp '2026-01-01 00:00:00.9995' at time zone 'UTC')",
		"cast(date_add('month', 1, date '2026-01-31') as date)", "cast(date '2026-03-31' - interval '1' month as date)", "cast(date '2026-01-31' + interval '1' day * 3 as date)", "day_of_week(date '2026-01-04')",
		"cast(date_trunc('week', date '2026-01-04') as date)", "extract(quarter from date '2026-05-04')", "from_unixtime(cast('1767319200.123456' as double))", "from_unixtime(cast('-1.5' as double))", "from_unixtime(cast(1767319200 as bigint))",
		`json_extract_scalar('{"a":1.50}', '$.a')`, `json_extract_scalar('{"a":1e3}', '$.a')`, `json_extract_scalar('{"a":100.0}', '$.a')`, `json_extract_scalar('{"a":12345678901234567890}', '$.a')`, `json_extract_scalar('{"a":12345678901234567890.10}', '$.a')`,
		`json_extract_scalar('{"a":0.1000000000000000055}', '$.a')`, `json_extract_scalar('{"a":true}', '$.a')`, `json_extract_scalar('{"a":null}', '$.a')`, `json_extract_scalar('{"a":""}', '$.a')`, `json_extract_scalar('{"a":{"b":1}}', '$.a')`,
		`json_extract_scalar('{"a":[1,2]}', '$.a')`, `json_extract_scalar('{"a":[1,2]}', '$.a[1]')`, `json_extract_scalar('{"a":[1,2]}', '$.a[5]')`, `json_extract_scalar('[{"x":"y"}]', '$[0].x')`, `json_extract_scalar('{"a":"\u4e2d\n"}', '$.a')`,
		`json_extract_scalar('{"a":"{x}"}', '$.a')`, `json_extract_scalar('{"a":"1.50"}', '$.a')`, `json_extract_scalar('not json', '$.a')`, `json_extract_scalar('', '$.a')`, `json_extract_scalar('{"a":1} x', '$.a')`, `json_extract_scalar('{"a":-1.5e-5}', '$.a')`,
		"'a' < 'B'", "'中' < '文'", "1 in (2, null)", "null is not distinct from null", "coalesce(cast(null as decimal(18,4)), 0) = 0", "chr(128512)", "bool_or(cast(null as boolean))",
		"power(2, cast('0.5' as double))", "abs(cast('-1.5' as decimal(18,4)))", "sign(cast('-1.5' as decimal(18,4))) = -1",
	}
	cells := make([]string, len(expressions))
	for i, e := range expressions {
		cells[i] = fmt.Sprintf("coalesce(cast(%s as varchar), '(null)')", e)
	}
	duck, tri := both(t, "select "+strings.Join(cells, ",\n"))
	for i, e := range expressions {
		if duck[0][i] != tri[0][i] {
			t.Errorf("%s: DuckDB %q, Trino %q", e, duck[0][i], tri[0][i])
		}
	}
}

// TestWindowsAndRowsAnswerTheSame runs the shapes of statements in which the engines' grammars part.
func TestWindowsAndRowsAnswerTheSame(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{
		`with v (k, x) as (values (1, cast(null as bigint)), (1, 5), (1, 1), (2, null), (2, 7), (null, 1))
select cast(k as varchar), cast(first_value(case when x > 1 then x end ignore nulls) over place as varchar), cast(lag(x) over (partition by k order by x) as varchar)
from v window place as (partition by k order by x rows between unbounded preceding and unbounded following) order by k, x`,
		`with v (x) as (values (3), (null), (1), (2)) select cast(x as varchar), cast(row_number() over (order by x desc) as varchar) from v order by x desc`,
		`select cast(cast(d as date) as varchar) from unnest(sequence(date '2026-02-27', date '2026-03-02', interval '1' day)) as days (d) order by d`,
		`select cast(count(*) filter (where x > 1) as varchar), cast(sum(x) as varchar), cast(max(x) as varchar) from (values (1), (2), (null)) as v (x)`,
		`select cast(a as varchar), b from (select cast(null as bigint) as a, '' as b where false) as nothing`,
		`select * from (select cast(1 as varchar), 'x') as bad (k, cause)`,
	} {
		duck, tri := both(t, statement)
		if diff := cmp.Diff(duck, tri); diff != "" {
			t.Errorf("%s\nDuckDB - Trino +\n%s", statement, diff)
		}
	}
}

// both runs a statement of text columns on both engines.
func both(t *testing.T, statement string) (duck, tri [][]string) {
	t.Helper()
	address := os.Getenv("HELIU_TRINO")
	if address == "" {
		t.Fatal("HELIU_TRINO is not set: start make test-trino, or set it to trino://user@host:port/catalog")
	}
	engine, err := duckdb.Open(t.Context(), duckdb.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { fatal(t, errors.Join(session.Close(), engine.Close())) }()
	cluster, err := trino.Open(t.Context(), trino.Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { fatal(t, cluster.Close()) }()
	return rowsOf(t, session, statement), rowsOf(t, cluster.Connect(), statement)
}

func rowsOf(t *testing.T, s asker, statement string) (out [][]string) {
	t.Helper()
	rows, err := s.Rows(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { fatal(t, rows.Close()) }()
	columns, err := rows.Columns()
	fatal(t, err)
	for rows.Next() {
		cells, at := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			at[i] = &cells[i]
		}
		fatal(t, rows.Scan(at...))
		row := make([]string, len(columns))
		for i, c := range cells {
			row[i] = c.String
			if !c.Valid {
				row[i] = "(null)"
			}
		}
		out = append(out, row)
	}
	fatal(t, rows.Err())
	return out
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
