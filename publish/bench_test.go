package publish

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// BenchmarkStage publishes two million rows of 500 days: all of them, and then one day more.
func BenchmarkStage(b *testing.B) {
	ctx := context.Background()
	engine, err := duckdb.Open(ctx, duckdb.Config{Path: filepath.Join(b.TempDir(), "warehouse.duckdb"), MemoryLimit: "500MB"})
	if err != nil {
		b.Fatal(err)
	}
	s, err := engine.Connect(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := errors.Join(s.Close(), engine.Close()); err != nil {
			b.Error(err)
		}
	}()
	err = s.Exec(ctx, `create schema mart; create table mart.x as select date '2025-07-01' + (i // 4000)::int as day, i::bigint as order_key, 'SKU' || (i * 7919 % 10000) as sku_code,
		'连衣裙 ' || (i % 500) as title, cast(i % 49000 / 100 as decimal(18,4)) as amount, (i % 5)::bigint as quantity, cast(i % 300 / 100 as decimal(18,4)) as discount from range(2000000) r(i)`)
	if err != nil {
		b.Fatal(err)
	}
	types := map[string]models.Type{"day": models.Date, "order_key": models.Key, "sku_code": models.String, "title": models.String, "amount": models.Money, "quantity": models.Integer, "discount": models.Money}
	table := Table{Name: "mart.x"}
	for _, name := range []string{"day", "order_key", "sku_code", "title", "amount", "quantity", "discount"} {
		table.Columns = append(table.Columns, Column{Name: name, Type: types[name]})
	}
	last := time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC)
	for _, kind := range []string{"duckdb", "parquet", "csv"} {
		target, err := Open(Config{Kind: kind, Location: filepath.Join(b.TempDir(), "out")})
		if err != nil {
			b.Fatal(err)
		}
		n, base := 0, ""
		for _, change := range []Change{{Whole: true}, {Column: "day", Days: []Days{{last, last}}}, {}} {
			name := map[bool]string{true: "whole", false: "day"}[change.Whole]
			if change.none() {
				name = "nothing"
			}
			b.Run(kind+"/"+name, func(b *testing.B) {
				for range b.N {
					n++
					table.Changed = change
					p := Publication{ID: fmt.Sprintf("%06d", n), Base: base, Tables: []Table{table}}
					if _, err := target.Stage(ctx, s, p); err != nil {
						b.Fatal(err)
					}
					if err := target.Switch(ctx, p.ID); err != nil {
						b.Fatal(err)
					}
					base = p.ID
				}
			})
		}
	}
}
