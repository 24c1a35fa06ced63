//go:build trino

package trino_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/transform/identity"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// people are 120 customers of whom neighbours share phones, e-mails, member and union ids and bindings, and many one phone.
func people() (customer, consent, binding string) {
	random := rand.New(rand.NewPCG(7, 4))
	var rows [3][]string
	for key := range 120 {
		value := func(prefix string, of, odds int) string {
			if random.IntN(odds) > 0 {
				return "''"
			}
			return fmt.Sprintf("'%s%d'", prefix, (key+random.IntN(2))/of)
		}
		phone := value("p", 2, 2)
		if key%9 == 0 {
			phone = "'the shop'"
		}
		seen := "cast(null as timestamp with time zone)"
		if key%7 > 0 {
			seen = fmt.Sprintf("timestamptz '2026-06-%02d 10:00:00.125+00:00'", 1+key%5)
		}
		rows[0] = append(rows[0], fmt.Sprintf("(cast(%d as bigint), 'space%d', %s, 'club', %s, %s, %s, %s)", key, key%3, value("u", 1, 5), value("m", 2, 6), phone, value("e", 3, 3), seen))
		if key%11 == 0 {
			rows[1] = append(rows[1], fmt.Sprintf("(cast(%d as bigint), cast(%[1]d as bigint), 'identity', false, timestamptz '2026-06-01 00:00:00+00:00', timestamptz '2026-06-01 00:00:00+00:00')", key))
		}
		if key > 80 && key < 100 { // a chain
			rows[2] = append(rows[2], fmt.Sprintf("(cast(%d as bigint), cast(%[1]d as bigint), cast(%d as bigint), cast(null as timestamp with time zone))", key, key+1))
		}
	}
	of := func(i int, columns string) string {
		return "select * from (values " + strings.Join(rows[i], ",\n") + ") as given (" + columns + ")"
	}
	return of(0, "customer_key, id_space, union_id, member_programme, member_id, phone_hash, email_hash, first_seen_at"),
		of(1, "consent_key, customer_key, purpose, is_given, given_at, updated_at"), of(2, "customer_binding_key, customer_key, other_customer_key, valid_to_at")
}

// TestIdentitiesInPartsAreThoseOfTheWhole resolves the same customers on both engines, at once and 25 rows at once.
func TestIdentitiesInPartsAreThoseOfTheWhole(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, cluster := onLake(t, fmt.Sprintf("people%d", time.Now().UnixNano()))
	engine, err := duckdb.Open(ctx, duckdb.Config{Path: ":memory:"})
	fatal(t, err)
	desk, err := engine.Connect(ctx)
	fatal(t, err)
	defer func() { fatal(t, errors.Join(desk.Close(), engine.Close())) }()
	fatal(t, desk.Exec(ctx, "create schema entity"))
	remote := cluster.Connect()
	defer func() { fatal(t, remote.Close()) }()
	customer, consent, binding := people()
	fatal(t, errors.Join(desk.View(ctx, "entity.customer", customer), desk.View(ctx, "entity.consent", consent),
		desk.View(ctx, "entity.customer_binding", binding)))
	fatal(t, errors.Join(remote.View(ctx, "entity.customer", customer), remote.View(ctx, "entity.consent", consent), remote.View(ctx, "entity.customer_binding", binding)))
	tables := func(s interface {
		identity.Session
		asker
	}, rows int) (out [2][]string) {
		writes, err := identity.Model{Limits: identity.DefaultLimits(), Rows: rows}.Build(ctx, s)
		fatal(t, err)
		for i, w := range writes {
			for _, row := range rowsOf(t, s, "select * from ("+w.Rows+") as made") {
				out[i] = append(out[i], strings.Join(row, " "))
			}
			slices.Sort(out[i])
		}
		return out
	}
	want := tables(desk, 0)
	if len(want[0]) < 40 || len(want[1]) < 80 {
		t.Fatalf("%d customers joined, %d shown values", len(want[0]), len(want[1]))
	}
	for name, got := range map[string][2][]string{"DuckDB in parts": tables(desk, 25), "Trino": tables(remote, 0), "Trino in parts": tables(remote, 25)} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-whole on DuckDB +got):\n%s", name, diff)
		}
	}
}
