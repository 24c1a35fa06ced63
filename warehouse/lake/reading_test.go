package lake

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse"
)

// exerciseReadings tells readings to a lake and asks for them from another process' view of it.
func exerciseReadings(t *testing.T, cfg Config) {
	t.Helper()
	var both [2]*Lake
	for i := range both {
		l, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		both[i] = l
	}
	at := func(hour int) time.Time { return time.Date(2026, 6, 18, hour, 0, 0, 123456000, time.UTC) }
	said := int64(7)
	short := &warehouse.Receipt{Source: "erp", Stream: "moves", CountKind: warehouse.CountTotal, SourceCount: &said, Read: 6, Landed: 6}
	for _, round := range [][]Reading{
		{{Stream: "erp.moves", RunID: "1", Good: true, FinishedAt: at(1)}, {Stream: "erp.sales", RunID: "1", Note: "no", FinishedAt: at(1)}},
		{{Stream: "erp.moves", RunID: "2", Note: strings.Repeat("库", 2000), Receipt: short, FinishedAt: at(2)}},
		{{Stream: "erp.sales", RunID: "2", Note: "no again", FinishedAt: at(5)}},
		{{Stream: "erp.moves", RunID: "0", Note: "older", FinishedAt: at(0)}, {Stream: "erp.sales", RunID: "1", Good: true, FinishedAt: at(4)}}, // come late
		{{Stream: "erp.sales", RunID: "1", Good: true, FinishedAt: at(3)}},
		{},
	} {
		if err := both[0].Tell(t.Context(), round); err != nil {
			t.Fatal(err)
		}
	}
	told, err := both[1].Told(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]Reading{
		"erp.moves": {Stream: "erp.moves", RunID: "2", Note: strings.Repeat("库", 1000) + " …", Receipt: short, FinishedAt: at(2), GoodAt: at(1)},
		"erp.sales": {Stream: "erp.sales", RunID: "2", Note: "no again", FinishedAt: at(5), GoodAt: at(4)},
	}, told); d != "" {
		t.Errorf("readings (-told +heard):\n%s", d)
	}
}

// What the latest read of each stream came to is told once, and the last good one is kept behind a failure.
func TestReadingsAreTold(t *testing.T) {
	t.Parallel()
	exerciseReadings(t, Config{Location: t.TempDir()})
}
