package conform_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/conform"
)

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// unquote takes off the quotes that DuckDB puts around texts with a quote in them.
func unquote(rows []string) []string {
	for i := range rows {
		rows[i] = strings.NewReplacer(`'Main''s'`, "Main's", `'Main\'s'`, "Main's").Replace(rows[i])
	}
	return rows
}

func TestEveryMistakeOfTheMappingsIsReportedAtOnce(t *testing.T) {
	bad := mapping("box", "boxes", "box_id", "id", "box_id", "id2", "colour", "c", "total_amount", "a", "state", "s", "currency", ":ccy", "packed_at", "'open", "quantity", "  ")
	bad.Fields[4].Codes = map[string]string{"X": "ajar"}
	bad.Fields[5].Codes = map[string]string{}
	_, err := conform.Compile(dictionary(t), []models.Mapping{bad, mapping("boxx", "other")}, map[string]map[string]string{"src": {"currency": "CNY"}},
		conform.Given{Entity: "shop", Stream: "shops", File: "heliu.yaml", Rows: []conform.GivenRow{{Values: map[string]string{"shop": "t1"}, Line: 3}}})
	var problems models.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("err = %v", err)
	}
	for _, want := range []string{
		`heliu.yaml:7: src.other maps to "boxx", which is no entity`,
		`heliu.yaml:9: src.boxes to box: box_id is mapped twice`,
		`heliu.yaml:10: src.boxes: entity box has no field colour; there are box_id`,
		`heliu.yaml:11: src.boxes: entity box has no field total_amount; is it amount?`,
		`heliu.yaml:12: src.boxes to box: state: code "X" becomes "ajar", which is not one of open, closed`,
		`heliu.yaml:13: src.boxes to box: currency: the source has no setting "ccy"; it has currency`,
		`heliu.yaml:13: src.boxes to box: the code table of currency is empty`,
		`heliu.yaml:14: src.boxes to box: packed_at: a quote ' is not closed`,
		`heliu.yaml:15: src.boxes to box: quantity has no expression`,
		`heliu.yaml:7: src.boxes to box: the required field amount is not mapped`,
		`heliu.yaml:7: src.boxes to box: the required field updated_at is not mapped`,
		`heliu.yaml:3: shops: shop has no field shop; is it shop_id?`,
		`heliu.yaml:3: shops: zone is missing`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Log("\n" + err.Error())
	}
}

func TestTheFingerprintFollowsTheDefinition(t *testing.T) {
	print := func(expr string, param string) string {
		plans, err := conform.Compile(dictionary(t), []models.Mapping{mapping("item", "items", "item_id", expr, "seen_on", "day", "box_id", ":p", "updated_at", "u")}, map[string]map[string]string{"src": {"p": param}})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range plans {
			if p.Entity.Name == "item" {
				return p.Fingerprint()
			}
		}
		return ""
	}
	same, expr, param := print("a", "1"), print("b", "1"), print("a", "2")
	if same != print("a", "1") || same == expr || same == param {
		t.Errorf("fingerprints %s %s %s", same, expr, param)
	}
}
