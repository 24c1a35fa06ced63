package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

// origin is a table that a column comes from, with those of its columns that count.
type origin struct {
	table   string
	columns []string
	from    []*origin // the tables that these columns come from
}

// byTable groups the columns that nodes come from by their tables, each table once; the first is that of the nodes.
func byTable(nodes []*pipelines.Node) []*origin {
	var list []*origin
	find := func(table string) *origin {
		if i := slices.IndexFunc(list, func(o *origin) bool { return o.table == table }); i >= 0 {
			return list[i]
		}
		list = append(list, &origin{table: table})
		return list[len(list)-1]
	}
	seen := map[*pipelines.Node]bool{}
	var walk func(n *pipelines.Node)
	walk = func(n *pipelines.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		o := find(n.Table)
		o.columns = append(o.columns, n.Column)
		for _, from := range n.From {
			if below := find(from.Table); below != o && !slices.Contains(o.from, below) {
				o.from = append(o.from, below)
			}
			walk(from)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	return list
}

const mostColumns = 4 // of a table in a lineage

// addTables adds a line a table, and up to depth steps back those that it comes from.
func (t *tree) addTables(o *origin, opened map[*origin]bool, branch, below string, depth int) {
	columns := strings.Join(o.columns[:min(len(o.columns), mostColumns)], ", ")
	if more := len(o.columns) - mostColumns; more > 0 {
		columns += fmt.Sprintf(t.more, more)
	}
	note := ""
	switch {
	case len(o.from) == 0:
	case opened[o]:
		note = " " + t.again
	case depth == 0:
		note = " …"
	}
	t.Add(branch+o.table+note, columns)
	if opened[o] || depth == 0 {
		return
	}
	opened[o] = true
	for i, from := range o.from {
		if i < len(o.from)-1 {
			t.addTables(from, opened, below+"├─ ", below+"│  ", depth-1)
		} else {
			t.addTables(from, opened, below+"└─ ", below+"   ", depth-1)
		}
	}
}

// printEnds says in which raw tables a lineage ends, and how to see what their sources said of them.
func (a *app) printEnds(j *pipelines.Job, tables []*origin) error {
	t := terminal.Table{Title: "\n" + a.say("It ends in these raw tables", "最终来自以下原始表"),
		Header: []string{a.say("raw table", "原始表"), a.say("counted in the receipts of", "计数见回执"), a.say("columns", "列")}}
	for _, o := range tables {
		if !strings.HasPrefix(o.table, "raw.") {
			continue
		}
		columns := strings.Join(o.columns[:min(len(o.columns), mostColumns)], ", ")
		if more := len(o.columns) - mostColumns; more > 0 {
			columns += fmt.Sprintf(a.say(" and %d more", " 等,另 %d 列"), more)
		}
		t.Add(o.table, j.StreamOf(o.table), columns)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	slices.SortFunc(t.Rows, slices.Compare)
	if err := t.Write(a.out); err != nil {
		return err
	}
	one := t.Rows[0][0]
	a.note(a.say("See the receipts of one: %s\nand its records: %s", "查看回执:%s\n查看记录:%s"), a.next("receipts", j.StreamOf(one)),
		a.next("query", fmt.Sprintf("\"select * from %s limit 10\"", one)))
	return nil
}
