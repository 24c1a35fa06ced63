package rest

// circleMemory is how many steps back a circle remembers at least.
const circleMemory = 1 << 14

// circle notices that a sequence of cursors, links or pages repeats. What stood within the last circleMemory steps is
// noticed at once; a sequence that goes round for ever is noticed however long its round is (Brent's method: a mark that
// is set anew after 1, 2, 4 … steps comes round). Its memory is bounded.
type circle struct {
	recent, before map[uint64]bool
	mark           uint64
	steps, until   int64
}

// again takes the next step and says whether it was there before.
func (c *circle) again(step uint64) bool {
	if c.recent[step] || c.before[step] || c.until > 0 && step == c.mark {
		return true
	}
	if c.recent == nil || len(c.recent) == circleMemory {
		c.recent, c.before = map[uint64]bool{}, c.recent
	}
	c.recent[step] = true
	if c.steps++; c.steps > c.until {
		c.mark, c.until = step, max(1, c.until*2)+c.steps
	}
	return false
}
