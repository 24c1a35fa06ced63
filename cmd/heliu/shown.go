package main

import (
	"fmt"
	"strings"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// shownColumn is a column of the record as people see it in a table; the other formats keep the name that it has.
type shownColumn struct {
	expression, name string
	heading          string
	isTime           bool // shown in the project's zone
}

// columns selects for a format: for people with headings of their language and times in the project's zone, which the
// heading names, and counts with their thousands apart; for programs as they are stored, times in UTC.
func (a *app) columns(j *pipelines.Job, format string, list []shownColumn) string {
	parts := make([]string, len(list))
	for i, c := range list {
		expression, name := c.expression, c.name
		if format == "table" {
			name = c.heading
			if c.isTime {
				zone := string(j.Project.Timezone)
				expression = fmt.Sprintf("strftime(%s at time zone %s, '%%Y-%%m-%%d %%H:%%M:%%S')", c.expression, duckdb.Text(zone))
				name += " (" + zone + ")"
			}
			if strings.HasSuffix(c.name, "_count") {
				a.counts = append(a.counts, name)
			}
		}
		parts[i] = expression + " as " + duckdb.Ident(name)
	}
	return strings.Join(parts, ", ")
}
