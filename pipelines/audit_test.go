package pipelines

import (
	"context"
	stdsql "database/sql"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// counter is a session of which every statement that holds a text fails, and every other one counts nothing.
type counter struct {
	Session
	fails map[string]error
	asked []string
}

func (c *counter) Row(_ context.Context, statement string, _ ...any) error {
	c.asked = append(c.asked, statement)
	for text, err := range c.fails {
		if strings.Contains(statement, text) {
			return err
		}
	}
	return nil
}

// A model's audits are one statement on a cluster. When it cannot be run, each of them says so alone; when the cluster went
// away, none is tried in vain.
func TestAuditsAtOnce(t *testing.T) {
	wrong, gone := errors.New("no such column"), &trino.StatementError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	for _, c := range []struct {
		name   string
		atOnce bool
		fails  map[string]error
		asked  int
		errs   []error
		err    error
	}{
		{"one after another", false, nil, 3, []error{nil, nil, nil}, nil},
		{"at once", true, nil, 1, []error{nil, nil, nil}, nil},
		{"one is wrong", true, map[string]error{"second": wrong}, 4, []error{nil, wrong, nil}, nil},
		{"the cluster is gone", true, map[string]error{"second": gone}, 1, []error{nil, nil, nil}, gone},
		{"gone in between", false, map[string]error{"second": gone}, 2, []error{nil, gone, nil}, gone},
	} {
		s := &counter{fails: c.fails}
		audits := []AuditResult{{SQL: "first"}, {SQL: "second"}, {SQL: "third"}}
		err := runAudits(context.Background(), s, audits, c.atOnce)
		errs := make([]error, len(audits))
		for i := range audits {
			errs[i] = audits[i].Err
		}
		if !errors.Is(err, c.err) || !slices.Equal(errs, c.errs) || len(s.asked) != c.asked {
			t.Errorf("%s: %d statements, %v, %v", c.name, len(s.asked), errs, err)
		}
	}
}

// wholeRow is a table's alias where a value is due, which Trino does not know.
var wholeRow = regexp.MustCompile(`(^|[^s]) bad\b|\(bad\b`)

// portable is a session that knows no more than both engines do; it fails to give rows once it is told to.
type portable struct {
	*duckdb.Session
	fails error
	asked int
}

func (p *portable) Rows(ctx context.Context, statement string, args ...any) (*stdsql.Rows, error) {
	if p.asked++; p.fails != nil {
		return nil, p.fails
	}
	if wholeRow.MatchString(statement) {
		return nil, errors.New("column 'bad' cannot be resolved")
	}
	return p.Session.Rows(ctx, statement, args...)
}

// Bad rows are shown alike by both engines, five of them and always the same ones; when they cannot be, they are bad all the
// same.
func TestBadRowsAreShown(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	engine, err := duckdb.Open(ctx, duckdb.Config{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	twice := "with few as (select 1 as x) select n as shop_key, date '2026-11-11' as paid_date, cast(null as varchar) as title, n + cast(0.5 as decimal(18,4)) as amount, few.x = 1 as is_one " +
		"from unnest([3, 9, 4, 1, 5, 2]) as v(n) cross join few -- all of them"
	gone := &trino.StatementError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	for name, c := range map[string]struct {
		fails error
		asked int
		want  []string
	}{
		"shown": {nil, 4, []string{"{'shop_key': 1, 'paid_date': 2026-11-11, 'title': NULL, 'amount': 1.5000, 'is_one': true}",
			"{'shop_key': 2, 'paid_date': 2026-11-11, 'title': NULL, 'amount': 2.5000, 'is_one': true}", "{'shop_key': 3, 'paid_date': 2026-11-11, 'title': NULL, 'amount': 3.5000, 'is_one': true}",
			"{'shop_key': 4, 'paid_date': 2026-11-11, 'title': NULL, 'amount': 4.5000, 'is_one': true}", "{'shop_key': 5, 'paid_date': 2026-11-11, 'title': NULL, 'amount': 5.5000, 'is_one': true}"}},
		"too much memory":     {errors.New("it exceeds\nthe memory"), 2, []string{"(none can be shown: it exceeds the memory)"}},
		"the cluster is gone": {gone, 1, []string{"(none can be shown: " + gone.Error() + ")"}},
	} {
		s := &portable{Session: session, fails: c.fails}
		audits := []AuditResult{{SQL: twice}, {SQL: "select 1 as x where false"}, {SQL: twice}}
		if err := runAudits(ctx, s, audits, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i, bad := range []int64{6, 0, 6} {
			a, want := audits[i], c.want
			if bad == 0 {
				want = nil
			}
			if diff := cmp.Diff(want, a.Samples); diff != "" || a.Bad != bad || a.Err != nil || a.Passed() != (bad == 0) {
				t.Errorf("%s: audit %d: %d bad rows, error %v\n%s", name, i, a.Bad, a.Err, diff)
			}
		}
		if s.asked != c.asked {
			t.Errorf("%s: rows were asked for %d times, want %d", name, s.asked, c.asked)
		}
	}
	if err := errors.Join(session.Close(), engine.Close()); err != nil {
		t.Error(err)
	}
}
