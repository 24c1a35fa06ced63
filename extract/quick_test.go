package extract

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// What the quick way takes, the parser takes too, with the same rows; checked on records that were cut, doubled and spoilt.
func TestQuickDecodesAsTheParser(t *testing.T) {
	t.Parallel()
	c, err := ParseConnector("shop", []byte(strings.Replace(shopOrders, "line_no:", "color: {type: string, path: spec.color}, line_no:", 1)))
	if err != nil {
		t.Fatal(err)
	}
	decode := func(v *visitor, record []byte, how func([]byte) bool) (string, bool) {
		v.clear()
		if !how(record) {
			return "", false
		}
		var s strings.Builder
		for i := range v.rows {
			r := &v.rows[i]
			fmt.Fprintf(&s, "%s %d %d %d %s\n", r.plan.stream.Name, r.parent, r.first, r.number, r.extra)
		}
		for _, cell := range v.cells {
			fmt.Fprintf(&s, "%d %d %q\n", cell.kind, cell.i, cell.s)
		}
		return s.String(), true
	}
	newVisitor := func() *visitor {
		plans, err := compile(c.Streams[0], "Asia/Shanghai", &hasher{})
		if err != nil {
			t.Fatal(err)
		}
		return &visitor{plans: plans}
	}
	quick, slow := newVisitor(), newVisitor()
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{`"`, `{`, `}`, `[`, `]`, `,`, `:`, `0`, `-`, `.`, `e`, ` `, "\t", `null`, `true`, `fals`, `"id":"x",`, `"new":1.50,`, `"new":{"a":1},`, `"lines":[],`, `"buyer":"",`, `00`, "\x01", `,"remark":null`,
		`\"`, `\n`, `\u0041`, `"new":9007199254740993,`, `"line_no":9007199254740993,`, `"id":9007199254740993,`}
	taken := 0
	for i := range 60_000 {
		record := orderLine(nil, i%50)
		record = bytes.ReplaceAll(record[:len(record)-1], []byte(`"line_no"`), []byte(`"spec":{"color":"红"},"line_no"`)) // an object within a list's item
		for range random.IntN(3) {
			at, n := random.IntN(len(record)+1), 0
			if random.IntN(2) == 0 {
				n = min(random.IntN(4), len(record)-at)
			}
			record = []byte(string(record[:at]) + pieces[random.IntN(len(pieces))] + string(record[at+n:]))
		}
		got, ok := decode(quick, record, func(b []byte) bool { return quick.decode(b, true) })
		if want, sound := decode(slow, record, slow.parse); checkText(record) == "" && (ok != sound || got != want) {
			t.Fatalf("%s\ndecoded (%t):\n%s\nparser (%t %s %s):\n%s", record, ok, got, sound, slow.field, slow.reason, want)
		}
		if bytes.IndexByte(record, '\\') >= 0 {
			continue
		}
		got, ok = decode(quick, record, func(b []byte) bool { return quick.quick(b) && quick.finish() })
		if !ok {
			continue
		}
		taken++
		want, ok := decode(slow, record, slow.parse)
		if !ok || got != want {
			t.Fatalf("%s\nquick:\n%s\nparser (%t %s %s):\n%s", record, got, ok, slow.field, slow.reason, want)
		}
	}
	for _, record := range []string{`{"a\"b":1,"id":"A"}`, `{"a"b":1,"id":"A"}`} { // a key is learned as it reads, not as it is written
		got, ok := decode(quick, []byte(record), func(b []byte) bool { return quick.decode(b, true) })
		if want, sound := decode(slow, []byte(record), slow.parse); ok != sound || got != want {
			t.Errorf("%s is decoded (%t) as\n%s\nthe parser (%t):\n%s", record, ok, got, sound, want)
		}
	}
	if taken < 20_000 {
		t.Errorf("the quick way took %d of 60000 records only", taken)
	}
	for _, record := range []string{`{"id":"A","id":"B"}`, `{"id":"A"} x`, `{"id":"A",}`, `{"id":01}`, `{"id":1.}`, `{"id":-}`, `{"id":"A","buyer":{"id":"B","id":"C"}}`, `{"id":tru}`, `[]`, `{"id":"A"`, ``} {
		quick.clear()
		if quick.quick([]byte(record)) {
			t.Errorf("%s is taken", record)
		}
	}
}
