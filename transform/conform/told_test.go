package conform_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/models"
)

// Boxes and items as two sources tell of them; the second says nothing of state and currency.
func toldByTwo(t *testing.T) (*models.Dictionary, []models.Mapping) {
	d := dictionary(t)
	mustEntity(t, d, "box").Joined, mustEntity(t, d, "item").Joined, mustEntity(t, d, "touch").Joined = true, true, true
	also := []models.Mapping{
		mapping("box", "crates", "box_id", "id", "quantity", "qty", "amount", "amt", "packed_at", "packed", "updated_at", "changed", "_deleted", "gone"),
		mapping("item", "things", "item_id", "id", "seen_on", "day", "box_id", "box", "updated_at", "changed"),
	}
	for i := range also {
		also[i].Source, also[i].Table = "also", strings.Replace(also[i].Table, "src", "also", 1)
	}
	return d, append(boxesAndItems(), also...)
}

const crateColumns = "id varchar, qty varchar, amt decimal(18,4), packed timestamptz, changed timestamptz, gone boolean"

// Invariant 5, with keys of which two sources tell.
func TestAnyOrderOfBatchesOfTwoSourcesEqualsAFullRebuild(t *testing.T) {
	d, mappings := toldByTwo(t)
	h := newHouse(t, d, mappings, nil)
	rapid.Check(t, func(rt *rapid.T) {
		batches := rapid.IntRange(2, 4).Draw(rt, "batches")
		at := func(label string) string {
			return fmt.Sprintf("timestamptz '2026-06-1%d 00:00:00+00'", rapid.IntRange(0, 4).Draw(rt, label))
		}
		pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, label) }
		meta := func(source, stream string) string {
			return fmt.Sprintf("'%s', '%s', 'b%d', %s", source, stream, rapid.IntRange(0, batches-1).Draw(rt, "batch"), at("extracted"))
		}
		var rows [4][]string
		for range rapid.IntRange(1, 7).Draw(rt, "rows") {
			id, qty, gone := pick("id", "'a'", "'a'", "'b'"), pick("qty", "'1'", "'2'", "'-1'", "null"), pick("gone", "false", "false", "true")
			rows[0] = append(rows[0], strings.Join([]string{id, qty, pick("amt", "1", "2", "null"), pick("state", "'open'", "'closed'", "null"), pick("ccy", "'USD'", "'CNY'", "null"), at("changed"), gone, meta("src", "boxes")}, ", "))
			id, qty, gone = pick("id", "'a'", "'a'", "'b'"), pick("qty", "'3'", "'4'", "'-1'", "null"), pick("gone", "false", "false", "true")
			rows[1] = append(rows[1], strings.Join([]string{id, qty, pick("amt", "3", "4", "null"), pick("packed", at("at"), "null"), at("changed"), gone, meta("also", "crates")}, ", "))
			rows[2] = append(rows[2], strings.Join([]string{pick("item", "'1'", "'2'"), "date '2026-06-01'", pick("box", "'a'", "'b'", "null"), at("changed"), meta("src", "items")}, ", "))
			rows[3] = append(rows[3], strings.Join([]string{pick("item", "'1'", "'2'"), "date '2026-06-01'", pick("box", "'a'", "'z'", "null"), at("changed"), meta("also", "things")}, ", "))
		}
		h.land("src__boxes", boxColumns, rows[0]...)
		h.land("also__crates", crateColumns, rows[1]...)
		h.land("src__items", itemColumns, rows[2]...)
		h.land("also__things", itemColumns, rows[3]...)
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

func TestWhatTwoSourcesTellOfAKeyIsJoinedFieldByField(t *testing.T) {
	d, mappings := toldByTwo(t)
	h := newHouse(t, d, mappings, nil)
	box := func(qty, amt, state, ccy, changed, gone, batch string) string {
		return fmt.Sprintf("'a', %s, %s, %s, %s, timestamptz '2026-06-0%s 00:00:00+00', %s, 'src', 'boxes', '%s', timestamptz '2026-06-20 00:00:00+00'", qty, amt, state, ccy, changed, gone, batch)
	}
	crate := func(qty, amt, packed, changed, gone, batch string) string {
		return fmt.Sprintf("'a', %s, %s, %s, timestamptz '2026-06-0%s 00:00:00+00', %s, 'also', 'crates', '%s', timestamptz '2026-06-20 00:00:00+00'", qty, amt, packed, changed, gone, batch)
	}
	const packed = "timestamptz '2026-06-01 00:00:00+00'"
	item := "'1', date '2026-06-01', 'a', timestamptz '2026-06-01 00:00:00+00', 'src', 'items', 'b0', timestamptz '2026-06-01 01:00:00+00'"
	other := "'1', date '2026-06-01', 'z', timestamptz '2026-06-02 00:00:00+00', 'also', 'things', 'b1', timestamptz '2026-06-01 01:00:00+00'"
	h.land("src__items", itemColumns, item, strings.Replace(item, "2026-06-01 00:00", "2026-06-03 00:00", 1))
	h.land("also__things", itemColumns, other)
	h.land("src__boxes", boxColumns,
		box("'7'", "1", "'closed'", "'USD'", "2", "false", "b0"),
		box("null", "1", "'closed'", "'USD'", "3", "false", "b2"),
		box("null", "1", "'closed'", "'USD'", "6", "false", "b5"),
		box("null", "1", "null", "null", "8", "true", "b7"))
	h.land("also__crates", crateColumns,
		crate("null", "5", packed, "4", "false", "b1"),
		crate("'9'", "5", "null", "1", "false", "b3"), // late: older than its own row
		crate("null", "5", "null", "5", "false", "b4"),
		crate("null", "5", packed, "7", "true", "b6"))
	h.show("_batch_id = 'b0'")
	h.build(true)
	for _, step := range []struct{ batch, stands, why string }{
		{"b1", "(7, 5.0000, closed, CNY, 2026-06-01, 2026-06-04, also)", "the newest states amount and time, and nothing of quantity and state: CNY is its currency"},
		{"b2", "(NULL, 5.0000, closed, CNY, 2026-06-01, 2026-06-04, also)", "the older source blanks its own quantity"},
		{"b3", "(NULL, 5.0000, closed, CNY, 2026-06-01, 2026-06-04, also)", "what comes late does not come back"},
		{"b4", "(NULL, 5.0000, closed, CNY, NULL, 2026-06-05, also)", "the newer source blanks its own time"},
		{"b5", "(NULL, 1.0000, closed, USD, NULL, 2026-06-06, src)", "an amount goes with its currency"},
		{"b6", "(NULL, 1.0000, closed, USD, NULL, 2026-06-06, src)", "a source takes back what it said itself, no more"},
		{"b7", "", "nobody tells of it any more"},
	} {
		h.show("_batch_id = '" + step.batch + "'")
		h.build(false)
		got := strings.Join(unquote(h.dump("quantity, amount, state, currency, cast(packed_at as date), cast(updated_at at time zone 'UTC' as date), _source", "entity.box")), "; ")
		if diff := cmp.Diff(step.stands, got); diff != "" {
			t.Errorf("%s (%s): %s", step.batch, step.why, diff)
		}
	}
	// The newest row of an item states its box, which is part of no key: reference and history follow.
	key := func(id string) string { return fmt.Sprint(models.Key63(id)) }
	if diff := cmp.Diff([]string{"(2026-06-01, a, " + key("a") + ", src)", "(2026-06-02, z, " + key("z") + ", also)", "(2026-06-03, a, " + key("a") + ", src)"},
		unquote(h.dump("cast(updated_at at time zone 'UTC' as date), box_id, box_key, _source", "entity.item__history"))); diff != "" {
		t.Error(diff)
	}
}

// Half of a reference from one source and half from another would name a thing that neither knows.
func TestTheFieldsOfAReferenceComeFromRowsThatAgree(t *testing.T) {
	fields := []string{"touch_source", "'page'", "touch_id", "id", "id_space", "space", "customer_ref", "ref", "touch_at", "changed", "channel", "'direct'", "kind", "'visit'", "updated_at", "changed"}
	also := mapping("touch", "visits", fields...)
	also.Source, also.Table = "also", "raw.also__visits"
	d, _ := toldByTwo(t)
	h := newHouse(t, d, []models.Mapping{mapping("touch", "visits", fields...), also}, nil)
	row := func(id, space, ref, changed, source string) string {
		return fmt.Sprintf("'%s', %s, %s, timestamptz '2026-06-0%s 00:00:00+00', '%s', 'visits', 'b0', timestamptz '2026-06-20 00:00:00+00'", id, space, ref, changed, source)
	}
	const columns = "id varchar, space varchar, ref varchar, changed timestamptz"
	h.land("src__visits", columns, row("other", "'email'", "null", "2", "src"), row("same", "'email'", "null", "2", "src"), row("none", "null", "null", "2", "src"))
	h.land("also__visits", columns, row("other", "'taobao'", "'r'", "1", "also"), row("same", "'email'", "'r'", "1", "also"), row("none", "'taobao'", "'r'", "1", "also"))
	h.show("true")
	h.build(true)
	want := []string{
		"(none, taobao, r, " + fmt.Sprint(models.Key63("taobao", "r")) + ")",
		"(other, email, NULL, NULL)",
		"(same, email, r, " + fmt.Sprint(models.Key63("email", "r")) + ")",
	}
	if diff := cmp.Diff(want, h.dump("touch_id, id_space, customer_ref, customer_key", "entity.touch")); diff != "" {
		t.Error(diff)
	}
}
