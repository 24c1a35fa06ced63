package pipelines

import (
	"fmt"
	"path"
	"strings"
)

// Selection says which steps to build.
type Selection struct {
	// Models are names of tables: "mart.funnel_daily", or "funnel_daily" where only one schema has it, or a pattern
	// "mart.*". A plus sign in front takes all that it depends on as well, one behind all that depends on it. None
	// selects everything.
	Models []string
	// Full computes the selected steps anew, whatever their state.
	Full bool
}

// resolve gives the selected steps by name.
func (g *Graph) resolve(sel Selection) (map[string]bool, error) {
	chosen := map[string]bool{}
	if len(sel.Models) == 0 {
		for _, s := range g.steps {
			chosen[s.Name()] = true
		}
		return chosen, nil
	}
	for _, word := range sel.Models {
		up, down := strings.HasPrefix(word, "+"), strings.HasSuffix(word, "+")
		pattern := strings.TrimSuffix(strings.TrimPrefix(word, "+"), "+")
		found := false
		for _, s := range g.steps {
			if !matches(s, pattern) {
				continue
			}
			found = true
			chosen[s.Name()] = true
			if up {
				g.upstream(s, chosen, map[string]bool{})
			}
			if down {
				g.downstream(s, chosen)
			}
		}
		if !found {
			return nil, fmt.Errorf("no model is called %q%s", pattern, g.suggest("."+pattern[strings.LastIndex(pattern, ".")+1:]))
		}
	}
	return chosen, nil
}

func matches(s Step, pattern string) bool {
	for _, t := range s.Outputs() {
		name := t[strings.Index(t, ".")+1:]
		if ok, err := path.Match(pattern, t); err == nil && ok || name == pattern {
			return true
		}
	}
	return false
}

func (g *Graph) upstream(s Step, chosen, seen map[string]bool) {
	for _, p := range g.Parents(s) {
		if !seen[p.Name()] {
			seen[p.Name()], chosen[p.Name()] = true, true
			g.upstream(p, chosen, seen)
		}
	}
}

func (g *Graph) downstream(s Step, chosen map[string]bool) {
	below := map[string]bool{s.Name(): true}
	for _, other := range g.steps { // graph order: parents first
		for _, p := range g.Parents(other) {
			if below[p.Name()] {
				below[other.Name()] = true
				chosen[other.Name()] = true
			}
		}
	}
}

// making are the steps that make a table and what it is made from; nil, which is all, for "".
func (g *Graph) making(table string) map[string]bool {
	if table == "" {
		return nil
	}
	chosen := map[string]bool{}
	if s, made := g.Owner(table); made {
		chosen[s.Name()] = true
		g.upstream(s, chosen, map[string]bool{})
	}
	return chosen
}
