package pipelines_test

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/heliu-data/heliu/pipelines"
)

// A model whose file was away while its inputs changed is built anew when the file is back.
func TestAModelThatWasAwayIsBuiltAnew(t *testing.T) {
	lake := landSome(t)
	path := filepath.Join(t.TempDir(), "warehouse.duckdb")
	without := maps.Clone(smallStar)
	for file, text := range smallStar {
		if parseModels(t, map[string]string{file: text})[0].Table() == "mart.rolling" {
			delete(without, file)
		}
	}
	if len(without) != len(smallStar)-1 {
		t.Fatal("the small star has no mart.rolling")
	}
	in := func(texts map[string]string) *pipelines.Report {
		b, done := newBuilderAt(t, path, parseModels(t, texts), lake)
		defer done()
		return build(t, b, pipelines.Selection{})
	}
	in(smallStar)
	lake.land(t, "raw.s__orders", []string{"(9, 2, date '2026-05-05', 70, 1)"})
	in(without)
	if s := step(t, in(smallStar), "mart.rolling"); s.Mode != "full" {
		t.Errorf("mart.rolling came back and was built by %q: what changed while it was away is missing", s.Mode)
	}
	b, done := newBuilderAt(t, path, parseModels(t, smallStar), lake)
	defer done()
	if s := step(t, build(t, b, pipelines.Selection{}), "mart.rolling"); s.Status != pipelines.Skipped {
		t.Errorf("and again: %s", s.Status)
	}
}
