package models_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
)

func load(t *testing.T) *models.Dictionary {
	t.Helper()
	d, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEveryFieldOfTheBuiltInDictionaryHasBothTitles(t *testing.T) {
	for _, e := range load(t).Entities {
		for _, f := range e.Fields {
			if f.Title.En == "" || f.Title.Zh == "" || f.Title.Zh == f.Name {
				t.Errorf("%s:%d: %s.%s has no title in both languages", e.File, f.Line, e.Name, f.Name)
			}
		}
	}
}

func TestMoneyHasACurrencyBesideIt(t *testing.T) {
	for _, e := range load(t).Entities {
		_, has := e.Field("currency")
		for _, f := range e.Fields {
			if f.Type == models.Money && !has && e.Name != "bundle_component" { // in the bundle's currency
				t.Errorf("%s.%s is money without a currency (invariant 7)", e.Name, f.Name)
			}
			if f.Name == "revenue" || strings.HasSuffix(f.Name, "_amount") && f.Type != models.Money {
				t.Errorf("%s.%s: no column is called revenue, and amounts are money", e.Name, f.Name)
			}
		}
	}
}

func TestDesignsEntitiesAreAllThere(t *testing.T) {
	d := load(t)
	for _, name := range strings.Fields(`shop listing product bundle_component batch customer order order_line order_discount
		order_event refund fulfilment_order fulfilment_line shipment signing_flow review touch private_message recommendation_exposure
		traffic_daily campaign campaign_member ad_entity ad_listing ad_spend ad_claim marketing_cost promotion listing_price creator
		live_session live_session_listing video private_contact consent warehouse warehouse_shop stock_level stock_move listing_stock
		purchase_order purchase_receipt supplier supplier_sku capacity settlement_line fee_rule vat_rate exchange_rate product_cost
		service_request decision kpi_target exclusion_rule`) {
		if _, ok := d.Entity(name); !ok {
			t.Errorf("entity %s is missing", name)
		}
	}
}

func TestColumnsStandInTheOrderOfTheContract(t *testing.T) {
	line, _ := load(t).Entity("order_discount")
	var got []string
	for _, c := range line.Columns() {
		got = append(got, c.Name)
	}
	want := strings.Fields(`order_discount_key order_key order_line_key shop_id order_id line_id promotion_id bearer amount
		is_bearer_assumed currency updated_at _source _stream _batch_id _extracted_at _version_hash`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCodeListsGiveTheAllowedValues(t *testing.T) {
	order, _ := load(t).Entity("order")
	status, _ := order.Field("status")
	want := strings.Fields("unpaid deposit_paid paid part_shipped shipped received closed_unpaid closed_refunded")
	if diff := cmp.Diff(want, status.Allowed); diff != "" {
		t.Error(diff)
	}
}

const good = `entity: thing
title: {en: Thing, zh: 东西}
grain: one thing
key: [thing_id]
fields:
  thing_id: {type: string, required: true}
  amount: {type: money}
`

func TestAProjectAddsEntitiesAndFields(t *testing.T) {
	d, err := models.LoadFS(fstest.MapFS{
		"entities/thing.yaml": {Data: []byte(good)},
		"entities/order.yaml": {Data: []byte("extends: order\nrefs: {thing: [thing_id]}\nfields:\n  thing_id: {type: string, title: {en: Thing, zh: 东西}}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	order, _ := d.Entity("order")
	if f, ok := order.Field("thing_id"); !ok || f.Refers != "thing" {
		t.Errorf("order.thing_id = %+v, %v; want it to refer to thing", f, ok)
	}
}

func TestEveryMistakeIsReportedAtOnceWithFileAndLine(t *testing.T) {
	bad := `entity: thing
title: {en: Thing, zh: 东西}
grain: one thing
colour: red
key: [thing_id, nothing]
refs:
  order: [thing_id]
  ghost: [thing_id]
fields:
  thing_id: {type: text}
  status: {type: string, codes: no_such_list}
  status: {type: string}
  amount: {type: money, min: cheap, refers: nowhere}
  n: {type: integer, required: maybe, default: many, personal: face}
checks:
  - amount >= price
hold: {by: shop_key, reads: [order], bad: [{name: x}]}
`
	_, err := models.LoadFS(fstest.MapFS{
		"entities/thing.yaml":  {Data: []byte(bad)},
		"star/dim_x.yaml":      {Data: []byte("star: dim_x\ntitle: {en: X, zh: X}\ngrain: [a]\ntime_column: b\nscd2: true\ncolumns:\n  b: {type: string, refers: dim_ghost}\n")},
		"metrics/m.yaml":       {Data: []byte("metric: other\nadditivity: sometimes\n")},
		"entities/broken.yaml": {Data: []byte("entity: [")},
		"entities/empty.yaml":  {Data: nil},
		"entities/order.yaml":  {Data: []byte("extends: order\nfields:\n  shop_id: {type: string}\n")},
	})
	var problems models.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("err = %v, want Problems", err)
	}
	for _, want := range []string{
		`thing.yaml:4: unknown key "colour"; allowed here: entity, extends`,
		`thing.yaml:5: key field nothing is not among the fields`,
		`thing.yaml:7: ref order: the key of order is (shop_id, order_id)`,
		`thing.yaml:8: ref ghost: there is no entity "ghost"`,
		`thing.yaml:10: field thing_id: type "text" is not one of boolean, currency`,
		`thing.yaml:10: key field thing_id must be required`,
		`thing.yaml:11: field status: there is no code list "no_such_list"`,
		`thing.yaml:12: "status" is given twice, first on line 11`,
		`thing.yaml:13: field amount: min must be a number`,
		`thing.yaml:13: field amount refers to "nowhere", which is no entity`,
		`thing.yaml:14: required must be true or false`,
		`thing.yaml:14: field n: the default "many" is no integer`,
		`thing.yaml:14: field n: personal "face" is not one of`,
		`thing.yaml:16: check "amount >= price": price is no field of thing`,
		`thing.yaml:17: a hold check needs a name and sql`,
		`thing.yaml:17: hold: by "shop_key" is not one of the key columns`,
		`dim_x.yaml:1: grain column a is not among the columns`,
		`dim_x.yaml:1: time_column b must be a column of type date`,
		`dim_x.yaml:1: an scd2 table needs a timestamp column valid_to_at`,
		`dim_x.yaml:7: column b refers to "dim_ghost", which is no star table`,
		`m.yaml:1: metric "other" must stand in a file other.yaml`,
		`m.yaml:2: metric other: additivity "sometimes" is not one of`,
		`m.yaml:1: metric other: formula is missing`,
		`broken.yaml: not valid YAML`,
		`empty.yaml: the file is empty`,
		`order.yaml:3: entity order already has a field shop_id`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Log("\n" + err.Error())
	}
}

// A column is called as the project's columns.yaml says, else ours, else as the first star table that has it.
func TestColumnTitles(t *testing.T) {
	d, err := models.LoadFS(fstest.MapFS{"columns.yaml": {Data: []byte("person_key: {en: Buyer, zh: 买家}\nzeal: {en: Zeal, zh: 热度}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]models.Title{
		"person_key": {En: "Buyer", Zh: "买家"}, "zeal": {En: "Zeal", Zh: "热度"}, "status": {En: "Status", Zh: "状态"},
		"closing_qty": {En: "Closing stock", Zh: "期末库存"}, "nowhere": {},
	} {
		if got := d.ColumnTitle(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	_, err = models.LoadFS(fstest.MapFS{"columns.yaml": {Data: []byte("zeal: {zh: 热度}\nHeat: {en: Heat, zh: 热}\n")}})
	for _, want := range []string{`models/columns.yaml:1: column "zeal" needs`, `models/columns.yaml:2: column "Heat" needs`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s in %v", want, err)
		}
	}
}
