package whole

import (
	"database/sql"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/heliu-data/heliu/simulate"
)

// lookBack is the project's attribution window.
const lookBack = 30 * 24 * time.Hour

// touches: every touch that was pushed stands once, with its channel; customers are one person exactly where the evidence
// allows it; the touches of an order are those of its person; and the last of them is credited with the order's net sales.
func touches(t *testing.T, truth *simulate.Truth, marts, warehouse *sql.DB) {
	t.Helper()
	want := figures{}
	for _, x := range truth.Touches {
		want[x.EventID] = x.Kind + " " + x.Channel + " " + strconv.FormatInt(x.At.Unix(), 10)
	}
	got := table(t, marts, "select touch_id, kind || ' ' || channel || ' ' || cast(epoch(touch_at) as bigint) from star.fct_touch")
	got.differ(t, "star.fct_touch", want)
	people := newPeople(truth)
	people.orders(t, truth, warehouse)
	people.paths(t, truth, marts)
}

// people are the persons that the truth lets a warehouse know: a name for each, by what tells of them.
type people struct {
	names   map[string]string // "person space" -> name: one for all ids that may be joined, else one an id
	visitor map[string]string // the name of the only customer that a device was logged in as; "" when there were several
}

func newPeople(truth *simulate.Truth) *people {
	p := &people{names: map[string]string{}, visitor: map[string]string{}}
	for _, id := range truth.Customers {
		name := fmt.Sprintf("%d %s", id.Person, id.Space)
		p.names[name] = name
		if id.CanJoin {
			p.names[name] = strconv.Itoa(id.Person)
		}
	}
	refs := map[string]string{}
	for _, x := range truth.Touches {
		if x.Ref == "" {
			continue
		}
		if known, seen := refs[x.Visitor]; !seen || known == x.Ref {
			refs[x.Visitor], p.visitor[x.Visitor] = x.Ref, p.of(x.Person, x.Space)
		} else {
			p.visitor[x.Visitor] = ""
		}
	}
	return p
}

// of names the person behind an id; one that bought nothing is joined with nobody who did.
func (p *people) of(person int, space string) string {
	key := fmt.Sprintf("%d %s", person, space)
	if name := p.names[key]; name != "" {
		return name
	}
	return key
}

// orders: the buyers of two orders are one person in the warehouse if and only if they are for the truth.
func (p *people) orders(t *testing.T, truth *simulate.Truth, warehouse *sql.DB) {
	t.Helper()
	keys := table(t, warehouse, `select shop_id, order_id, coalesce(customer_identity.person_key, fct_order.customer_key)::varchar
		from star.fct_order inner join star.dim_shop using (shop_key) left join star.customer_identity using (customer_key) where fct_order.customer_key <> -1`)
	name, key := map[string]string{}, map[string]string{}
	for _, o := range truth.Orders {
		if o.Person == 0 {
			continue
		}
		who, k := p.of(o.Person, o.Space), keys[o.ShopID+" "+o.OrderID]
		if k == "" {
			t.Errorf("order %s %s has no customer", o.ShopID, o.OrderID)
			continue
		}
		if before, seen := name[k]; seen && before != who {
			t.Errorf("order %s %s: %s and %s are one person in the warehouse", o.ShopID, o.OrderID, who, before)
		}
		if before, seen := key[who]; seen && before != k {
			t.Errorf("order %s %s: %s is several persons in the warehouse", o.ShopID, o.OrderID, who)
		}
		name[k], key[who] = who, k
	}
}

// paths: the touches of each order, and by channel the net sales of orders whose last touch was theirs. An order that
// bears a mark of its own (a room, a link, a coupon) is credited to that, as cases of the marts show.
func (p *people) paths(t *testing.T, truth *simulate.Truth, marts *sql.DB) {
	t.Helper()
	type placed struct {
		at      time.Time
		stamped bool
		room    string
		video   string
	}
	times := map[string]placed{}
	for _, row := range rows(t, marts, `select shop_id || ' ' || order_id, cast(epoch(placed_at) as bigint)::varchar, (order_key in (select order_key from star.order_touch where level = 1))::varchar,
		coalesce(room_id, ''), coalesce(video_id, '') from star.fct_order inner join star.dim_shop using (shop_key)`) {
		seconds, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		times[row[0]] = placed{time.Unix(seconds, 0), row[2] == "true", row[3], row[4]}
	}
	byName := map[string][]simulate.TouchTruth{}
	for _, x := range truth.Touches {
		who := p.visitor[x.Visitor]
		if x.Ref != "" {
			who = p.of(x.Person, x.Space)
		}
		if who != "" {
			byName[who] = append(byName[who], x)
		}
	}
	pairs, credit, across := figures{}, map[string]simulate.Fen{}, 0
	for _, o := range truth.Orders {
		order := o.ShopID + " " + o.OrderID
		last, own := "", times[order]
		for _, x := range byName[p.of(o.Person, o.Space)] {
			if !x.At.Before(own.at) || x.At.Before(own.at.Add(-lookBack)) || o.Person == 0 ||
				x.RoomID != "" && x.RoomID == own.room || x.VideoID != "" && x.VideoID == own.video {
				continue
			}
			pairs[order+" "+x.EventID] = x.Channel
			if o.Space != simulate.SpaceSite {
				across++
			}
			last = x.Channel // they stand by time
		}
		if !own.stamped && last != "" && o.IsSale {
			credit[o.ShopID+" "+last] += o.Net
		}
	}
	table(t, marts, `select shop_id, order_id, touch_id, order_touch.channel from star.order_touch inner join star.fct_order using (order_key)
		inner join star.dim_shop using (shop_key) inner join star.fct_touch using (touch_key) where level = 2 and is_credited`).differ(t, "star.order_touch", pairs)
	if across < 3 {
		t.Errorf("only %d touches of the storefront belong to orders of another platform: this proves little", across)
	}
	want := figures{}
	for name, value := range credit {
		want.add(value, name)
	}
	got := table(t, marts, `select shop_id, channel, sum(credited_net_amount)::decimal(18, 4)::varchar from mart.attribution
		where model = 'last' and touch_key <> -1 and order_key not in (select order_key from star.order_touch where level = 1) group by all`)
	got.differ(t, "mart.attribution, last touch", want)
	p.planted(t, truth, pairs)
}

// planted: of the orders that a touch has made, with a customer on both ends that can be known, none is without that touch.
func (p *people) planted(t *testing.T, truth *simulate.Truth, pairs figures) {
	t.Helper()
	cause := map[string]simulate.TouchTruth{}
	for _, x := range truth.Touches {
		cause[x.EventID] = x
	}
	found := 0
	for _, o := range truth.Orders {
		x, caused := cause[o.CausedBy]
		if !caused || o.Person == 0 || x.Ref == "" || p.of(x.Person, x.Space) != p.of(o.Person, o.Space) || x.RoomID != "" {
			continue
		}
		found++
		if pairs[o.ShopID+" "+o.OrderID+" "+x.EventID] == "" {
			t.Errorf("order %s %s does not have the touch %s that has made it", o.ShopID, o.OrderID, x.EventID)
		}
	}
	if found < 3 {
		t.Errorf("only %d orders were made by a touch that can be known: this proves little", found)
	}
}
