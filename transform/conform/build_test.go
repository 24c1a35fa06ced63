package conform_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/conform"
)

func boxesAndItems() []models.Mapping {
	return []models.Mapping{
		mapping("box", "boxes", "box_id", "id", "quantity", "qty", "amount", "amt", "state", "state", "currency", "ccy", "updated_at", "changed", conform.Deleted, "gone"),
		mapping("item", "items", "item_id", "id", "seen_on", "day", "box_id", "box", "updated_at", "changed"),
	}
}

const (
	boxColumns  = "id varchar, qty varchar, amt decimal(18,4), state varchar, ccy varchar, changed timestamptz, gone boolean"
	itemColumns = "id varchar, day date, box varchar, changed timestamptz"
)

// Invariant 5: whatever the batches and their order, the result is that of one build over all rows.
func TestAnyOrderOfBatchesEqualsAFullRebuild(t *testing.T) {
	h := newHouse(t, dictionary(t), boxesAndItems(), nil)
	rapid.Check(t, func(rt *rapid.T) {
		batches := rapid.IntRange(1, 4).Draw(rt, "batches")
		at := func(label string) string {
			return fmt.Sprintf("timestamptz '2026-06-1%d 00:00:00+00'", rapid.IntRange(0, 4).Draw(rt, label))
		}
		pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, label) }
		meta := func() string {
			return fmt.Sprintf("'src', 's', 'b%d', %s", rapid.IntRange(0, batches-1).Draw(rt, "batch"), at("extracted"))
		}
		var boxes, items []string
		for range rapid.IntRange(0, 14).Draw(rt, "boxes") {
			changed := at("changed")
			if rapid.IntRange(0, 9).Draw(rt, "no version") == 0 {
				changed = "null"
			}
			boxes = append(boxes, strings.Join([]string{pick("id", "'a'", "'a'", "'b'", "'b'", "'b'", "null"), pick("qty", "'1'", "'2'", "'3'", "'4'", "'-1'", "'x'", "null"),
				pick("amt", "1", "2", "3", "4", "null"), pick("state", "'open'", "'closed'", "null", "''", "'open'", "'odd'"), pick("ccy", "'USD'", "'CNY'", "null", "'USD'", "'ZZZ'"),
				changed, pick("gone", "false", "false", "false", "true", "null"), meta()}, ", "))
		}
		for range rapid.IntRange(0, 6).Draw(rt, "items") {
			items = append(items, strings.Join([]string{pick("item", "'1'", "'2'", "'3'"), "date '2026-06-01'", pick("box", "'a'", "'b'", "'b'", "'z'", "null"), at("changed"), meta()}, ", "))
		}
		h.land("src__boxes", boxColumns, boxes...)
		h.land("src__items", itemColumns, items...)
		h.show("true")
		h.build(true)
		want := h.everything()
		h.show("_batch_id = 'b0'")
		h.build(true)
		for i := 1; i < batches; i++ {
			h.show(fmt.Sprintf("_batch_id = 'b%d'", i))
			h.build(false)
		}
		if diff := cmp.Diff(want, h.everything()); diff != "" {
			rt.Fatalf("full (-) and incremental (+) differ:\n%s", diff)
		}
	})
}

func (h *house) everything() map[string][]string {
	out := map[string][]string{}
	for _, p := range h.plans {
		for _, table := range p.Outputs() {
			out[table] = h.dump("*columns(*)", table)
		}
	}
	return out
}

