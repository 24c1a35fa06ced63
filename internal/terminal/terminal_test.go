package terminal

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
)

func TestTableKeepsItsColumnsWithWideCharacters(t *testing.T) {
	t.Parallel()
	table := Table{Title: "店铺", Header: []string{"shop", "paid"}, Right: []int{1}}
	table.Add("天猫旗舰店", "1,200.00")
	table.Add("own\x1b[31m site\u202e", 7)
	var out bytes.Buffer
	if err := table.Write(&out); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Errorf("a record steers the terminal: %q", out.String())
	}
	width := runewidth.Condition{}
	t.Log(out.String())
	var ends []int
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[3:] {
		ends = append(ends, width.StringWidth(strings.TrimRight(line, " ")))
	}
	if len(ends) != 2 || ends[0] != ends[1] {
		t.Errorf("flush right columns end at %v in\n%s", ends, out.String())
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %s", n, got)
		}
	}
}

func TestReasonsAreSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"status: a code that the code table does not have: X9":   "status: 代码表中没有的代码: X9",
		"quantity: less than 0; currency: unknown currency: RMB": "quantity: 小于 0; currency: 未知币种: RMB",
		`is no time that is understood: "2026-13-45"`:            `不是可识别的时间: "2026-13-45"`,
		"box_id: missing": "box_id: 缺失", "order_without_lines": "订单没有明细", "amount: not a money": "amount: 不是金额",
	} {
		if got := Chinese.Reason(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
		english := text
		if text == "order_without_lines" {
			english = "the order has no lines"
		}
		if got := English.Reason(text); got != english {
			t.Errorf("English: %s", got)
		}
	}
	if !strings.Contains(English.ReasonSQL("reason"), "'the order has no lines'") || !strings.HasPrefix(Chinese.ReasonSQL("reason"), "replace(") {
		t.Error("the SQL does not follow the language")
	}
}

func TestLangOf(t *testing.T) {
	t.Parallel()
	env := func(values map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	}
	for _, c := range []struct {
		flag string
		env  map[string]string
		want Lang
	}{
		{"", nil, English}, {"zh", map[string]string{"LANG": "en_US"}, Chinese}, {"", map[string]string{"LANG": "zh_CN.UTF-8"}, Chinese},
		{"", map[string]string{"LC_ALL": "C", "LANG": "zh_CN"}, English}, {"en", map[string]string{"LANG": "zh_CN"}, English},
	} {
		if got := LangOf(c.flag, env(c.env)); got != c.want {
			t.Errorf("flag %q, env %v: %s", c.flag, c.env, got)
		}
	}
}

func TestProgressElsewhereIsPlainLines(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { at = at.Add(time.Second); return at }
	var out bytes.Buffer
	p := NewProgress(&out, nil, false, now)
	p.Begin("extract tmall.orders").End(Done, "120 rows")
	p.Close()
	if got := out.String(); got != "✓ extract tmall.orders  120 rows  1s\n" {
		t.Errorf("got %q", got)
	}
	out.Reset()
	quiet := NewProgress(&out, nil, true, now)
	quiet.Begin("a").End(Done, "")
	quiet.Begin("b").End(Failed, "why")
	if got := out.String(); got != "✗ b  why  1s\n" {
		t.Errorf("quiet: %q", got)
	}
	out.Reset()
	NewProgress(&out, slog.New(slog.NewJSONHandler(&out, nil)), false, now).Begin("a").End(Failed, "why")
	if got := out.String(); !strings.Contains(got, `"outcome":"failed"`) || !strings.Contains(got, `"level":"ERROR"`) {
		t.Errorf("json: %q", got)
	}
}
