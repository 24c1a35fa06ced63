package conform_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/conform"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if !isSet("rapid.checks") {
		if err := flag.Set("rapid.checks", "15"); err != nil { // each check builds many tables
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// Two entities of a project: boxes, which are held while they have no items, and items.
const box = `entity: box
title: {en: Box, zh: 箱}
grain: one box
key: [box_id]
fields:
  box_id: {type: string, required: true}
  quantity: {type: integer, min: 0}
  amount: {type: money, required: true}
  state: {type: string, required: true, default: open, allowed: [open, closed]}
  currency: {type: currency, required: true, default: CNY}
  packed_at: {type: timestamp}
  updated_at: {type: timestamp, required: true, version: true}
checks:
  - quantity is null or abs(amount - quantity * 10) <= 1000
hold:
  by: box_key
  reads: [item]
  bad:
    - {name: box_without_items, sql: "select pool.box_key from pool where not exists (select 1 from entity.item where item.box_key = pool.box_key)"}
`

const item = `entity: item
title: {en: Item, zh: 件}
grain: one item
history: true
key: [item_id, seen_on]
refs: {box: [box_id]}
fields:
  item_id: {type: string, required: true}
  seen_on: {type: date, required: true}
  box_id: {type: string, required: true}
  updated_at: {type: timestamp, required: true, version: true}
`

func dictionary(t testing.TB) *models.Dictionary {
	t.Helper()
	d, err := models.LoadFS(fstest.MapFS{"entities/box.yaml": {Data: []byte(box)}, "entities/item.yaml": {Data: []byte(item)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mapping(entity, table string, fields ...string) models.Mapping {
	m := models.Mapping{Source: "src", Stream: table, Table: "raw.src__" + table, Entity: entity, File: "heliu.yaml", Line: 7}
	for i := 0; i+1 < len(fields); i += 2 {
		m.Fields = append(m.Fields, models.MappedField{Name: fields[i], Expr: fields[i+1], Line: 8 + i/2})
	}
	return m
}

// house is a warehouse in memory, with raw tables that show the rows of the batches let in.
type house struct {
	t     testing.TB
	ctx   context.Context
	s     *duckdb.Session
	plans map[string]*conform.Plan
	order []string // entities in the order in which they are built
	raw   map[string]bool
}

func newHouse(t testing.TB, d *models.Dictionary, mappings []models.Mapping, params map[string]map[string]string, given ...conform.Given) *house {
	t.Helper()
	plans, err := conform.Compile(d, mappings, params, given...)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	engine, err := duckdb.Open(ctx, duckdb.Config{Path: ":memory:", MemoryLimit: "500MB", TempDir: t.(interface{ TempDir() string }).TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{t: t, ctx: ctx, s: s, plans: map[string]*conform.Plan{}, raw: map[string]bool{}}
	h.exec("create schema if not exists raw; create schema if not exists landed; create schema if not exists entity; create schema if not exists quarantine")
	done := map[string]bool{}
	var visit func(p *conform.Plan)
	visit = func(p *conform.Plan) {
		if done[p.Name()] {
			return
		}
		done[p.Name()] = true
		for _, other := range plans {
			for _, read := range p.Reads() {
				if other.Name() == read {
					visit(other)
				}
			}
		}
		if p.Mapped() {
			h.plans[p.Entity.Name] = p
			h.order = append(h.order, p.Entity.Name)
		}
	}
	for _, p := range plans {
		visit(p)
	}
	return h
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	if err := h.s.Exec(h.ctx, sql, args...); err != nil {
		h.t.Fatal(err)
	}
}

// land makes a landed table with all its rows; columns are "name type" and the meta columns follow.
func (h *house) land(name, columns string, rows ...string) {
	h.t.Helper()
	h.raw[name] = true
	h.exec(fmt.Sprintf(`create or replace table landed.%q (%s, "_source" varchar, "_stream" varchar, "_batch_id" varchar, "_extracted_at" timestamptz)`, name, columns))
	for _, row := range rows {
		h.exec(fmt.Sprintf("insert into landed.%q values (%s)", name, row))
	}
}

// show lets the plans see only the raw rows for which the condition holds.
func (h *house) show(where string) {
	for name := range h.raw {
		h.exec(fmt.Sprintf("create or replace view raw.%q as select * from landed.%q where %s", name, name, where))
	}
}

// build builds all entities, as the graph does: in order, each with the keys that changed in those it reads.
func (h *house) build(full bool) map[string]conform.Counts {
	h.t.Helper()
	out := map[string]conform.Counts{}
	for _, name := range h.order {
		p := h.plans[name]
		st := conform.State{Full: full, Entity: quoted(p.Name()), Quarantine: quoted(p.Quarantine()), Aside: quoted(p.Aside()), Told: quoted(p.Told()), Judge: full}
		if p.HoldBy() != "" && !full {
			var parts []string
			for _, read := range p.Reads() {
				parts = append(parts, "select "+p.HoldBy()+" from changed_"+strings.TrimPrefix(read, "entity."))
			}
			st.Touched = strings.Join(parts, " union all ")
		}
		writes, counts, err := p.Build(h.ctx, h.s, st)
		if err != nil {
			h.t.Fatal(err)
		}
		out[name] = counts
		for _, w := range writes {
			h.write(w)
		}
	}
	return out
}

func (h *house) write(w conform.Write) {
	h.t.Helper()
	if w.Where == "" {
		h.exec("create or replace table " + quoted(w.Table) + " as " + w.Rows)
		return
	}
	h.exec("create or replace temp table rows_to_write as " + w.Rows)
	if entity, ok := strings.CutPrefix(w.Table, "entity."); ok {
		h.exec("create or replace temp table changed_" + entity + " as select * from rows_to_write union all select * from " + quoted(w.Table) + " where " + w.Where)
	}
	h.exec("delete from " + quoted(w.Table) + " where " + w.Where)
	h.exec("insert into " + quoted(w.Table) + " select * from rows_to_write")
}

func quoted(name string) string {
	schema, rest, _ := strings.Cut(name, ".")
	return schema + `."` + rest + `"`
}

// dump is a table's rows as text, sorted.
func (h *house) dump(columns, table string) []string {
	h.t.Helper()
	rows, err := h.s.Rows(h.ctx, "select cast(row("+columns+") as varchar) from "+quoted(table)+" order by 1")
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return out
}
