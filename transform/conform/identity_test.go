package conform_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/identity"
)

// The identity model over conformed customers; it stands here because it needs the engine.
func TestCustomersOfTwoPlatformsBecomeOnePersonAndComeApart(t *testing.T) {
	h := newHouse(t, dictionary(t), []models.Mapping{
		mapping("customer", "customers", "id_space", "space", "customer_ref", "ref", "phone_hash", "phone", "union_id", "uid", "first_seen_at", "seen", "updated_at", "changed"),
		mapping("consent", "consents", "id_space", "space", "customer_ref", "ref", "channel", "'sms'", "purpose", "'identity'", "is_given", "given", "given_at", "changed", "updated_at", "changed"),
		mapping("customer_binding", "bindings", "binding_source", "'crm'", "id_space", "'tb'", "customer_ref", "ref", "other_id_space", "'dy'", "other_customer_ref", "other", "valid_to_at", "ended", "updated_at", "changed"),
	}, nil)
	customer := func(space, ref, phone, uid string, seen int) string {
		return fmt.Sprintf("'%s', '%s', %s, %s, timestamptz '2026-06-0%d 00:00:00+00', now(), 'src', 's', 'b', now()", space, ref, phone, uid, seen)
	}
	h.land("src__customers", "space varchar, ref varchar, phone varchar, uid varchar, seen timestamptz, changed timestamptz",
		customer("tb", "A", "'h1'", "null", 2), customer("dy", "B", "'h1'", "null", 1), // one phone
		customer("tb", "C", "''", "null", 1), customer("dy", "D", "''", "null", 1), // no phone
		customer("mini", "E", "'h2'", "'u1'", 1), customer("mini", "F", "'h2'", "'u2'", 1), // a family's phone
		customer("tb", "G", "'h3'", "null", 1), customer("dy", "H", "'h3'", "null", 1), // H withdrew
		customer("tb", "I", "null", "null", 1), customer("dy", "J", "null", "null", 1), // bound
		customer("tb", "K", "null", "null", 1), customer("dy", "L", "null", "null", 1), // bound once
		customer("oaid:1", "M", "'h1'", "null", 1))
	h.land("src__consents", "space varchar, ref varchar, given boolean, changed timestamptz", "'dy', 'H', true, timestamptz '2026-06-01 00:00:00+00', 'src', 's', 'b', now()", "'dy', 'H', false, timestamptz '2026-06-02 00:00:00+00', 'src', 's', 'b', now()")
	h.land("src__bindings", "ref varchar, other varchar, ended timestamptz, changed timestamptz", "'I', 'J', null, now(), 'src', 's', 'b', now()", "'K', 'L', now(), now(), 'src', 's', 'b', now()")
	h.show("true")
	h.build(true)
	h.exec("create schema if not exists star")
	resolve := func() {
		t.Helper()
		writes, err := identity.Model{Limits: identity.DefaultLimits()}.Build(h.ctx, h.s)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range writes {
			h.exec("create or replace table " + w.Table + " as " + w.Rows)
		}
		h.exec(`create or replace view star.named as select member.customer_ref as who, person.customer_ref as person, evidence from star.customer_identity
			join entity.customer as member on member.customer_key = customer_identity.customer_key join entity.customer as person on person.customer_key = person_key`)
		h.exec(`create or replace view star.why as select customer_ref, kind, value, refused from star.customer_evidence join entity.customer using (customer_key) where refused is not null`)
	}
	resolve()
	first := "I" // of two seen at the same time the one with the lesser key
	if models.Key63("dy", "J") < models.Key63("tb", "I") {
		first = "J"
	}
	if diff := cmp.Diff([]string{"(A, B, phone)", "(B, B, phone)", "(I, " + first + ", binding)", "(J, " + first + ", binding)"}, h.dump("who, person, evidence", "star.named")); diff != "" {
		t.Error(diff)
	}
	want := []string{"(E, phone, h2, would join customers whom a union or member id tells apart)", "(F, phone, h2, would join customers whom a union or member id tells apart)"}
	if diff := cmp.Diff(want, h.dump("*columns(*)", "star.why")); diff != "" {
		t.Error(diff)
	}
	h.exec(`update entity.customer set phone_hash = null where customer_ref = 'B'`)
	resolve()
	if diff := cmp.Diff([]string{"(I)", "(J)"}, h.dump("who", "star.named")); diff != "" {
		t.Errorf("without the phone they come apart: %s", diff)
	}
}
