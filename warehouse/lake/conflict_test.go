package lake

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/heliu-data/heliu/warehouse"
)

// A catalog that refuses one of two commits at once, as PostgreSQL does, is asked again, and not for ever.
func TestRefusedCommitsAreTriedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tries := make([]int, 2)
	var group sync.WaitGroup
	fails := make([]error, 2)
	for i, refusals := range []int{commitTries - 1, commitTries} {
		l := openLake(t, dir, nil)
		spec := orders
		spec.Name = fmt.Sprintf("raw.s__t%d", i)
		table := ensure(t, l, spec)
		landed := files(t, table, "b", 1)
		l.fault = func(at string) error {
			if at != "before" {
				return nil
			}
			if tries[i]++; tries[i] > refusals {
				return nil
			}
			return &pgconn.PgError{Code: "40001", Message: "could not serialize access"}
		}
		group.Go(func() { fails[i] = table.Commit(t.Context(), Commit{BatchID: "b", Files: landed, Cursor: "c"}) })
	}
	group.Wait()
	if fails[0] != nil {
		t.Errorf("refused %d times: %v", tries[0]-1, fails[0])
	}
	var refused *pgconn.PgError
	if !errors.As(fails[1], &refused) || tries[1] != commitTries {
		t.Errorf("refused for ever: %v after %d tries", fails[1], tries[1])
	}
}

// Two processes that land in one table without a cursor of its own, as children are, both get through.
func TestTwoWritersOfOneChild(t *testing.T) {
	t.Parallel()
	const windows = 8
	dir := t.TempDir()
	child := orders
	child.Name, child.Parent = "raw.tmall__lines", orders.Name
	parent := ensure(t, openLake(t, dir, nil), orders)
	for w := range 2 { // the parent's batches are there before: none of the child's is given up
		for n := range windows {
			commit(t, parent, fmt.Sprintf("w%d-%d", w, n), 1)
		}
	}
	var group sync.WaitGroup
	fails := make([]error, 2)
	for w := range fails {
		table := ensure(t, openLake(t, dir, nil), child)
		group.Go(func() {
			for n := 0; n < windows && fails[w] == nil; n++ {
				id := fmt.Sprintf("w%d-%d", w, n)
				var landed []warehouse.File
				if landed, fails[w] = landRows(table, id, 1); fails[w] == nil {
					fails[w] = table.Commit(t.Context(), Commit{BatchID: id, Files: landed})
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(fails...); err != nil {
		t.Fatal(err)
	}
	table := ensure(t, openLake(t, dir, nil), child)
	if got := ids(t, table, since(t, table, 0).Files); len(got) != 2*windows {
		t.Errorf("%d rows of %d", len(got), 2*windows)
	}
}
