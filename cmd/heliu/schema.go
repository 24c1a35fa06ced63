package main

import (
	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/pipelines"
)

func (a *app) schema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: a.say("Print the JSON schema of heliu.yaml, for editors", "输出 heliu.yaml 的 JSON Schema,供编辑器使用"),
		Example: "  heliu schema > heliu.schema.json\n" +
			"  # first line of heliu.yaml: # yaml-language-server: $schema=heliu.schema.json",
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			connectors, err := a.connectors(a.dir)
			if err != nil {
				return err
			}
			text, err := project.Schema(connectors...)
			if err != nil {
				return err
			}
			_, err = a.out.Write(text)
			return err
		},
	}
}

// connectors are what the sources of a project in dir may be, and which settings each takes.
func (a *app) connectors(dir string) ([]project.Connector, error) {
	list, err := pipelines.Connectors(dir, a.deps().Kinds)
	if err != nil {
		return nil, err
	}
	out := make([]project.Connector, len(list))
	for i, c := range list {
		out[i].Name = c.Name
		for _, n := range c.Needs {
			out[i].Settings = append(out[i].Settings, project.Setting{Name: n.Name, En: n.Title.En, Zh: n.Title.Zh, Secret: n.Secret, Required: !n.Optional && n.Default == ""})
		}
		for _, name := range extract.CommonSettings() {
			out[i].Settings = append(out[i].Settings, project.Setting{Name: name})
		}
	}
	return out, nil
}
