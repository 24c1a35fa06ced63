package lake

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
)

// A commit whose answer is lost is the success that it was; one whose request is lost is made again.
func TestLostAnswersAndRequests(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	table := ensure(t, l, orders)
	for i := range 40 {
		stage, once := []string{"before", "after"}[i%2], true
		l.fault = func(at string) error {
			if at == stage && once {
				once = false
				return errors.New("connection reset by peer")
			}
			return nil
		}
		commit(t, table, fmt.Sprintf("b%02d", i), 1)
		if once {
			t.Fatal("the fault did not happen")
		}
	}
	l.fault = func(at string) error {
		if at == "before" {
			return errors.New("the catalog is down")
		}
		return nil
	}
	if err := table.Commit(t.Context(), Commit{BatchID: "never", Cursor: "x"}); err == nil {
		t.Error("a commit that never reached the catalog is said to have succeeded")
	}
	l.fault = nil
	if got := ids(t, table, since(t, table, 0).Files); len(got) != 40 {
		t.Errorf("%d rows after 40 windows", len(got))
	}
	if h := table.Head(); h.Cursor != "after b39" {
		t.Errorf("cursor is %q", h.Cursor)
	}
}

// Two writers on one stream: each window lands once, and the slower one is told to plan again.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	const windows = 30
	dir := t.TempDir()
	first, second := openLake(t, dir, nil), openLake(t, dir, nil)
	ensure(t, first, orders)
	var (
		group sync.WaitGroup
		moved [2]int
		fails [2]error
	)
	for w, l := range []*Lake{first, second} {
		group.Go(func() {
			table, err := l.Table(t.Context(), orders.Name)
			for err == nil {
				n := len(table.Head().Batches)
				if n >= windows {
					return
				}
				id := fmt.Sprintf("w%02d", n)
				var landed []warehouse.File
				if landed, err = landRows(table, id, 1); err != nil {
					break
				}
				err = table.Commit(t.Context(), Commit{BatchID: id, Files: landed, Cursor: id})
				if errors.Is(err, ErrHeadMoved) {
					moved[w]++
					err = table.Refresh(t.Context())
				}
			}
			fails[w] = err
		})
	}
	group.Wait()
	if err := errors.Join(fails[:]...); err != nil {
		t.Fatal(err)
	}
	table := ensure(t, first, orders)
	var want []string
	for n := range windows {
		want = append(want, fmt.Sprintf("w%02d-0", n))
	}
	same(t, "rows", ids(t, table, since(t, table, 0).Files), want)
	t.Logf("told to plan again: %v", moved)
}

func TestStaleHeadIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, theirs := ensure(t, openLake(t, dir, nil), orders), ensure(t, openLake(t, dir, nil), orders)
	commit(t, theirs, "theirs", 1)
	err := mine.Commit(t.Context(), Commit{BatchID: "mine", Files: files(t, mine, "mine", 1), Cursor: "mine"})
	if !errors.Is(err, ErrHeadMoved) {
		t.Fatalf("error is %v, want ErrHeadMoved", err)
	}
	if got := ids(t, mine, since(t, mine, 0).Files); !cmp.Equal(got, []string{"theirs-0"}) {
		t.Errorf("rows %v", got)
	}
	// after planning again, upkeep by another process does not count as another writer
	commit(t, theirs, "more", 1)
	if err := mine.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Compact(t.Context(), Compaction{Files: 2}); err != nil {
		t.Fatal(err)
	}
	commit(t, mine, "mine", 1)
}

