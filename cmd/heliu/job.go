package main

import (
	"context"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/extract/collect"
	"github.com/heliu-data/heliu/extract/kinds"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/pipelines"
)

// deps are what a job reaches the world through.
func (a *app) deps() pipelines.Deps {
	deps := pipelines.Deps{Now: a.now, Random: rand.Uint64, Wait: a.wait, Kinds: append(kinds.All(), collect.Kind()), Log: a.logger(), Version: version, Crash: a.crash}
	log := deps.Log
	if a.logFormat != "json" {
		log = nil
	}
	a.progress = terminal.NewProgress(a.err, log, a.quiet, a.now).In(a.lang)
	deps.Progress = a.progress
	return deps
}

// job opens the project of the flags, without touching any system.
func (a *app) job() (*pipelines.Job, error) {
	p, err := a.load()
	if err != nil {
		return nil, err
	}
	return pipelines.Open(p, a.vault, a.deps())
}

// look makes a command's function of one that only reads what there is.
func (a *app) look(f func(ctx context.Context, j *pipelines.Job, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		p, err := a.load()
		if err != nil {
			return err
		}
		return f(c.Context(), pipelines.Look(p, a.vault, a.deps()), args)
	}
}

// with makes a command's function of one that needs a job, and closes the job behind it.
func (a *app) with(f func(ctx context.Context, j *pipelines.Job, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		j, err := a.job()
		if err != nil {
			return err
		}
		err = f(c.Context(), j, args)
		if closing := j.Close(); err == nil {
			err = closing
		}
		return err
	}
}
