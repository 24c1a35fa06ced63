package conform_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/conform"
	"github.com/heliu-data/heliu/warehouse"
)

func TestExpressionsAreBoundWithoutData(t *testing.T) {
	bad := mapping("box", "boxes", "box_id", "idd", "amount", "price * name", "state", "null", "packed_at", "day", "updated_at", "name", "quantity", "changed > now()")
	bad.Where = "no_such = 1"
	good := mapping("item", "items", "item_id", "name", "seen_on", "cast(changed at time zone :zone as date)", "box_id", "json_extract_scalar(_extra, '$.box')", "updated_at", "changed")
	day := mapping("item", "days", "item_id", "name", "seen_on", "changed", "box_id", "name", "updated_at", "changed")
	absent := mapping("item", "absent", "item_id", "name", "seen_on", "day", "box_id", "name", "updated_at", "changed")
	h := newHouse(t, dictionary(t), []models.Mapping{bad, good, day, absent}, map[string]map[string]string{"src": {"zone": "Asia/Shanghai"}})
	columns := []warehouse.Column{{Name: "id", Type: models.String}, {Name: "name", Type: models.String}, {Name: "price", Type: models.Money},
		{Name: "day", Type: models.Date}, {Name: "changed", Type: models.Timestamp}}
	var problems models.Problems
	for _, name := range []string{"box", "item"} {
		problems = append(problems, h.plans[name].Check(h.ctx, h.s, map[string][]warehouse.Column{"raw.src__boxes": columns, "raw.src__items": columns, "raw.src__days": columns})...)
	}
	text := problems.Error()
	for _, want := range []string{
		`heliu.yaml:7: src.boxes to box: where: Binder Error: Referenced column "no_such" not found`,
		`heliu.yaml:8: src.boxes to box: box_id: Binder Error: Referenced column "idd" not found`,
		`heliu.yaml:9: src.boxes to box: amount: Binder Error`,
		`heliu.yaml:11: src.boxes to box: packed_at is a timestamp, but its expression gives a date32: an instant needs its zone`,
		`heliu.yaml:12: src.boxes to box: updated_at is a timestamp, but its expression gives a utf8: an instant needs its zone`,
		`heliu.yaml:13: src.boxes to box: quantity is a integer, but its expression gives a bool`,
		`heliu.yaml:9: src.days to item: seen_on is a date, but its expression gives a timestamp[us, tz=UTC]: say whose day it is`,
		`heliu.yaml:7: src.absent: the source has no stream absent`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if len(problems) != 8 || t.Failed() {
		t.Errorf("%d problems, want 8:\n%s", len(problems), text)
	}
}

func TestKeysInTwoSpellingsAreReported(t *testing.T) {
	h := newHouse(t, dictionary(t), []models.Mapping{mapping("item", "items", "item_id", "id", "seen_on", "date '2026-06-01'", "box_id", "'b'", "updated_at", "now()")}, nil)
	h.land("src__items", "id varchar", "'SKU-1', 'src', 's', 'b', now()", "'sku-1 ', 'src', 's', 'b', now()", "'sku-2', 'src', 's', 'b', now()")
	h.show("true")
	h.build(true)
	h.exec("create table entity.found as " + h.plans["item"].SpellingAudit())
	if diff := cmp.Diff([]string{"(sku-1/2026-06-01, 2, SKU-1/2026-06-01, sku-1 /2026-06-01)"}, h.dump("*columns(*)", "entity.found")); diff != "" {
		t.Error(diff)
	}
}

func TestEveryBuiltInEntityCanBeMade(t *testing.T) {
	d := dictionary(t)
	var mappings []models.Mapping
	columns := map[string][]warehouse.Column{}
	for _, e := range d.Entities {
		m := models.Mapping{Source: "src", Stream: e.Name, Table: "raw.src__" + e.Name, Entity: e.Name, File: "heliu.yaml", Line: 1}
		for _, f := range e.Fields {
			m.Fields = append(m.Fields, models.MappedField{Name: f.Name, Expr: f.Name})
			columns[m.Table] = append(columns[m.Table], warehouse.Column{Name: f.Name, Type: f.Type})
		}
		mappings = append(mappings, m)
	}
	h := newHouse(t, d, mappings, nil)
	for name, p := range h.plans {
		if problems := p.Check(h.ctx, h.s, columns); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	if t.Failed() {
		return
	}
	for table, cols := range columns {
		var list []string
		for _, c := range cols {
			sql, err := c.Type.SQL()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, `"`+c.Name+`" `+sql)
		}
		h.land(strings.TrimPrefix(table, "raw."), strings.Join(list, ", "))
	}
	h.show("true")
	for _, counts := range []map[string]conform.Counts{h.build(true), h.build(false)} {
		for name, c := range counts {
			if c != (conform.Counts{}) {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
}
