//go:build real

package publish_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/warehouse"
)

// TestPostgresChangedCells brings one cell to PostgreSQL otherwise than the warehouse has it: staging refuses and names the column.
func TestPostgresChangedCells(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	first := odd(t, w)
	if _, err := target.Stage(t.Context(), w, first); err != nil {
		t.Fatal(err)
	}
	if err := target.Switch(t.Context(), "p1"); err != nil {
		t.Fatal(err)
	}
	for column, to := range map[string]string{"title": `replace("title", '裙', '群')`, "amount": `"amount" + 0.0001`, "quantity": `coalesce("quantity", 0)`, "is_gift": `coalesce("is_gift", true)`,
		"sold_at": `"sold_at" + interval 1 second`, "day": `case when "title" is null then "day" - 1 else "day" end`} {
		for _, whole := range []bool{true, false} {
			p := publication("p2", "p1")
			p.Tables[0].Changed = days("2026-11-10", "2026-11-11")
			p.Tables[0].Changed.Whole = whole
			var session warehouse.Session = falsified{Session: w, from: `cast("` + column + `"`, to: "cast(" + to}
			_, err := target.Stage(t.Context(), session, p)
			if err == nil || !strings.Contains(err.Error(), "table mart.sales") || !strings.Contains(err.Error(), "column "+column) {
				t.Errorf("whole %v: error is %v, want one that names mart.sales and %s", whole, err, column)
			}
			if err := target.Switch(t.Context(), "p2"); !errors.Is(err, publish.ErrNotStaged) {
				t.Errorf("a changed publication can be switched to: %v", err)
			}
		}
	}
}

// TestPostgresChangedByOthers gives a day that is not published again another amount: the publication by days brings the
// whole table anew.
func TestPostgresChangedByOthers(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	target, err := publish.Open(publish.Config{Kind: "postgres", Location: dsn})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	if _, err := target.Stage(t.Context(), w, odd(t, w)); err != nil {
		t.Fatal(err)
	}
	if err := target.Switch(t.Context(), "p1"); err != nil {
		t.Fatal(err)
	}
	_, want := readPostgres(t, dsn, "mart.sales")
	execute(t, dsn, "update mart.sales set amount = amount + 1 where day = '2026-11-10'")
	if _, got := readPostgres(t, dsn, "mart.sales"); slices.Equal(got, want) {
		t.Fatal("no row was changed")
	}
	p := publication("p2", "p1")
	p.Tables[0].Changed = days("2026-11-11", "2026-11-11")
	if _, err := target.Stage(t.Context(), w, p); err != nil {
		t.Fatal(err)
	}
	if err := target.Switch(t.Context(), "p2"); err != nil {
		t.Fatal(err)
	}
	if id, got := readPostgres(t, dsn, "mart.sales"); id != "p2" || !slices.Equal(got, want) {
		t.Errorf("publication %s (-want +got):\n%s", id, cmp.Diff(want, got))
	}
}

// falsified is a session whose rows are other ones on their way to a target, as if the wire had changed them.
type falsified struct {
	warehouse.Session
	from, to string // of the query that brings the rows
}

func (f falsified) Query(ctx context.Context, text string, args ...any) (array.RecordReader, error) {
	if strings.HasPrefix(text, "select cast(") && strings.Contains(text, "from \"mart\".\"sales\"") && !strings.Contains(text, "hash(") {
		text = strings.Replace(text, f.from, f.to, 1)
	}
	return f.Session.Query(ctx, text, args...)
}
