package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) check() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: a.say("Check everything that can be known without moving data", "检查配置、映射与模型,不移动数据"),
		Long: a.say("Reads the project, its connectors, mappings and models, and types every model over empty tables. Every mistake is reported at once, with file and line. No system is called.",
			"读取项目、连接器、映射与模型,并在空表上推断每个模型的类型。一次列出全部错误及其文件与行号,不访问任何系统。"),
		Example: "  heliu check --project acme",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			p, mistakes := a.load()
			j, checked, err := pipelines.CheckProject(c.Context(), p, mistakes, a.vault, a.deps())
			if err != nil {
				return err
			}
			if err := j.Present(c.Context(), a.servedByDemo); err != nil {
				return errors.Join(err, checked.Close(), j.Close())
			}
			for _, w := range checked.Warnings {
				a.note("%s %v", a.say("warning:", "警告:"), w)
			}
			_, err = fmt.Fprintf(a.out, a.say("%s holds: %s, %s, every model typed.\n", "%s 无误:%s,%s,全部模型已推断类型。\n"), j.Project.File,
				a.lang.Counted(int64(len(j.Sources)), "source", "sources", "个数据源"), a.lang.Counted(int64(checked.Tables()), "table", "tables", "张表"))
			return errors.Join(err, checked.Close(), j.Close())
		},
	}
}
