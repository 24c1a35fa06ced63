package extract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/models"
)

const oddConnector = `
connector: odd
via: lines
zone: Asia/Shanghai
streams:
  things:
    key: [id]
    fields:
      id: string
      n: integer
      yuan: money
      cents: money fen
      cost: money micros
      at: timestamp
      seconds: {type: timestamp epoch_s, empty: ['0']}
      millis: timestamp epoch_ms
      day: date
      ok: boolean
      ratio: double
      rate: rate
      code: currency
      raw: json
      deep: {type: string, path: a.b.c}
      phone: {type: string, personal: phone}
      secret_name: {type: string, personal: drop}
      lines: {type: integer, from: count.items}
      first_sku: {type: string, from: first.items.sku}
    children:
      items:
        records: items.item
        key: [id, no]
        inherit: [day]
        fields: {no: {type: integer, from: position}, sku: string, price: money}
`

// decodeOne decodes one record and shows it as text: "column=value …" a row, or "field: reason".
func decodeOne(t testing.TB, record string) string {
	t.Helper()
	c, err := ParseConnector("odd", []byte(oddConnector))
	if err != nil {
		t.Fatal(err)
	}
	plans, err := compile(c.Streams[0], c.Zone, &hasher{key: []byte("k")})
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{plans: plans}
	if !v.decode([]byte(record), false) {
		return v.field + ": " + v.reason
	}
	var rows []string
	for _, r := range v.rows {
		var cells []string
		for i, f := range r.plan.columns {
			if c := v.cells[r.first+i]; c.kind != cellNull && !(f.From != "" && c.kind == cellInt && c.i == 0) {
				cells = append(cells, f.Name+"="+string(c.appendText(nil)))
			}
		}
		if len(r.extra) > 0 {
			cells = append(cells, "_extra={"+string(r.extra)+"}")
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return strings.Join(rows, " | ")
}

func TestDecode(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"x":`, 80) + "1" + strings.Repeat("}", 80)
	for name, c := range map[string]struct{ record, want string }{
		"id above 2^53 as number":            {`{"id":9007199254740993123}`, "id=9007199254740993123"},
		"id as text":                         {`{"id":"A1"}`, "id=A1"},
		"keys that differ by case":           {`{"id":"1","ID":"2","N":3}`, `id=1 _extra={"ID":"2","N":3}`},
		"a declared key twice":               {`{"id":"1","n":1,"n":2}`, "n: stands twice in one object"},
		"an unknown key twice stays":         {`{"id":"1","z":1,"z":2}`, `id=1 _extra={"z":1,"z":2}`},
		"number as text, text as number":     {`{"id":1,"n":"42","yuan":12.5}`, "id=1 n=42 yuan=12.5000"},
		"whole number with point":            {`{"id":1,"n":42.0}`, "id=1 n=42"},
		"broken number":                      {`{"id":1,"n":42.5}`, `n: is no whole number: "42.5"`},
		"number above 64 bits":               {`{"id":1,"n":9223372036854775808}`, `n: is too large: a value of 19 characters`},
		"money exact":                        {`{"id":1,"yuan":"0.1","cents":12345,"cost":1230000}`, "id=1 yuan=0.1000 cents=123.4500 cost=1.2300"},
		"money negative, exponent":           {`{"id":1,"yuan":-1.5e2}`, "id=1 yuan=-150.0000"},
		"money too fine":                     {`{"id":1,"yuan":"1.00001"}`, `yuan: has more decimals than are kept: "1.00001"`},
		"money trailing zeros":               {`{"id":1,"yuan":"1.000000000000000000000"}`, "id=1 yuan=1.0000"},
		"micros too fine":                    {`{"id":1,"cost":1234567}`, `cost: is finer than 0.0001 of the currency: a value of 7 characters`},
		"money too large":                    {`{"id":1,"yuan":"999999999999999"}`, `yuan: is too large: a value of 15 characters`},
		"money no number":                    {`{"id":1,"yuan":"12.3.4"}`, `yuan: is no number: "12.3.4"`},
		"empty text is no value":             {`{"id":1,"n":"","yuan":" ","at":""}`, "id=1"},
		"NaN":                                {`{"id":1,"ratio":NaN}`, `ratio: is no valid JSON: near byte 16 of 20`},
		"NaN as text":                        {`{"id":1,"ratio":"NaN"}`, `ratio: is no finite number: a value of 3 characters`},
		"infinite":                           {`{"id":1,"ratio":1e999}`, `ratio: is no finite number: "1e999"`},
		"local time":                         {`{"id":1,"at":"2026-01-01 08:00:00"}`, "id=1 at=2026-01-01T00:00:00Z"},
		"zoned times":                        {`{"id":1,"at":"2026-01-01T08:00:00.123456+08:00"}`, "id=1 at=2026-01-01T00:00:00.123456Z"},
		"time with UTC mark":                 {`{"id":1,"at":"2026-01-01T08:00:00Z"}`, "id=1 at=2026-01-01T08:00:00Z"},
		"no such time":                       {`{"id":1,"at":"2026-13-45 00:00:00"}`, `at: is no time that is understood: "2026-13-45 00:00:00"`},
		"zero time":                          {`{"id":1,"at":"0000-00-00 00:00:00"}`, `at: is no time that is understood: "0000-00-00 00:00:00"`},
		"epochs":                             {`{"id":1,"seconds":1767225600,"millis":"1767225600123"}`, "id=1 seconds=2026-01-01T00:00:00Z millis=2026-01-01T00:00:00.123Z"},
		"epoch 0 declared empty":             {`{"id":1,"seconds":0}`, "id=1"},
		"milliseconds in a field of seconds": {`{"id":1,"seconds":1767225600000}`, `seconds: is a time outside the years 1 to 9999; check its unit: a value of 13 characters`},
		"day":                                {`{"id":1,"day":"2024-02-29"}`, "id=1 day=2024-02-29"},
		"no such day":                        {`{"id":1,"day":"2026-02-29"}`, `day: is no calendar day: "2026-02-29"`},
		"a time is no day":                   {`{"id":1,"day":"2026-02-01 10:00:00"}`, `day: is no calendar day: "2026-02-01 10:00:00"`},
		"boolean words":                      {`{"id":1,"ok":"true"}`, "id=1 ok=true"},
		"boolean maybe":                      {`{"id":1,"ok":"maybe"}`, `ok: is neither true nor false: a value of 5 characters`},
		"currency":                           {`{"id":1,"code":"eur"}`, "id=1 code=EUR"},
		"currency sign":                      {`{"id":1,"code":"¥"}`, `code: is no currency of three letters: a value of 1 characters`},
		"rate":                               {`{"id":1,"rate":"7.12345678"}`, "id=1 rate=7.12345678"},
		"json whole":                         {`{"id":1,"raw":{"b":[1,{"c":"\"x\n"}],"a":9007199254740993}}`, `id=1 raw={"b":[1,{"c":"\"x\n"}],"a":9007199254740993}`},
		"deep path":                          {`{"id":1,"a":{"b":{"c":"x","d":1},"e":2}}`, `id=1 deep=x _extra={"a.b.d":1,"a.e":2}`},
		"object where a value is":            {`{"id":1,"n":{"x":1}}`, "n: is a list or an object where a single value is declared"},
		"deep nesting":                       {`{"id":1,"z":` + deep + `}`, "z: nests deeper than 64"},
		"missing key":                        {`{"n":1}`, "id: is missing"},
		"null key":                           {`{"id":null}`, "id: is missing"},
		"not an object":                      {`"不是对象"`, ": is no JSON object"},
		"a list":                             {`[{"id":1}]`, ": is no JSON object"},
		"cut off":                            {`{"id":1,"n":`, "n: is no valid JSON: it ends too early"},
		"two values":                         {`{"id":1} {"id":2}`, ": has more text behind its end"},
		"two values, escaped":                {`{"id":"\u0041"} x`, ": has more text behind its end"},
		"a brace too many":                   {`{"id":1}}`, ": has more text behind its end"},
		"half a surrogate pair":              {`{"id":"\ud800"}`, ": contains half a surrogate pair"},
		"a whole surrogate pair":             {`{"id":"\ud83d\ude00"}`, "id=😀"},
		"NUL":                                {`{"id":"a\u0000b"}`, ": contains a NUL character"},
		"no UTF-8":                           {"{\"id\":\"\xff\"}", ": is no valid UTF-8"},
		"clear phone":                        {`{"id":1,"phone":"138 0013 8000"}`, "id=1 phone=90a0b44d6ed0ea3fb2fd8a4f9cd35e6c0d0e7fca5bd1a2a2b8c7"},
		"masked phone":                       {`{"id":1,"phone":"138****8000"}`, "id=1"},
		"dropped":                            {`{"id":1,"secret_name":"张三"}`, "id=1"},
		"dropped object":                     {`{"id":1,"secret_name":{"x":["张三"]}}`, "id=1"},
		"children":                           {`{"items":{"item":[{"sku":"a","price":"1.5","q":7},{"sku":"b"}]},"id":1,"day":"2026-01-02"}`, `id=1 day=2026-01-02 lines=2 first_sku=a | id=1 day=2026-01-02 no=1 sku=a price=1.5000 _extra={"q":7} | id=1 day=2026-01-02 no=2 sku=b`},
		"one child as an object":             {`{"id":1,"items":{"item":{"sku":"a"}}}`, "id=1 lines=1 first_sku=a | id=1 no=1 sku=a"},
		"no children":                        {`{"id":1,"items":""}`, "id=1"},
		"a bad child rejects the whole":      {`{"id":1,"items":{"item":[{"sku":"a"},{"price":"x"}]}}`, `items.item[2].price: is no number: a value of 1 characters`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, c.record)
			if name == "clear phone" {
				got = got[:min(len(got), len("id=1 phone="))]
				c.want = "id=1 phone="
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestDecimalAgainstText checks that what is parsed is what was written, digit for digit.
func TestDecimalAgainstText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, "v")
		text := string(appendDecimal(nil, v, 4))
		got, reason := parseDecimal(text, 4)
		if reason != "" || got != v {
			t.Fatalf("%s parsed as %d, %q; want %d", text, got, reason, v)
		}
	})
}

// TestKeyHashIsTheModels holds the hash of a key to models.Key63.
func TestKeyHashIsTheModels(t *testing.T) {
	t.Parallel()
	c, err := ParseConnector("odd", []byte(oddConnector))
	if err != nil {
		t.Fatal(err)
	}
	plans, err := compile(c.Streams[0], c.Zone, &hasher{})
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{visitor: visitor{plans: plans}}
	if !w.visitor.decode([]byte(`{"id":"A","items":{"item":[{"sku":"x"}]}}`), false) {
		t.Fatal(w.visitor.reason)
	}
	if got, want := w.keyHash(&w.visitor.rows[0]), models.Key63("A"); got != want {
		t.Errorf("key = %d, want %d", got, want)
	}
	if got, want := w.keyHash(&w.visitor.rows[1]), models.Key63("A", "1"); got != want {
		t.Errorf("child's key = %d, want %d", got, want)
	}
}

// TestDecodeNeverPanics feeds cut and changed records.
func TestDecodeNeverPanics(t *testing.T) {
	t.Parallel()
	good := []byte(`{"id":"A\u00e9","n":12,"a":{"b":{"c":null}},"items":{"item":[{"sku":"x","price":1.5}]},"raw":[1,{"k":"v"}],"phone":"13800138000"}`)
	for i := range good {
		decodeOne(t, string(good[:i]))
		for _, b := range []byte{'"', '{', ']', ',', 0, 0xff, '\\'} {
			changed := append([]byte(nil), good...)
			changed[i] = b
			decodeOne(t, string(changed))
		}
	}
}

func TestBlankedRecords(t *testing.T) {
	t.Parallel()
	c, err := ParseConnector("odd", []byte(oddConnector))
	if err != nil {
		t.Fatal(err)
	}
	blank := blanker(c.Streams[0])
	for in, want := range map[string]string{
		`{"id":1,"phone":"13800138000","n":"x"}`:       `{"id":1,"phone":"***","n":"x"}`,
		`{"id":1,"phone" : 13800138000,"n":"x"}`:       `{"id":1,"phone" : "***","n":"x"}`,
		`{"secret_name":{"a":"张三"},"phone":null}`:      `{"secret_name":"***","phone":"***"}`,
		`{"PHONE":"13800138000","a":{"Phone":[1]}}`:    `{"PHONE":"***","a":{"Phone":"***"}}`,
		`{"ph\u006fne":"13800138000","b":"a\"phone"}`:  `{"ph\u006fne":"***","b":"a\"phone"}`,
		`{"secret_name":{"a":"张三"},"phone":"138001380`: "",
		`{"id":1}{"phone":"13800138000"}`:              "",
		`{"id":"13"}`:                                  `{"id":"13"}`,
	} {
		got, ok := blank([]byte(in))
		if string(got) != want || ok != (want != "") {
			t.Errorf("blank(%s) = %s, %v, want %s", in, got, ok, want)
		}
	}
}

func ExampleParseConnector_mistakes() {
	_, err := ParseConnector("connectors/x/connector.yaml", []byte(`connector: x
zone: Shanghai
streams:
  orders:
    key: [id, nr]
    fields:
      id: text
      Amount: money
    window: {form: a, most: 2 days}
`))
	fmt.Println(err)
	// Output:
	// connectors/x/connector.yaml:1: zone: "Shanghai" is no IANA time zone, like Asia/Shanghai or UTC
	// connectors/x/connector.yaml:4: orders: key names the field "nr", which is not declared
	// connectors/x/connector.yaml:7: id: unknown type "text"; allowed are string, integer, boolean, money, money fen, money micros, decimal, rate, double, date, date epoch_s, date epoch_ms, timestamp, timestamp epoch_s, timestamp epoch_ms, timestamp epoch_us, currency, json
	// connectors/x/connector.yaml:8: "Amount" is no name of a field; write lower case letters, digits and underscores, and give the source's spelling as path
	// connectors/x/connector.yaml:9: window: unknown key "form" (is it from?); allowed are closed, days, format, from, lag, look_back, most, recount, start, to
	// connectors/x/connector.yaml:9: window.most: "2 days" is no span of time; write 90s, 30m, 6h or 7d
}
