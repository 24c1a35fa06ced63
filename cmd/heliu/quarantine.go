package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/internal/terminal/result"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

func (a *app) quarantine() *cobra.Command {
	c := &cobra.Command{
		Use:     "quarantine",
		Short:   a.say("List, show and replay what was kept out, and why", "列出、查看与重放被隔离的记录"),
		Example: "  heliu quarantine list\n  heliu quarantine show order\n  heliu quarantine replay tmall.orders",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			return usage("choose one of: quarantine list, quarantine show, quarantine replay")
		},
	}
	c.AddCommand(a.quarantineList(), a.quarantineShow(), a.quarantineReplay())
	return c
}

const (
	mendedLong   = "A rejected record is out no more once its time or its file was read again, or its key has landed: --all has it too."
	mendedLongZh = "被拒收的记录,在其时段或文件被重新读取、或同一主键已落地之后不再列出;--all 一并列出。"
)

// inQuarantine makes a command's function of one that needs what was kept out.
func (a *app) inQuarantine(f func(ctx context.Context, q *pipelines.Quarantine, args []string) error) func(*cobra.Command, []string) error {
	return a.look(func(ctx context.Context, j *pipelines.Job, args []string) error {
		q, err := j.OpenQuarantine(ctx)
		if err != nil {
			return err
		}
		return errors.Join(f(ctx, q, args), q.Close())
	})
}

func (a *app) quarantineList() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:     "list",
		Short:   a.say("Count what is kept out, by table", "按表统计被隔离的记录"),
		Long:    a.say(mendedLong, mendedLongZh),
		Example: "  heliu quarantine list\n  heliu quarantine list --all",
		Args:    none,
		RunE: a.inQuarantine(func(ctx context.Context, q *pipelines.Quarantine, _ []string) error {
			list, err := q.List(ctx, all)
			if err != nil {
				return err
			}
			t := terminal.Table{Header: []string{a.say("table", "表"), a.say("rows", "行数"), a.say("most frequent reason", "最常见原因")}, Right: []int{1}}
			for _, k := range list {
				t.Add(k.Table, terminal.Count(k.Rows), a.lang.Reason(k.Reason))
			}
			if len(list) == 0 {
				a.note(a.say("Nothing is kept out.", "没有被隔离的记录。"))
				return nil
			}
			return t.Write(a.out)
		}),
	}
	c.Flags().BoolVar(&all, "all", false, a.say("also what was mended since", "包括之后已修正的记录"))
	return c
}

func (a *app) quarantineShow() *cobra.Command {
	var format string
	var limit int
	var all bool
	c := &cobra.Command{
		Use:     "show ENTITY|SOURCE.STREAM",
		Short:   a.say("Show the rows with their reasons, the newest first", "查看被隔离的行及原因,最新在前"),
		Long:    a.say("The rows that quarantine list counts. "+mendedLong, "即 quarantine list 所统计的行。"+mendedLongZh),
		Example: "  heliu quarantine show order\n  heliu quarantine show office.marketing_cost --format csv\n  heliu quarantine show office.marketing_cost --all",
		Args:    one("an entity or SOURCE.STREAM"),
		RunE: a.inQuarantine(func(ctx context.Context, q *pipelines.Quarantine, args []string) error {
			return q.Show(ctx, args[0], limit, all, func(s *duckdb.Session, statement string) error {
				if format == "table" {
					statement = "select * replace (" + a.lang.ReasonSQL("reason") + " as reason) from (" + statement + ")"
				}
				rows, err := s.Query(ctx, statement)
				if err != nil {
					return err
				}
				defer rows.Release()
				n, err := result.Write(a.out, format, rows)
				if n == 0 && err == nil {
					a.note(a.say("Nothing of it is kept out now; --all shows what was mended since.", "目前没有被隔离的记录;--all 显示之后已修正的记录。"))
				}
				return err
			})
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().IntVar(&limit, "limit", 20, a.say("how many rows", "显示条数"))
	c.Flags().BoolVar(&all, "all", false, a.say("also what was mended since", "包括之后已修正的记录"))
	return c
}

func (a *app) quarantineReplay() *cobra.Command {
	return &cobra.Command{
		Use:   "replay ENTITY|SOURCE.STREAM",
		Short: a.say("Judge rows again, or read again what was rejected, once the cause is mended", "修正原因后重新校验或重新读取"),
		Long: a.say("Of an entity, its rows are judged again by the present rules. Of a stream, the time in which records were rejected is read again. Nothing is doubled.",
			"对实体:按现有规则重新校验。对数据流:重读出现拒收的时段。不会重复计数。"),
		Example: "  heliu quarantine replay order\n  heliu quarantine replay office.marketing_cost",
		Args:    one("an entity or SOURCE.STREAM"),
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			result, err := j.Replay(ctx, args[0])
			return a.finish(result, err)
		}),
	}
}
