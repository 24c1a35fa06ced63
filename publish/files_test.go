package publish

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func session(t *testing.T, text string) warehouse.Session {
	t.Helper()
	engine, err := duckdb.Open(t.Context(), duckdb.Config{Threads: 1, MemoryLimit: "200MB"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := s.Exec(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFormulasAreDefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`=cmd|' /C calc'!A0`: `'=cmd|' /C calc'!A0`, "+1+1": "'+1+1", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "  =1": "'  =1", "\r=1": "'\r=1",
		"＝1+1": "'＝1+1", "＠x": "'＠x", "-5": "-5", "+86.5": "+86.5", "-nan": "'-nan", "a=b": "a=b", "": "", "连衣裙": "连衣裙", "-": "'-", "　=1": "'　=1",
	} {
		if got := defuse(text); got != want {
			t.Errorf("defuse(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	s := session(t, `create schema mart; create table mart.x as select i::bigint as n, case i when 0 then '=1+1' else 'text ' || i end as title,
		(i * 1000000000000000)::bigint as id, (9007199254740993 + i)::bigint as x_key, cast(i + 0.1 as decimal(18,4)) as amount, cast('12345678901234.5678' as decimal(18,4)) as large,
		date '2026-11-11' + i::int as day, timestamptz '2026-11-11 00:00:01+00' as at_time, date '1800-01-01' as long_ago from range(5) r(i)`)
	table := Table{Name: "mart.x", Title: models.Title{Zh: "表/格[一]", En: "X"}, Order: []string{"n"}, Columns: []Column{{Name: "n", Type: models.Integer, Title: models.Title{Zh: "序号"}}, {Name: "title", Type: models.String},
		{Name: "id", Type: models.Integer}, {Name: "x_key", Type: models.Key}, {Name: "amount", Type: models.Money}, {Name: "large", Type: models.Money}, {Name: "day", Type: models.Date}, {Name: "at_time", Type: models.Timestamp}, {Name: "long_ago", Type: models.Date}}}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	rows, err := writeXLSX(t.Context(), s, path, table, Publication{ID: "p7"}, Config{Language: "zh", sheetRows: 3})
	if err != nil || rows != 5 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	if diff := cmp.Diff([]string{"表 格 一", "表 格 一 2", "表 格 一 3", "说明"}, book.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	first, err := book.GetRows("表 格 一")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"序号", "title", "id", "x_key", "amount", "large", "day", "at_time", "long_ago"},
		{"0", "=1+1", "0", "9007199254740993", "0.1", "12345678901234.5678", "2026-11-11", "2026-11-11 00:00:01", "1800-01-01"},
		{"1", "text 1", "1000000000000000", "9007199254740994", "1.1", "12345678901234.5678", "2026-11-12", "2026-11-11 00:00:01", "1800-01-01"}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	formula, err := book.GetCellFormula("表 格 一", "B2")
	if err != nil || formula != "" {
		t.Errorf("cell B2 is the formula %q (%v)", formula, err)
	}
	kinds := map[string]excelize.CellType{"B2": excelize.CellTypeInlineString, "D2": excelize.CellTypeInlineString, "F2": excelize.CellTypeInlineString, "E2": excelize.CellTypeUnset}
	for cell, want := range kinds {
		if got, err := book.GetCellType("表 格 一", cell); err != nil || got != want {
			t.Errorf("cell %s has type %v, want %v (%v)", cell, got, want, err)
		}
	}
	about, err := book.GetRows("说明")
	if err != nil || about[0][1] != "p7" || about[5][0] != "n" || about[5][1] != "序号" {
		t.Errorf("explanation %v, %v", about, err)
	}
}

func TestCellText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"连衣裙\n": "连衣裙\n", "a\x0bb\x00": "a_x000B_b_x0000_", "_x000B_": "_x005F_x000B_", "_x": "_x", "_xyz12_": "_xyz12_", "\ufffe": "_xFFFE_"} {
		if got := cellText(text); got != want {
			t.Errorf("cellText(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLineEndsSurviveCSV(t *testing.T) {
	t.Parallel()
	s := session(t, `create schema mart; create table mart.x as select 'a' || chr(10) || 'b' || chr(13) || chr(10) || '"c"' as memo`)
	path := filepath.Join(t.TempDir(), "x.csv")
	table := Table{Name: "mart.x", Columns: []Column{{Name: "memo", Type: models.String}}}
	if _, err := writeCSV(t.Context(), s, path, table, Publication{}, Config{}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if want := "\ufeffmemo\n\"a\nb\r\n\"\"c\"\"\"\n"; err != nil || string(text) != want {
		t.Errorf("file is %q, want %q (%v)", text, want, err)
	}
}

func TestCommonSchemaNeedsDifferentNames(t *testing.T) {
	t.Parallel()
	column := []Column{{Name: "n", Type: models.Integer}}
	p := Publication{ID: "1", Tables: []Table{{Name: "mart.x", Columns: column}, {Name: "star.x", Columns: column}}}
	s := session(t, "create schema mart; create table mart.x as select 1::bigint as n; create schema star; create table star.x as select 2::bigint as n")
	for schema, ok := range map[string]bool{"": true, "all": false} {
		target, err := Open(Config{Kind: "duckdb", Location: filepath.Join(t.TempDir(), "x.duckdb"), Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := target.Stage(t.Context(), s, p); (err == nil) != ok {
			t.Errorf("schema %q: %v", schema, err)
		}
	}
}

func TestTextTooLongForACell(t *testing.T) {
	t.Parallel()
	s := session(t, "create schema mart; create table mart.x as select repeat('长', 40000) as memo")
	table := Table{Name: "mart.x", Columns: []Column{{Name: "memo", Type: models.String}}}
	_, err := writeXLSX(t.Context(), s, filepath.Join(t.TempDir(), "x.xlsx"), table, Publication{}, Config{})
	if err == nil || !strings.Contains(err.Error(), "row 1, column memo") {
		t.Errorf("error is %v", err)
	}
}

func TestDuckDBFileCarriesTitles(t *testing.T) {
	t.Parallel()
	s := session(t, "create schema mart; create table mart.x as select 1::bigint as n")
	location := filepath.Join(t.TempDir(), "marts.duckdb")
	target, err := Open(Config{Kind: "duckdb", Location: location})
	if err != nil {
		t.Fatal(err)
	}
	p := Publication{ID: "p1", At: time.Unix(0, 0), Tables: []Table{{Name: "mart.x", Title: models.Title{En: "It's X", Zh: "甲"}, Columns: []Column{{Name: "n", Type: models.Integer, Title: models.Title{En: "Number", Zh: "数"}}}}}}
	comments := func() (table, column string) {
		t.Helper()
		path, err := filepath.EvalSymlinks(location)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(t.Context(), "attach "+literal(path)+" as look (read_only)"); err != nil {
			t.Fatal(err)
		}
		rows, err := texts(t.Context(), s, "select (select comment from duckdb_tables() where database_name = 'look' and table_name = 'x'), (select comment from duckdb_columns() where database_name = 'look' and table_name = 'x')")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(t.Context(), "detach look"); err != nil {
			t.Fatal(err)
		}
		return rows[0][0], rows[0][1]
	}
	for _, step := range []struct{ id, base, title, want string }{{"p1", "", "甲", "甲 / It's X"}, {"p2", "p1", "乙", "乙 / It's X"}} {
		p.ID, p.Base, p.Tables[0].Title.Zh = step.id, step.base, step.title
		if _, err := target.Stage(t.Context(), s, p); err != nil {
			t.Fatal(err)
		}
		if err := target.Switch(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		if table, column := comments(); table != step.want || column != "数 / Number" {
			t.Errorf("comments of %s are %q and %q, want %q", step.id, table, column, step.want)
		}
	}
}

func TestHalfEmptyFileIsWrittenAnew(t *testing.T) {
	t.Parallel()
	s := session(t, "create schema mart; create table mart.x as select i::bigint as n, random()::varchar as title from range(400000) r(i)")
	location := filepath.Join(t.TempDir(), "marts.duckdb")
	target, err := Open(Config{Kind: "duckdb", Location: location, bloatBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := Publication{At: time.Unix(0, 0), Tables: []Table{{Name: "mart.x", Columns: []Column{{Name: "n", Type: models.Integer}, {Name: "title", Type: models.String}}}}}
	var sizes []int64
	for _, id := range []string{"1", "2", "3"} {
		p.Base, p.ID = p.ID, id
		staged, err := target.Stage(t.Context(), s, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := target.Switch(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(location)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
		if id == "3" && (staged.Written != 10 || info.Size() >= sizes[0]/2) {
			t.Errorf("the third version: %+v, sizes %v", staged, sizes)
		}
		if err := s.Exec(t.Context(), "delete from mart.x where n >= 10"); err != nil {
			t.Fatal(err)
		}
		p.Tables[0].Changed = Change{Whole: id == "1"}
	}
}

func TestVersionsAreKeptAndTidied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := session(t, "create schema mart; create table mart.x as select 1::bigint as n")
	target, err := Open(Config{Kind: "csv", Location: filepath.Join(dir, "out"), Keep: 2})
	if err != nil {
		t.Fatal(err)
	}
	p := Publication{Tables: []Table{{Name: "mart.x", Columns: []Column{{Name: "n", Type: models.Integer}}}}}
	for _, p.ID = range []string{"1", "2", "3", "4", "5"} {
		if err := os.MkdirAll(filepath.Join(dir, "out-0"+partSuffix), 0o755); err != nil { // of a run that died
			t.Fatal(err)
		}
		if _, err := target.Stage(t.Context(), s, p); err != nil {
			t.Fatal(err)
		}
		if err := target.Switch(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"out", "out-3", "out-4", "out-5"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	t.Parallel()
	s := session(t, "create schema mart; create table mart.x as select 1::bigint as n")
	p := Publication{ID: "1", Tables: []Table{{Name: "mart.x", Columns: []Column{{Name: "n", Type: models.Integer}}}}}
	for name, make := range map[string]func(path string) error{
		"a file": func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"a full folder": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), os.Mkdir(filepath.Join(path, "mine"), 0o755))
		},
		"a foreign link": func(path string) error { return os.Symlink("elsewhere", path) },
	} {
		location := filepath.Join(t.TempDir(), "out")
		if err := make(location); err != nil {
			t.Fatal(err)
		}
		target, err := Open(Config{Kind: "parquet", Location: location})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := target.Stage(t.Context(), s, p); err == nil || !strings.Contains(err.Error(), location) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []Config{{Kind: "ftp", Location: "x"}, {Kind: "csv"}} {
		if _, err := Open(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
