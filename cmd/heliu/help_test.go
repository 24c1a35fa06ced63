package main

import (
	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
)

func langOf(text string) terminal.Lang { return terminal.Lang(text) }

// allCommands lists a command and all below it.
func allCommands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, child := range c.Commands() {
		list = append(list, allCommands(child)...)
	}
	return list
}
