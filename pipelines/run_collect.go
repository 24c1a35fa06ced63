package pipelines

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/collect"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// collecting is one source that events are pushed to.
type collecting struct {
	collector *collect.Collector
	source    *extract.Source
	ended     chan error
}

// Collect takes pushed events over HTTP until the context ends, and lands what still waits before it returns: POST
// /collect/SOURCE for each source of the kind collect, POST /collect where there is one only. Ready is told the address.
// It runs beside any run, since a landing is one commit of the stream's table, but not beside another of its kind: two
// would land slices of their own in the same tables. Then it returns [ErrLocked].
func (j *Job) Collect(ctx context.Context, addr string, batch int, ready func(base string, sources []string)) (err error) {
	if !j.Project.May(project.Extract) {
		return j.forbidden(project.Extract)
	}
	lock, err := takeCollectLock(j.Project.Dir, fmt.Sprintf("a collector of events, process %d", os.Getpid()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Free()) }()
	l, err := j.OpenLake(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	mux := http.NewServeMux()
	var all []collecting
	var names []string
	for _, name := range sortedKeys(j.Project.Sources) {
		s, err := j.Source(name)
		if err != nil {
			return err
		}
		if s.Connector().Via != "collect" || !j.reads(name) {
			continue
		}
		c, err := j.collecting(name, l, batch)
		if err != nil {
			return err
		}
		mux.Handle("/collect/"+name, c.collector)
		all, names = append(all, c), append(names, name)
	}
	switch len(all) {
	case 0:
		return configuration(fmt.Errorf("%s: no source takes pushed events; add one, like site: {connector: events, token: ${COLLECT_TOKEN}}", j.Project.File))
	case 1:
		mux.Handle("/collect", all[0].collector)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%w: listen on %s: %w", ErrUsage, addr, err)
	}
	for _, c := range all {
		go func() { c.ended <- c.collector.Run(context.WithoutCancel(ctx), c.source) }()
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if ready != nil {
		ready("http://"+listener.Addr().String(), names)
	}
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	return errors.Join(err, stop(ctx, server, all))
}

// stop answers the requests under way, lands what waits and ends.
func stop(ctx context.Context, server *http.Server, all []collecting) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	errs := []error{server.Shutdown(ctx)}
	for _, c := range all {
		c.collector.Close()
		errs = append(errs, <-c.ended, c.source.Close())
	}
	return errors.Join(errs...)
}

// collecting opens a source on the lake behind a collector of its own.
func (j *Job) collecting(name string, l *lake.Lake, batch int) (collecting, error) {
	token, ok := j.Project.Sources[name].Settings["token"].(string)
	if !ok {
		return collecting{}, configuration(fmt.Errorf("%s:%d: source %s needs a token", j.Project.File, j.Project.Sources[name].Line, name))
	}
	token, err := j.vault.Expand(token)
	if err != nil {
		return collecting{}, configuration(fmt.Errorf("source %s: token: %w", name, err))
	}
	c, err := collect.New(collect.Config{Token: token, BatchSize: batch, Now: j.deps.Now, After: time.After})
	if err != nil {
		return collecting{}, configuration(fmt.Errorf("source %s: %w", name, err))
	}
	own := *j
	own.deps.Kinds = []extract.Kind{c.Kind()}
	own.Project = &project.Project{Dir: j.Project.Dir, File: j.Project.File, Personal: j.Project.Personal,
		Sources: map[string]project.Source{name: j.Project.Sources[name]}}
	sources, err := own.openSources(l)
	if err != nil {
		return collecting{}, configuration(err)
	}
	return collecting{collector: c, source: sources[0], ended: make(chan error, 1)}, nil
}
