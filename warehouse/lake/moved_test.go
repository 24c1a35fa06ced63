package lake

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A lake that was moved or copied says where it was and what to do; the link that it asks for makes it whole.
func TestMovedLake(t *testing.T) {
	t.Parallel()
	old, moved, copied := filepath.Join(t.TempDir(), "lake"), filepath.Join(t.TempDir(), "lake"), filepath.Join(t.TempDir(), "lake")
	l, err := Open(t.Context(), Config{Location: old})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, ensure(t, l, orders), "b1", 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	refused := func(location string, says ...string) {
		t.Helper()
		_, err := Open(t.Context(), Config{Location: location})
		if !errors.Is(err, ErrMoved) {
			t.Fatalf("opening %s: %v, want ErrMoved", location, err)
		}
		for _, s := range append(says, old, location, orders.Name) {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%q does not say %q", err, s)
			}
		}
	}
	if err := os.CopyFS(copied, os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	refused(copied, "remove the copy")
	if err := os.Rename(old, moved); err != nil {
		t.Fatal(err)
	}
	refused(moved, "ln -s "+moved+" "+old)
	if err := os.Symlink(moved, old); err != nil {
		t.Fatal(err)
	}
	for _, location := range []string{moved, old} {
		table := ensure(t, openLake(t, location, nil), orders)
		if got := ids(t, table, since(t, table, 0).Files); len(got) != 3 {
			t.Errorf("%d rows behind the link", len(got))
		}
	}
}