func TestTheLatestVersionStandsAndABadNewerOneIsListed(t *testing.T) {
	h := newHouse(t, dictionary(t), boxesAndItems(), nil)
	h.land("src__items", itemColumns, "'1', date '2026-06-01', 'a', timestamptz '2026-06-01 00:00:00+00', 'src', 'items', 'b0', timestamptz '2026-06-01 01:00:00+00'")
	hour := 0
	row := func(qty, changed, batch string) string {
		hour++ // each batch is extracted later than the one before
		return fmt.Sprintf("'a', '%s', 1, 'open', 'CNY', timestamptz '%s', false, 'src', 'boxes', '%s', timestamptz '2026-06-20 0%d:00:00+00'", qty, changed, batch, hour)
	}
	h.land("src__boxes", boxColumns, row("1", "2026-06-02 00:00:00+00", "b0"), row("-5", "2026-06-03 00:00:00+00", "b1"), row("7", "2026-06-04 00:00:00+00", "b2"), row("6", "2026-06-01 00:00:00+00", "b3"), row("8", "2026-06-04 00:00:00+00", "b4"))
	h.show("_batch_id = 'b0'")
	h.build(true)
	for _, step := range []struct {
		batch, quantity string
		listed          []string
	}{
		{"b1", "1", []string{"(quantity, 'quantity: less than 0')"}}, // the older good one stays
		{"b2", "7", []string{}}, // corrected: the bad one leaves
		{"b3", "7", []string{}}, // late and older: nothing moves
	} {
		h.show("_batch_id = '" + step.batch + "'")
		counts := h.build(false)["box"]
		if counts.Conformed != 1 || counts.Accepted+counts.Quarantined != 1 {
			t.Errorf("%s: counts %+v", step.batch, counts)
		}
		if diff := cmp.Diff([]string{"(" + step.quantity + ")"}, h.dump("quantity", "entity.box")); diff != "" {
			t.Errorf("%s: %s", step.batch, diff)
		}
		if diff := cmp.Diff(step.listed, h.dump("field, reason", "quarantine.box")); diff != "" {
			t.Errorf("%s: %s", step.batch, diff)
		}
	}
}

