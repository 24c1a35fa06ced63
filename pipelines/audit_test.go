package pipelines

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

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
