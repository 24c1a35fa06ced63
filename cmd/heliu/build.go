package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) build() *cobra.Command {
	var full bool
	c := &cobra.Command{
		Use:   "build [MODEL…]",
		Short: a.say("Build and audit the models from what is in the lake", "用数据湖中的数据构建并稽核模型"),
		Long: a.say("Only what changed is built. A + before a name takes all that it depends on too, one behind it all that depends on it.",
			"只构建有变化的部分。名称前加 + 含其全部上游,名称后加 + 含其全部下游。"),
		Example: "  heliu build\n  heliu build +mart.campaign_roi\n  heliu build 'star.*' --full",
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			result, err := j.Run(ctx, pipelines.Order{Command: "build", Build: true, Models: pipelines.Selection{Models: args, Full: full}})
			return a.finish(result, err)
		}),
	}
	c.Flags().BoolVar(&full, "full", false, a.say("compute anew, whatever is there", "全量重算"))
	return c
}
