package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
)

// chinese says the words of cobra's usage in Chinese.
var chinese = strings.NewReplacer("Usage:", "用法:", "Aliases:", "别名:", "Examples:", "示例:", "Available Commands:", "命令:", "Global Flags:", "通用选项:",
	"Flags:", "选项:", "Additional help topics:", "其他帮助:", `Use "{{.CommandPath}} [command] --help" for more information about a command.`,
	`用 "{{.CommandPath}} [命令] --help" 查看某个命令的用法。`)

// root lists every command, once.
func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use: "heliu",
		Short: a.say("Join shop, ERP and marketing data; every figure traced to its records, and to the platform's count where it gives one",
			"合流:打通店铺、ERP 与营销数据,每个数字都能追溯到原始记录,平台给出总数的还核对到其计数"),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.logFormat != "text" && a.logFormat != "json" {
				return usage("--log-format %s is not known; allowed: text, json", a.logFormat)
			}
			a.started = true
			return nil
		},
	}
	flags := c.PersistentFlags()
	flags.StringVar(&a.dir, "project", ".", a.say("folder of the project", "项目文件夹"))
	flags.StringVar(&a.logFormat, "log-format", "text", a.say("text or json", "日志格式:text 或 json"))
	flags.String("lang", "", a.say("zh or en; LANG when absent", "语言:zh 或 en,缺省取 LANG"))
	flags.BoolVarP(&a.quiet, "quiet", "q", false, a.say("say nothing but errors", "只输出错误"))
	flags.BoolVarP(&a.verbose, "verbose", "v", false, a.say("say more", "输出详细日志"))
	c.InitDefaultHelpFlag() // known before the command is looked for: heliu --help --lang zh
	if a.lang == terminal.Chinese {
		c.SetUsageTemplate(chinese.Replace(c.UsageTemplate()))
	}
	c.AddCommand(
		a.initCommand(), a.check(), a.source(), a.extract(), a.build(), a.run(), a.plan(), a.query(), a.publish(), a.lineage(), a.runs(), a.receipts(), a.quarantine(), a.lake(), a.serve(), a.simulate(),
		a.dictionary(), a.schema(), a.version(),
	)
	c.InitDefaultHelpCmd()
	c.InitDefaultCompletionCmd()
	for _, made := range c.Commands() {
		switch made.Name() {
		case "help":
			made.Short = a.say("Help about any command", "查看命令帮助")
			made.Long = a.say("Shows what a command does, with its flags and examples: heliu help query", "查看某个命令的说明、选项与示例:heliu help query")
		case "completion":
			made.Short = a.say("Print the completion script of a shell", "输出 shell 自动补全脚本")
		}
	}
	return c
}

// none is a command's argument check for those that take none.
func none(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no argument, but got %q", c.CommandPath(), args[0])
	}
	return nil
}

// one is a command's argument check for those that take exactly one.
func one(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s takes %s", c.CommandPath(), what)
		}
		return nil
	}
}
