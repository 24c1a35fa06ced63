package main

import (
	"strings"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

// tree collects the lines of a lineage: each column with what it comes from beneath it.
type tree struct {
	terminal.Table
	again string // what marks a column that was opened before
	more  string // how many columns are left out
	seen  map[*pipelines.Node]bool
}

// add adds a column and, up to depth steps back, its origins; below is what stands before the lines beneath it.
func (t *tree) add(n *pipelines.Node, branch, below string, depth int) {
	note := ""
	if len(n.From) > 0 && (t.seen[n] || depth == 0) {
		note = "…"
		if t.seen[n] {
			note = t.again
		}
	}
	t.Add(branch+n.Table+"."+n.Column, strings.ToLower(n.Type), note)
	if t.seen[n] || depth == 0 {
		return
	}
	t.seen[n] = true
	for i, from := range n.From {
		if i < len(n.From)-1 {
			t.add(from, below+"├─ ", below+"│  ", depth-1)
		} else {
			t.add(from, below+"└─ ", below+"   ", depth-1)
		}
	}
}
