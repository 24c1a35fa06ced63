package pipelines

import "slices"

// without takes from a selection every step that depends on a raw table that may be short. It returns the steps that
// are left, and those that were taken away and were selected, both in graph order.
func (g *Graph) without(sel Selection, short map[string]error) (Selection, []string, error) {
	if len(short) == 0 {
		return sel, nil, nil
	}
	chosen, err := g.resolve(sel)
	if err != nil {
		return sel, nil, err
	}
	tainted := map[string]bool{}
	left := Selection{Full: sel.Full}
	var blocked []string
	for _, step := range g.steps { // inputs first
		for _, in := range step.Inputs() {
			if _, bad := short[in.Table]; bad {
				tainted[step.Name()] = true
			}
		}
		for _, parent := range g.Parents(step) {
			if tainted[parent.Name()] {
				tainted[step.Name()] = true
			}
		}
		switch {
		case !chosen[step.Name()]:
		case tainted[step.Name()]:
			blocked = append(blocked, step.Name())
		default:
			left.Models = append(left.Models, step.Name())
		}
	}
	return left, slices.Clip(blocked), nil
}
