package pipelines

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// bound notes how a session got to know a table.
type bound struct {
	Session
	how map[string]string
}

func (b *bound) View(_ context.Context, name, _ string) error {
	b.how[name] += "text"
	return nil
}

func (b *bound) Fill(_ context.Context, name string, batches array.RecordReader) error {
	for batches.Next() {
	}
	b.how[name] += "copy"
	return batches.Err()
}

// onCluster is a job whose warehouse is on a cluster; the statement makes the file that it keeps beside it.
func onCluster(t *testing.T, statement string) (*Job, *duckdb.Engine) {
	t.Helper()
	dir := t.TempDir()
	text := "name: acme\ntimezone: Asia/Shanghai\ncurrency: CNY\nlake: {location: s3://acme/lake, catalog: \"${C}\"}\nwarehouse: trino://heliu@host:8080/iceberg\n" +
		"publish: [{duckdb: ./marts.duckdb, tables: [mart.*]}]\n"
	if err := errors.Join(os.Mkdir(filepath.Join(dir, stateDir), 0o755), os.WriteFile(filepath.Join(dir, "heliu.yaml"), []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	j := Look(p, project.NewVault(dir, func(string) (string, bool) { return "", false }), Deps{Now: time.Now})
	engine, err := j.OpenWarehouse(context.Background(), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Exec(context.Background(), statement), s.Close()); err != nil {
		t.Fatal(err)
	}
	return j, engine
}

const ownRecords = `create schema ops;
create table ops.few as select i, 'it''s' as note from range(100) t(i);
create table ops.many as select i from range(101) t(i);
create table ops.long as select i, repeat('a note', 2000) as note from range(5) t(i);
create table ops.none (i bigint);`

// What the program keeps is part of a statement while it is short, in rows and in text: a cluster takes no more than so many
// characters of one. It goes to who reads it, by a view or a view of views too.
func TestRecordsAreBound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j, engine := onCluster(t, ownRecords)
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	views := map[string]trinoState{
		"mart.sizes": {View: "/* how many */ select count(*) as n from ops.few"},
		"mart.both":  {View: "select sizes.n, l.i from mart.sizes cross join ops.long as l"},
		"mart.table": {},
	}
	for statement, want := range map[string]map[string]string{
		"select * from ops.few, OPS.many, ops.few as again":    {"few": "text", "many": "copy"},
		"select * from ops.long cross join ops.none":           {"long": "copy", "none": "text"},
		"select n from mart.sizes":                             {"few": "text"},
		"select * from \"mart\".\"both\" b cross join ops.few": {"few": "text", "long": "copy"},
		"show columns from mart.Both":                          {"few": "text", "long": "copy"},
		"select 'ops.few' from mart.table":                     {},
	} {
		store := &trinoStore{steps: views, kept: map[string]string{}}
		for range 2 { // the second session of a program knows what is short
			s, got := &bound{how: map[string]string{}}, map[string]string{}
			if err := j.bindRecords(ctx, store, s, statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
			for name, how := range s.how {
				got[strings.Trim(strings.TrimPrefix(name, `"ops".`), `"`)] = how
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:\n%s", statement, diff)
			}
		}
	}
}

// A table that a target takes and that was not brought is not left out in silence; one that no target takes is.
func TestWhatATargetTakesIsBrought(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j, engine := onCluster(t, "create schema mart; create table mart.brought as select cast(1 as bigint) as n")
	var err error
	if j.Dictionary, err = models.Load(); err != nil {
		t.Fatal(err)
	}
	s, err := engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	now := map[string]int64{"mart.brought": 3, "star.large": 2, "mart.first": 1, "mart.second": 1}
	listed := func(names ...string) ([]string, error) {
		var steps []Step
		for _, name := range names {
			schema, table, _ := strings.Cut(name, ".")
			steps = append(steps, &ModelStep{Model: sql.Model{Schema: schema, Name: table}})
		}
		g, err := NewGraph(steps, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := j.publication(ctx, s, engine.Catalog(), g, now, shelved{}, nil)
		var tables []string
		for _, table := range p.Tables {
			tables = append(tables, table.Name)
		}
		return tables, err
	}
	if got, err := listed("mart.brought", "star.large", "mart.unbuilt"); err != nil || !cmp.Equal(got, []string{"mart.brought"}) {
		t.Errorf("published: %v, %v", got, err)
	}
	_, err = listed("mart.brought", "star.large", "mart.first", "mart.second")
	if !errors.Is(err, errNoTable) || !strings.Contains(err.Error(), "mart.first") {
		t.Errorf("a table that a target takes and that was not brought: %v", err)
	}
	if err := errors.Join(s.Close(), engine.Close()); err != nil {
		t.Error(err)
	}
}
