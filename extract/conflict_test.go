package extract

import (
	"context"
	"io/fs"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// stepReader yields one order a slice, until there are most; meanwhile, if not nil, is called once in the slice of a number.
type stepReader struct {
	most, at  int
	once      sync.Once
	meanwhile func()
}

func (r *stepReader) Read(_ context.Context, s Slice, yield func(Page) error) (Outcome, error) {
	n, _ := strconv.Atoi(s.Cursor) // "" is 0
	if n >= r.most {
		return Outcome{Empty: true, Cursor: s.Cursor}, nil
	}
	if err := yield(Page{Position: "step", First: 1, Lines: orderLine(nil, n)}); err != nil {
		return Outcome{}, err
	}
	if r.meanwhile != nil && n == r.at {
		r.once.Do(r.meanwhile)
	}
	out := Counted(warehouse.CountTotal, 1)
	out.Cursor, out.More = strconv.Itoa(n+1), n+1 < r.most
	return out, nil
}

// Two processes that read one stream at once land each record once: the slower one goes on from where the other was.
func TestTwoProcessesReadOneStream(t *testing.T) {
	t.Parallel()
	const records = 12
	for at := range 3 { // of the slower process, in which the faster one reads some more
		dir := t.TempDir()
		open := func(r Reader) *Source {
			l, err := lake.Open(t.Context(), lake.Config{Location: dir})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			kind := Kind{Name: "lines", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return r, nil }}
			s, err := Open(Config{Name: "x", Connector: "shop"}, Deps{Lake: l, Kinds: []Kind{kind}, Connectors: []fs.FS{fstest.MapFS{"shop/connector.yaml": {Data: []byte(shopOrders)}}},
				Now: func() time.Time { return time.Unix(1767225600, 0) }})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		fast := open(&stepReader{most: 7})
		slow := open(&stepReader{most: records, at: at, meanwhile: func() {
			if _, err := fast.Read(t.Context(), "orders", Options{}); err != nil {
				t.Error(err)
			}
		}})
		if _, err := slow.Read(t.Context(), "orders", Options{}); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int{"raw.x__orders": records, "raw.x__lines": records*2 + records/2} {
			if got := rowsOf(t, slow.deps.Lake, name); got != want {
				t.Errorf("met in slice %d: %s has %d rows, want %d", at, name, got, want)
			}
		}
	}
}

// Two processes that are both between the lines of an order and the order: whoever is second gives up the other's lines. It is
// stopped there, and the other, who is alive, reads them again. Nothing is doubled, and no order is without its lines.
func TestTwoProcessesBetweenChildAndParent(t *testing.T) {
	t.Parallel()
	const records = 9
	for at := range 3 {
		dir := t.TempDir()
		open := func(r Reader, crash func(string)) *Source {
			l, err := lake.Open(t.Context(), lake.Config{Location: dir})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			kind := Kind{Name: "lines", Check: func(*Connector) []Problem { return nil }, Open: func(Opening) (Reader, error) { return r, nil }}
			s, err := Open(Config{Name: "x", Connector: "shop"}, Deps{Lake: l, Kinds: []Kind{kind}, Connectors: []fs.FS{fstest.MapFS{"shop/connector.yaml": {Data: []byte(shopOrders)}}},
				Now: func() time.Time { return time.Unix(1767225600, 0) }, Crash: crash})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		ctx, stop := context.WithCancel(t.Context())
		fast := open(&stepReader{most: 4}, func(point string) {
			if point == "extract:2:child-committed" {
				stop()
			}
		})
		passed := 0
		slow := open(&stepReader{most: records}, func(point string) {
			if point != "extract:2:child-committed" {
				return
			}
			if passed++; passed != at+1 {
				return
			}
			if _, err := fast.Read(ctx, "orders", Options{Holds: "the same under other names"}); err == nil {
				t.Error("the other process was not stopped")
			}
		})
		if _, err := slow.Read(t.Context(), "orders", Options{}); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int{"raw.x__orders": records, "raw.x__lines": records*2 + records/2} {
			if got := rowsOf(t, slow.deps.Lake, name); got != want {
				t.Errorf("met in slice %d: %s has %d rows, want %d", at, name, got, want)
			}
		}
	}
}

func rowsOf(t *testing.T, l *lake.Lake, name string) int {
	t.Helper()
	table, err := l.Table(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	inc, err := table.FilesSince(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := table.Rows(t.Context(), inc.Files)
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}
