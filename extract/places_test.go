package extract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const nestedLists = `connector: nested
title: {en: Nested, zh: 嵌套}
kind: shop
streams:
  orders:
    title: {en: Orders, zh: 订单}
    key: [id]
    fields:
      id: string
      buyer: string
      captured_at: {type: timestamp, from: first.bills.captured_at}
    children:
      bills:
        title: {en: Bills, zh: 账单}
        records: bills
        key: [id, bill]
        fields: {bill: string, captured_at: {type: timestamp, from: first.payments.at}}
        children:
          payments:
            title: {en: Payments, zh: 支付}
            records: payments
            key: [id, bill, payment]
            fields: {payment: string, at: timestamp}
`

// What the first item of a list takes from the first item of its own list is seen in the record above both.
func TestFirstOfFirst(t *testing.T) {
	c, err := ParseConnector("nested", []byte(nestedLists))
	if err != nil {
		t.Fatal(err)
	}
	plans, err := compile(c.Streams[0], "UTC", &hasher{key: []byte("k")})
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range []string{
		`{"id":"1","bills":[{"bill":"a","payments":[{"payment":"x","at":"2026-06-01T00:00:00Z"},{"payment":"y","at":"2026-06-02T00:00:00Z"}]},{"bill":"b","payments":[]}]}`,
		`{"id":"1","bu\u0079er":"\u5f20","bills":[{"bill":"a","payments":[{"payment":"x","at":"2026-06-01T00:00:00Z"}]}]}`, // sonic's way
	} {
		v := &visitor{plans: plans}
		if !v.decode([]byte(record), false) {
			t.Fatal(v.field, v.reason)
		}
		for i := range 2 { // the order, its first bill
			r := v.rows[i]
			if got := string(v.cells[r.first+r.plan.column("captured_at")].appendText(nil)); !strings.HasPrefix(got, "2026-06-01") {
				t.Errorf("%s of %s is %q, want the first of June", r.plan.stream.Name, record, got)
			}
		}
	}
}

// A field that nothing would ever fill is a mistake of the connector, not a column of nulls.
func TestFieldsNothingFills(t *testing.T) {
	for _, x := range []struct{ from, to, want string }{
		{"buyer: string", "bills: json", `takes the whole of "bills", of which the child list bills would take its part`},
		{"buyer: string", "buyer: json\n      name: {type: string, path: buyer.name}", `takes the whole of "buyer", of which the field name would take its part`},
		{"buyer: string", "buyer: {type: string, personal: drop}\n      name: {type: string, path: buyer.name}", `takes the whole of "buyer"`},
		{"first.bills.captured_at", "first.bill.captured_at", `orders has no child list "bill"`},
		{"first.bills.captured_at", "first.bills.id", `bills has no field "id" of its own`},
		{"buyer: string", "n: {type: integer, from: count.lines}", `orders has no child list "lines"`},
		{"buyer: string", "buyer: json\n      buyer_text: {type: string, path: buyer}", ""},
	} {
		_, err := ParseConnector("nested", []byte(strings.Replace(nestedLists, x.from, x.to, 1)))
		if x.want == "" {
			if err != nil {
				t.Errorf("%s: %v", x.to, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), x.want) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s (-want +got):\n%s", x.to, cmp.Diff(x.want, errText(err)))
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
