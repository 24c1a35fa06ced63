package pipelines

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// Graph is all steps in an order in which each comes after its inputs.
type Graph struct {
	steps []Step
	owner map[string]int // table -> index of the step that writes it
	raw   map[string]bool
}

// GraphError is what is wrong with the steps together; every mistake is found at once.
type GraphError struct{ Mistakes []string }

func (e *GraphError) Error() string { return strings.Join(e.Mistakes, "\n") }

// NewGraph orders the steps and checks that every input is there: a table of another step, a raw table, or a table of
// the schema ops. The order depends on the steps' names only, not on the order they are given in.
func NewGraph(steps []Step, rawTables []string) (*Graph, error) {
	steps = slices.Clone(steps)
	sort.SliceStable(steps, func(i, j int) bool { return steps[i].Name() < steps[j].Name() })
	g := &Graph{owner: map[string]int{}, raw: map[string]bool{}}
	for _, t := range rawTables {
		g.raw[t] = true
	}
	var mistakes []string
	for i, s := range steps {
		for _, t := range s.Outputs() {
			if other, taken := g.owner[t]; taken {
				mistakes = append(mistakes, fmt.Sprintf("table %s is made twice: by %s and by %s", t, describe(steps[other]), describe(s)))
			}
			g.owner[t] = i
		}
	}
	for _, s := range steps {
		for _, in := range s.Inputs() {
			if _, made := g.owner[in.Table]; !made && !g.raw[in.Table] && !isExternal(in.Table) {
				mistakes = append(mistakes, fmt.Sprintf("%s%s reads %s, which nothing makes%s", place(in), s.Name(), in.Table, g.suggest(in.Table)))
			}
		}
	}
	order, cycle := sorted(steps, g.owner)
	if cycle != nil {
		mistakes = append(mistakes, cycle.Error())
	}
	if len(mistakes) > 0 {
		return nil, &GraphError{Mistakes: mistakes}
	}
	for _, i := range order {
		g.steps = append(g.steps, steps[i])
	}
	for i, s := range g.steps {
		for _, t := range s.Outputs() {
			g.owner[t] = i
		}
	}
	return g, nil
}

// Steps are all steps, inputs first.
func (g *Graph) Steps() []Step { return g.steps }

// Owner is the step that writes the table; false for raw and ops tables.
func (g *Graph) Owner(table string) (Step, bool) {
	i, ok := g.owner[table]
	if !ok {
		return nil, false
	}
	return g.steps[i], true
}

// RawTables are the raw tables that some step reads, sorted.
func (g *Graph) RawTables() []string {
	seen := map[string]bool{}
	for _, s := range g.steps {
		for _, in := range s.Inputs() {
			if g.raw[in.Table] {
				seen[in.Table] = true
			}
		}
	}
	return sortedKeys(seen)
}

// Parents are the steps whose tables the step reads, in graph order.
func (g *Graph) Parents(s Step) []Step {
	seen := map[int]bool{}
	for _, in := range s.Inputs() {
		if i, ok := g.owner[in.Table]; ok {
			seen[i] = true
		}
	}
	list := make([]Step, 0, len(seen))
	for i, step := range g.steps {
		if seen[i] {
			list = append(list, step)
		}
	}
	return list
}

// leaves are the stored tables that a step reads, views replaced by what they read; sorted.
func (g *Graph) leaves(s Step) []string {
	seen := map[string]bool{}
	var visit func(Step)
	visit = func(s Step) {
		for _, in := range s.Inputs() {
			if owner, ok := g.Owner(in.Table); ok {
				if _, view := owner.(Viewer); view {
					visit(owner)
					continue
				}
			}
			seen[in.Table] = true
		}
	}
	visit(s)
	return sortedKeys(seen)
}

// suggest names a table that the reader may have meant.
func (g *Graph) suggest(table string) string {
	_, name, _ := strings.Cut(table, ".")
	var near []string
	for t := range g.owner {
		if _, other, _ := strings.Cut(t, "."); other == name || strings.TrimSuffix(other, "s") == strings.TrimSuffix(name, "s") {
			near = append(near, t)
		}
	}
	for t := range g.raw {
		if strings.HasPrefix(table, "raw.") && strings.HasSuffix(t, name[strings.LastIndex(name, "_")+1:]) {
			near = append(near, t)
		}
	}
	if len(near) == 0 {
		tables := append(sortedKeys(g.owner), sortedKeys(g.raw)...)
		var names []string
		for _, t := range tables {
			_, other, _ := strings.Cut(t, ".")
			names = append(names, other)
		}
		if meant := models.Near(name, names); meant != "" {
			near = append(near, tables[slices.Index(names, meant)])
		}
	}
	if len(near) == 0 {
		return ""
	}
	sort.Strings(near)
	return "; is it " + strings.Join(near[:min(3, len(near))], " or ") + "?"
}

// sorted gives an order of the steps with inputs first, ties by name, or the cycle that prevents it.
func sorted(steps []Step, owner map[string]int) ([]int, error) {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(steps))
	var order, path []int
	var visit func(int) error
	visit = func(i int) error {
		switch state[i] {
		case done:
			return nil
		case open:
			names := []string{}
			for _, j := range path[slices.Index(path, i):] {
				names = append(names, describe(steps[j]))
			}
			return fmt.Errorf("a circle: %s → %s", strings.Join(names, " → "), steps[i].Name())
		}
		state[i] = open
		path = append(path, i)
		for _, in := range steps[i].Inputs() {
			if j, ok := owner[in.Table]; ok && (j != i) {
				if err := visit(j); err != nil {
					return err
				}
			} else if ok {
				return fmt.Errorf("a circle: %s%s reads itself", place(in), steps[i].Name())
			}
		}
		path = path[:len(path)-1]
		state[i] = done
		order = append(order, i)
		return nil
	}
	for i := range steps {
		if err := visit(i); err != nil {
			return nil, err
		}
	}
	return order, nil
}

func place(in Input) string {
	if in.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", in.File, in.Line)
}

func describe(s Step) string {
	if m, ok := modelOf(s); ok {
		return s.Name() + " (" + m.File + ")"
	}
	return s.Name()
}

// isExternal says whether a table is kept by the program outside the graph.
func isExternal(table string) bool { return strings.HasPrefix(table, "ops.") }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// kept are the tables that steps read and that neither a step makes nor a source lands: the program keeps them itself.
func (g *Graph) kept() []string {
	seen := map[string]bool{}
	for _, step := range g.steps {
		for _, in := range step.Inputs() {
			if _, built := g.Owner(in.Table); !built && !g.raw[in.Table] {
				seen[in.Table] = true
			}
		}
	}
	return sortedKeys(seen)
}
