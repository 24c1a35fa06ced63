package publish

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

const (
	manyTables = 24   // small ones, t0 …
	largeDays  = 50   // of mart.large
	largeRows  = 3000 // a day of it
)

// grown is a warehouse of many small tables and a large one, with a DuckDB file that publishes it.
type grown struct {
	warehouse.Session
	location string
	target   Target
	shown    string // the publication that readers see
}

func newGrown(t *testing.T) *grown {
	t.Helper()
	text := fmt.Sprintf("create schema mart; create table mart.large as from %s;", largeQuery("0", fmt.Sprint(largeDays*largeRows)))
	for i := range manyTables {
		text += fmt.Sprintf("create table mart.t%d as from %s;", i, largeQuery("0", fmt.Sprint(500*i)))
	}
	g := &grown{Session: session(t, text), location: filepath.Join(t.TempDir(), "marts.duckdb")}
	var err error
	if g.target, err = Open(Config{Kind: "duckdb", Location: g.location}); err != nil {
		t.Fatal(err)
	}
	return g
}

func largeQuery(from, to string) string {
	return fmt.Sprintf(`(select date '2026-01-01' + (i // %d)::int as day, (hash(i) >> 1)::bigint as order_key, 'SKU' || (i * 7919 %% 10000) as sku_code, cast(i %% 49000 / 100 as decimal(18,4)) as amount from range(%s, %s) r(i))`, largeRows, from, to)
}

