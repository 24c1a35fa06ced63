package session_test

import (
	"context"
	"flag"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/cases"
	"github.com/heliu-data/heliu/extract/session"
)

var update = flag.Bool("update", false, "write what came into the cases' CSV files")

// TestCases runs the cases of the connectors that log in.
func TestCases(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"vendure", "tryton"} {
		folders, err := cases.Folders(filepath.Join("..", "connectors", name))
		if err != nil || len(folders) == 0 {
			t.Fatal(name, folders, err)
		}
		for _, dir := range folders {
			t.Run(name+"/"+filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				c, err := cases.Load(dir)
				if err != nil {
					t.Fatal(err)
				}
				r := &cases.Runner{Kinds: []extract.Kind{session.Kind()}, Connectors: []fs.FS{extract.Embedded()}, Update: *update}
				if err := r.Run(context.Background(), name, c, t.TempDir()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
