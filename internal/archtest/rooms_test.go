package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/heliu-data/heliu/"

// rooms says which rooms each room may import; the order is the way through the house.
var rooms = map[string][]string{
	"models":    {},
	"warehouse": {"models"},
	"extract":   {"models", "warehouse"},
	"transform": {"models", "warehouse"},
	"sql":       {"models"},
	"publish":   {"models", "warehouse"},
	"serve":     {"models", "warehouse", "publish"},
	"pipelines": {"models", "warehouse", "extract", "transform", "sql", "publish", "serve", "internal"},
	"simulate":  {},
	"internal":  {"models"},
	"cmd":       {"models", "warehouse", "extract", "transform", "sql", "publish", "serve", "pipelines", "simulate", "internal"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestRoomsImportOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		room := roomOf(p.ImportPath)
		allowed, known := rooms[room]
		if !known {
			continue // test, bench and examples stand beside the house
		}
		for _, imported := range p.Imports {
			other := roomOf(imported)
			switch {
			case other == "" || other == room || slices.Contains(allowed, other):
			default:
				t.Errorf("%s imports %s: %s may import only %v", p.ImportPath, imported, room, allowed)
			}
			if room == "models" && other == "" && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && imported != "gopkg.in/yaml.v3" {
				t.Errorf("%s imports %s: models may import the standard library and YAML only", p.ImportPath, imported)
			}
		}
	}
}

// roomOf returns the first folder below the module, "" for packages of others.
func roomOf(path string) string {
	rest, ours := strings.CutPrefix(path, module)
	if !ours {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", module+"...")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("go list found %d packages only", len(list))
	}
	return list
}