// publish stages and shows a publication in which the tables named differ as they say, and returns the file's size.
func (g *grown) publish(t *testing.T, id string, changed map[string]Change) (Staged, int64) {
	t.Helper()
	p := Publication{ID: id, Base: g.shown, At: time.Unix(0, 0)}
	names := []string{"mart.large"}
	for i := range manyTables {
		names = append(names, fmt.Sprintf("mart.t%d", i))
	}
	for _, name := range names {
		p.Tables = append(p.Tables, Table{Name: name, Changed: changed[name], Columns: []Column{{Name: "day", Type: models.Date}, {Name: "order_key", Type: models.Key}, {Name: "sku_code", Type: models.String}, {Name: "amount", Type: models.Money}}})
	}
	staged, err := g.target.Stage(t.Context(), g.Session, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.target.Switch(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	g.shown = id
	return staged, size(t, g.location)
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A file that is brought forward day after day stays as small as one that is written anew, though most small tables are
// replaced each night; the nights write their own rows and no more, and who has an earlier file open goes on reading it.
func TestFurtherDaysDoNotSwellTheFile(t *testing.T) {
	t.Parallel()
	g := newGrown(t)
	_, first := g.publish(t, "0", nil)
	reader := open(t, g.location)
	before := reader.sum(t)
	var staged Staged
	var last, most int64
	for night := range 7 {
		day := time.Date(2026, 1, 1+largeDays+night, 0, 0, 0, 0, time.UTC)
		text := fmt.Sprintf("insert into mart.large from %s;", largeQuery(fmt.Sprint((largeDays+night)*largeRows), fmt.Sprint((largeDays+night+1)*largeRows)))
		// the night before is read again, and gives other amounts
		text += fmt.Sprintf("update mart.large set amount = amount + 1 where day = date '%s';", dateOf(day.AddDate(0, 0, -1)))
		changed := map[string]Change{"mart.large": {Column: "day", Days: []Days{{day.AddDate(0, 0, -1), day}}}}
		for i := range manyTables {
			name := fmt.Sprintf("mart.t%d", i)
			switch i % 8 {
			case 0: // nothing changed
			case 1:
				text += "update " + name + " set amount = amount + 1;"
				changed[name] = Change{Column: "day", Days: []Days{{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), day}}}
			default:
				text += "update " + name + " set order_key = hash(order_key) >> 1;"
				changed[name] = Change{Whole: true}
			}
		}
		if err := g.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		staged, last = g.publish(t, fmt.Sprintf("1%02d", night), changed)
		most = max(most, last)
	}
	if want := int64(2*largeRows + 500*(manyTables*(manyTables-1)/2-8-16)); staged.Written != want {
		t.Errorf("the last night wrote %d of %d rows, want %d: two days of the large table, and the small ones that changed", staged.Written, staged.Rows, want)
	}
	if after := reader.sum(t); after != before {
		t.Errorf("who has the first file open reads %s, then %s", before, after)
	}
	g.shown = "" // counted from nothing: written anew
	_, fresh := g.publish(t, "2", nil)
	t.Logf("the file is %d bytes at first, %d after 7 nights, %d at most, %d written anew", first, last, most, fresh)
	if most*5 > fresh*7 {
		t.Errorf("the file grew from %d to %d bytes, at most %d; written anew it has %d", first, last, most, fresh)
	}
}

// Small tables take little room, and large ones no more than in blocks of DuckDB's own size.
func TestBlocksFitTheTables(t *testing.T) {
	t.Parallel()
	g := newGrown(t)
	g.publish(t, "0", nil)
	path, err := filepath.EvalSymlinks(g.location)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		tables string
		most   float64 // of the size in blocks of DuckDB's own size
	}{"small": {"t_", 0.4}, "large": {"large", 1.1}} {
		var sizes [2]int64
		for i, mode := range []string{fmt.Sprintf("block_size %d", blockSize), "block_size 262144"} {
			to := filepath.Join(t.TempDir(), "copy.duckdb")
			list, err := texts(t.Context(), g, "select table_name from duckdb_tables() where schema_name = 'mart' and table_name like '"+c.tables+"'")
			if err != nil {
				t.Fatal(err)
			}
			text := "attach " + literal(to) + " as c (" + mode + ");"
			for _, row := range list {
				text += "create table c." + row[0] + " as from mart." + row[0] + ";"
			}
			if err := g.Exec(t.Context(), text+"checkpoint c; detach c"); err != nil {
				t.Fatal(err)
			}
			sizes[i] = size(t, to)
		}
		if float64(sizes[0]) > c.most*float64(sizes[1]) {
			t.Errorf("%s tables take %d bytes, %d in blocks of DuckDB's own size", name, sizes[0], sizes[1])
		}
	}
	// the published file has such blocks, and one of an earlier Heliu, which has others, is written anew
	if got := blocks(t, g, path); got != blockSize {
		t.Errorf("blocks of %d bytes", got)
	}
	old := path + ".old"
	if err := g.Exec(t.Context(), "attach "+literal(old)+" as old; attach "+literal(path)+" as new; copy from database new to old; detach old; detach new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(old, path); err != nil {
		t.Fatal(err)
	}
	if staged, _ := g.publish(t, "1", nil); staged.Written != staged.Rows {
		t.Errorf("%d of %d rows were written", staged.Written, staged.Rows)
	}
	if path, err = filepath.EvalSymlinks(g.location); err != nil {
		t.Fatal(err)
	}
	if got := blocks(t, g, path); got != blockSize {
		t.Errorf("an earlier file goes on in blocks of %d bytes", got)
	}
	if staged, _ := g.publish(t, "2", nil); staged.Written != 0 {
		t.Errorf("nothing changed, and %d rows were written", staged.Written)
	}
}

func blocks(t *testing.T, s warehouse.Session, path string) (n int64) {
	t.Helper()
	if err := s.Exec(t.Context(), "attach "+literal(path)+" as look (read_only)"); err != nil {
		t.Fatal(err)
	}
	_, err := eachRow(t.Context(), s, "select block_size from pragma_database_size() where database_name = 'look'", func(row []any) error {
		n, _ = row[0].(int64)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), "detach look"); err != nil {
		t.Fatal(err)
	}
	return n
}

// reader is a process that has a published file open.
type reader struct{ warehouse.Session }

func open(t *testing.T, location string) reader {
	t.Helper()
	engine, err := duckdb.Open(t.Context(), duckdb.Config{Path: location, ReadOnly: true, Threads: 1, MemoryLimit: "200MB"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return reader{s}
}

func (r reader) sum(t *testing.T) string {
	t.Helper()
	rows, err := texts(t.Context(), r, "select (count(*) || ' ' || sum(amount))::varchar from mart.large union all select publication_id from ops.publication")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(rows)
}
