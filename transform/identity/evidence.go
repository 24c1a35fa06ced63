// Package identity says which customers of different id spaces are one person, and why. A person is what joins by
// evidence that holds today: nothing is remembered, so that a person comes apart when the evidence goes, and the order
// in which customers and evidence came does not matter (invariant 5).
//
// What is evidence, and what never is, follows DOMAIN.md 1.11: a keyed hash of a clear phone number or e-mail address, a
// union id, a member id within its programme, an explicit binding. Names, addresses, OAIDs, masked or ciphered values,
// virtual numbers and empty texts are none; they are refused before they are hashed.
package identity

// Kind is a kind of evidence.
type Kind int

// The kinds, strongest first. A binding says outright that two customers are one; union and member ids are given by
// systems that know; phone and e-mail are shared in families and by mistakes.
const (
	Binding Kind = iota
	UnionID
	MemberID
	Phone
	Email
)

var kindNames = [...]string{"binding", "union_id", "member_id", "phone", "email"}

// String is the kind's name in tables: "binding", "union_id", "member_id", "phone", "email".
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "unknown"
	}
	return kindNames[k]
}

// strong says whether the kind is given by a system that knows the person.
func (k Kind) strong() bool { return k <= MemberID }

// Customer is one buyer as one id space knows him.
type Customer struct {
	Key       int64 // customer_key
	FirstSeen int64 // microseconds since 1970; [NeverSeen] when nobody knows
}

// NeverSeen is the FirstSeen of a customer of whom no time is known; it comes after all others.
const NeverSeen = int64(1<<63 - 1)

// Evidence says that a customer shows a value. Customers that show the same value of the same kind may be one person.
type Evidence struct {
	Customer int64
	Kind     Kind
	// Scope is where the value is unique: the member programme of a member id, the id space of a union id, else "".
	// Two different strong values of one scope are two persons.
	Scope string
	Value string // an opaque text: a keyed hash, an id
	// Sharers is how many customers show the value where some of them may not be among the given ones; 0 when all are.
	Sharers int64
}

// value is a piece of evidence without who shows it. Union ids join over id spaces, so their scope is no part of it.
type value struct {
	kind  Kind
	scope string
	text  string
}

func (e Evidence) value() value {
	if e.Kind == UnionID {
		return value{kind: e.Kind, text: e.Value}
	}
	return value{e.Kind, e.Scope, e.Value}
}
