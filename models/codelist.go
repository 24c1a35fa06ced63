package models

import "slices"

// CodeList is a named list of canonical codes that fields share: the order states, who bears a discount.
type CodeList struct {
	Name   string
	Title  Title
	Values []Code // in the order of their meaning
	Line   int
}

// Code is one canonical value.
type Code struct {
	Value string
	Title Title
}

// Code returns the code with this value.
func (c *CodeList) Code(value string) (Code, bool) {
	i := slices.IndexFunc(c.Values, func(x Code) bool { return x.Value == value })
	if i < 0 {
		return Code{}, false
	}
	return c.Values[i], true
}

func (c *CodeList) values() []string {
	out := make([]string, len(c.Values))
	for i, v := range c.Values {
		out[i] = v.Value
	}
	return out
}
