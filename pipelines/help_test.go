package pipelines_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// failer is what a test and a property have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// folderLake is a lake of Parquet files: a batch is a file, the version of a table the number of its batches.
type folderLake struct {
	dir     string
	session *duckdb.Session
	columns map[string][]warehouse.Column
	files   map[string][]warehouse.File
	lost    map[string]int // batches of a table whose history is gone
}

func newFolderLake(f failer, dir string, columns map[string][]warehouse.Column) *folderLake {
	e, err := duckdb.Open(context.Background(), duckdb.Config{Threads: 1})
	check(f, err)
	s, err := e.Connect(context.Background())
	check(f, err)
	return &folderLake{dir: dir, session: s, columns: columns, files: map[string][]warehouse.File{}, lost: map[string]int{}}
}

func (l *folderLake) land(f failer, table string, rows []string) {
	f.Helper()
	list := make([]string, len(l.columns[table]))
	for i, c := range l.columns[table] {
		typ, err := c.Type.SQL()
		check(f, err)
		list[i] = fmt.Sprintf("cast(v.c%d as %s) as %s", i, typ, c.Name)
	}
	names := make([]string, len(list))
	for i := range names {
		names[i] = "c" + strconv.Itoa(i)
	}
	l.landQuery(f, table, fmt.Sprintf("select %s from (values %s) v(%s)", strings.Join(list, ", "), strings.Join(rows, ", "), strings.Join(names, ", ")))
}

func (l *folderLake) landQuery(f failer, table, query string) {
	f.Helper()
	path := filepath.Join(l.dir, fmt.Sprintf("%s-%d.parquet", table, len(l.files[table])))
	check(f, l.session.Exec(context.Background(), fmt.Sprintf("copy (%s) to '%s' (format parquet)", query, path)))
	l.files[table] = append(l.files[table], warehouse.File{Path: path})
}

func (l *folderLake) RawTables() []string {
	var list []string
	for t := range l.columns {
		list = append(list, t)
	}
	return list
}

func (l *folderLake) Columns(_ context.Context, table string) ([]warehouse.Column, error) {
	return l.columns[table], nil
}

func (l *folderLake) Head(_ context.Context, table string) (string, error) {
	return strconv.Itoa(len(l.files[table])), nil
}

func (l *folderLake) Files(_ context.Context, table, since, head string) ([]warehouse.File, bool, error) {
	to, err := strconv.Atoi(head)
	if err != nil || since == "" {
		return l.files[table][:to], false, err
	}
	from, err := strconv.Atoi(since)
	if from < l.lost[table] {
		return l.files[table][:to], true, err
	}
	return l.files[table][from:to], false, err
}

func parseModels(f failer, texts map[string]string) []sql.Model {
	f.Helper()
	var list []sql.Model
	for name, text := range texts {
		m, err := sql.Parse(name, []byte(text))
		check(f, err)
		list = append(list, m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].File < list[j].File })
	return list
}

// newBuilder opens an engine in memory with the models as its graph.
func newBuilder(f failer, list []sql.Model, lake pipelines.Lake, extra ...pipelines.Step) (*pipelines.Builder, func()) {
	f.Helper()
	return newBuilderAt(f, "", list, lake, extra...)
}

func newBuilderAt(f failer, path string, list []sql.Model, lake pipelines.Lake, extra ...pipelines.Step) (*pipelines.Builder, func()) {
	f.Helper()
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Config{Path: path, MemoryLimit: "300MB", Threads: 1}) // a few rows are one thread's work, however many there are
	check(f, err)
	s, err := e.Connect(ctx)
	check(f, err)
	steps, err := pipelines.ModelSteps(ctx, s, list, nil)
	check(f, err)
	check(f, s.Close())
	g, err := pipelines.NewGraph(append(steps, extra...), lake.RawTables())
	check(f, err)
	return &pipelines.Builder{Engine: e, Graph: g, Lake: lake, Now: time.Date(2026, 6, 18, 2, 0, 0, 0, time.UTC)}, func() { check(f, e.Close()) }
}

func build(f failer, b *pipelines.Builder, sel pipelines.Selection) *pipelines.Report {
	f.Helper()
	report, err := b.Build(context.Background(), sel)
	check(f, err)
	return report
}

// contents gives the rows of a table as sorted texts.
func contents(f failer, b *pipelines.Builder, table string) []string {
	f.Helper()
	ctx := context.Background()
	s, err := b.Engine.Connect(ctx)
	check(f, err)
	rows, err := s.Rows(ctx, "select cast(t as varchar) from "+table+" t order by 1")
	check(f, err)
	var list []string
	for rows.Next() {
		var text string
		check(f, rows.Scan(&text))
		list = append(list, text)
	}
	check(f, rows.Err())
	check(f, rows.Close())
	check(f, s.Close())
	return list
}

func step(f failer, r *pipelines.Report, name string) pipelines.StepRecord {
	f.Helper()
	for _, s := range r.Steps {
		if s.Name == name {
			return s
		}
	}
	f.Fatalf("no step %s in %v", name, r.Steps)
	return pipelines.StepRecord{}
}

func check(f failer, err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func column(name string, typ models.Type) warehouse.Column {
	return warehouse.Column{Name: name, Type: typ}
}

const head = "/*\ngrain: [a]\ntitle: {en: A, zh: 甲}\nmaterialize: %s\n%s*/\n"

func model(materialize, inputs, query string) string {
	if inputs != "" {
		inputs = "inputs: " + inputs + "\n"
	}
	return fmt.Sprintf(head, materialize, inputs) + query
}

// query is a step that is no SQL model.
type query struct{ name, sql string }

func (q query) Name() string              { return q.name }
func (q query) Outputs() []string         { return []string{q.name} }
func (q query) Inputs() []pipelines.Input { return nil }
func (q query) Fingerprint() string       { return q.sql }

func (q query) Build(context.Context, *pipelines.Work) ([]pipelines.Output, error) {
	return []pipelines.Output{{Table: q.name, Rows: q.sql}}, nil
}
