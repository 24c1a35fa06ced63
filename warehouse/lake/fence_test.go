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
