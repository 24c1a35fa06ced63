package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) plan() *cobra.Command {
	var all, full bool
	c := &cobra.Command{
		Use:     "plan [MODEL…]",
		Short:   a.say("Show what a build would do now, and why", "查看现在构建会做什么及原因"),
		Example: "  heliu plan\n  heliu plan mart.campaign_roi --all",
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			steps, err := j.Plan(ctx, pipelines.Selection{Models: args, Full: full})
			if err != nil {
				return err
			}
			t := terminal.Table{Header: []string{a.say("model", "模型"), a.say("kept", "方式"), a.say("would", "将"), a.say("why", "原因")}}
			for _, s := range steps {
				would := a.say("build", "构建")
				switch {
				case !s.Run && !all:
					continue
				case !s.Run:
					would = a.say("skip", "跳过")
				case s.Maybe:
					would = a.say("perhaps build", "可能构建")
				}
				t.Add(s.Name, s.Mode, would, s.Why)
			}
			if len(t.Rows) == 0 {
				a.note(a.say("Nothing to build: every table is as new as the lake.", "无需构建:所有表都与数据湖一致。"))
				return nil
			}
			return t.Write(a.out)
		}),
	}
	c.Flags().BoolVar(&all, "all", false, a.say("also what would be skipped", "同时列出将跳过的模型"))
	c.Flags().BoolVar(&full, "full", false, a.say("as if everything were to be computed anew", "按全量重算计划"))
	return c
}
