package cases_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/transform/attribution"
)

// The SQL of mart.attribution and the package attribution are two hands that must write the same: every credit of every
// order of the case with the richest paths, in cents.
func TestAttributionSQLAgreesWithGo(t *testing.T) {
	t.Parallel()
	const dir = "paths_and_stamps"
	h := newHouse(t, found(t), dir, readCase(t, dir+"/case.yaml"))
	h.build(t, 0)
	type order struct {
		cents   int64
		path    []attribution.Touch
		touches []string
	}
	orders := map[string]*order{}
	for _, row := range h.rows(t, `
select cast(fct_order.order_key as varchar), cast(cast(fct_order.net_sales_order_day_amount * 100 as bigint) as varchar),
    cast(order_touch.touch_key as varchar), order_touch.channel, cast(order_touch.seconds_before_order as varchar)
from star.order_touch inner join star.fct_order on order_touch.order_key = fct_order.order_key
where order_touch.is_credited order by fct_order.order_key, order_touch.path_position`) {
		o := orders[row[0]]
		if o == nil {
			o = &order{cents: number(t, row[1])}
			orders[row[0]] = o
		}
		before := time.Duration(number(t, row[4])) * time.Second
		o.path = append(o.path, attribution.Touch{Channel: row[3], Before: before, Direct: row[3] == "direct"})
		o.touches = append(o.touches, row[2])
	}
	want := map[string]int64{}
	for key, o := range orders {
		for _, model := range attribution.Models() {
			credits, err := attribution.Credit(model, o.cents, o.path, 7*24*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			weights, err := attribution.Weights(model, o.path, 7*24*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range credits {
				if weights[i] == 0 {
					continue // no row
				}
				want[fmt.Sprint(model, " ", key, " ", o.touches[i])] = c
			}
		}
	}
	got := map[string]int64{}
	for _, row := range h.rows(t, `
select model || ' ' || cast(order_key as varchar) || ' ' || cast(touch_key as varchar), cast(cast(credited_net_amount * 100 as bigint) as varchar)
from mart.attribution where touch_key <> -1`) {
		got[row[0]] = number(t, row[1])
	}
	if len(want) < 30 {
		t.Fatalf("only %d credits to compare", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("credits (-Go +SQL):\n%s", diff)
	}
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
