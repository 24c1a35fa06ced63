package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// readAll reads a whole CSV text as a file would be: surveyed, decoded, split, counted.
func readAll(raw []byte) (rows [][]string, bad []*badRow, records int64, err error) {
	s := new(survey)
	_, _ = s.Write(raw)
	enc, err := s.encodingOf()
	if err != nil {
		return nil, nil, 0, err
	}
	c, err := newCSV(bytes.NewReader(raw), enc, 0, nil, 0)
	if err != nil {
		return nil, nil, 0, err
	}
	rows = append(rows, c.header)
	for {
		row, _, err := c.Next()
		if err == io.EOF {
			return rows, bad, c.Records(true), nil
		}
		if b, ok := errors.AsType[*badRow](err); ok {
			bad = append(bad, b)
			continue
		}
		if err != nil {
			return rows, bad, 0, err
		}
		rows = append(rows, append([]string(nil), row...))
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	gbk := func(s string) string { return must(simplifiedchinese.GB18030.NewEncoder().String(s)) }
	utf16 := func(s string) string {
		return must(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s))
	}
	utf16be := func(s string) string {
		return must(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(s))
	}
	chinese := [][]string{{"订单编号", "商品"}, {"001", "红色连衣裙"}}
	for name, c := range map[string]struct {
		text string
		rows [][]string
		bad  []string
		err  string
	}{
		"plain":                {text: "a,b\n1,2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}},
		"no last line end":     {text: "a,b\n1,2", rows: [][]string{{"a", "b"}, {"1", "2"}}},
		"mark":                 {text: "\uFEFFa,b\r\n1,2\r\n", rows: [][]string{{"a", "b"}, {"1", "2"}}},
		"mark and quotes":      {text: "\uFEFF\"a\",\"b\"\n\"x, \"\"y\"\"\n2\",2\n", rows: [][]string{{"a", "b"}, {"x, \"y\"\n2", "2"}}},
		"semicolon":            {text: "a;b\n1,5;2\n2,5;3\n", rows: [][]string{{"a", "b"}, {"1,5", "2"}, {"2,5", "3"}}},
		"tab":                  {text: "a\tb\n1\t2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}},
		"one column":           {text: "a\n1\n", rows: [][]string{{"a"}, {"1"}}},
		"blank lines":          {text: "a,b\n\n1,2\n\r\n\n", rows: [][]string{{"a", "b"}, {"1", "2"}}},
		"header only":          {text: "a,b\n", rows: [][]string{{"a", "b"}}},
		"gbk":                  {text: gbk("订单编号,商品\n001,红色连衣裙\n"), rows: chinese},
		"utf-16":               {text: utf16("订单编号,商品\n001,红色连衣裙\n"), rows: chinese},
		"utf-16 without mark":  {text: utf16be("a,b,c,d\n1,2,3,4\n"), rows: [][]string{{"a", "b", "c", "d"}, {"1", "2", "3", "4"}}},
		"gbk behind ascii":     {text: gbk("id,name\n" + strings.Repeat("1,plain\n", 20000) + "2,连衣裙\n"), rows: append(append([][]string{{"id", "name"}}, repeat([]string{"1", "plain"}, 20000)...), []string{"2", "连衣裙"})},
		"protected id":         {text: "id,b\n\"=\"\"00123\"\"\",\t7\n", rows: [][]string{{"id", "b"}, {"00123", "7"}}},
		"ragged":               {text: "a,b\n1\n1,2,3\n1,2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}, bad: []string{"line 2: the row has 1 fields where the header has 2 <1>", "line 3: the row has 3 fields where the header has 2 <1,2,3>"}},
		"bare quote":           {text: "a,b\n5\" pipe,2\n1,2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}, bad: []string{`line 2: a quote stands inside a field that is not quoted <5" pipe,2>`}},
		"text behind a quote":  {text: "a,b\n\"x\"y,\"2\n\"1\",2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}, bad: []string{`line 2: text stands behind the closing quote of a field <"x"y,"2>`}},
		"nul":                  {text: "a,b\n1,x\x00y\n1,2\n", rows: [][]string{{"a", "b"}, {"1", "2"}}, bad: []string{"line 2, column b: NUL byte <1,x␀y>"}},
		"one bad byte":         {text: "商品,b\n连衣裙,2\n衬衫\xff,3\n", rows: [][]string{{"商品", "b"}, {"连衣裙", "2"}}, bad: []string{"line 3, column 商品: bytes that are not UTF-8 <衬衫\uFFFD,3>"}},
		"unclosed quote":       {text: "a,b\n1,\"2\n3,4\n5,6\n", err: "line 2: a quote is opened that nothing closes"},
		"unclosed after ahead": {text: "a,b\n\"x\"y,1\n\"" + strings.Repeat("long ", 3000) + "\",2\n", rows: [][]string{{"a", "b"}, {strings.TrimSpace(strings.Repeat("long ", 3000)), "2"}}, bad: []string{`line 2: text stands behind the closing quote of a field <"x"y,1>`}},
		"empty":                {text: "", err: "the file is empty"},
		"only a mark":          {text: "\uFEFF", err: "the file is empty"},
		"only blank lines":     {text: "\n\r\n", err: "the file is empty"},
		"duplicate header":     {text: "id,b,id\n1,2,3\n", err: `names column 1 and column 3 alike`},
		"header by case":       {text: "id,ID\n1,2\n", err: `names column 1 and column 2 alike`},
		"latin 1":              {text: "stra\xdfe,caf\xe9,m\xfcller\n1,2,3\n", err: "say which with encoding"},
		"too long":             {text: "a,b\n1,\"" + strings.Repeat("x,\n", maxRecord/3+10), err: "longer than 16 MB"},
		"carriage returns":     {text: "a,b\r1,2\r3,4\r", err: "CR alone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, bad, records, err := readAll([]byte(c.text))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, b := range bad {
				reasons = append(reasons, b.Error()+" <"+b.Text+">")
			}
			if d := cmp.Diff(c.rows, rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.bad, reasons); d != "" {
				t.Errorf("bad rows (-want +got):\n%s", d)
			}
			if want := int64(len(rows) - 1 + len(bad)); records != want {
				t.Errorf("control count %d, want %d", records, want)
			}
		})
	}
}

// Whatever the bytes, reading ends, does not panic, and either fails or accounts for every record of the control count.
func TestCSVAccountsForEveryRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for _, p := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", ",", ",", "\n", "\n", "\r\n", `"`, `""`, "\x00", "红", "\xb0", " ", "\r"}), 0, 60).Draw(t, "text") {
			b.WriteString(p)
		}
		rows, bad, records, err := readAll([]byte("x,y\n1,2\n" + b.String()))
		if err == nil && int64(len(rows)-1+len(bad)) != records {
			t.Fatalf("%q: %d rows and %d bad ones, the control count is %d", b.String(), len(rows)-1, len(bad), records)
		}
		if err != nil && !strings.Contains(err.Error(), "quote") && !strings.Contains(err.Error(), "encoding") && !strings.Contains(err.Error(), "the header") {
			t.Fatalf("%q: %v", b.String(), err)
		}
	})
}

func BenchmarkCSV(b *testing.B) {
	text := []byte("id,name,amount\n" + strings.Repeat("100000000001,红色连衣裙,12.50\n", 100000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, n, err := readAll(text); err != nil || n != 100000 {
			b.Fatal(n, err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("test data: %v", err))
	}
	return v
}

func repeat(row []string, n int) [][]string {
	out := make([][]string, n)
	for i := range out {
		out[i] = row
	}
	return out
}
