package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) run() *cobra.Command {
	var demo bool
	c := &cobra.Command{
		Use:   "run",
		Short: a.say("Extract, build, audit and publish: the nightly job", "抽取、构建、稽核、发布:每晚的完整作业"),
		Long: a.say("Reads what is new, builds what changed, and publishes only if every receipt and audit holds. Stopped at any point, it goes on where it was.\nExit codes: 0 all well, 1 a step failed, 2 configuration, 3 a receipt or an audit failed and nothing was published, 4 another process holds the lock.",
			"读取新数据,构建有变化的模型,全部回执与稽核通过后才发布。任意时刻中断后可继续。\n退出码:0 成功,1 步骤失败,2 配置错误,3 回执或稽核未通过且未发布,4 另一进程持有锁。"),
		Example: "  heliu run\n  heliu run --project acme --log-format json",
		Args:    none,
		RunE: func(c *cobra.Command, args []string) error {
			if demo {
				return a.demo(c.Context())
			}
			return a.with(func(ctx context.Context, j *pipelines.Job, _ []string) error {
				for _, s := range j.Sources {
					if a.servedByDemo(j.Project.Sources[s.Name()]) {
						return usage("source %s is the sample company's, whose servers are up only while this runs: %s", s.Name(), a.next("run --demo", ""))
					}
				}
				result, err := j.Run(ctx, pipelines.Everything("run"))
				return a.finish(result, err)
			})(c, args)
		},
	}
	c.Flags().BoolVar(&demo, "demo", false, a.say("against the sample company, whose servers run as long as the command", "针对示例公司运行,其服务随命令启停"))
	return c
}
