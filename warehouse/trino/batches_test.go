//go:build trino

package trino

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// text is the schema and the rows of a reader.
func text(t *testing.T, r array.RecordReader) (schema, rows string) {
	t.Helper()
	defer r.Release()
	for _, f := range r.Schema().Fields() {
		schema += fmt.Sprintf("%s %s\n", f.Name, f.Type)
	}
	for r.Next() {
		json, err := r.RecordBatch().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		rows += string(json)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return schema, strings.ReplaceAll(rows, "\n", "")
}

func TestTypes(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	for _, c := range []struct{ expression, kind, value string }{
		{"true", "bool", "true"},
		{"tinyint '-128'", "int8", "-128"},
		{"smallint '32767'", "int16", "32767"},
		{"-2147483648", "int32", "-2147483648"},
		{"9007199254740993", "int64", "9007199254740993"},
		{"real '0.1'", "float32", "0.1"},
		{"double '0.1'", "float64", "0.1"},
		{"varchar '合流 \"x\"'", "utf8", `"合流 \"x\""`},
		{"cast('' as varchar)", "utf8", `""`},
		{"cast('ab' as char(4))", "utf8", `"ab  "`},
		{"json '{\"data\":[1]}'", "utf8", `"{\"data\":[1]}"`},
		{"decimal '-0.0001'", "decimal(4, 4)", `"-0.0001"`},
		{"cast(12.5 as decimal(18, 4))", "decimal(18, 4)", `"12.5"`},
		{"decimal '99999999999999999999999999999999999999'", "decimal(38, 0)", `"99999999999999999999999999999999999999"`},
		{"decimal '-9999999999999999999999999999999999.9999'", "decimal(38, 4)", `"-9999999999999999999999999999999999.9999"`},
		{"date '1969-12-31'", "date32", `"1969-12-31"`},
		{"date '0001-01-01'", "date32", `"0001-01-01"`},
		{"timestamp '1969-12-31 23:59:59.999999'", "timestamp[us]", `"1969-12-31T23:59:59.999999"`},
		{"timestamp '2024-02-29 12:34'", "timestamp[us]", `"2024-02-29T12:34:00"`},
		{"timestamp '2024-02-29 12:34:56.123456 Asia/Shanghai'", "timestamp[us, tz=UTC]", `"2024-02-29T04:34:56.123456Z"`},
		{"timestamp '2024-02-29 12:34:56 -03:30'", "timestamp[us, tz=UTC]", `"2024-02-29T16:04:56Z"`},
		{"current_timezone()", "utf8", `"UTC"`},
	} {
		r, err := e.arrow(context.Background(), "select * from (values ("+c.expression+"), (null)) as t (x) order by x is null")
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		schema, rows := text(t, r)
		if want := "[{\"x\":" + c.value + "},{\"x\":null}]"; schema != "x "+c.kind+"\n" || rows != want {
			t.Errorf("%s is %s %s, not %s %s", c.expression, strings.TrimSpace(schema), rows, c.kind, want)
		}
	}
}

func TestTypesWithoutAPlace(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	for expression, words := range map[string]string{
		"timestamp '2024-01-01 00:00:00.123456789'":   "cast it to timestamp(6)",
		"timestamp '2024-01-01 00:00:00.1234567 UTC'": "cast it to timestamp(6)",
		"interval '1' day":                            "cast it",
		"array[1]":                                    "cast it",
		"x'00'":                                       "VARBINARY",
		"null":                                        "UNKNOWN",
	} {
		_, err := e.arrow(context.Background(), "select 1 as a, "+expression+" as odd")
		says(t, err, `column "odd"`, words, "in: select 1")
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	sizes := func(statement string) (sizes []int64) {
		r, err := e.arrow(context.Background(), statement)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Release()
		for r.Next() {
			sizes = append(sizes, r.RecordBatch().NumRows())
		}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		return sizes
	}
	if got := fmt.Sprint(sizes("select x from unnest(sequence(1, 10000)) as a (x) cross join unnest(sequence(1, 14)) as b (y)")); got != "[65536 65536 8928]" {
		t.Errorf("140,000 small rows came as %s", got)
	}
	if got := sizes("select cast(rpad('', 1000000, 'x') as varchar) as long from unnest(sequence(1, 40))"); len(got) != 3 {
		t.Errorf("40 MB came as %d", got)
	}
	if got := sizes("select 1 as x where false"); got != nil {
		t.Errorf("no row came as %d", got)
	}
}
