package pipelines

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/project"
)

// reads reports whether this program reads a source; the others are read into the lake by another one.
func (j *Job) reads(source string) bool { return !j.Project.Elsewhere(source) }

// allowed is the part of an order that this program may do, and what of the whole job is left to others; the error is an
// [ErrUsage]. Nothing is touched yet.
func (j *Job) allowed(order Order) (_ Order, left []string, err error) {
	sources := sortedKeys(j.Project.Sources)
	none := len(sources) > 0 && !slices.ContainsFunc(sources, j.reads)
	may := map[string]bool{project.Extract: !none, project.Build: j.Project.May(project.Build), project.Publish: j.Project.May(project.Publish)}
	for _, part := range []struct {
		name  string
		asked []*bool
	}{{project.Extract, []*bool{&order.Extract}}, {project.Build, []*bool{&order.Build, &order.Audit}}, {project.Publish, []*bool{&order.Publish}}} {
		if may[part.name] {
			continue
		}
		left = append(left, part.name)
		for _, asked := range part.asked {
			if *asked && !order.Whole {
				return order, nil, j.forbidden(part.name)
			}
			*asked = false
		}
	}
	return order, left, nil
}

// forbidden says that a program may not do what it was asked for.
func (j *Job) forbidden(part string) error {
	if j.Project.May(part) { // extract, and every source is another program's
		return fmt.Errorf("%w: %s says of every source that another program reads it (elsewhere: true): there is nothing to extract here", ErrUsage, j.Project.File)
	}
	return fmt.Errorf("%w: this program may not %s: %s allows it to %s only (allow:); let the program do it that may, or add %s there",
		ErrUsage, part, j.Project.File, strings.Join(j.Project.Allow, " and "), part)
}
