package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) lineage() *cobra.Command {
	var depth int
	c := &cobra.Command{
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
			checked, err := j.Check(ctx)
			if err != nil {
				return err
			}
			nodes, err := checked.Lineage(ctx, parts[0]+"."+parts[1], column)
			if err != nil {
				return errors.Join(usage("%v", err), checked.Close())
			}
			for _, n := range nodes {
				err = errors.Join(err, a.origin(n, "", depth, map[*pipelines.Node]bool{}))
			}
			return errors.Join(err, checked.Close())
		}),
	}
	c.Flags().IntVar(&depth, "depth", 99, a.say("how many steps back", "追溯层数"))
	return c
}

// origin prints a column and, indented, what it comes from; a column that was printed before is not opened again.
func (a *app) origin(n *pipelines.Node, indent string, depth int, seen map[*pipelines.Node]bool) error {
	more := ""
	if seen[n] && len(n.From) > 0 {
		more = " …"
	}
	if _, err := fmt.Fprintf(a.out, "%s%s.%s %s%s\n", indent, n.Table, n.Column, strings.ToLower(n.Type), more); err != nil {
		return err
	}
	if seen[n] || depth == 0 {
		return nil
	}
	seen[n] = true
	for _, from := range n.From {
		if err := a.origin(from, indent+"  ", depth-1, seen); err != nil {
			return err
		}
	}
	return nil
}
