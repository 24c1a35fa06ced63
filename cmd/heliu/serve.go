package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) serve() *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "serve",
		Short: a.say("Take pushed storefront events and webhooks", "接收推送的站点事件与回调"),
		Long: a.say("Serves the collector: POST /collect/SOURCE with a bearer token, one event, an array or a line each. An answer comes when the events are durable in the lake. Stopped, it lands what waits and ends.",
			"提供采集端点:以 Bearer 令牌 POST /collect/数据源,单个事件、数组或每行一个。事件落盘后才应答;停止时先写完等待中的事件。"),
		Example: "  heliu serve\n  heliu serve --addr 0.0.0.0:8080",
		Args:    none,
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, _ []string) error {
			return j.Collect(ctx, addr, 0, func(base string, sources []string) {
				a.note(a.say("Listening on %s for: %s", "监听于 %s,数据源:%s"), base+"/collect", strings.Join(sources, ", "))
			})
		}),
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8787", a.say("where to listen", "监听地址"))
	return c
}
