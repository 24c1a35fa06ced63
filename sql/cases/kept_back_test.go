package cases_test

import (
	"context"
	"slices"
	"testing"

	"github.com/heliu-data/heliu/pipelines"
)

// A dimension that is kept back, because its source failed, is not held to the buyers and shops that the orders have
// read since; any other dimension that lacks them is.
func TestAKeptBackDimensionIsNotHeldToNewOrders(t *testing.T) {
	t.Parallel()
	const dir = "described_late"
	h := newHouse(t, found(t), dir, readCase(t, dir+"/case.yaml"))
	h.build(t, 1)
	ctx := context.Background()
	if err := h.lake.land(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := h.builder.Build(ctx, pipelines.Selection{Models: []string{"+star.fct_order"}}); err != nil {
		t.Fatal(err)
	}
	failed := func(keptBack ...string) (names []string) {
		results, err := h.builder.Audit(ctx, h.built, keptBack...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Model == "star.fct_order" && !r.Passed() {
				names = append(names, r.Name)
			}
		}
		return names
	}
	for _, c := range []struct{ keptBack, want []string }{
		{nil, []string{"refers(customer_key, shop_key)"}},
		{[]string{"star.dim_customer"}, []string{"refers(shop_key)"}},
		{[]string{"star.dim_customer", "star.dim_shop"}, nil},
	} {
		if got := failed(c.keptBack...); !slices.Equal(got, c.want) {
			t.Errorf("kept back %v: the audits %v of the orders fail, want %v", c.keptBack, got, c.want)
		}
	}
}
