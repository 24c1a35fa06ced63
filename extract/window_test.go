package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/warehouse"
)

// moving is a source that shows each order at its newest change alone. An order may change while it is read.
type moving struct {
	clock   time.Time
	changed map[string]time.Time
	during  map[int]string // the order that changes in the read of this number, of which the read sees nothing any more
	recount bool           // the source's count is asked again: such a read fails
	asked   []string
	landed  []string
	breaks  int // the read of this number fails
}

func (m *moving) Read(_ context.Context, s Slice, yield func(Page) error) (Outcome, error) {
	m.asked = append(m.asked, s.From.Format("15:04:05")+" "+s.To.Format("15:04:05"))
	n := len(m.asked)
	if n == m.breaks {
		return Outcome{}, errors.New("the line is cut")
	}
	id, moves := m.during[n]
	if m.clock = m.clock.Add(20 * time.Second); moves {
		m.changed[id] = m.clock.Add(-10 * time.Second)
	}
	var page []string
	for id, at := range m.changed {
		if !at.Before(s.From) && at.Before(s.To) {
			page = append(page, fmt.Sprintf(`{"id":%q}`, id))
			m.landed = append(m.landed, id)
		}
	}
	slices.Sort(page)
	if moves && m.recount {
		return Outcome{}, ErrSourceChanged
	}
	return Counted(warehouse.CountTotal, int64(len(page))), yield(jsonPage(1, page...))
}

const windowed = "connector: c\nvia: lines\nstreams:\n  orders:\n    key: [id]\n" +
	"    window: {from: from, to: to, most: 1h, lag: 3m, look_back: 10m, start: %s}\n    fields: {id: string}\n"

// TestWhatMovesIsRead reads orders that leave the time in which they stood, within the lag before the read and while it is under
// way: each is read, none is waited for until the next run, and the cursor stays behind by the lag.
func TestWhatMovesIsRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		start   string
		during  map[int]string
		recount bool
		breaks  int
		asked   []string
	}{
		"changed within the lag": {start: "90m", asked: []string{"23:30:00 00:30:00", "00:30:00 01:00:20"}},
		"changes before its window is read": {start: "90m", during: map[int]string{1: "old"},
			asked: []string{"23:30:00 00:30:00", "00:30:00 01:00:20"}},
		"changes before its window is read, and the last window is full": {start: "2h", during: map[int]string{1: "old"},
			asked: []string{"23:00:00 00:00:00", "00:00:00 01:00:00", "01:00:00 01:00:40"}},
		"changes in the last window": {start: "90m", during: map[int]string{2: "lately"}, recount: true,
			asked: []string{"23:30:00 00:30:00", "00:30:00 01:00:20", "00:30:00 01:00:40"}},
		"the last window fails": {start: "62m", breaks: 2, asked: []string{"23:58:00 00:58:00", "00:58:00 01:00:20", "23:48:00 00:48:00", "00:48:00 01:00:40"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 1, 10, 1, 0, 0, 0, time.UTC)
			m := &moving{clock: now, during: c.during, recount: c.recount, breaks: c.breaks,
				changed: map[string]time.Time{"old": now.Add(-20 * time.Minute), "lately": now.Add(-time.Minute)}}
			s := openPages(t, fmt.Sprintf(windowed, c.start), m, tempLake(t))
			s.deps.Now = func() time.Time { return m.clock }
			begun := m.clock
			receipts, err := s.Read(t.Context(), "orders", Options{})
			if c.breaks > 0 {
				if err == nil {
					t.Fatal("the read did not fail")
				}
				begun = m.clock
				receipts, err = s.Read(t.Context(), "orders", Options{})
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.asked, m.asked); diff != "" {
				t.Errorf("asked, -want +got\n%s", diff)
			}
			slices.Sort(m.landed)
			if got := strings.Join(slices.Compact(m.landed), " "); got != "lately old" {
				t.Errorf("landed %q, want every order", got)
			}
			if got := receipts[len(receipts)-1].Cursor; got != begun.Add(-3*time.Minute).Format(cursorLayout) {
				t.Errorf("the cursor is %s, want the lag before %s", got, begun)
			}
		})
	}
}
