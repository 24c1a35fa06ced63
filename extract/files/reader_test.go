package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

var now = time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC) // far behind the files' own times

// source opens a source of files whose one stream is given in YAML.
func source(t *testing.T, dir, stream string) (*Reader, *extract.Stream) {
	t.Helper()
	c, err := extract.ParseConnector("test.yaml", []byte("connector: files\nvia: files\nstreams:\n  rows:\n"+indent(stream)))
	if err != nil {
		t.Fatal(err)
	}
	if problems := Check(c); len(problems) > 0 {
		t.Fatal(extract.Problems(problems))
	}
	r, err := Open(extract.Opening{Source: "legacy", Connector: c, Dir: dir, Settings: map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return r, c.Streams[0]
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ") + "\n"
}

// read reads one slice and returns its rows and its bad records.
func read(r *Reader, s *extract.Stream, cursor string) (rows [][]any, bad []string, out extract.Outcome, err error) {
	out, err = r.Read(context.Background(), extract.Slice{Stream: s, Cursor: cursor, Now: now}, func(p extract.Page) error {
		rows = append(rows, p.Rows...)
		for _, j := range p.JSON {
			rows = append(rows, []any{string(j)})
		}
		for line := range strings.Lines(string(p.Lines)) {
			if strings.TrimSpace(line) != "" {
				rows = append(rows, []any{strings.TrimSpace(line)})
			}
		}
		for _, b := range p.Bad {
			bad = append(bad, p.Position+": "+b.Reason)
		}
		return nil
	})
	return rows, bad, out, err
}

func count(out extract.Outcome) int64 {
	if out.Count == nil {
		return -1
	}
	return *out.Count
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const idAndAmount = "path: '*'\nkey: [id]\nfields: {id: string, amount: money}"

func TestReadsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, s := source(t, dir, idAndAmount)
	write(t, dir, "a.csv", "id,amount\n1,2.50\n")
	write(t, dir, "b.csv", "id,amount\n2,3\n,\n")
	rows, _, first, err := read(r, s, "")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]any{{"1", "2.50"}, {"2", "3"}, {nil, nil}}, rows); d != "" {
		t.Errorf("first read (-want +got):\n%s", d)
	}
	if first.Kind != warehouse.CountControl || *first.Count != 3 || first.More {
		t.Errorf("first outcome %+v, count %d", first, *first.Count)
	}

	rows, _, again, err := read(r, s, first.Cursor)
	if err != nil || len(rows) != 0 || !again.Empty {
		t.Errorf("nothing new: %v %+v %v", rows, again, err)
	}

	touched := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "a.csv"), touched, touched); err != nil {
		t.Fatal(err)
	}
	if rows, _, again, err = read(r, s, first.Cursor); err != nil || len(rows) != 0 || !again.Empty {
		t.Errorf("touched, not changed: %v %+v %v", rows, again, err)
	}

	write(t, dir, "a.csv", "id,amount\n1,9.50\n")
	rows, _, second, err := read(r, s, first.Cursor)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]any{{"1", "9.50"}}, rows); d != "" {
		t.Errorf("changed file (-want +got):\n%s", d)
	}

	write(t, dir, "a.csv", "id,amount\n1,2.50\n")
	rows, _, third, err := read(r, s, second.Cursor)
	if err != nil || len(rows) != 1 || third.Cursor == first.Cursor {
		t.Errorf("a file that got its first content back is read again under a new cursor: %v %q %v", rows, third.Cursor, err)
	}
	if again, err := readState(third.Cursor); err != nil || len(again.order) != 4 {
		t.Errorf("the state forgets what is gone: %d prints, %v", len(again.order), err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, stream, text, err string }{
		"lacks a key":     {"a.csv", idAndAmount, "no,amount\n1,2\n", "file a.csv: it lacks the column id; of its 2 columns, amount are declared"},
		"unknown ending":  {"a.dat", idAndAmount, "id\n", "tells no format"},
		"empty":           {"a.csv", idAndAmount, "", "the file is empty"},
		"empty json":      {"a.json", idAndAmount, " \n", "the file is empty"},
		"html":            {"a.json", idAndAmount, "<html>", "HTML"},
		"cut off json":    {"a.json", idAndAmount, `[{"id":"1"},{"id":"2"`, "record 2 cannot be read"},
		"list not closed": {"a.json", idAndAmount, `[{"id":"1"}`, "cut off behind record 1"},
		"object":          {"a.json", idAndAmount, `{"data":[]}`, "say with records"},
		"no such path":    {"a.json", "path: '*'\nkey: [id]\nrecords: data.rows\nfields: {id: string}", `{"data":{"row":[]}}`, `there is no "rows"`},
		"not excel":       {"a.xlsx", idAndAmount, "PK\x03\x04 nonsense", "no whole Excel file"},
		"not parquet":     {"a.parquet", idAndAmount, "PAR1 nonsense PAR1", "Parquet"},
		"empty parquet":   {"a.parquet", idAndAmount, "", "the file is empty"},
		"broken gzip":     {"a.csv.gz", idAndAmount, "\x1f\x8b\x08\x00\x00", "gzip"},
		"unclosed quote":  {"a.csv", idAndAmount, "id,amount\n\"1,2\n", "nothing closes"},
		"skips it all":    {"a.csv", idAndAmount + "\nskip: 5", "id,amount\n", "ends within the lines to skip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, c.file, c.text)
			r, s := source(t, dir, c.stream)
			_, _, _, err := read(r, s, "")
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "file a.") {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

func TestMangledIds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,amount\n1.23457E+17,1\n123456789012345678,1.2E+2\n")
	r, s := source(t, dir, idAndAmount)
	rows, bad, out, err := read(r, s, "")
	if err != nil || len(rows) != 1 || count(out) != 2 || len(bad) != 1 || !strings.Contains(bad[0], "a.csv: 1.23457E+17 is an id that Excel has rounded") {
		t.Errorf("rows %v, bad %v, %v", rows, bad, err)
	}
	keep, s := source(t, dir, idAndAmount+"\nexcel_ids: keep")
	if rows, bad, _, err = read(keep, s, ""); err != nil || len(rows) != 2 || len(bad) != 0 {
		t.Errorf("kept: %v %v %v", rows, bad, err)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.json", "\uFEFF [ {\"id\": 9007199254740993, \"s\": \"a]\\\"},[\"}, {\"id\":2,\"x\":[1,[2]]} ]\n")
	r, s := source(t, dir, idAndAmount)
	rows, _, out, err := read(r, s, "")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]any{{`{"id": 9007199254740993, "s": "a]\"},["}`}, {`{"id":2,"x":[1,[2]]}`}}, rows); d != "" || err != nil || count(out) != 2 {
		t.Errorf("%v count %d (-want +got):\n%s", err, count(out), d)
	}

	dir = t.TempDir()
	write(t, dir, "a.json", `{"n":1,"skip":{"rows":[7]},"data":{"rows":[{"id":1},{"id":2}],"more":0}}`)
	r, s = source(t, dir, "path: a.json\nkey: [id]\nrecords: data.rows\nfields: {id: integer}")
	rows, _, out, err = read(r, s, "")
	if d := cmp.Diff([][]any{{`{"id":1}`}, {`{"id":2}`}}, rows); d != "" || err != nil || count(out) != 2 {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}

	dir = t.TempDir()
	write(t, dir, "a.jsonl", "{\"id\":1}\n\n{\"id\":\"红色\xff\"}\n{\"id\":\"\x00\"}\n{\"id\":2")
	r, s = source(t, dir, idAndAmount)
	rows, bad, out, err := read(r, s, "")
	if d := cmp.Diff([][]any{{`{"id":1}`}, {`{"id":2`}}, rows); d != "" || err != nil || count(out) != 4 || len(bad) != 2 {
		t.Errorf("%v count %d bad %v (-want +got):\n%s", err, count(out), bad, d)
	}
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	book := excelize.NewFile()
	defer book.Close()
	cells := [][]any{
		{"导出于 2026"}, {"id", "金额", "day", "at", "note"},
		{"0012", 12.3, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 12, 30, 15, 0, time.UTC), "红"},
		{}, {"", "", ""},
		{1234567890123456789, 0.1 + 0.2, "2026-03-02", nil, "x"},
		{"7", "#N/A"}, {"8", 1, nil, nil, nil, "too much"}, {"9", 5},
	}
	for i, row := range cells {
		if err := book.SetSheetRow("Sheet1", must(excelize.CoordinatesToCellName(1, i+1)), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetCellDefault("Sheet1", "A6", "1.2345678901234568E+18"); err != nil { // as Excel writes it
		t.Fatal(err)
	}
	if err := book.SaveAs(filepath.Join(dir, "a.xlsx")); err != nil {
		t.Fatal(err)
	}
	r, s := source(t, dir, "path: a.xlsx\nskip: 1\nkey: [id]\nfields: {id: string, amount: {type: money, path: 金额}, day: date, at: timestamp, note: string}")
	rows, bad, out, err := read(r, s, "")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{"0012", extract.Numeric("12.3"), "2026-03-01", extract.LocalTime("2026-03-01 12:30:15"), "红"},
		{"9", extract.Numeric("5"), nil, nil, nil},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	wantBad := []string{
		"a.xlsx: 1.2345678901234568E+18 is an id that Excel has rounded, its last digits are lost: export the column as text (or say excel_ids: keep)",
		"a.xlsx: the cell holds Excel's error #N/A", "a.xlsx: the row has 6 cells where the header has 5"}
	if d := cmp.Diff(wantBad, bad); d != "" {
		t.Errorf("bad (-want +got):\n%s", d)
	}
	if count(out) != int64(len(rows)+len(bad)) {
		t.Errorf("control count %d", count(out))
	}
}

func TestParquet(t *testing.T) {
	t.Parallel()
	type item struct {
		SKU string   `parquet:"sku"`
		Qty *int64   `parquet:"qty,optional"`
		Tag []string `parquet:"tag,list"`
	}
	type row struct {
		ID     string            `parquet:"id"`
		Amount int64             `parquet:"amount,decimal(2:18)"`
		At     time.Time         `parquet:"at,timestamp(microsecond)"`
		Local  int64             `parquet:"local,timestamp(millisecond:local)"`
		Day    int32             `parquet:"day,date"`
		Rate   *float64          `parquet:"rate,optional"`
		Items  []item            `parquet:"items,list"`
		Attrs  map[string]string `parquet:"attrs"`
		Big    uint64            `parquet:"big"`
	}
	two, half := int64(2), 0.5
	dir := t.TempDir()
	file := filepath.Join(dir, "a.parquet")
	at := time.Date(2026, 3, 1, 8, 0, 0, 123000, time.UTC)
	err := parquet.WriteFile(file, []row{
		{ID: "1", Amount: -5, At: at, Local: at.UnixMilli(), Day: 20513, Rate: &half, Items: []item{{SKU: "a", Qty: &two, Tag: []string{"x", "y"}}, {SKU: "b"}}, Attrs: map[string]string{"k": "v"}, Big: 1<<64 - 1},
		{ID: "2", Amount: 123456, At: at, Local: 0, Day: 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, s := source(t, dir, "path: a.parquet\nkey: [id]\nfields: {id: string}")
	rows, bad, out, err := read(r, s, "")
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	want := [][]any{
		{"1", extract.Numeric("-0.05"), at, extract.LocalTime("2026-03-01 08:00:00"), "2026-03-01", 0.5,
			extract.JSONText(`[{"qty":2,"sku":"a","tag":["x","y"]},{"qty":null,"sku":"b","tag":[]}]`), extract.JSONText(`{"k":"v"}`), extract.Numeric("18446744073709551615")},
		{"2", extract.Numeric("1234.56"), at, extract.LocalTime("1970-01-01 00:00:00"), "1970-01-01", nil, extract.JSONText(`[]`), extract.JSONText(`{}`), int64(0)},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if out.Kind != warehouse.CountTotal || count(out) != 2 {
		t.Errorf("count %+v", out)
	}
}

func TestYieldsErrorComesBackUnchanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,amount\n1,2\n")
	r, s := source(t, dir, idAndAmount)
	own := errors.New("the lake is full")
	_, err := r.Read(context.Background(), extract.Slice{Stream: s, Now: now}, func(extract.Page) error { return own })
	if !errors.Is(err, own) {
		t.Errorf("error %v", err)
	}
}

func TestMistakesAreAllReported(t *testing.T) {
	t.Parallel()
	c := must(extract.ParseConnector("p.yaml", []byte("connector: files\nvia: files\nstreams:\n  a:\n    path: x.csv\n    key: [id]\n    fields: {id: string}\n    format: dbf\n    delimiter: ab\n    encoding: utf-9\n    pth: y\n    in_place: true\n")))
	got := extract.Problems(Check(c)).Error()
	for _, want := range []string{"p.yaml:8: a: format \"dbf\"; allowed are csv", "p.yaml:9: a: delimiter", "p.yaml:10: a: encoding \"utf-9\"", "p.yaml:11: unknown key \"pth\"", "p.yaml:12: a: in_place"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// A path that never led to a file is an error; files that were read and then put away are not.
func TestAPathToNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, s := source(t, dir, "path: orders-*.csv\nkey: [id]\nfields: {id: string}")
	if _, _, _, err := read(r, s, ""); err == nil || !strings.Contains(err.Error(), "orders-*.csv") {
		t.Errorf("nothing is found, and the error is %v", err)
	}
	file := filepath.Join(dir, "orders-1.csv")
	if err := os.WriteFile(file, []byte("id\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, out, err := read(r, s, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := read(r, s, out.Cursor); err != nil {
		t.Errorf("the file was read and put away: %v", err)
	}
}
