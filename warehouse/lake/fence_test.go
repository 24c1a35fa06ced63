package lake

import (
	"errors"
	"testing"
)

// Two writers of one stream who are both between the commit of a child and that of its parent: the one whose children were
// given up cannot commit the parent any more, also when it has planned anew behind the other's fence.
func TestFenceAgainstAnotherWriter(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		dir := t.TempDir()
		writer := func() (parent, child *Table) {
			l := openLake(t, dir, nil)
			return ensure(t, l, orders), ensure(t, l, lines)
		}
		slow, slowLines := writer()
		fast, fastLines := writer()
		commit(t, slow, "before", 1)
		if err := fast.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		name := "slow"
		commit(t, slowLines, name, 2)
		if again { // the fence stands, the fast one's children do not yet, and the slow one has planned behind it
			if err := slow.lake.fence(t.Context(), orders.Name, "fast"); err != nil {
				t.Fatal(err)
			}
			if err := slow.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		commit(t, fastLines, "fast", 3)
		if err := slow.Commit(t.Context(), Commit{BatchID: name, Files: files(t, slow, name, 1), Cursor: name}); !errors.Is(err, ErrHeadMoved) {
			t.Errorf("planned behind the fence %t: the parent of rows that were given up: %v, want ErrHeadMoved", again, err)
		}
		commit(t, fast, "fast", 1)
		if got := ids(t, fastLines, since(t, fastLines, 0).Files); len(got) != 3 {
			t.Errorf("planned behind the fence %t: %d lines are read, want the 3 of the writer who got through: %v", again, len(got), got)
		}
	}
}

// Two writers read one window at once and got different rows: who comes second into the child table, its head still that of
// before, does not take the first one's rows for its own.
func TestOneBatchOfTwoContents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := newWriter(t, dir), newWriter(t, dir)
	child := func(w writer, content string, n int) error {
		return w.sides[0].Commit(t.Context(), Commit{BatchID: "window", Files: files(t, w.sides[0], "window", n), Cursor: content})
	}
	if err := child(first, "three", 3); err != nil {
		t.Fatal(err)
	}
	if err := child(second, "two", 2); !errors.Is(err, ErrOtherContent) {
		t.Errorf("other rows of the same window: %v, want ErrOtherContent", err)
	}
	if err := child(second, "three", 3); err != nil {
		t.Errorf("the same rows: %v", err)
	}
	commit(t, second.parent, "window", 1)
	if got := ids(t, second.sides[0], since(t, second.sides[0], 0).Files); len(got) != 3 {
		t.Errorf("%d lines are read, want 3: %v", len(got), got)
	}
}

var rejects = TableSpec{Name: orders.Name + "__rejected", Parent: orders.Name, Columns: orders.Columns}

// writer is one of several of a stream with two side tables.
type writer struct {
	parent *Table
	sides  []*Table
}

func newWriter(t *testing.T, dir string) writer {
	t.Helper()
	l := openLake(t, dir, nil)
	return writer{ensure(t, l, orders), []*Table{ensure(t, l, lines), ensure(t, l, rejects)}}
}

// refused commits the parent and wants to hear that it is to be planned anew, which it then is.
func (w writer) refused(t *testing.T, batch string) {
	t.Helper()
	if err := w.parent.Commit(t.Context(), Commit{BatchID: batch, Files: files(t, w.parent, batch, 1), Cursor: batch}); !errors.Is(err, ErrHeadMoved) {
		t.Fatalf("the parent of rows that were given up: %v, want ErrHeadMoved", err)
	}
}

// Two writers who give up each other's rows, each in another side table: neither's fence hides the other's, also when upkeep
// has forgotten the snapshots that they were. Upkeep alone and the writer's own fences refuse nobody.
func TestFencesAgainstEachOther(t *testing.T) {
	t.Parallel()
	for _, upkeep := range []bool{false, true} {
		dir := t.TempDir()
		x, y := newWriter(t, dir), newWriter(t, dir)
		forget := func() {
			if !upkeep {
				return
			}
			if _, err := newWriter(t, dir).parent.Expire(t.Context(), Expiry{Keep: 1}); err != nil {
				t.Fatal(err)
			}
		}
		commit(t, x.parent, "before", 1)
		if err := y.parent.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		commit(t, x.sides[0], "x", 2)
		commit(t, y.sides[0], "y", 2)
		commit(t, y.sides[1], "y", 2)
		forget()
		commit(t, x.sides[1], "x", 2)
		forget()
		x.refused(t, "x")
		y.refused(t, "y")
		commit(t, x.sides[0], "x", 2) // gives up y
		commit(t, x.sides[1], "x", 2)
		forget()
		commit(t, x.parent, "x", 1)
		y.refused(t, "y")
		same(t, "parent", ids(t, x.parent, since(t, x.parent, 0).Files), []string{"before-0", "x-0"})
		for _, side := range x.sides {
			same(t, side.Name(), ids(t, side, since(t, side, 0).Files), []string{"x-0", "x-1"})
		}
	}
}

// A writer whose parent was refused finds its child rows still there while the one who has fenced is about to take them out.
func TestGivenUpWhileFoundAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x, y := newWriter(t, dir), newWriter(t, dir)
	commit(t, x.sides[0], "x", 2)
	swaps := 0
	y.parent.lake.fault = func(at string) error {
		if at != "before" {
			return nil
		}
		if swaps++; swaps == 2 { // the fence stands, the rows are still there
			x.refused(t, "x")
			commit(t, x.sides[0], "x", 2)
		}
		return nil
	}
	commit(t, y.sides[0], "y", 2)
	if swaps < 3 {
		t.Fatalf("%d changes of the catalog: nothing was given up", swaps)
	}
	x.refused(t, "x")
	commit(t, y.parent, "y", 1)
	if got := ids(t, y.sides[0], since(t, y.sides[0], 0).Files); len(got) != 2 {
		t.Errorf("%d lines are read, want the 2 of the writer who got through: %v", len(got), got)
	}
}

func TestOthersFence(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{{"", "x", ""}, {"x 1", "x", ""}, {"y 1", "x", "y 1"}, {"x 2 y 1", "x", "y 1"}, {"x 2 y 1", "y", "x 2"}, {"x 2 y 1", "z", "x 2"}} {
		if got := othersFence(c[0], c[1]); got != c[2] {
			t.Errorf("marks %q: the latest that is not of %s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
