package sqldb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/heliu-data/heliu/extract"
)

// readAll reads slice after slice as a run does, and returns the first column and the cursor behind it.
func readAll(r *Reader, s *extract.Stream, cursor string) (ids []string, _ string, err error) {
	for {
		rows, out, err := read(r, extract.Slice{Stream: s, Cursor: cursor})
		if err != nil || out.Empty {
			return ids, cursor, err
		}
		if int64(len(rows)) != *out.Count {
			return ids, cursor, fmt.Errorf("%d rows where %d are counted", len(rows), *out.Count)
		}
		for _, row := range rows {
			ids = append(ids, fmt.Sprint(row[0]))
		}
		if cursor = out.Cursor; !out.More {
			return ids, cursor, nil
		}
	}
}

// TestRowsThatComeLate commits rows with a number that was passed already: they are read with the next slice, or the read
// fails; none is left out in silence.
func TestRowsThatComeLate(t *testing.T) {
	t.Parallel()
	table := "create table t (id integer not null, k text); insert into t select value, 'k' from json_each('[10,20,30,40,60]')"
	for name, c := range map[string]struct {
		stream string
		made   string // statements before the first read
		change string
		want   string // ids of the second read
		err    string
	}{
		"within the look-back":        {"look_back: 20", "", "insert into t values (50, 'late')", "50 60", ""},
		"by default":                  {"page: 2", "", "insert into t values (5, 'late')", "5 10 20 30 40 60", ""},
		"late and new":                {"look_back: 20", "", "insert into t values (50, 'late'), (70, 'new')", "50 60 70", ""},
		"new alone":                   {"look_back: 20", "", "insert into t values (70, 'new')", "70", ""},
		"beyond the look-back":        {"look_back: 20", "", "insert into t values (35, 'late')", "", "1 rows came behind the cursor id after the read had passed"},
		"beyond, and new":             {"look_back: 20", "", "insert into t values (35, 'late'), (5, 'late'), (70, 'new')", "", "2 rows came"},
		"at the bound":                {"look_back: 20", "", "insert into t values (40, 'late')", "", "1 rows came"},
		"no look-back":                {"look_back: 0", "", "insert into t values (50, 'late')", "", "1 rows came"},
		"no look-back, same number":   {"look_back: 0", "", "insert into t values (60, 'j')", "", "1 rows came"},
		"one for one":                 {"look_back: 30", "", "delete from t where id = 40; insert into t values (50, 'late')", "50 60", ""},
		"in slices":                   {"look_back: 20, page: 1, batch: 2", "", "insert into t values (50, 'late'), (70, 'new')", "50 60 70", ""},
		"in slices, beyond":           {"look_back: 20, page: 1, batch: 2", "", "insert into t values (15, 'late')", "", "1 rows came"},
		"deleted":                     {"look_back: 20", "", "delete from t where id = 10", "", ""},
		"deleted, and new":            {"look_back: 20", "", "delete from t where id = 10; insert into t values (70, 'new')", "70", ""},
		"the last is deleted":         {"look_back: 20", "", "delete from t where id = 60", "", ""},
		"nothing":                     {"look_back: 20", "", "", "", ""},
		"texts":                       {"", "update t set id = 'a' || id", "insert into t values ('a50', 'late')", "", "1 rows came"},
		"texts, new":                  {"", "update t set id = 'a' || id", "insert into t values ('a70', 'late')", "a70", ""},
		"the condition holds later":   {"look_back: 20, where: \"k <> 'draft'\"", "update t set k = 'draft' where id = 20", "update t set k = 'k'", "", "1 rows came"},
		"the condition, in look-back": {"look_back: 50, where: \"k <> 'draft'\"", "update t set k = 'draft' where id = 20", "update t set k = 'k'", "20 30 40 60", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := table
			if strings.HasPrefix(name, "texts") {
				made = strings.Replace(made, "integer", "text", 1)
			}
			r, con, db := shop(t, made+";"+c.made, "  t: {table: t, key: [id, k], cursor: id, fields: {id: string, k: string}, "+strings.TrimPrefix(c.stream+"}", ", "))
			s := con.Streams[0]
			first, cursor, err := readAll(r, s, "")
			if err != nil || len(first) < 4 {
				t.Fatal(first, err)
			}
			if _, err := db.Exec(c.change); err != nil {
				t.Fatal(err)
			}
			got, behind, err := readAll(r, s, cursor)
			if err == nil && c.err != "" || err != nil && (c.err == "" || !strings.Contains(err.Error(), c.err)) {
				t.Fatalf("%v and the error %v, want %q", got, err, c.err)
			}
			if c.err == "" {
				cursor = behind
				if text := strings.Join(got, " "); text != c.want {
					t.Errorf("the second read gives %s, want %s", text, c.want)
				}
			} else if !strings.Contains(err.Error(), "heliu extract erp t --full") {
				t.Errorf("the error says no way out: %v", err)
			} else if _, _, again := readAll(r, s, cursor); again == nil {
				t.Error("the next read is green")
			} else if got, cursor, err = readAll(r, s, ""); err != nil {
				t.Fatal(err)
			} else if n := len(got); n <= len(first) {
				t.Errorf("read whole: %d rows, first %d", n, len(first))
			}
			if again, _, err := readAll(r, s, cursor); err != nil || name != "the last is deleted" && len(again) != 0 {
				t.Errorf("nothing has changed since: %v %v", again, err)
			}
		})
	}
}

