package pipelines

import (
	"testing"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// What a collector lands between the start of a run and a step is not of this run: a model that appends reads every file
// once, in whichever run.
func TestFilesOfARunEndWhereItBegan(t *testing.T) {
	t.Parallel()
	l, err := lake.Open(t.Context(), lake.Config{Location: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	const name = "raw.shop__events"
	table, err := l.Ensure(t.Context(), lake.TableSpec{Name: name, Columns: []warehouse.Column{{Name: "id", Type: models.String}}})
	if err != nil {
		t.Fatal(err)
	}
	land := func(batch string) {
		t.Helper()
		b := table.NewBatch(batch)
		b.AppendString(0, batch)
		if err := b.EndRow(); err != nil {
			t.Fatal(err)
		}
		files, err := b.Close()
		if err == nil {
			err = table.Commit(t.Context(), lake.Commit{BatchID: batch, Files: files})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	since, seen := "", map[string]int{}
	land("b0")
	for _, meanwhile := range []string{"b1", "b2", "b3"} {
		run := newLanded(l, nil) // each run looks at the lake anew
		head, err := run.Head(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		land(meanwhile)
		files, reset, err := run.Files(t.Context(), name, since, head)
		if err != nil || reset {
			t.Fatalf("reset %v, %v", reset, err)
		}
		for _, f := range files {
			seen[f.Path]++
		}
		since = head
	}
	if len(seen) != 3 {
		t.Errorf("three runs read %d files, want b0, b1 and b2", len(seen))
	}
	for path, n := range seen {
		if n != 1 {
			t.Errorf("%s was read by %d runs", path, n)
		}
	}
}
