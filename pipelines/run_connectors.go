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
	"github.com/heliu-data/heliu/internal/project"
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

// Present says which sources are not there though it can be known without asking another system: a project without any, and
// the local files of a stream whose path names none. The demo's files come with its servers: of a project that has a source
// for which demo is true they are not looked for. The error is the configuration's.
func (j *Job) Present(ctx context.Context, demo func(project.Source) bool) error {
	if err := j.namesSource(); err != nil {
		return err
	}
	for _, written := range j.Project.Sources {
		if demo(written) {
			return nil
		}
	}
	var mistakes []error
	for _, s := range j.Sources {
		written := j.Project.Sources[s.Name()]
		if _, remote := written.Settings["access_key"]; remote || s.Connector().Via != "files" || !j.reads(s.Name()) {
			continue
		}
		if err := s.Test(ctx); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: source %s: %w", written.File, written.Line, s.Name(), err))
		}
	}
	return configuration(errors.Join(mistakes...))
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
