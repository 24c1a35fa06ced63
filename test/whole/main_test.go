// Package whole drives the finished program as a process against the sample company's servers, and holds the marts
// that it publishes against the company's known truth.
package whole

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary names the path of the program under test in the environment; one that is set already is not built.
const binary = "HELIU_WHOLE_BINARY"

func TestMain(m *testing.M) {
	os.Exit(around(m))
}

// around builds the program once, into a folder that goes with the tests.
func around(m *testing.M) int {
	if _, given := os.LookupEnv(binary); given {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "heliu-whole-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "heliu")
	build := exec.Command("go", "build", "-tags=duckdb_arrow", "-o", path, "../../cmd/heliu")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fail(fmt.Errorf("build the program: %w", err))
	}
	if err := os.Setenv(binary, path); err != nil {
		return fail(err)
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
