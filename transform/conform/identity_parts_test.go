package conform_test

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/transform/identity"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// The identity model in parts, over random customers; it stands here because it needs the engine.

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

// watched counts what the model asks of a session.
type watched struct {
	*duckdb.Session
	queries, keeps, fills []string
	parts                 [][]int64 // the customers of the rows of each part
}

func (w *watched) Query(ctx context.Context, sql string, args ...any) (array.RecordReader, error) {
	w.queries = append(w.queries, sql)
	reader, err := w.Session.Query(ctx, sql, args...)
	if err != nil || !strings.Contains(sql, "where part =") {
		return reader, err
	}
	w.parts = append(w.parts, nil)
	return &seen{reader, &w.parts[len(w.parts)-1]}, nil
}

func (w *watched) Keep(ctx context.Context, name, query string) error {
	w.keeps = append(w.keeps, name)
	return w.Session.Keep(ctx, name, query)
}

func (w *watched) Fill(ctx context.Context, name string, batches array.RecordReader) error {
	w.fills = append(w.fills, name)
	return w.Session.Fill(ctx, name, batches)
}

// seen notes the customers of the rows that are read.
type seen struct {
	array.RecordReader
	keys *[]int64
}

func (s *seen) Next() bool {
	if !s.RecordReader.Next() {
		return false
	}
	*s.keys = append(*s.keys, s.RecordBatch().Column(0).(*array.Int64).Int64Values()...)
	return true
}

// resolved builds the model, at most rows at once, and compares its tables with what they must be.
func (c *crowd) resolved(t fatal, s *duckdb.Session, limits identity.Limits, rows int) *watched {
	w := &watched{Session: s}
	ctx := context.Background()
	writes, err := identity.Model{Limits: limits, Rows: rows}.Build(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	persons, links := c.tables(limits)
	for i, want := range [][]string{persons, links} {
		line := []string{"customer_key || ' ' || person_key || ' ' || evidence", "customer_key || ' ' || person_key || ' ' || kind || ' ' || scope || ' ' || value || ' ' || coalesce(refused, '')"}[i]
		list, err := s.Rows(ctx, "select "+line+" from ("+writes[i].Rows+")")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for list.Next() {
			var row string
			if err := list.Scan(&row); err != nil {
				t.Fatal(err)
			}
			got = append(got, row)
		}
		if err := cmp.Or(list.Err(), list.Close()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if d := diff.Diff(want, got); d != "" {
			t.Fatalf("%s, %d rows at once (-want +got):\n%s", writes[i].Table, rows, d)
		}
	}
	of := c.components(limits)
	for _, part := range w.parts {
		together := map[int64]bool{}
		for _, key := range part {
			together[of[key]] = true
		}
		if len(part) > rows && len(together) > 1 {
			t.Fatalf("%d rows of %d components were read at once, %d may be", len(part), len(together), rows)
		}
	}
	return w
}

func TestPartsGiveTheSamePersonsAsTheWhole(t *testing.T) {
	h := newHouse(t, dictionary(t), nil, nil)
	limits := identity.Limits{PerValue: 3, PerPerson: 5}
	rapid.Check(t, func(t *rapid.T) {
		var c crowd
		n := rapid.Int64Range(0, 60).Draw(t, "customers")
		from := func(name, letters string) string { // one of few values, or none
			return strings.TrimSuffix(rapid.SampledFrom(strings.Split(letters, "")).Draw(t, name), "-")
		}
		near := func(name string, key int64, of int64) string { // what neighbours share, or none
			if rapid.IntRange(0, 2).Draw(t, name+" shown") == 0 {
				return ""
			}
			return fmt.Sprint((key + rapid.Int64Range(0, 1).Draw(t, name)) / of)
		}
		for key := range n {
			union, member := near("union", key, 1), near("member", key, 2)
			if rapid.IntRange(0, 3).Draw(t, "strong") > 0 {
				union, member = "", ""
			}
			phone, email := near("phone", key, 2), near("email", key, 3)
			if rapid.IntRange(0, 5).Draw(t, "common") == 0 {
				phone, email = from("common phone", "xy-"), from("common email", "xy-") // shared by too many, most of the time
			}
			c.customer(key, rapid.Int64Range(0, 9).Draw(t, "seen"), "space"+from("space", "abc"), union, from("programme", "gs-"), member, phone, email, rapid.IntRange(0, 7).Draw(t, "withdrawn") == 0)
		}
		for range rapid.IntRange(0, 12).Draw(t, "bindings") {
			a, span := rapid.Int64Range(0, n+2).Draw(t, "bound"), rapid.Int64Range(-3, 3).Draw(t, "to")
			c.bind(a, max(0, a+span), rapid.IntRange(0, 3).Draw(t, "ended") == 0)
		}
		c.land(t, h.s)
		if w := c.resolved(t, h.s, limits, 0); len(w.queries) != 1 || len(w.keeps) > 0 || len(w.fills) != 1 {
			t.Fatalf("what can be held at once took %d queries, %v kept, %v filled", len(w.queries), w.keeps, w.fills)
		}
		for _, rows := range []int{1, 3, 10, 40} {
			c.resolved(t, h.s, limits, rows)
		}
	})
}

// A chain is what takes most rounds; a round halves it.
func TestAChainOfCustomersIsFoundInFewRounds(t *testing.T) {
	h := newHouse(t, dictionary(t), nil, nil)
	const n = 700
	shuffled := rand.New(rand.NewPCG(4, 3)).Perm(n)
	for name, at := range map[string]func(int) int64{
		"keys rise along the chain": func(i int) int64 { return int64(i) },
		"keys fall":                 func(i int) int64 { return int64(n - 1 - i) },
		"keys rise and fall":        func(i int) int64 { return int64(min(2*i, 2*(n-1-i)+1)) },
		"keys in any order":         func(i int) int64 { return int64(shuffled[i]) },
	} {
		t.Run(name, func(t *testing.T) {
			var c crowd
			for i := range n {
				c.customer(at(i), int64(i), "a", "", "", "", "", "", false)
				if i > 0 {
					c.bind(at(i-1), at(i), false)
				}
			}
			c.customer(n, 1, "a", "", "", "", "h", "", false) // two who are of no chain
			c.customer(n+1, 1, "a", "", "", "", "h", "", false)
			c.land(t, h.s)
			w := c.resolved(t, h.s, identity.DefaultLimits(), 10)
			rounds := len(slices.DeleteFunc(slices.Clone(w.keeps), func(name string) bool { return name != "heliu_edge" })) - 1
			if most := bits.Len(n); rounds > most {
				t.Errorf("%d rounds for a chain of %d, want at most %d", rounds, n, most)
			}
			if len(w.parts) != 2 {
				t.Errorf("%d parts, want the chain's and the others'", len(w.parts))
			}
			t.Logf("%d rounds", rounds)
		})
	}
}

// What is split makes few parts: they are filled to half at least, on the average.
func TestPartsAreFew(t *testing.T) {
	h := newHouse(t, dictionary(t), nil, nil)
	var c crowd
	for key := range int64(4000) {
		c.customer(key*7919, key, "a", "", "", "", fmt.Sprint(key/2), "", false)
	}
	c.land(t, h.s)
	w := c.resolved(t, h.s, identity.DefaultLimits(), 100)
	if len(w.parts) < 40 || len(w.parts) > 90 {
		t.Errorf("4,000 rows in %d parts of at most 100", len(w.parts))
	}
}
