package identity_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/transform/identity"
)

type who = map[int64]int64

func ev(customer int64, kind identity.Kind, value string, scope ...string) identity.Evidence {
	e := identity.Evidence{Customer: customer, Kind: kind, Value: value}
	if len(scope) > 0 {
		e.Scope = scope[0]
	}
	return e
}

func TestResolve(t *testing.T) {
	for name, c := range map[string]struct {
		customers []identity.Customer
		evidence  []identity.Evidence
		want      who
	}{
		"one phone on two platforms is one person, keyed by the customer first seen": {
			customers: []identity.Customer{{Key: 1, FirstSeen: 20}, {Key: 2, FirstSeen: 10}},
			evidence:  []identity.Evidence{ev(1, identity.Phone, "h"), ev(2, identity.Phone, "h")},
			want:      who{1: 2, 2: 2},
		},
		"evidence chains over kinds": {
			evidence: []identity.Evidence{ev(1, identity.Phone, "h"), ev(2, identity.Phone, "h"), ev(2, identity.Email, "e"), ev(3, identity.Email, "e")},
			want:     who{1: 1, 2: 1, 3: 1},
		},
		"the same text as a phone and as an e-mail is nothing in common": {
			evidence: []identity.Evidence{ev(1, identity.Phone, "h"), ev(2, identity.Email, "h")},
			want:     who{},
		},
		"an empty value is none": {
			evidence: []identity.Evidence{ev(1, identity.Phone, ""), ev(2, identity.Phone, "")},
			want:     who{},
		},
		"a member id is unique in its programme only": {
			evidence: []identity.Evidence{ev(1, identity.MemberID, "7", "gold"), ev(2, identity.MemberID, "7", "blue"), ev(3, identity.MemberID, "7"), ev(4, identity.MemberID, "7"), ev(5, identity.MemberID, "7", "gold")},
			want:     who{1: 1, 5: 1},
		},
		"a union id joins over id spaces": {
			evidence: []identity.Evidence{ev(1, identity.UnionID, "u", "mini"), ev(2, identity.UnionID, "u", "wecom")},
			want:     who{1: 1, 2: 1},
		},
		"a number that six customers show is the shop's own": {
			evidence: []identity.Evidence{ev(1, identity.Phone, "h"), ev(2, identity.Phone, "h"), ev(3, identity.Phone, "h"), ev(4, identity.Phone, "h"), ev(5, identity.Phone, "h"), ev(6, identity.Phone, "h")},
			want:     who{},
		},
		"a family's phone does not join two members": {
			evidence: []identity.Evidence{ev(1, identity.MemberID, "a", "gold"), ev(2, identity.MemberID, "b", "gold"), ev(1, identity.Phone, "h"), ev(2, identity.Phone, "h")},
			want:     who{},
		},
		"two members are not joined by way of a third, and who is in between joins neither": {
			evidence: []identity.Evidence{ev(1, identity.UnionID, "a", "mini"), ev(3, identity.UnionID, "b", "mini"), ev(1, identity.Phone, "h"), ev(2, identity.Phone, "h"), ev(2, identity.Phone, "g"), ev(3, identity.Phone, "g")},
			want:     who{},
		},
		"what conflicts in itself spoils no other value": {
			evidence: []identity.Evidence{ev(1, identity.UnionID, "a", "mini"), ev(2, identity.UnionID, "b", "mini"), ev(1, identity.Phone, "h"), ev(2, identity.Phone, "h"), ev(2, identity.Phone, "g"), ev(3, identity.Phone, "g")},
			want:     who{2: 2, 3: 2},
		},
		"a conflict of e-mails leaves what phones joined": {
			evidence: []identity.Evidence{ev(1, identity.UnionID, "a", "mini"), ev(2, identity.UnionID, "b", "mini"), ev(1, identity.Phone, "h"), ev(3, identity.Phone, "h"), ev(3, identity.Email, "e"), ev(2, identity.Email, "e")},
			want:     who{1: 1, 3: 1},
		},
		"a binding overrides": {
			evidence: []identity.Evidence{ev(1, identity.UnionID, "a", "mini"), ev(2, identity.UnionID, "b", "mini"), ev(1, identity.Binding, "x"), ev(2, identity.Binding, "x")},
			want:     who{1: 1, 2: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := identity.Resolve(c.customers, c.evidence, identity.DefaultLimits())
			if diff := cmp.Diff(c.want, got.Persons); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALongChainOfSharedPhonesIsNoPerson(t *testing.T) {
	var chain []identity.Evidence
	for i := range int64(30) {
		chain = append(chain, ev(i, identity.Phone, string(rune('A'+i))), ev(i+1, identity.Phone, string(rune('A'+i))))
	}
	got := identity.Resolve(nil, chain, identity.DefaultLimits())
	if len(got.Persons) != 0 || got.Links[0].Refused != identity.TooLong {
		t.Errorf("%d joined, first link %+v", len(got.Persons), got.Links[0])
	}
	if short := identity.Resolve(nil, chain[:20], identity.DefaultLimits()); len(short.Persons) != 11 {
		t.Errorf("a chain of 11 joined %d", len(short.Persons))
	}
}

func TestLinksKeepTheEvidence(t *testing.T) {
	got := identity.Resolve(nil, []identity.Evidence{ev(2, identity.Phone, "h"), ev(1, identity.Phone, "h"), ev(1, identity.Email, "alone")}, identity.DefaultLimits())
	want := []identity.Link{{Customer: 1, Person: 1, Kind: identity.Phone, Value: "h"}, {Customer: 2, Person: 1, Kind: identity.Phone, Value: "h"}}
	if diff := cmp.Diff(want, got.Links); diff != "" {
		t.Error(diff)
	}
}

// Of a value that too many share, a part of the customers shows some or one.
func TestSharersOfOtherPartsCount(t *testing.T) {
	shown := identity.Evidence{Customer: 1, Kind: identity.Phone, Value: "h", Sharers: 6}
	other := shown
	other.Customer = 2
	bound := []identity.Evidence{{Customer: 1, Value: "x", Sharers: 6}, {Customer: 2, Value: "x", Sharers: 6}}
	want := []identity.Link{{Customer: 1, Person: 1, Kind: identity.Phone, Value: "h", Refused: identity.SharedByTooMany}}
	if diff := cmp.Diff(want, identity.Resolve(nil, []identity.Evidence{shown}, identity.DefaultLimits()).Links); diff != "" {
		t.Error(diff)
	}
	if got := identity.Resolve(nil, []identity.Evidence{shown, other}, identity.DefaultLimits()); len(got.Persons) != 0 || len(got.Links) != 2 {
		t.Errorf("%+v", got)
	}
	if got := identity.Resolve(nil, bound, identity.DefaultLimits()); len(got.Persons) != 2 {
		t.Errorf("bindings have no limit: %+v", got)
	}
}

func draw(t *rapid.T) ([]identity.Customer, []identity.Evidence) {
	customers := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) identity.Customer {
		return identity.Customer{Key: rapid.Int64Range(0, 11).Draw(t, "key"), FirstSeen: rapid.Int64Range(0, 3).Draw(t, "seen")}
	}), 0, 12, func(c identity.Customer) int64 { return c.Key }).Draw(t, "customers")
	evidence := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) identity.Evidence {
		return identity.Evidence{
			Customer: rapid.Int64Range(0, 11).Draw(t, "customer"), Kind: identity.Kind(rapid.IntRange(0, 4).Draw(t, "kind")),
			Scope: rapid.SampledFrom([]string{"", "s", "z"}).Draw(t, "scope"), Value: rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", ""}).Draw(t, "value"),
		}
	}), 0, 40).Draw(t, "evidence")
	return customers, evidence
}

