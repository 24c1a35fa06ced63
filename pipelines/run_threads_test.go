package pipelines

import (
	"testing"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// A step of a small company has one thread, unless the project says how many; the lake's size is that of all raw tables.
func TestASmallCompanyHasOneThreadAStep(t *testing.T) {
	t.Parallel()
	l := openKept(t, lake.Config{Location: t.TempDir()})
	landRows(t, l, "a", "b")
	raw := newLanded(l, nil)
	raw.declared[keptTable], raw.declared["raw.shop__refunds"] = []warehouse.Column{}, nil // nothing of refunds is landed
	if size, err := raw.size(t.Context()); err != nil || size < 200 || size >= smallLake {
		t.Errorf("two files of a row have %d bytes, %v", size, err)
	}
	for said, want := range map[int]int{0: 1, 2: 2} {
		engine, err := duckdb.Open(t.Context(), duckdb.Config{TempDir: t.TempDir(), Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		r := &run{job: &Job{Project: &project.Project{Threads: said}}, lake: l, engine: engine}
		if err := r.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := engine.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var threads int
		if err := s.Row(t.Context(), "select current_setting('threads')", &threads); err != nil || threads != want {
			t.Errorf("the project says %d threads, the engine has %d, want %d (%v)", said, threads, want, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}
}
