package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) lineage() *cobra.Command {
	var depth int
	var c *cobra.Command
	c = &cobra.Command{
		Use:     "lineage MODEL[.COLUMN]",
		Short:   a.say("Show what a table or column comes from, down to the raw tables", "查看表或列的来源,直至原始表"),
		Example: "  heliu lineage mart.campaign_roi.roas\n  heliu lineage star.fct_order --depth 1",
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
			if !c.Flags().Changed("depth") && column == "" {
				depth = 1 // a whole table down to the raw columns is more than anybody reads
			}
			t := &tree{Table: terminal.Table{Header: []string{a.say("column", "列"), a.say("type", "类型"), ""}}, again: a.say("… as above", "… 同上"), seen: map[*pipelines.Node]bool{}}
			for _, n := range nodes {
				t.add(n, "", "", depth)
			}
			return errors.Join(t.Write(a.out), checked.Close())
		}),
	}
	c.Flags().IntVar(&depth, "depth", 99, a.say("how many steps back; of a whole table 1 when not given", "追溯层数;整张表默认 1 层"))
	return c
}
