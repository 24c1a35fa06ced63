package publish_test

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// outlet is a target with a way to see what its readers see.
type outlet struct {
	kind string
	// read gives the rows of a table, each column as text, null as "", sorted; numbers without trailing zeros. The
	// id is that of the publication.
	read func(t *testing.T, location, table string) (id string, rows []string)
	// incremental targets write only the rows of changed days, the others whole tables
	incremental bool
	location    func(t *testing.T) string
}

func file(name string) func(t *testing.T) string {
	return func(t *testing.T) string { return filepath.Join(t.TempDir(), name) }
}

var outlets = []outlet{
	{"duckdb", readDuckDB, true, file("marts.duckdb")},
	{"parquet", readParquet, false, file("parquet")},
	{"csv", readCSV, false, file("csv")},
	{"xlsx", readXLSX, false, file("xlsx")},
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for _, o := range outlets {
		t.Run(o.kind, func(t *testing.T) {
			t.Parallel()
			exercise(t, o)
		})
	}
}

// exercise is the conformance suite that every target passes.
func exercise(t *testing.T, o outlet) {
	location := o.location(t)
	target, err := publish.Open(publish.Config{Kind: o.kind, Location: location, Language: "zh"})
	if err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t)
	stage := func(p publish.Publication) publish.Staged {
		t.Helper()
		staged, err := target.Stage(t.Context(), w, p)
		if err != nil {
			t.Fatal(err)
		}
		return staged
	}
	show := func(id string) {
		t.Helper()
		if err := target.Switch(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	see := func(id string, table string, want []string) {
		t.Helper()
		got, rows := o.read(t, location, table)
		if got != id {
			t.Errorf("readers see publication %q, want %q", got, id)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s of publication %s: %s", table, id, diff)
		}
	}

	staged := stage(publication("p1", ""))
	if staged.Tables != 2 || staged.Rows != 5 || staged.Written != 5 || staged.Previous != "" {
		t.Errorf("first: %+v", staged)
	}
	show("p1")
	first := []string{`2026-11-10|=1+1|12.5|7|true`, `2026-11-11||||`, `2026-11-11|连衣裙|-0.0001|-3|false`}
	shops := []string{"1|旗舰店", "9007199254740993|专卖店"}
	see("p1", "mart.sales", first)
	see("p1", "star.dim_shop", shops)

	// one day more: only its rows are written, and readers see it when it is switched
	run(t, w, "delete from mart.sales where day = date '2026-11-11'; insert into mart.sales values ('2026-11-11', 'late', 1, 1, true, now()), ('2026-11-12', 'new', 2, 2, true, now())")
	p2 := publication("p2", "p1")
	p2.Tables[0].Changed = days("2026-11-11", "2026-11-12")
	staged = stage(p2)
	second := []string{`2026-11-10|=1+1|12.5|7|true`, `2026-11-11|late|1|1|true`, `2026-11-12|new|2|2|true`}
	wantWritten := int64(3)
	if o.incremental {
		wantWritten = 2
	}
	if staged.Rows != 5 || staged.Written != wantWritten || staged.Previous != "p1" {
		t.Errorf("one day more: %+v, want %d rows written", staged, wantWritten)
	}
	see("p1", "mart.sales", first)
	show("p2")
	show("p2")
	see("p2", "mart.sales", second)
	see("p2", "star.dim_shop", shops)

	// back and forth
	show("p1")
	see("p1", "mart.sales", first)
	see("p1", "star.dim_shop", shops)
	show("p2")
	see("p2", "mart.sales", second)
	see("p2", "star.dim_shop", shops)
	if err := target.Switch(t.Context(), "p9"); !errors.Is(err, publish.ErrNotStaged) {
		t.Errorf("an unknown publication: %v", err)
	}

	// a change that nobody told of is found by the count; a column more, a table less
	run(t, w, "insert into mart.sales values ('2026-01-01', 'untold', 1, 1, true, now()); alter table star.dim_shop add column city varchar; update star.dim_shop set city = '杭州'")
	p3 := publication("p3", "p2")
	p3.Tables[1].Columns = append(p3.Tables[1].Columns, publish.Column{Name: "city", Type: models.String, Title: models.Title{En: "City", Zh: "城市"}})
	stage(p3)
	show("p3")
	see("p3", "mart.sales", slices.Insert(slices.Clone(second), 0, `2026-01-01|untold|1|1|true`))
	see("p3", "star.dim_shop", []string{"1|旗舰店|杭州", "9007199254740993|专卖店|杭州"})

	p4 := publication("p4", "p1") // counted from a publication that readers do not see: written whole
	p4.Tables = p4.Tables[:1]
	if staged := stage(p4); staged.Written != 4 {
		t.Errorf("from another base: %+v", staged)
	}
	stage(p4) // again, as after a kill
	show("p4")
	see("p4", "mart.sales", slices.Insert(slices.Clone(second), 0, `2026-01-01|untold|1|1|true`))

	bad := publication("p5", "p4")
	bad.Tables[0].Columns = append(bad.Tables[0].Columns, publish.Column{Name: "nowhere", Type: models.String})
	if _, err := target.Stage(t.Context(), w, bad); err == nil {
		t.Error("a column that the warehouse does not have was published")
	}
	see("p4", "mart.sales", slices.Insert(slices.Clone(second), 0, `2026-01-01|untold|1|1|true`))

	// an amount changed in a day that was not named: the DuckDB file's sums show it
	if o.kind == "duckdb" {
		run(t, w, "update mart.sales set amount = 7 where title = 'untold'; update mart.sales set amount = 8 where title = 'late'")
		p4 = publication("p4b", "p4")
		p4.Tables = p4.Tables[:1]
		p4.Tables[0].Changed = days("2026-11-11", "2026-11-11")
		stage(p4)
		show("p4b")
		see("p4b", "mart.sales", []string{`2026-01-01|untold|7|1|true`, `2026-11-10|=1+1|12.5|7|true`, `2026-11-11|late|8|1|true`, `2026-11-12|new|2|2|true`})
	}
}

func openWarehouse(t *testing.T) warehouse.Session {
	t.Helper()
	engine, err := duckdb.Open(t.Context(), duckdb.Config{Threads: 1, MemoryLimit: "200MB"})
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(session.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	run(t, session, `create schema mart; create schema star;
		create table mart.sales (day date, title varchar, amount decimal(18,4), quantity integer, is_gift boolean, sold_at timestamp with time zone);
		insert into mart.sales values ('2026-11-10', '=1+1', 12.5, 7, true, '2026-11-10 16:00:00.5+00'), ('2026-11-11', null, null, null, null, null), ('2026-11-11', '连衣裙', -0.0001, -3, false, '2026-11-11 00:00:00+00');
		create table star.dim_shop (shop_key bigint, title varchar);
		insert into star.dim_shop values (1, '旗舰店'), (9007199254740993, '专卖店')`)
	return session
}

func run(t *testing.T, s warehouse.Session, text string) {
	t.Helper()
	if err := s.Exec(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

func publication(id, base string) publish.Publication {
	return publish.Publication{ID: id, Base: base, At: time.Date(2026, 11, 12, 2, 0, 0, 0, time.UTC), Tables: []publish.Table{
		{Name: "mart.sales", Title: models.Title{En: "Sales/day", Zh: "每日销售"}, Description: models.Title{En: "What was sold", Zh: "销售明细"}, Order: []string{"day", "title"}, Columns: []publish.Column{
			{Name: "day", Type: models.Date, Title: models.Title{En: "Day", Zh: "日期"}}, {Name: "title", Type: models.String, Title: models.Title{En: "Title", Zh: "标题"}},
			{Name: "amount", Type: models.Money, Title: models.Title{En: "Amount", Zh: "金额"}}, {Name: "quantity", Type: models.Integer}, {Name: "is_gift", Type: models.Boolean}, {Name: "sold_at", Type: models.Timestamp}}},
		{Name: "star.dim_shop", Title: models.Title{En: "Shops", Zh: "店铺"}, Order: []string{"shop_key"}, Columns: []publish.Column{
			{Name: "shop_key", Type: models.Key, Title: models.Title{En: "Key"}}, {Name: "title", Type: models.String, Title: models.Title{Zh: "店铺"}}}},
	}}
}

func days(first, last string) publish.Change {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			panic(err)
		}
		return d
	}
	return publish.Change{Column: "day", Days: []publish.Days{{First: day(first), Last: day(last)}}}
}

// line writes a row as the suite compares it; the timestamp at the end of mart.sales is looked at elsewhere.
func line(table string, cells []string) string {
	if table == "mart.sales" {
		cells = cells[:5]
	}
	out := make([]string, len(cells))
	for i, c := range cells {
		if strings.Contains(c, ".") {
			c = strings.TrimRight(strings.TrimRight(c, "0"), ".")
		}
		out[i] = c
	}
	return strings.Join(out, "|")
}

func query(t *testing.T, path, table, text string) []string {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = c.String
		}
		out = append(out, line(table, texts))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func readDuckDB(t *testing.T, location, table string) (string, []string) {
	t.Helper()
	path, err := filepath.EvalSymlinks(location) // the same process would otherwise see the file it opened first
	if err != nil {
		t.Fatal(err)
	}
	path += "?access_mode=read_only"
	id := query(t, path, "", "select publication_id from ops.publication")
	return strings.Join(id, ","), query(t, path, table, "select columns(*)::varchar from "+table)
}

func manifestID(t *testing.T, location string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(location, "publication.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		ID string `json:"publication_id"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m.ID
}

func readParquet(t *testing.T, location, table string) (string, []string) {
	t.Helper()
	return manifestID(t, location), query(t, "", table, fmt.Sprintf("select columns(*)::varchar from read_parquet('%s/%s.parquet')", location, table))
}

func readCSV(t *testing.T, location, table string) (string, []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(location, table+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(string(text), "\ufeff")
	if !ok {
		t.Error("no byte order mark")
	}
	records, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records[1:] {
		for i := range r {
			r[i] = strings.TrimPrefix(r[i], "'")
		}
		out = append(out, line(table, r))
	}
	slices.Sort(out)
	return manifestID(t, location), out
}

func readXLSX(t *testing.T, location, table string) (string, []string) {
	t.Helper()
	book, err := excelize.OpenFile(filepath.Join(location, table+".xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	records, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records[1:] {
		for len(r) < len(records[0]) {
			r = append(r, "")
		}
		for i := range r {
			if r[i] == "TRUE" || r[i] == "FALSE" {
				r[i] = strings.ToLower(r[i])
			}
		}
		out = append(out, line(table, r))
	}
	slices.Sort(out)
	return manifestID(t, location), out
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
