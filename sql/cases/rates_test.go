package cases_test

import (
	"context"
	"testing"

	"github.com/heliu-data/heliu/pipelines"
)

// A day's rate that lands late rebuilds the orders placed, paid or refunded on that day and no other.
func TestRateTouchesItsDay(t *testing.T) {
	t.Parallel()
	const dir = "rate_of_one_day"
	h := newHouse(t, found(t), dir, readCase(t, dir+"/case.yaml"))
	h.build(t, 1)
	if err := h.lake.land(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	report, err := h.builder.Build(context.Background(), h.built)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{ // orders
		"star.order_header":      3, // D2, D12, D23
		"star.fct_refund":        4, // those and D1, which was refunded that day
		"star.order_line_priced": 3,
		"star.fct_order_line":    3, // D2 and D12, whose paid day it is, and D1
		"star.fct_order":         4,
	}
	for _, step := range report.Steps {
		keys, asked := want[step.Name]
		if asked && (step.Mode != "keys" || step.Keys != keys || step.Status == pipelines.Skipped) {
			t.Errorf("%s: %s, mode %s, %d orders %v; want %d by keys", step.Name, step.Status, step.Mode, step.Keys, step.Notes, keys)
		}
		delete(want, step.Name)
	}
	if len(want) > 0 {
		t.Errorf("not built: %v", want)
	}
}
