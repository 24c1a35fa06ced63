package lake

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/heliu-data/heliu/warehouse"
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "20"); err != nil { // each check makes a hundred commits
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// actor is a process that goes on, from one change of the catalog to the next, only when it has its turn.
type actor struct {
	turn chan bool     // false kills it
	at   chan struct{} // it waits for its turn
	end  chan error    // it is at its end
	err  error
	done bool
}

// act starts a process at its first wait.
func act(l *Lake, work func(a *actor) error) *actor {
	a := &actor{turn: make(chan bool), at: make(chan struct{}), end: make(chan error)}
	l.fault = func(stage string) error {
		if stage == "before" {
			a.wait()
		}
		return nil
	}
	go func() {
		var err error
		defer func() {
			if k := recover(); k != nil {
				if _, ok := k.(killed); !ok {
					err = fmt.Errorf("panic: %v", k)
				}
			}
			a.end <- err
		}()
		a.wait()
		err = work(a)
	}()
	<-a.at
	return a
}

func (a *actor) wait() {
	a.at <- struct{}{}
	if !<-a.turn {
		panic(killed{"its turn"})
	}
}

func (a *actor) next(live bool) {
	a.turn <- live
	select {
	case <-a.at:
	case a.err = <-a.end:
		a.done = true
	}
}

const records = 8 // of the stream, at least; the last window may go beyond

// land reads window after window of so many records and lands them as a source does: its side tables first, planned anew when
// another was faster, run again when the catalog refused for too long.
func (w writer) land(ctx context.Context, a *actor, size int) error {
	var last error
	for range 60 {
		if err := w.parent.Refresh(ctx); err != nil {
			return err
		}
		n, _ := strconv.Atoi(w.parent.Head().Cursor)
		if n >= records {
			return nil
		}
		a.wait()
		last = w.window(ctx, a, n, n+size)
	}
	return fmt.Errorf("comes to no end: %w", last)
}

// window lands the records behind from: each has a row, a line, each second one a reject.
func (w writer) window(ctx context.Context, a *actor, from, to int) error {
	id := fmt.Sprintf("w%d-%d", from, to)
	for i, table := range append(slices.Clone(w.sides), w.parent) {
		every, cursor := []int{1, 2, 1}[i], []string{"", "", strconv.Itoa(to)}[i]
		b := table.NewBatch(id)
		for n := from + 1; n <= to; n++ {
			if n%every != 0 {
				continue
			}
			b.AppendString(0, fmt.Sprintf("r%02d", n))
			if err := b.EndRow(); err != nil {
				return err
			}
		}
		landed, err := b.Close()
		if err != nil {
			return err
		}
		if len(landed) == 0 && cursor == "" {
			continue
		}
		if err := table.Commit(ctx, Commit{BatchID: id, Files: landed, Cursor: cursor, Receipt: warehouse.Receipt{BatchID: id}}); err != nil {
			return err
		}
		a.wait()
	}
	return nil
}

// keepUp does the upkeep of all tables until it is killed; what another's commit refused is done the next time.
func (w writer) keepUp(ctx context.Context, a *actor) error {
	for {
		for _, table := range append(slices.Clone(w.sides), w.parent) {
			a.wait()
			_, _ = table.Compact(ctx, Compaction{Files: 2})
			a.wait()
			_, _ = table.Expire(ctx, Expiry{Keep: 1})
		}
	}
}

// However two or three writers of one stream with two side tables, two of whom may read the same windows, and upkeep come between
// each other, and whenever a writer is killed and begins anew: in the end each record is in each table once.
func TestInterleavedWriters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, ctx := t.TempDir(), t.Context()
		var writers []*actor
		var begin []func() *actor
		for i := range rapid.IntRange(2, 3).Draw(rt, "writers") {
			size := rapid.IntRange(1, 4).Draw(rt, "records in a window")
			l := openLake(t, dir, nil)
			begin = append(begin, func() *actor {
				l.fault = nil
				w := writer{ensure(t, l, orders), []*Table{ensure(t, l, lines), ensure(t, l, rejects)}}
				return act(l, func(a *actor) error { return w.land(ctx, a, size) })
			})
			writers = append(writers, begin[i]())
		}
		w := newWriter(t, dir)
		upkeep := act(w.parent.lake, func(a *actor) error { return w.keepUp(ctx, a) })
		defer func() {
			for _, a := range append(writers, upkeep) {
				if !a.done {
					a.next(false)
				}
			}
		}()
		for range rapid.IntRange(0, 50).Draw(rt, "turns") {
			turn, swaps := rapid.IntRange(-1, 4*len(writers)).Draw(rt, "turn"), rapid.IntRange(1, 6).Draw(rt, "changes")
			switch {
			case turn < 0:
				upkeep.next(true)
			case turn == 4*len(writers):
				if k := rapid.IntRange(0, len(writers)-1).Draw(rt, "killed"); !writers[k].done {
					writers[k].next(false)
					writers[k] = begin[k]()
				}
			default:
				for a := writers[turn/4]; !a.done && swaps > 0; swaps-- {
					a.next(true)
				}
			}
		}
		for _, a := range writers {
			for !a.done {
				a.next(true)
			}
			if a.err != nil {
				rt.Fatal(a.err)
			}
		}
		w = newWriter(t, dir)
		last, _ := strconv.Atoi(w.parent.Head().Cursor)
		for i, table := range append(slices.Clone(w.sides), w.parent) {
			var want []string
			for n := 1; n <= last; n++ {
				if n%[]int{1, 2, 1}[i] == 0 {
					want = append(want, fmt.Sprintf("r%02d", n))
				}
			}
			if got := slices.Sorted(slices.Values(ids(t, table, since(t, table, 0).Files))); !slices.Equal(got, want) {
				rt.Fatalf("%s: rows %v, want %v", table.Name(), got, want)
			}
		}
	})
}
