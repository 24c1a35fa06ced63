package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) publish() *cobra.Command {
	return &cobra.Command{
		Use:   "publish",
		Short: a.say("Publish what is built, if its audits hold", "稽核通过后发布已构建的表"),
		Long: a.say("Every target is staged and checked, then each is switched. What an earlier run left half done is finished or rolled back first.",
			"先准备并核对所有目标,再逐一切换;此前中断的发布会先完成或回滚。"),
		Example: "  heliu publish",
		Args:    none,
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, _ []string) error {
			result, err := j.Run(ctx, pipelines.Order{Command: "publish", Audit: true, Publish: true})
			return a.finish(result, err)
		}),
	}
}