func TestTablesLandSideBySide(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	var group sync.WaitGroup
	fails := make([]error, 8)
	for i := range fails {
		group.Go(func() {
			spec := orders
			spec.Name = fmt.Sprintf("raw.s__t%d", i)
			table, err := l.Ensure(t.Context(), spec)
			for n := 0; n < 5 && err == nil; n++ {
				var landed []warehouse.File
				if landed, err = landRows(table, fmt.Sprintf("b%d", n), 10); err == nil {
					err = table.Commit(t.Context(), Commit{BatchID: fmt.Sprintf("b%d", n), Files: landed, Cursor: fmt.Sprint(n)})
				}
			}
			fails[i] = err
		})
	}
	group.Wait()
	if err := errors.Join(fails...); err != nil {
		t.Fatal(err)
	}
	for i := range fails {
		table, err := l.Table(t.Context(), fmt.Sprintf("raw.s__t%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(t, table, since(t, table, 0).Files); len(got) != 50 {
			t.Errorf("table %d has %d rows", i, len(got))
		}
	}
}

// Rows of a child batch are not given while its parent is missing, and never when the read was given up.
func TestChildRowsWaitForTheirParent(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	parent, child := ensure(t, l, orders), ensure(t, l, lines)
	commit(t, child, "w1", 1)
	commit(t, parent, "w1", 1)
	commit(t, child, "w2", 1)
	waiting := since(t, child, 0)
	if got := ids(t, child, waiting.Files); !slices.Equal(got, []string{"w1-0"}) {
		t.Errorf("without its parent: %v", got)
	}
	if at, err := child.Position(t.Context()); err != nil || at != waiting.Snapshot {
		t.Errorf("position is %d, want %d (%v)", at, waiting.Snapshot, err)
	}
	commit(t, child, "w2", 1) // the same read again
	commit(t, parent, "w2", 1)
	now := since(t, child, waiting.Snapshot)
	if got := ids(t, child, now.Files); !slices.Equal(got, []string{"w2-0"}) {
		t.Errorf("with its parent: %v", got)
	}
	commit(t, child, "w3", 1) // given up for a window that ends elsewhere
	commit(t, child, "w3b", 1)
	commit(t, parent, "w3b", 1)
	for _, position := range []int64{0, waiting.Snapshot, now.Snapshot} {
		got := ids(t, child, since(t, child, position).Files)
		if slices.Contains(got, "w3-0") || !slices.Contains(got, "w3b-0") {
			t.Errorf("since %d: %v", position, got)
		}
	}
	receipts, err := child.Receipts(t.Context())
	if err != nil || len(receipts) != 3 {
		t.Errorf("%d receipts of the child (%v)", len(receipts), err)
	}
}

func TestEvolutionRewritesNothing(t *testing.T) {
	t.Parallel()
	l := openLake(t, t.TempDir(), nil)
	table := ensure(t, l, orders)
	commit(t, table, "old", 2)
	spec := TableSpec{Name: orders.Name, Columns: []warehouse.Column{
		{Name: "amount", Type: models.String}, // was money: a column of its own
		{Name: "ID", Type: models.Currency},   // text by another name for text, in another case: the same column
		{Name: "shop", Type: models.String},   // new
	}}
	for range 2 { // the second time finds everything in place
		table = ensure(t, l, spec)
		if diff := cmp.Diff(map[string]string{"amount": "amount__string", "ID": "id"}, table.Renamed()); diff != "" {
			t.Error(diff)
		}
	}
	b := table.NewBatch("new")
	b.AppendString(0, "12.50 yuan")
	b.AppendString(1, "n1")
	b.AppendString(2, "s1")
	if err := b.EndRow(); err != nil {
		t.Fatal(err)
	}
	landed, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(t.Context(), Commit{BatchID: "new", Files: landed}); err != nil {
		t.Fatal(err)
	}
	rows, err := table.Rows(t.Context(), since(t, table, 0).Files)
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{
		{"id": "n1", "amount": nil, "amount__string": "12.50 yuan", "shop": "s1"},
		{"id": "old-0", "amount": "0.0000", "amount__string": nil, "shop": nil},
		{"id": "old-1", "amount": "1.0000", "amount__string": nil, "shop": nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	back := ensure(t, l, orders) // the type returns to what it was
	if len(back.Renamed()) != 0 {
		t.Errorf("renamed %v", back.Renamed())
	}
	for _, bad := range [][]warehouse.Column{nil, {{Name: "a", Type: "varchar"}}, {{Name: "a", Type: models.String}, {Name: "A", Type: models.String}}} {
		if _, err := l.Ensure(t.Context(), TableSpec{Name: "raw.bad", Columns: bad}); err == nil {
			t.Errorf("columns %v were taken", bad)
		}
	}
}
