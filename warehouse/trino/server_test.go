//go:build trino

package trino

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/heliu-data/heliu/warehouse"
)

// setting is a variable that test/trino/up.sh sets; the tests of this tag cannot run without.
func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run make test-trino, or source what test/trino/up.sh prints", name)
	}
	return value
}

func open(t *testing.T, change func(*Config)) *Engine {
	t.Helper()
	cfg := Config{Address: setting(t, "HELIU_TRINO")}
	if change != nil {
		change(&cfg)
	}
	e, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestArrowTypes(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	var m Meter
	r, err := e.arrow(WithMeter(context.Background(), &m), `select * from (values
		(true, bigint '9007199254740993', 7, double '0.1', 'a', decimal '-12345678901234567890.1234', date '1969-12-31', timestamp '2024-02-29 12:34:56.123456', timestamp '2024-02-29 12:34:56.123456 Asia/Shanghai', json '{"a":1}'),
		(null, null, null, null, null, null, null, null, null, null)) as t (b, i, j, d, s, m, day, at, atz, js)`)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
		t.Logf("%s", r.Schema())
		js, _ := r.RecordBatch().MarshalJSON()
		t.Logf("%s", js)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	t.Logf("%+v", m.Total())
}

func TestNoTable(t *testing.T) {
	t.Parallel()
	e := open(t, nil)
	_, err := e.rows(context.Background(), "select * from zz_none.none")
	t.Log(err)
	if !errors.Is(err, warehouse.ErrNoTable) {
		t.Error("not ErrNoTable")
	}
	_, err = e.exec(context.Background(), "create schema if not exists zz_a")
	if err != nil {
		t.Fatal(err)
	}
	n, err := e.exec(context.Background(), "create or replace table zz_a.t as select * from unnest(sequence(1,1000)) as t(x)")
	t.Log(n, err)
	n, err = e.exec(context.Background(), "delete from zz_a.t where x > 990")
	t.Log(n, err)
}
