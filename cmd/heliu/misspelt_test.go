package main

import (
	"strings"
	"testing"
)

// Whatever is misspelt is told with its line, the word that was meant, and what is allowed; nothing follows from it that
// would lead astray.
func TestMisspeltWordsAreMended(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(`name: acme
sourcess: {}
sources:
  old:
    connector: files
    path: ./orders.csv
    zonee: Asia/Shanghai
    streams:
      orders:
        key: [id]
        feilds: {id: string}
        fields: {id: string, made: timestmp}
  t: {connector: taobo, app_key: x}
`)
	_, out, told := s.do("check", "--project", dir)
	for _, want := range []string{
		`heliu.yaml:2:1: unknown key sourcess (is it sources?); allowed here: name, timezone`,
		`heliu.yaml:7: source old: unknown setting "zonee" (is it zone?); the connector files takes access_key,`,
		`heliu.yaml:11: unknown key "feilds" (is it fields?); allowed are children, cursor, delimiter, encoding, excel_ids, fields,`,
		`heliu.yaml:12: made: unknown type "timestmp" (is it timestamp?); allowed are string,`,
		`heliu.yaml:13: source t: there is no connector "taobo" (is it taobao?); there are douyin,`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("not told: %s", want)
		}
	}
	if strings.Contains(told, "has no streams") || t.Failed() {
		t.Errorf("%s%s", out, told)
	}
	dir = s.project(strings.NewReplacer("STATUS", "state", "order_id: id", "ordr_id: id").Replace(mapped))
	_, out, told = s.do("check", "--project", dir)
	if !strings.Contains(told, "entity order has no field ordr_id; is it order_id? There are shop_id, order_id,") {
		t.Errorf("%s%s", out, told)
	}
	dir = s.project(strings.NewReplacer("STATUS", "state", "          order:\n", "          oder:\n").Replace(mapped))
	_, out, told = s.do("check", "--project", dir)
	if !strings.Contains(told, `old.orders maps to "oder", which is no entity of the dictionary; is it order? There are ad_claim`) {
		t.Errorf("%s%s", out, told)
	}
}
