package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) plan() *cobra.Command {
	var all, full bool
	c := &cobra.Command{
		Use:     "plan [MODEL…]",
		Short:   a.say("Show what a run would read, build and publish now, and why", "查看现在运行会读取、构建、发布什么及原因"),
		Example: "  heliu plan\n  heliu plan mart.campaign_roi --all",
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			if len(args) == 0 && !j.Project.May(project.Build) {
				return a.planOutside(ctx, j)
			}
			steps, err := j.Plan(ctx, pipelines.Selection{Models: args, Full: full})
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if err := a.planOutside(ctx, j); err != nil {
					return err
				}
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
				t.Add(s.Name, a.lang.Mode(s.Mode), would, a.lang.Note(s.Why))
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

// planOutside shows the streams that a run would read, from where on, and the targets that it would publish to.
func (a *app) planOutside(ctx context.Context, j *pipelines.Job) error {
	streams, targets, err := j.Outside(ctx)
	if err != nil {
		return err
	}
	zone := j.Project.Timezone
	t := terminal.Table{Header: []string{a.say("stream", "数据流"), fmt.Sprintf(a.say("would be read from (%s)", "将读取自 (%s)"), zone)}}
	for _, s := range streams {
		from := a.say("where it was left", "上次读到之处")
		switch {
		case s.Elsewhere && s.From.IsZero():
			from = a.say("– (by another program, which has not read it yet)", "–(由其他程序读取,尚未读取)")
		case s.Elsewhere:
			from = fmt.Sprintf(a.say("– (by another program, last at %s)", "–(由其他程序读取,最近一次 %s)"), s.From.In(zone.Location()).Format(time.DateTime))
		case s.New:
			from = a.say("the beginning: nothing is landed yet", "起点:尚未落地任何数据")
		case !s.From.IsZero():
			from = s.From.In(zone.Location()).Format(time.DateTime)
		}
		t.Add(s.Name, from)
	}
	if err := t.Write(a.out); err != nil {
		return err
	}
	p := terminal.Table{Header: []string{a.say("target", "目标"), a.say("would be published to", "将发布到")}}
	for _, x := range targets {
		p.Add(x.Kind, a.shown(x.Location))
	}
	if _, err := fmt.Fprintln(a.out); err != nil || len(targets) == 0 {
		return err
	}
	if err := p.Write(a.out); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out)
	return err
}
