package cases_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/pipelines"
)

// What the text of a model says of its columns is what the engine makes of it.
func TestColumnsAreThoseOfTheEngine(t *testing.T) {
	t.Parallel()
	const dir = "spend_levels_claims"
	h := newHouse(t, found(t), dir, readCase(t, dir+"/case.yaml"))
	h.built = pipelines.Selection{}
	h.build(t, 0)
	list, err := pipelines.Models("")
	if err != nil {
		t.Fatal(err)
	}
	if len(h.tables) < len(list) {
		t.Fatalf("%d tables of %d models", len(h.tables), len(list))
	}
	for _, m := range list {
		columns, err := h.session.Describe(context.Background(), "select * from "+m.Table())
		if err != nil {
			t.Fatal(err)
		}
		var made []string
		for _, c := range columns {
			made = append(made, c.Name)
		}
		if diff := cmp.Diff(made, m.Columns()); diff != "" {
			t.Errorf("%s (-engine +text):\n%s", m.File, diff)
		}
	}
}
