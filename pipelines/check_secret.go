package pipelines

import (
	"fmt"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/project"
)

// writtenOut are the settings of a source that its connector marks as secret and that stand in the project's file
// themselves (invariant 8).
func writtenOut(name string, written project.Source, needs []extract.Need) error {
	var mistakes project.Mistakes
	for _, n := range needs {
		value, given := written.Settings[n.Name]
		if !given || !n.Secret {
			continue
		}
		values, list := value.([]any)
		if !list {
			values = []any{value}
		}
		for _, v := range values {
			if project.WrittenOut(fmt.Sprint(v)) {
				mistakes = append(mistakes, project.Mistake{File: written.File, Line: written.Lines[n.Name], Text: project.Instead("sources." + name + "." + n.Name)})
				break
			}
		}
	}
	if len(mistakes) == 0 {
		return nil
	}
	return mistakes
}
