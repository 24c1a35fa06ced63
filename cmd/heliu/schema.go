package main

import (
	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/project"
)

func (a *app) schema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: a.say("Print the JSON schema of heliu.yaml, for editors", "输出 heliu.yaml 的 JSON Schema,供编辑器使用"),
		Example: "  heliu schema > heliu.schema.json\n" +
			"  # first line of heliu.yaml: # yaml-language-server: $schema=heliu.schema.json",
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			text, err := project.Schema()
			if err != nil {
				return err
			}
			_, err = a.out.Write(text)
			return err
		},
	}
}
