package conform_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/transform/identity"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// crowd is what the entities tell of customers, whose evidence is worked out again here, without SQL.
type crowd struct {
	customers []identity.Customer
	evidence  []identity.Evidence // of those who consent, of bindings that hold
	rows      [3][]string         // of entity.customer, consent, customer_binding
}

func text(s string) string {
	if s == "" {
		return "null"
	}
	return "'" + s + "'"
}

// customer adds one who shows the values; withdrawn says that he takes his phone and e-mail back.
func (c *crowd) customer(key, seen int64, space, union, programme, member, phone, email string, withdrawn bool) {
	c.customers = append(c.customers, identity.Customer{Key: key, FirstSeen: seen * 1e6})
	c.rows[0] = append(c.rows[0], fmt.Sprintf("(%d, '%s', %s, %s, %s, %s, %s, timestamptz '1970-01-01 00:00:00+00' + to_seconds(%d))", key, space, text(union), text(programme), text(member), text(phone), text(email), seen))
	c.evidence = append(c.evidence, identity.Evidence{Customer: key, Kind: identity.UnionID, Scope: space, Value: union}, identity.Evidence{Customer: key, Kind: identity.MemberID, Scope: programme, Value: member})
	if withdrawn {
		c.rows[1] = append(c.rows[1], fmt.Sprintf("(1, %d, 'identity', true, now(), now()), (2, %[1]d, 'identity', false, now() + interval '1' day, now())", key))
		return
	}
	c.evidence = append(c.evidence, identity.Evidence{Customer: key, Kind: identity.Phone, Value: phone}, identity.Evidence{Customer: key, Kind: identity.Email, Value: email})
}

// bind binds two customers; one of them may be told of by the binding alone.
func (c *crowd) bind(a, b int64, ended bool) {
	key, end := len(c.rows[2])+1, "null"
	if ended {
		end = "now()"
	} else {
		c.evidence = append(c.evidence, identity.Evidence{Customer: a, Value: fmt.Sprint(key)}, identity.Evidence{Customer: b, Value: fmt.Sprint(key)})
	}
	c.rows[2] = append(c.rows[2], fmt.Sprintf("(%d, %d, %d, %s)", key, a, b, end))
}

// land makes the entities' tables.
func (c *crowd) land(t fatal, s *duckdb.Session) {
	for i, table := range []string{
		"entity.customer (customer_key bigint, id_space varchar, union_id varchar, member_programme varchar, member_id varchar, phone_hash varchar, email_hash varchar, first_seen_at timestamptz)",
		"entity.consent (consent_key bigint, customer_key bigint, purpose varchar, is_given boolean, given_at timestamptz, updated_at timestamptz)",
		"entity.customer_binding (customer_binding_key bigint, customer_key bigint, other_customer_key bigint, valid_to_at timestamptz)",
	} {
		statement := "create or replace table " + table
		if len(c.rows[i]) > 0 {
			name, _, _ := strings.Cut(table, " ")
			statement += "; insert into " + name + " values " + strings.Join(c.rows[i], ", ")
		}
		if err := s.Exec(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

type fatal interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

// tables are the rows that the model's two tables must have.
func (c *crowd) tables(limits identity.Limits) (persons, links []string) {
	got := identity.Resolve(c.customers, c.evidence, limits)
	kinds := map[int64][]string{}
	for _, l := range got.Links {
		if l.Refused == "" && !slices.Contains(kinds[l.Customer], l.Kind.String()) {
			kinds[l.Customer] = append(kinds[l.Customer], l.Kind.String())
		}
		links = append(links, fmt.Sprintf("%d %d %s %s %s %s", l.Customer, l.Person, l.Kind, l.Scope, l.Value, l.Refused))
	}
	for customer, person := range got.Persons {
		persons = append(persons, fmt.Sprintf("%d %d %s", customer, person, strings.Join(kinds[customer], ",")))
	}
	slices.Sort(persons)
	slices.Sort(links)
	return persons, links
}

// components numbers the customers' components, over every value that may join.
func (c *crowd) components(limits identity.Limits) map[int64]int64 {
	type value struct {
		kind        identity.Kind
		scope, text string
	}
	members := map[value]map[int64]bool{}
	of := map[int64]int64{}
	for _, e := range c.evidence {
		if e.Value == "" || e.Kind == identity.MemberID && e.Scope == "" {
			continue
		}
		v := value{e.Kind, e.Scope, e.Value}
		if e.Kind == identity.UnionID {
			v.scope = ""
		}
		if members[v] == nil {
			members[v] = map[int64]bool{}
		}
		members[v][e.Customer], of[e.Customer] = true, e.Customer
	}
	for changed := true; changed; {
		changed = false
		for v, customers := range members {
			if v.kind != identity.Binding && len(customers) > limits.PerValue {
				continue
			}
			for a := range customers {
				for b := range customers {
					if of[a] < of[b] {
						of[b], changed = of[a], true
					}
				}
			}
		}
	}
	return of
}
