package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/project"
)

func (a *app) initCommand() *cobra.Command {
	var demo bool
	c := &cobra.Command{
		Use:     "init [DIR]",
		Short:   a.say("Make a new project", "新建项目"),
		Example: "  heliu init acme\n  heliu init --demo demo",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := a.dir
			if len(args) > 0 {
				dir = args[0]
			}
			name, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			scaffold := "plain"
			if demo {
				scaffold = "demo"
			}
			connectors, err := a.connectors(dir)
			if err != nil {
				return err
			}
			if err := project.Scaffold(dir, scaffold, map[string]string{"name": filepath.Base(name)}, connectors...); err != nil {
				return err
			}
			a.dir = dir
			next := a.next("check", "")
			if demo {
				next = a.next("run --demo", "")
			}
			a.note(a.say("Made %s. Next: %s", "已创建 %s。下一步:%s"), filepath.Join(dir, project.FileName), next)
			return nil
		},
	}
	c.Flags().BoolVar(&demo, "demo", false, a.say("the sample company", "示例公司"))
	return c
}