// TestRowsThatComeLateWhileSlicesAreRead commits a row between two slices of one run.
func TestRowsThatComeLateWhileSlicesAreRead(t *testing.T) {
	t.Parallel()
	for id, red := range map[int]bool{5: true, 35: false} {
		r, con, db := shop(t, "create table t (id integer not null); insert into t select value from json_each('[10,20,30,40,60,70]')", "  t: {table: t, key: [id], cursor: id, look_back: 20, page: 2, batch: 4, fields: {id: integer}}")
		s := con.Streams[0]
		rows, out, err := read(r, extract.Slice{Stream: s})
		if err != nil || len(rows) != 4 || !out.More {
			t.Fatal(rows, err)
		}
		if _, err := db.Exec("insert into t values (?)", id); err != nil {
			t.Fatal(err)
		}
		got, cursor, err := readAll(r, s, out.Cursor)
		if !red {
			if err != nil || !slices.Equal(got, []string{"30", "35", "40", "60", "70"}) {
				t.Errorf("%d: %v %v", id, got, err)
			}
		} else if err == nil { // the run that follows finds it
			_, _, err = readAll(r, s, cursor)
		}
		if (err != nil) != red {
			t.Errorf("%d: error %v", id, err)
		}
	}
}

// TestAPlaceAloneIsACursor goes on from a cursor that was kept before rows were counted.
func TestAPlaceAloneIsACursor(t *testing.T) {
	t.Parallel()
	r, con, db := shop(t, orders, "  orders: {table: orders, key: [id], cursor: id, fields: {id: integer}}")
	got, cursor, err := readAll(r, con.Streams[0], `[{"int":"3"}]`)
	if err != nil || !slices.Equal(got, []string{"4", "5"}) {
		t.Fatal(got, err)
	}
	if _, err := db.Exec("insert into orders values (-2000, 'A7', 1, 1, '', '2026-01-03 00:00:00')"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readAll(r, con.Streams[0], cursor); err == nil {
		t.Error("a row that came late is not noticed")
	}
}

// TestThePlaceGoesBack deletes what was read last between two slices: what comes late below the new place shows too.
func TestThePlaceGoesBack(t *testing.T) {
	t.Parallel()
	r, con, db := shop(t, "create table t (id integer not null); insert into t select value from json_each('[10,20,30,40,60,70]')", "  t: {table: t, key: [id], cursor: id, look_back: 20, page: 2, batch: 4, fields: {id: integer}}")
	s := con.Streams[0]
	_, out, err := read(r, extract.Slice{Stream: s})
	if err != nil || !out.More {
		t.Fatal(err)
	}
	if _, err := db.Exec("delete from t where id > 20; insert into t values (25)"); err != nil {
		t.Fatal(err)
	}
	got, cursor, err := readAll(r, s, out.Cursor)
	if err != nil || !slices.Equal(got, []string{"25"}) {
		t.Fatal(got, err)
	}
	if _, err := db.Exec("insert into t values (3)"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readAll(r, s, cursor); err == nil {
		t.Error("a row that came late is not noticed")
	}
}
