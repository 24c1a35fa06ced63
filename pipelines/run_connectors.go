package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/heliu-data/heliu/extract"
)

// connectorFolders are the folders of connectors: the program's own, then the project's in dir.
func connectorFolders(dir string) []fs.FS {
	folders := []fs.FS{extract.Embedded()}
	if own := folder(dir, "connectors"); own != nil {
		folders = append(folders, own)
	}
	return folders
}

// Connectors lists every kind of system that a project in dir can name.
func Connectors(dir string, kinds []extract.Kind) ([]*extract.Connector, error) {
	folders := connectorFolders(dir)
	names, err := extract.ConnectorNames(folders...)
	if err != nil {
		return nil, err
	}
	list := make([]*extract.Connector, len(names))
	for i, name := range names {
		if list[i], err = extract.LoadConnector(name, kinds, folders...); err != nil {
			return nil, configuration(err)
		}
	}
	return list, nil
}

// A test is for somebody who waits: it takes at most testTime, and comes back after a pause only if that is no longer
// than testPause, which is once.
const (
	testTime  = 10 * time.Second
	testPause = 1500 * time.Millisecond
)

// Test asks each named source (all when none is) one cheap question; tell hears of each as it answers, one at a time.
func (j *Job) Test(ctx context.Context, names []string, tell func(name string, err error)) (err error) {
	for _, name := range names {
		if _, err := j.Source(name); err != nil {
			return err
		}
	}
	own := *j
	own.deps.Log = slog.New(slog.DiscardHandler) // what fails is told, once
	own.deps.Wait = func(ctx context.Context, d time.Duration) error {
		if d > testPause {
			return fmt.Errorf("a test does not wait %s", d.Round(100*time.Millisecond))
		}
		if j.deps.Wait != nil {
			return j.deps.Wait(ctx, d)
		}
		pause, stop := context.WithTimeout(ctx, d)
		defer stop()
		<-pause.Done()
		return ctx.Err()
	}
	if own.Sources, err = own.openSources(nil); err != nil {
		return configuration(err)
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	var sources []*extract.Source
	for _, s := range own.Sources {
		if len(names) == 0 || slices.Contains(names, s.Name()) {
			sources = append(sources, s)
		}
	}
	answers := make([]chan error, len(sources))
	var group errgroup.Group
	group.SetLimit(readers)
	for i := range sources {
		answers[i] = make(chan error, 1)
	}
	go func() {
		for i, s := range sources {
			group.Go(func() error { answers[i] <- try(ctx, s); return nil })
		}
	}()
	for i, s := range sources {
		tell(s.Name(), <-answers[i])
	}
	return group.Wait()
}

// try tests one source, in time.
func try(ctx context.Context, s *extract.Source) error {
	ctx, stop := context.WithTimeout(ctx, testTime)
	defer stop()
	err := s.Test(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s: %w", testTime, err)
	}
	return err
}
