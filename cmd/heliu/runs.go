package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) runs() *cobra.Command {
	var format string
	var limit int
	c := &cobra.Command{
		Use:     "runs [RUN]",
		Short:   a.say("List the runs, or the steps of one", "列出历次运行,或某次运行的步骤"),
		Example: "  heliu runs\n  heliu runs 20260618T020000.000Z --format json",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.look(func(ctx context.Context, j *pipelines.Job, args []string) error {
			statement := fmt.Sprintf(`select run_id, command, outcome, exit_code, started_at, finished_at, left(message, 120) as message
				from ops.runs order by started_at desc limit %d`, limit)
			if len(args) == 1 {
				statement = fmt.Sprintf(`select kind, step, outcome, row_count, note, started_at, finished_at from ops.steps
					where run_id = %s order by started_at, step`, quoted(args[0]))
			}
			return a.ask(ctx, j, (*pipelines.Job).Building, statement, format, "")
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().IntVar(&limit, "limit", 20, a.say("how many runs", "显示条数"))
	return c
}
