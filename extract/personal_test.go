package extract_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/cases"
	"github.com/heliu-data/heliu/extract/files"
)

// TestNoBuyerInTables plants a buyer's data in records that land and in records that are broken in every way: no table
// holds them, neither in a column nor in _extra, the rejected record or its reason (invariant 8).
func TestNoBuyerInTables(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string, lines ...string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.jsonl",
		`{"id":"1","amount":"1.50","name":"张三","phone":"13800138000"}`,
		`{"id":"2","amount":"1.50","Name":"张三","PHONE":"13800138000","other":"kept"}`, // not declared, but for its case
		`{"id":"3","amount":"x","name":"张三","phone":"13800138000"}`,
		`{"id":"4","amount":"张三","n\u0061me":"张三","phone":13800138000}`,
		`{"id":"5","amount":"1","name":{"first":"张三"},"phone":["13800138000"]}`,
		`{"id":"6","amount":"1","name":"张三","phone":"1380013`,
		`"name":"张三","phone":"13800138000"}`,
		`{'id':'7','name':'张三','phone':'13800138000'}`,
		`{"id":"8","amount":"1"} {"name":"张三"}`,
		`张三 13800138000`)
	put("b.csv", "id,amount,name,phone", "1,2.50,张三,13800138000", "2,2.50,张三,13800138000,more", "3,x,张三,13800138000", `4,1,"张三"x,13800138000`, "5,1.2E+17,张三,13800138000")
	var streams yaml.Node
	if err := yaml.Unmarshal([]byte(`
lines: {path: '*.jsonl', key: [id], fields: {id: string, amount: money, name: {type: string, personal: drop}, phone: {type: string, personal: phone}}}
table: {path: '*.csv', key: [id], fields: {id: string, amount: money, name: {type: string, personal: drop}, phone: {type: string, personal: phone}}}
`), &streams); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	deps := (&bench{lake: newLake(t), now: afterAll}).deps()
	deps.Kinds, deps.Dir, deps.Log = []extract.Kind{files.Kind()}, dir, slog.New(slog.NewTextHandler(&log, nil))
	s, err := extract.Open(extract.Config{Name: "s", Connector: "files", Streams: streams.Content[0]}, deps)
	if err != nil {
		t.Fatal(err)
	}
	for stream, want := range map[string][2]int64{"lines": {2, 8}, "table": {1, 4}} {
		receipts, err := s.Read(context.Background(), stream, extract.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r := receipts[0]; r.Landed != want[0] || r.Rejected != want[1] {
			t.Errorf("%s: %d landed, %d rejected; want %v", stream, r.Landed, r.Rejected, want)
		}
		landed, err := cases.Rows(context.Background(), deps.Lake, "raw.s__"+stream, []string{"id", "phone", "_extra"})
		if err != nil {
			t.Fatal(err)
		}
		rejected, err := cases.Rows(context.Background(), deps.Lake, "raw.s__"+stream+"__rejected", []string{"record", "field", "reason", "position"})
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Sprint(landed, rejected, receipts, log.String())
		shown := strings.ReplaceAll(all, `"amount":"张三"`, "") // a name in a column that is not personal cannot be known there
		for _, b := range []string{"张三", "13800138000", "1380013"} {
			if strings.Contains(shown, b) {
				t.Errorf("%s: %q is in %s", stream, b, shown)
			}
		}
		if stream == "lines" && !strings.Contains(all, "kept") {
			t.Errorf("an undeclared field is lost: %s", all)
		}
	}
}
