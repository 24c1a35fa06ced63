package identity

import (
	"cmp"
	"slices"
)

// Limits keep strangers apart who share something.
type Limits struct {
	// PerValue is the greatest number of customers that may show one value: a shop's own phone number or a shared
	// device shows more and joins nobody. Bindings have no such limit.
	PerValue int
	// PerPerson is the greatest number of customers whom phones and e-mails may join to one person: a longer chain of
	// shared values is no person.
	PerPerson int
}

// DefaultLimits are 5 customers a value and 20 a person.
func DefaultLimits() Limits { return Limits{PerValue: 5, PerPerson: 20} }

// Link is one customer's place in a person of several, or evidence that was refused.
type Link struct {
	Customer int64
	Person   int64
	Kind     Kind
	Scope    string
	Value    string
	Refused  string // why the value joins nobody; "" when it does join
}

// Why a value was refused.
const (
	SharedByTooMany = "shared by too many customers"
	Conflict        = "would join customers whom a union or member id tells apart"
	TooLong         = "would chain too many customers to one person"
)

// Resolution is who is who.
type Resolution struct {
	// Persons gives the person of each customer that is joined with another; a customer who is not in it is a person
	// of his own, under his own key.
	Persons map[int64]int64
	// Links are the evidence that several customers share, used and refused, sorted by customer, kind, scope, value.
	Links []Link
}

// Resolve joins customers to persons. It first joins by bindings and by the ids that systems give, then by phone, then
// by e-mail. Where a phone or an e-mail would bring together customers whom strong ids of one scope tell apart, or more
// customers than a person has, none of the values of that kind in that cluster joins anybody: which of them is the
// wrong one cannot be known, and a stranger's orders are worse than two halves of a person.
//
// A person's key is the key of its customer who was first seen (ties: the least key). So a later customer who joins
// does not move a person, and one who leaves takes the key with him only if he was the first.
//
// Customers that only occur in the evidence count as never seen. The result is a function of the two sets: order and
// repetitions do not matter. It may be asked for a part of the customers that no joining value connects with the others,
// when the evidence says how many share each value: it is the same as theirs in the whole.
func Resolve(customers []Customer, evidence []Evidence, limits Limits) Resolution {
	r := newResolver(customers, evidence, limits)
	for _, level := range [][]Kind{{Binding, UnionID, MemberID}, {Phone}, {Email}} {
		r.join(level)
	}
	return r.resolution()
}

type resolver struct {
	limits  Limits
	keys    []int64 // by node
	seen    []int64
	node    map[int64]int
	values  []value         // sorted
	members map[value][]int // nodes, sorted, distinct
	sharers map[value]int   // of all that show it
	scopes  map[value][]string
	refused map[value]string
	parent  []int
}

func newResolver(customers []Customer, evidence []Evidence, limits Limits) *resolver {
	r := &resolver{limits: limits, node: map[int64]int{}, members: map[value][]int{}, sharers: map[value]int{}, scopes: map[value][]string{}, refused: map[value]string{}}
	add := func(key, seen int64) int {
		i, ok := r.node[key]
		if !ok {
			i = len(r.keys)
			r.node[key] = i
			r.keys, r.seen, r.parent = append(r.keys, key), append(r.seen, seen), append(r.parent, i)
		}
		r.seen[i] = min(r.seen[i], seen)
		return i
	}
	for _, c := range customers {
		add(c.Key, c.FirstSeen)
	}
	for _, e := range evidence {
		if e.Value == "" || e.Kind == MemberID && e.Scope == "" {
			continue // nothing, or an id that is unique nowhere
		}
		v := e.value()
		r.members[v] = append(r.members[v], add(e.Customer, NeverSeen))
		r.sharers[v] = max(r.sharers[v], int(e.Sharers))
		if e.Kind == UnionID {
			r.scopes[v] = append(r.scopes[v], e.Scope)
		}
	}
	for v, nodes := range r.members {
		slices.Sort(nodes)
		r.members[v] = slices.Compact(nodes)
		r.sharers[v] = max(r.sharers[v], len(r.members[v]))
		if v.kind != Binding && r.sharers[v] > limits.PerValue {
			r.refused[v] = SharedByTooMany
		}
		r.values = append(r.values, v)
	}
	slices.SortFunc(r.values, func(a, b value) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.scope, b.scope), cmp.Compare(a.text, b.text))
	})
	return r
}

func (r *resolver) find(i int) int {
	for r.parent[i] != i {
		r.parent[i] = r.parent[r.parent[i]]
		i = r.parent[i]
	}
	return i
}

