package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) source() *cobra.Command {
	c := &cobra.Command{
		Use:     "source",
		Short:   a.say("List, show and test the configured systems", "列出、查看与测试数据源"),
		Example: "  heliu source list\n  heliu source show tmall\n  heliu source test",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			return usage("choose one of: source list, source show, source test")
		},
	}
	c.AddCommand(a.sourceList(), a.sourceShow(), a.sourceTest())
	return c
}

func (a *app) sourceList() *cobra.Command {
	var connectors bool
	c := &cobra.Command{
		Use:     "list",
		Short:   a.say("List the sources of the project, or the kinds of systems there are", "列出项目的数据源,或全部可用的系统类型"),
		Example: "  heliu source list\n  heliu source list --connectors",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			if connectors {
				return a.connectorList()
			}
			return a.with(func(_ context.Context, j *pipelines.Job, _ []string) error {
				t := terminal.Table{Header: []string{a.say("source", "数据源"), a.say("connector", "连接器"), a.say("kind", "类别"), a.say("streams", "数据流")}}
				for _, s := range j.Sources {
					var names []string
					for _, info := range s.Streams() {
						names = append(names, info.Name)
					}
					t.Add(s.Name(), s.Connector().Name, s.Connector().Kind, strings.Join(names, ", "))
				}
				return t.Write(a.out)
			})(c, nil)
		},
	}
	c.Flags().BoolVar(&connectors, "connectors", false, a.say("the kinds of systems, and what each needs", "列出系统类型及其所需设置"))
	return c
}

func (a *app) connectorList() error {
	list, err := pipelines.Connectors(a.dir, a.deps().Kinds)
	if err != nil {
		return err
	}
	t := terminal.Table{Header: []string{a.say("connector", "连接器"), a.say("system", "系统"), a.say("kind", "类别"), a.say("needs", "必填"), a.say("may have", "可选")}}
	for _, c := range list {
		var must, may []string
		for _, n := range c.Needs {
			if n.Optional {
				may = append(may, n.Name)
			} else {
				must = append(must, n.Name)
			}
		}
		t.Add(c.Name, a.lang.Say(c.Title.En, c.Title.Zh), c.Kind, strings.Join(must, ", "), strings.Join(may, ", "))
	}
	return t.Write(a.out)
}

func (a *app) sourceShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show SOURCE",
		Short:   a.say("Show the streams of a source and what they map to", "查看数据源的数据流及其映射"),
		Example: "  heliu source show tmall",
		Args:    one("a source"),
		RunE: a.with(func(_ context.Context, j *pipelines.Job, args []string) error {
			s, err := j.Source(args[0])
			if err != nil {
				return err
			}
			maps := map[string][]string{}
			for _, m := range s.Mappings() {
				maps[m.Stream] = append(maps[m.Stream], m.Entity)
			}
			t := terminal.Table{Header: []string{a.say("stream", "数据流"), a.say("part of", "隶属"), a.say("key", "主键"), a.say("cursor", "游标"),
				a.say("columns", "列数"), a.say("personal", "个人信息"), a.say("maps to", "映射到"), a.say("table", "表")}, Right: []int{4}}
			for _, info := range s.Streams() {
				t.Add(info.Name, info.Parent, strings.Join(info.Key, ", "), info.Cursor, len(info.Columns), strings.Join(info.Personal, ", "), strings.Join(maps[info.Name], ", "), info.Table)
			}
			return t.Write(a.out)
		}),
	}
}

func (a *app) sourceTest() *cobra.Command {
	return &cobra.Command{
		Use:     "test [SOURCE…]",
		Short:   a.say("Ask each source one cheap question", "逐一测试数据源能否连通"),
		Example: "  heliu source test\n  heliu source test tmall",
		RunE: a.with(func(ctx context.Context, j *pipelines.Job, args []string) error {
			var failures []error
			if len(args) == 0 {
				for _, s := range j.Sources {
					if j.Project.Elsewhere(s.Name()) {
						a.note(a.say("– %s: another program reads it", "– %s:由其他程序读取"), s.Name())
						continue
					}
					args = append(args, s.Name())
				}
			}
			args = slices.DeleteFunc(args, func(name string) bool {
				down := a.servedByDemo(j.Project.Sources[name])
				if down {
					a.note(a.say("– %s: the sample company's servers are up only while this runs: %s", "– %s:示例公司的服务只在此命令运行期间可用:%s"), name, a.next("run --demo", ""))
				}
				return down
			})
			if len(args) == 0 {
				return nil
			}
			err := j.Test(ctx, args, func(name string, err error) {
				if err != nil {
					failures = append(failures, fmt.Errorf("source %s: %w", name, err))
					return
				}
				a.note("✓ %s", name)
			})
			return errors.Join(append(failures, err)...)
		}),
	}
}

// servedByDemo reports whether a source is one of the sample company's that asks a server which is down now.
func (a *app) servedByDemo(source project.Source) bool {
	for _, value := range source.Settings {
		if text, ok := value.(string); ok && strings.Contains(text, "${HELIU_DEMO_") {
			_, up := a.env("HELIU_DEMO_TAOBAO")
			return !up
		}
	}
	return false
}
