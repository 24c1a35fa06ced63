package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/simulate"
)

func (a *app) simulate() *cobra.Command {
	var addr, from, to, files, truth, at string
	var seed uint64
	var orders int
	c := &cobra.Command{
		Use:   "simulate",
		Short: a.say("Serve the sample company in the vendors' own wire shapes, on loopback", "在本机以各平台的接口形式提供示例公司"),
		Long: a.say("Prints where it listens and the environment that the demo's heliu.yaml refers to, and serves until it is stopped. With --files and --truth it writes the company's spreadsheets and the figures that a warehouse over it must show.",
			"输出监听地址与示例项目所需的环境变量,运行至被停止。--files 与 --truth 写出公司的表格文件与正确答案。"),
		Example: "  heliu simulate\n  heliu simulate --seed 7 --orders 20000 --from 2026-01-01 --to 2026-03-31 --addr 127.0.0.1:8099\n  heliu simulate --files demo/files --truth truth",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			opts := a.company
			if c.Flags().Changed("seed") || c.Flags().Changed("orders") || from != "" || to != "" {
				opts = simulate.Options{Seed: seed, Orders: orders}
				var err error
				if opts.From, err = instant("--from", from, time.UTC); err != nil {
					return err
				}
				if opts.To, err = instant("--to", to, time.UTC); err != nil {
					return err
				}
			}
			company, err := simulate.New(opts)
			if err != nil {
				return usage("%v", err)
			}
			now := company.Now()
			if at != "" {
				if now, err = instant("--at", at, now.Location()); err != nil {
					return err
				}
			}
			if files != "" {
				if _, err := company.WriteFiles(files, now); err != nil {
					return err
				}
			}
			if truth != "" {
				if _, err := company.WriteTruth(truth, now); err != nil {
					return err
				}
			}
			return simulate.Serve(c.Context(), addr, company, simulate.ServeOptions{Now: func() time.Time { return now },
				Ready: func(info simulate.StartupInfo) { a.printCompany(info) }})
		},
	}
	f := c.Flags()
	f.StringVar(&addr, "addr", "127.0.0.1:0", a.say("where to listen; loopback only, port 0 is any free one", "监听地址,仅限本机"))
	f.Uint64Var(&seed, "seed", 1, a.say("which company", "随机种子"))
	f.IntVar(&orders, "orders", 3000, a.say("how many purchases", "订单数"))
	f.StringVar(&from, "from", "", a.say("first day of orders", "起始日"))
	f.StringVar(&to, "to", "", a.say("last day of orders", "截止日"))
	f.StringVar(&at, "at", "", a.say("the company's clock; two hours into the last day when absent", "公司时钟"))
	f.StringVar(&files, "files", "", a.say("folder to write the spreadsheets to", "表格文件写入的文件夹"))
	f.StringVar(&truth, "truth", "", a.say("folder to write the truth to", "正确答案写入的文件夹"))
	return c
}

// printCompany prints the demo's environment as shell lines; the secrets are everybody's.
func (a *app) printCompany(info simulate.StartupInfo) {
	names := demoNames(info)
	var lines []string
	for name, value := range names {
		lines = append(lines, fmt.Sprintf("export %s='%s'", name, value))
	}
	slices.Sort(lines)
	a.note("%s %s (%s)", a.say("Listening on", "监听于"), info.Base, info.Now.Format(time.DateTime))
	if _, err := fmt.Fprintln(a.out, strings.Join(lines, "\n")); err != nil {
		a.tell("%v", err)
	}
}
