package pipelines

import (
	"strings"
	"testing"
)

func TestSecondRunIsToldWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := TakeLock(dir, "run 1, process 4711")
	if err != nil {
		t.Fatal(err)
	}
	_, err = TakeLock(dir, "run 2")
	if ExitCode(err) != 4 || !strings.Contains(err.Error(), "run 1, process 4711") {
		t.Errorf("got %v, exit code %d", err, ExitCode(err))
	}
	if err := first.Free(); err != nil {
		t.Fatal(err)
	}
	again, err := TakeLock(dir, "run 3")
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Free(); err != nil {
		t.Fatal(err)
	}
}
