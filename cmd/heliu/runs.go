package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
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
			outcome, message := shownColumn{"outcome", "outcome", a.say("outcome", "结果"), false}, shownColumn{"message", "message", a.say("message", "信息"), false}
			if format == "table" {
				outcome.expression, message.expression = a.outcome("outcome"), cutSQL("message", 400)
			}
			begun, ended := shownColumn{"started_at", "started_at", a.say("started", "开始"), true}, shownColumn{"finished_at", "finished_at", a.say("finished", "结束"), true}
			statement := fmt.Sprintf("select %s from ops.runs order by started_at desc limit %d", a.columns(j, format, []shownColumn{
				{"run_id", "run_id", a.say("run", "运行"), false}, {"command", "command", a.say("command", "命令"), false}, outcome,
				{"exit_code", "exit_code", a.say("exit code", "退出码"), false}, begun, ended, message}), limit)
			said := ""
			if len(args) == 1 {
				var err error
				if said, err = a.messageOf(ctx, j, args[0]); err != nil {
					return err
				}
				statement = fmt.Sprintf("select %s from ops.steps where run_id = %s order by started_at, step", a.columns(j, format, []shownColumn{
					{"kind", "kind", a.say("kind", "类别"), false}, {"step", "step", a.say("step", "步骤"), false}, outcome,
					{"row_count", "row_count", a.say("rows", "行数"), false}, {"note", "note", a.say("note", "说明"), false}, begun, ended}), quoted(args[0]))
			}
			if err := a.ask(ctx, j, (*pipelines.Job).Building, statement, format, ""); err != nil || format != "table" {
				return err
			}
			_, err := fmt.Fprint(a.out, said)
			return err
		}),
	}
	c.Flags().StringVar(&format, "format", "table", "table, csv, json, parquet, xlsx")
	c.Flags().IntVar(&limit, "limit", 20, a.say("how many runs", "显示条数"))
	return c
}

// cutSQL is the expression for the first letters of a long text, up to the end of a word and marked as cut; the run's own page
// has the whole.
func cutSQL(column string, letters int) string {
	return fmt.Sprintf(`case when length(%[1]s) > %[2]d then regexp_replace(left(%[1]s, %[2]d), '\s+\S*$', '') || ' …' else %[1]s end`, column, letters)
}

// messageOf is what a run ended with, as lines for people, "" when all was well; a run that there is not is wrong use.
func (a *app) messageOf(ctx context.Context, j *pipelines.Job, run string) (text string, err error) {
	e, free, err := j.Building(ctx)
	if err != nil {
		return "", err
	}
	s, err := e.Connect(ctx)
	if err != nil {
		return "", errors.Join(err, free())
	}
	defer func() { err = errors.Join(err, s.Close(), free()) }()
	err = s.Row(ctx, "select coalesce(message, '') from ops.runs where run_id = "+quoted(run), &text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", usage(a.say("there is no run %q; list those that there are: %s", "没有运行 %q;列出全部运行:%s"), run, a.next("runs", ""))
	}
	if err != nil || text == "" {
		return "", err
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = terminal.Plain(a.lang.Fault(line))
	}
	return strings.Join(lines, "\n") + "\n", nil
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
