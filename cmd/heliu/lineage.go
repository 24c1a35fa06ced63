package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

// wholeDepth is deeper than any lineage.
const wholeDepth = 99

func (a *app) lineage() *cobra.Command {
	var depth int
	var all bool
	var c *cobra.Command
	c = &cobra.Command{
		Use:   "lineage MODEL[.COLUMN]",
		Short: a.say("Show what a table or column comes from, down to the raw tables", "查看表或列的来源,直至原始表"),
		Long: a.say("Of a column, the tables that it comes from, each with the columns that count, and the raw tables in which it ends; --all shows it column by column.",
			"列出某列所来自的表及相关列,以及最终的原始表;--all 逐列列出。"),
		Example: "  heliu lineage mart.campaign_roi.roas\n  heliu lineage mart.campaign_roi.roas --all\n  heliu lineage star.fct_order --depth 1",
		Args:    one("MODEL or MODEL.COLUMN"),
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			parts := strings.SplitN(args[0], ".", 3)
			if len(parts) < 2 {
				return usage("write the table with its schema, as in mart.campaign_roi or mart.campaign_roi.roas, not %q", args[0])
			}
			column := ""
			if len(parts) == 3 {
				column = parts[2]
			}
			checked, err := j.CheckFor(ctx, parts[0]+"."+parts[1])
			if err != nil {
				return err
			}
			nodes, err := checked.Lineage(ctx, parts[0]+"."+parts[1], column)
			if err != nil {
				return errors.Join(usage("%v", err), checked.Close())
			}
			t := &tree{again: a.say("… as above", "… 同上"), more: a.say(" and %d more", " 等,另 %d 列"), seen: map[*pipelines.Node]bool{}}
			tables := byTable(nodes)
			switch given := c.Flags().Changed("depth"); {
			case all || column == "":
				if !given {
					depth = map[bool]int{true: wholeDepth, false: 1}[all] // a whole table down to the raw columns is more than anybody reads
				}
				t.Header = []string{a.say("column", "列"), a.say("type", "类型"), ""}
				for _, n := range nodes {
					t.add(n, "", "", depth)
				}
			default:
				t.Header = []string{a.say("table", "表"), a.say("columns", "列")}
				t.addTables(tables[0], map[*origin]bool{}, "", "", depth)
			}
			err = errors.Join(t.Write(a.out), a.printEnds(j, tables), checked.Close())
			if err == nil && !all {
				a.note(a.say("Every column down to the raw ones: %s", "逐列直至原始列:%s"), a.next("lineage", args[0]+" --all"))
			}
			return err
		}),
	}
	c.Flags().IntVar(&depth, "depth", 2, a.say("how many steps back; of a whole table 1 when not given", "追溯层数;整张表默认 1 层"))
	c.Flags().BoolVar(&all, "all", false, a.say("column by column, the whole way back", "逐列列出,追溯到底"))
	return c
}