func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	limits := identity.Limits{PerValue: 4, PerPerson: 6}
	rapid.Check(t, func(t *rapid.T) {
		customers, evidence := draw(t)
		want := identity.Resolve(customers, evidence, limits)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		customers, evidence = slices.Clone(customers), append(slices.Clone(evidence), evidence...)
		random.Shuffle(len(customers), func(i, j int) { customers[i], customers[j] = customers[j], customers[i] })
		random.Shuffle(len(evidence), func(i, j int) { evidence[i], evidence[j] = evidence[j], evidence[i] })
		if diff := cmp.Diff(want, identity.Resolve(customers, evidence, limits)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A customer whose evidence goes is a person of his own again, and nobody else is moved into his.
func TestWithoutEvidenceACustomerIsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		customers, evidence := draw(t)
		gone := rapid.Int64Range(0, 11).Draw(t, "gone")
		left := slices.DeleteFunc(slices.Clone(evidence), func(e identity.Evidence) bool { return e.Customer == gone })
		got := identity.Resolve(customers, left, identity.DefaultLimits())
		if person, joined := got.Persons[gone]; joined {
			t.Fatalf("customer %d without evidence is still of person %d", gone, person)
		}
		if slices.Contains(slices.Collect(maps.Values(got.Persons)), gone) {
			t.Fatalf("others are still called %d", gone)
		}
	})
}

