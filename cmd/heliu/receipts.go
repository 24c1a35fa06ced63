package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func (a *app) receipts() *cobra.Command {
	var format string
	var limit int
	c := &cobra.Command{
		Use:     "receipts [SOURCE[.STREAM]]",
		Short:   a.say("List what each source said of each window, and what landed", "列出每个时段的来源计数与落地数"),
		Example: "  heliu receipts\n  heliu receipts tmall.orders --limit 200 --format csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.look(func(ctx context.Context, j *pipelines.Job, args []string) error {
			where := ""
			if len(args) == 1 {
				source, stream, _ := strings.Cut(args[0], ".")
				where = "where source = " + quoted(source)
				if stream != "" {
					where += " and stream = " + quoted(stream)
				}
			}
			return a.ask(ctx, j, (*pipelines.Job).Building, fmt.Sprintf(`select source, stream, window_from, window_to, count_kind, source_count,
				read_count, landed_count, rejected_count, repeated_count,
				case when not is_proved then 'not proved' when is_agreed then 'agrees' else 'DISAGREES' end as proof, run_id
				from ops.receipts %s order by finished_at desc, source, stream limit %d`, where, limit), format, "")
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().IntVar(&limit, "limit", 50, a.say("how many receipts", "显示条数"))
	return c
}

func quoted(text string) string { return duckdb.Text(text) }
