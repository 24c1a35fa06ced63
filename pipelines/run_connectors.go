package pipelines

import (
	"context"
	"io/fs"

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

// Test asks each named source (all when none is) one cheap question; tell hears of each as it answers, one at a time.
func (j *Job) Test(ctx context.Context, names []string, tell func(name string, err error)) error {
	sources := j.Sources
	if len(names) > 0 {
		sources = nil
		for _, name := range names {
			s, err := j.Source(name)
			if err != nil {
				return err
			}
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
			group.Go(func() error { answers[i] <- s.Test(ctx); return nil })
		}
	}()
	for i, s := range sources {
		tell(s.Name(), <-answers[i])
	}
	return group.Wait()
}
