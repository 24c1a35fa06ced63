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
			outcome := shownColumn{"outcome", "outcome", a.say("outcome", "结果"), false}
			if format == "table" {
				outcome.expression = a.outcome("outcome")
			}
			begun, ended := shownColumn{"started_at", "started_at", a.say("started", "开始"), true}, shownColumn{"finished_at", "finished_at", a.say("finished", "结束"), true}
			statement := fmt.Sprintf("select %s from ops.runs order by started_at desc limit %d", a.columns(j, format, []shownColumn{
				{"run_id", "run_id", a.say("run", "运行"), false}, {"command", "command", a.say("command", "命令"), false}, outcome,
				{"exit_code", "exit_code", a.say("exit code", "退出码"), false}, begun, ended, {"left(message, 120)", "message", a.say("message", "信息"), false}}), limit)
			if len(args) == 1 {
				statement = fmt.Sprintf("select %s from ops.steps where run_id = %s order by started_at, step", a.columns(j, format, []shownColumn{
					{"kind", "kind", a.say("kind", "类别"), false}, {"step", "step", a.say("step", "步骤"), false}, outcome,
					{"row_count", "row_count", a.say("rows", "行数"), false}, {"note", "note", a.say("note", "说明"), false}, begun, ended}), quoted(args[0]))
			}
			return a.ask(ctx, j, (*pipelines.Job).Building, statement, format, "")
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().IntVar(&limit, "limit", 20, a.say("how many runs", "显示条数"))
	return c
}

// outcome says the outcomes of runs and steps in the language of the reader.
func (a *app) outcome(column string) string {
	words := [][3]string{{"running", "running", "运行中"}, {"green", "green", "成功"}, {"failed", "failed", "失败"}, {"not proved", "not proved", "未通过核对"},
		{"died", "died", "中断"}, {"done", "done", "完成"}, {"skipped", "skipped", "无新数据"}, {"blocked", "blocked", "受阻"}}
	text := "case " + column
	for _, w := range words {
		text += " when " + quoted(w[0]) + " then " + quoted(a.say(w[1], w[2]))
	}
	return text + " else " + column + " end"
}
