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
		})
	}
}

// What is split makes few parts: they are nearly full.
func TestPartsAreFew(t *testing.T) {
	h := newHouse(t, dictionary(t), nil, nil)
	var c crowd
	for key := range int64(4000) {
		c.customer(key*7919, key, "a", "", "", "", fmt.Sprint(key/2), "", false)
	}
	c.land(t, h.s)
	w := c.resolved(t, h.s, identity.DefaultLimits(), 100)
	if len(w.parts) > 60 {
		t.Errorf("4,000 rows in %d parts of at most 100", len(w.parts))
	}
}
