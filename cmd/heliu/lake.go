package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) lake() *cobra.Command {
	c := &cobra.Command{
		Use:     "lake",
		Short:   a.say("List, compact and expire the lake's tables", "列出、合并与清理数据湖"),
		Example: "  heliu lake list\n  heliu lake compact 'raw.tmall__*'\n  heliu lake expire",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			return usage("choose one of: lake list, lake compact, lake expire")
		},
	}
	c.AddCommand(a.lakeList(),
		a.lakeKeep("compact [TABLE…]", a.say("Merge small files now; a run does so by itself when there are many", "立即合并小文件;运行时达到阈值会自动合并"), true, false),
		a.lakeKeep("expire [TABLE…]", a.say("Forget old snapshots that no model has still to read, and delete what nothing has needed for the time of retention.files",
			"清除模型不再需要的旧快照,并删除超过保留期的文件"), false, true))
	return c
}

func (a *app) lakeList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   a.say("List the tables with their size", "列出各表及其大小"),
		Example: "  heliu lake list",
		Args:    none,
		RunE: a.look(func(ctx context.Context, j *pipelines.Job, _ []string) error {
			list, err := j.LakeTables(ctx)
			if err != nil {
				return err
			}
			t := terminal.Table{Header: []string{a.say("table", "表"), a.say("rows", "行数"), a.say("files", "文件数"), a.say("bytes", "字节"),
				a.say("snapshots", "快照数"), a.say("cursor", "游标")}, Right: []int{1, 2, 3, 4}}
			for _, x := range list {
				cursor := x.Cursor
				if r := []rune(cursor); len(r) > 40 {
					cursor = string(r[:40]) + "…"
				}
				t.Add(x.Name, terminal.Count(x.Rows), x.Files, terminal.Count(x.Bytes), x.Snapshots, cursor)
			}
			return t.Write(a.out)
		}),
	}
}

func (a *app) lakeKeep(use, short string, compact, expire bool) *cobra.Command {
	return &cobra.Command{
		Use:     use,
		Short:   short,
		Example: "  heliu lake " + use[:len(use)-len(" [TABLE…]")] + " 'raw.tmall__*'",
		RunE: a.look(func(ctx context.Context, j *pipelines.Job, args []string) error {
			done, err := j.Keep(ctx, args, compact, expire, j.Project.Retention.Files.Duration())
			if err != nil {
				return err
			}
			a.note("%s", done)
			return nil
		}),
	}
}