func TestEveryReasonIsTold(t *testing.T) {
	m := mapping("box", "boxes", "box_id", "id", "quantity", "qty", "amount", "amt", "state", "state", "currency", "ccy", "packed_at", "packed", "updated_at", "changed")
	m.Fields[3].Codes = map[string]string{"O": "open", "it's": "closed"}
	h := newHouse(t, dictionary(t), []models.Mapping{m}, nil)
	const meta = ", 'src', 'boxes', 'b0', timestamptz '2026-06-20 00:00:00+00'"
	const at = "timestamptz '2026-06-20 00:00:00+00'"
	h.land("src__boxes", "id varchar, qty double, amt varchar, state varchar, ccy varchar, packed varchar, changed timestamptz",
		"'good', 3, '1.5', 'it''s', 'CNY', null, "+at+meta,
		"'default', 3, '1.5', null, null, null, "+at+meta,
		"null, 3, '1.5', 'O', 'CNY', null, "+at+meta,
		"'not whole', 1.5, '1.5', 'O', 'CNY', null, "+at+meta,
		"'money', 1, 'dear', 'O', 'CNY', null, "+at+meta,
		"'nan', 1, 'NaN', 'O', 'CNY', null, "+at+meta,
		"'no money', 1, null, 'O', 'CNY', null, "+at+meta,
		"'code', 1, '1', 'OO', 'CNY', null, "+at+meta,
		"'currency', 1, '1', 'O', 'RMB', null, "+at+meta,
		"'time', 1, '1', 'O', 'CNY', 'soon', "+at+meta,
		"'check', 1, '5000', 'O', 'CNY', null, "+at+meta,
		"'no version', 1, '1', 'O', 'CNY', null, null"+meta,
		"'two', -1, '1', 'O', 'RMB', null, "+at+meta)
	h.show("true")
	counts := h.build(true)["box"]
	if want := (conform.Counts{Conformed: 13, Accepted: 2, Quarantined: 11, Keys: 2}); counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
	want := []string{
		`('', 'box_id: missing')`,
		`(check, 'check: quantity is null or abs(amount - quantity * 10) <= 1000')`,
		`(code, 'state: a code that the code table does not have: OO')`,
		`(currency, 'currency: unknown currency: RMB')`,
		`(money, 'amount: not a money')`,
		`(nan, 'amount: not a money')`,
		`(no money, 'amount: missing')`,
		`(no version, 'updated_at: missing')`,
		`(not whole, 'quantity: not an integer')`,
		`(time, 'packed_at: not a timestamp')`,
		`(two, 'quantity: less than 0; currency: unknown currency: RMB')`,
	}
	if diff := cmp.Diff(sorted(want), sorted(h.dump("natural_id, reason", "quarantine.box"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"(default, open, CNY)", "(good, closed, CNY)"}, h.dump("box_id, state, currency", "entity.box")); diff != "" {
		t.Error(diff)
	}
	rows := h.dump("record", "quarantine.box")
	if !strings.Contains(strings.Join(rows, "\n"), `"amount":"dear"`) {
		t.Errorf("the quarantine does not hold the raw values: %s", rows)
	}
}

func TestTheContractsKeysAreThoseOfGo(t *testing.T) {
	d := dictionary(t)
	h := newHouse(t, d, []models.Mapping{
		mapping("order_line", "lines", "shop_id", ":shop", "order_id", "tid", "line_id", "oid", "quantity", "num", "list_amount", "price * num", "seller_discount_amount", "0",
			"seller_due_amount", "price * num", "buyer_paid_goods_amount", "price * num", "currency", "'CNY'", "updated_at", "modified"),
		mapping("listing", "listings", "shop_id", ":shop", "item_id", "iid", "valid_from_at", "modified", "updated_at", "modified"),
	}, map[string]map[string]string{"src": {"shop": "O'Hara:1"}})
	h.land("src__lines", "tid varchar, oid varchar, num integer, price decimal(9,2), modified timestamptz", "'T1', 'L1', 2, 9.99, timestamptz '2026-06-18 23:50:00+08', 'src', 'lines', 'b', now()")
	h.land("src__listings", "iid varchar, modified timestamptz", "'I1', timestamptz '2026-06-18 00:00:00.250+00', 'src', 'listings', 'b', now()")
	h.show("true")
	h.build(true)
	shop := "O'Hara:1"
	want := fmt.Sprintf("(%d, %d, %d, NULL, 19.9800)", models.Key63(shop, "T1", "L1"), models.Key63(shop), models.Key63(shop, "T1"))
	if diff := cmp.Diff([]string{want}, h.dump("order_line_key, shop_key, order_key, product_key, seller_due_amount", "entity.order_line")); diff != "" {
		t.Error(diff)
	}
	want = fmt.Sprintf("(%d)", models.Key63(shop, "I1", "", "1781740800250"))
	if diff := cmp.Diff([]string{want}, h.dump("listing_key", "entity.listing")); diff != "" {
		t.Error(diff)
	}
	var columns []string
	for _, c := range mustEntity(t, d, "order_line").Columns() {
		columns = append(columns, "("+c.Name+")")
	}
	h.exec("create table entity.c as select column_name as name, column_index as i from duckdb_columns() where schema_name = 'entity' and table_name = 'order_line'")
	if diff := cmp.Diff(sorted(columns), h.dump("name", "entity.c")); diff != "" {
		t.Error(diff)
	}
}

func TestGivenRowsWinOverASource(t *testing.T) {
	h := newHouse(t, dictionary(t), []models.Mapping{
		mapping("shop", "shops", "shop_id", "id", "platform", "'taobao'", "zone", "'Asia/Shanghai'", "currency", "'CNY'", "business_model", "'pop'"),
	}, nil, conform.Given{Entity: "shop", Stream: "shops", Rows: []conform.GivenRow{
		{Values: map[string]string{"shop_id": "t1", "title": "Main's", "platform": "tmall", "zone": "Asia/Shanghai", "currency": "CNY", "business_model": "pop"}},
	}})
	h.land("src__shops", "id varchar", "'t1', 'src', 'shops', 'b0', timestamptz '2026-06-20 00:00:00+00'", "'t2', 'src', 'shops', 'b1', timestamptz '2026-06-20 00:00:00+00'")
	h.show("_batch_id = 'b0'")
	h.build(true)
	h.show("_batch_id = 'b1'")
	h.build(false)
	if diff := cmp.Diff([]string{"(t1, tmall, Main's, platform)", "(t2, taobao, NULL, platform)"}, unquote(h.dump("shop_id, platform, title, sales_of_record", "entity.shop"))); diff != "" {
		t.Error(diff)
	}
}

// Beyond what is due for the line only the postage of its order may go back.
func TestARefundAboveWhatTheSellerWasDueIsHeldUntilItIsNot(t *testing.T) {
	orders := mapping("order", "orders", "shop_id", "'s'", "order_id", "'o'", "order_kind", "'normal'", "status", "'paid'", "placed_at", "changed", "shipping_paid_amount", "postage",
		"currency", "'CNY'", "updated_at", "changed")
	lines := mapping("order_line", "lines", "shop_id", "'s'", "order_id", "'o'", "line_id", "'l'", "quantity", "1", "list_amount", "due", "seller_due_amount", "due",
		"buyer_paid_goods_amount", "due", "currency", "'CNY'", "updated_at", "changed")
	refunds := mapping("refund", "refunds", "shop_id", "'s'", "refund_id", "id", "line_id", "'l'", "order_id", "'o'", "kind", "'refund_only'", "status", "'succeeded'",
		"buyer_amount", "amount", "shipping_amount", "shipping", "succeeded_at", "changed", "currency", "'CNY'", "updated_at", "changed")
	h := newHouse(t, dictionary(t), []models.Mapping{orders, lines, refunds}, nil)
	meta := func(batch string) string {
		return ", timestamptz '2026-06-20 0" + batch + ":00:00+00', 'src', 's', 'b" + batch + "', timestamptz '2026-06-21 00:00:00+00'"
	}
	h.land("src__orders", "postage decimal(18,4), changed timestamptz", "0"+meta("0"), "20"+meta("3"))
	h.land("src__lines", "due decimal(18,4), changed timestamptz", "100"+meta("0"), "110"+meta("2"))
	h.land("src__refunds", "id varchar, amount decimal(18,4), shipping decimal(18,4), changed timestamptz", "'r1', 60, null"+meta("0"), "'r2', 60, null"+meta("1"), "'r3', 10, 0"+meta("4"), "'r4', 11, null"+meta("5"))
	h.show("_batch_id = 'b0'")
	h.build(true)
	const reason = "refund_above_seller_due"
	for _, step := range []struct {
		batch        string
		refunds, bad []string
	}{
		{"b1", []string{"(r1)"}, []string{"(s/r2/l, " + reason + ")"}},
		{"b2", []string{"(r1)"}, []string{"(s/r2/l, " + reason + ")"}},         // the line was dearer than thought, not by enough
		{"b3", []string{"(r1)", "(r2)"}, []string{}},                           // the rest is postage
		{"b4", []string{"(r1)", "(r2)"}, []string{"(s/r3/l, " + reason + ")"}}, // says that it holds no postage
		{"b5", []string{"(r1)", "(r2)"}, []string{"(s/r3/l, " + reason + ")", "(s/r4/l, " + reason + ")"}},
	} {
		h.show("_batch_id = '" + step.batch + "'")
		h.build(false)
		if diff := cmp.Diff(step.refunds, h.dump("refund_id", "entity.refund")); diff != "" {
			t.Errorf("%s: %s", step.batch, diff)
		}
		if diff := cmp.Diff(step.bad, h.dump("natural_id, reason", "quarantine.refund")); diff != "" {
			t.Errorf("%s: %s", step.batch, diff)
		}
	}
}

func mustEntity(t *testing.T, d *models.Dictionary, name string) *models.Entity {
	t.Helper()
	e, ok := d.Entity(name)
	if !ok {
		t.Fatalf("no entity %s", name)
	}
	return e
}