// Whoever is one person is connected by evidence that was not refused, and no person breaks a limit or holds two strong
// ids of one scope that no binding excuses.
func TestPersonsAreConnectedAndWithoutConflict(t *testing.T) {
	limits := identity.Limits{PerValue: 4, PerPerson: 6}
	rapid.Check(t, func(t *rapid.T) {
		customers, evidence := draw(t)
		evidence = slices.DeleteFunc(evidence, func(e identity.Evidence) bool { return e.Kind == identity.Binding })
		got := identity.Resolve(customers, evidence, limits)
		used := slices.DeleteFunc(slices.Clone(got.Links), func(l identity.Link) bool { return l.Refused != "" })
		var again []identity.Evidence
		for _, l := range used {
			again = append(again, identity.Evidence{Customer: l.Customer, Kind: identity.Binding, Scope: l.Kind.String() + l.Scope, Value: l.Value})
		}
		if diff := cmp.Diff(got.Persons, identity.Resolve(customers, again, limits).Persons); diff != "" {
			t.Fatalf("the kept evidence gives other persons:\n%s", diff)
		}
		strong := identity.Resolve(customers, slices.DeleteFunc(slices.Clone(evidence), func(e identity.Evidence) bool { return e.Kind > identity.MemberID }), limits)
		refused := map[identity.Evidence]bool{}
		for _, l := range got.Links {
			refused[identity.Evidence{Kind: l.Kind, Scope: l.Scope, Value: l.Value}] = l.Refused != ""
		}
		type place struct {
			person int64
			kind   identity.Kind
			scope  string
		}
		clusters, owner, size := map[int64]map[int64]bool{}, map[place]int64{}, map[int64]int{}
		for c, person := range got.Persons {
			if clusters[person] == nil {
				clusters[person] = map[int64]bool{}
			}
			clusters[person][of(strong, c)] = true
			size[person]++
		}
		for person := range size {
			if len(clusters[person]) > 1 && size[person] > limits.PerPerson {
				t.Fatalf("person %d has %d customers", person, size[person])
			}
		}
		for _, e := range evidence {
			without := identity.Evidence{Kind: e.Kind, Scope: e.Scope, Value: e.Value}
			if e.Kind == identity.UnionID {
				without.Scope = ""
			}
			if e.Kind > identity.MemberID || e.Value == "" || e.Kind == identity.MemberID && e.Scope == "" || refused[without] {
				continue
			}
			at := place{of(got, e.Customer), e.Kind, e.Scope}
			if other, taken := owner[at]; taken && other != of(strong, e.Customer) {
				t.Fatalf("person %d holds two ids of %s %s", at.person, e.Kind, e.Scope)
			}
			owner[at] = of(strong, e.Customer)
		}
		for _, l := range got.Links {
			if l.Refused == "" && got.Persons[l.Customer] != l.Person {
				t.Fatalf("link %+v, but the person is %d", l, got.Persons[l.Customer])
			}
		}
	})
}

// of is the person of a customer, himself when he is joined with nobody.
func of(r identity.Resolution, customer int64) int64 {
	if person, joined := r.Persons[customer]; joined {
		return person
	}
	return customer
}