func (r *resolver) union(v value) {
	for _, n := range r.members[v][1:] {
		r.parent[r.find(n)] = r.find(r.members[v][0])
	}
}

// join joins by the values of the kinds, all together or, in clusters that may not be, not at all.
func (r *resolver) join(kinds []Kind) {
	var level []value
	for _, v := range r.values {
		if slices.Contains(kinds, v.kind) && len(r.members[v]) > 1 && r.refused[v] == "" {
			level = append(level, v)
		}
	}
	if kinds[0].strong() {
		for _, v := range level {
			r.union(v)
		}
		return
	}
	before := slices.Clone(r.parent)
	ids := r.strongIDs()
	level = slices.DeleteFunc(level, func(v value) bool { // what is wrong in itself spoils no others
		if r.clash(ids, r.members[v]) {
			r.refused[v] = Conflict
			return true
		}
		return false
	})
	for _, v := range level {
		r.union(v)
	}
	bad := r.badClusters(before, ids, level)
	if len(bad) == 0 {
		return
	}
	for _, v := range level {
		if why := bad[r.find(r.members[v][0])]; why != "" {
			r.refused[v] = why
		}
	}
	r.parent = before
	for _, v := range level {
		if r.refused[v] == "" {
			r.union(v)
		}
	}
}

// strongIDs gives the scopes in which each cluster, named by its root, has a strong id.
func (r *resolver) strongIDs() map[int][]string {
	out := map[int][]string{}
	for _, v := range r.values {
		if r.refused[v] != "" || v.kind == Binding || !v.kind.strong() {
			continue
		}
		scopes := []string{v.kind.String() + "/" + v.scope}
		if v.kind == UnionID {
			scopes = scopes[:0]
			for _, s := range r.scopes[v] {
				scopes = append(scopes, v.kind.String()+"/"+s)
			}
		}
		for _, n := range r.members[v] {
			out[r.find(n)] = append(out[r.find(n)], scopes...)
		}
	}
	for root, scopes := range out {
		slices.Sort(scopes)
		out[root] = slices.Compact(scopes)
	}
	return out
}

// clash says whether two of the nodes' clusters have strong ids of one scope. Different clusters have different ones:
// the same would have joined them.
func (r *resolver) clash(ids map[int][]string, nodes []int) bool {
	owner := map[string]int{}
	for _, n := range nodes {
		root := r.find(n)
		for _, scope := range ids[root] {
			if other, taken := owner[scope]; taken && other != root {
				return true
			}
			owner[scope] = root
		}
	}
	return false
}

// badClusters names the roots of the clusters that hold what may not be joined: two of the clusters they were made of
// have strong ids of one scope, or there are too many customers.
func (r *resolver) badClusters(before []int, ids map[int][]string, level []value) map[int]string {
	old := &resolver{parent: before}
	size, owner, bad := map[int]int{}, map[int]map[string]int{}, map[int]string{}
	grown := map[int]bool{}
	for _, v := range level {
		grown[r.find(r.members[v][0])] = true
	}
	for n := range r.parent {
		root, was := r.find(n), old.find(n)
		if !grown[root] {
			continue
		}
		if size[root]++; size[root] > r.limits.PerPerson && bad[root] == "" {
			bad[root] = TooLong
		}
		if owner[root] == nil {
			owner[root] = map[string]int{}
		}
		for _, scope := range ids[was] {
			if other, taken := owner[root][scope]; taken && other != was {
				bad[root] = Conflict
			}
			owner[root][scope] = was
		}
	}
	return bad
}

func (r *resolver) resolution() Resolution {
	first, size := map[int]int{}, map[int]int{}
	for n := range r.parent {
		root := r.find(n)
		size[root]++
		best, there := first[root]
		if !there || cmp.Or(cmp.Compare(r.seen[n], r.seen[best]), cmp.Compare(r.keys[n], r.keys[best])) < 0 {
			first[root] = n
		}
	}
	out := Resolution{Persons: map[int64]int64{}}
	for n, key := range r.keys {
		if root := r.find(n); size[root] > 1 {
			out.Persons[key] = r.keys[first[root]]
		}
	}
	for _, v := range r.values {
		if r.sharers[v] < 2 {
			continue
		}
		for _, n := range r.members[v] {
			out.Links = append(out.Links, Link{r.keys[n], r.keys[first[r.find(n)]], v.kind, v.scope, v.text, r.refused[v]})
		}
	}
	slices.SortFunc(out.Links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Value, b.Value))
	})
	return out
}
