package extract

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/heliu-data/heliu/warehouse"
)

// TestRepeatsFarApart lands a long slice in which records stand on two pages far from each other.
func TestRepeatsFarApart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const pages, each = 150, 1000
	page := func(n, of int) Page {
		var records []string
		for i := range each {
			records = append(records, fmt.Sprintf(`{"id":"%d %d"}`, of, i))
		}
		return jsonPage(n, records...)
	}
	long := func() []Page {
		var all []Page
		for n := range pages {
			all = append(all, page(n+1, n))
		}
		return all
	}
	one := long()
	one[pages-1].JSON[0] = one[0].JSON[0] // a record comes again, and another does not come
	whole := long()
	whole[pages-1].JSON = whole[0].JSON
	for name, x := range map[string]struct {
		slices [][]Page
		kind   warehouse.CountKind
		tries  int
		fails  bool
	}{
		"none":                         {[][]Page{long()}, warehouse.CountTotal, 1, false},
		"the second read heals":        {[][]Page{one, long()}, warehouse.CountTotal, 3, false},
		"the same again, its own twin": {[][]Page{one}, warehouse.CountTotal, 2, false},
		"a whole page repeats":         {[][]Page{whole}, warehouse.CountTotal, 3, true},
		"without a count":              {[][]Page{one}, warehouse.CountNone, 1, false},
	} {
		r := &pagesReader{slices: x.slices, out: []Outcome{{Kind: x.kind}}}
		if x.kind != warehouse.CountNone {
			r.out[0] = Counted(x.kind, pages*each)
		}
		receipts, err := openPages(t, paged, r, tempLake(t)).Read(context.Background(), "things", Options{})
		if (err != nil) != x.fails || r.read != x.tries {
			t.Fatalf("%s: error %v after %d tries, want failure %v after %d", name, err, r.read, x.fails, x.tries)
		}
		if !x.fails && receipts[0].Landed != pages*each {
			t.Errorf("%s: %+v", name, receipts[0])
		}
		left, err := os.ReadDir(os.Getenv("TMPDIR"))
		if err != nil || len(left) != 0 {
			t.Errorf("%s: left behind: %v %v", name, left, err)
		}
	}
}

// TestRepeatsOfTwoPlaces lands pages of the same records for two warehouses: the records say nothing of theirs.
func TestRepeatsOfTwoPlaces(t *testing.T) {
	t.Parallel()
	connector := "connector: c\nvia: lines\nstreams:\n  things:\n    page: {}\n    key: [id, place]\n    fields: {id: string, place: {type: string, from: place}}\n"
	a, b := jsonPage(1, `{"id":"a"}`), jsonPage(2, `{"id":"a"}`)
	a.With, b.With = map[string]string{"place": "1"}, map[string]string{"place": "2"}
	r := &pagesReader{slices: [][]Page{{a, b}}, out: []Outcome{Counted(warehouse.CountTotal, 2)}}
	receipts, err := openPages(t, connector, r, tempLake(t)).Read(context.Background(), "things", Options{})
	if err != nil || r.read != 1 || receipts[0].Landed != 2 || receipts[0].Repeated != 0 {
		t.Errorf("%+v after %d reads, %v", receipts, r.read, err)
	}
}

// TestRepeatsAreBounded takes three million records: what stays in memory does not grow with them, and what repeats is found.
func TestRepeatsAreBounded(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	var r repeats
	var first []xxh3.Uint128
	again := 0
	var most uint64
	for n := range int64(30_000) {
		for range 100 {
			h := xxh3.Uint128{Lo: random.Uint64(), Hi: random.Uint64()}
			if n%10_000 == 5_000 && len(first) > 0 {
				h, first = first[0], first[1:]
				again++
			} else if n == 0 {
				first = append(first, h)
			}
			if near, err := r.add(h, n+1); near || err != nil {
				t.Fatal(near, err)
			}
		}
		if n%5_000 == 4_999 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	far, _, err := r.end()
	if err != nil || far != int64(again) || again != 100 {
		t.Errorf("%d of %d repeats are found, %v", far, again, err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
	if most > 48<<20 {
		t.Errorf("%d MB stay in memory", most>>20)
	}
	t.Logf("3,000,000 records: %d MB of heap", most>>20)
}
