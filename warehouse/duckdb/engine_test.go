package duckdb_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func open(t *testing.T, cfg duckdb.Config) *duckdb.Session {
	t.Helper()
	ctx := context.Background()
	e, err := duckdb.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var _ warehouse.Session = (*duckdb.Session)(nil)

func TestKey63IsTheSameAsInGo(t *testing.T) {
	s := open(t, duckdb.Config{})
	var n int64
	if err := s.Row(context.Background(), "select key63('tmall-1' || chr(31) || '订单7')", &n); err != nil {
		t.Fatal(err)
	}
	if want := key63("tmall-1", "订单7"); n != want {
		t.Errorf("key63 = %d, want %d", n, want)
	}
}

func TestMacrosWorkOnAReadOnlyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, duckdb.Config{Path: path, ReadOnly: true})
	var day int
	if err := s.Row(ctx, "select day_of_week(date '2026-06-18')", &day); err != nil || day != 4 {
		t.Fatalf("day_of_week = %d, %v; want 4", day, err)
	}
	if err := s.Exec(ctx, "create table t (i int)"); err == nil {
		t.Error("a read-only file was written to")
	}
}

func key63(parts ...string) int64 { return models.Key63(parts...) }
