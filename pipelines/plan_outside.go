package pipelines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// PlannedStream says from where on a run would read a stream.
type PlannedStream struct {
	Name string // "tmall.orders"
	// From is the end of the last window that was read, by the record; zero when none is there.
	From time.Time
	New  bool // nothing of it was ever landed: all is read
	// Elsewhere says that another program reads it; From is then its last good read, zero for none.
	Elsewhere bool
}

// PlannedTarget is a place that a run would publish to.
type PlannedTarget struct{ Kind, Location string }

// Outside says what a run would read and where it would publish. It asks no system and holds the lock while it looks.
func (j *Job) Outside(ctx context.Context) (streams []PlannedStream, targets []PlannedTarget, err error) {
	for _, t := range j.Project.Publish {
		if !j.Project.May(project.Publish) {
			break
		}
		kind, location := t.Kind()
		targets = append(targets, PlannedTarget{kind, location})
	}
	lock, err := TakeLock(j.Project.Dir, "plan")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, lock.Free()) }()
	l, err := j.OpenLake(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	list, err := j.streams(j.Sources, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range list {
		p := PlannedStream{Name: s.name()}
		table, err := l.Table(ctx, s.info.Table)
		switch {
		case errors.Is(err, lake.ErrNoTable):
			p.New = true
		case err != nil:
			return nil, nil, fmt.Errorf("look at %s: %w", s.info.Table, err)
		default:
			p.New = table.Head().Batch == ""
			if at, parsed := time.Parse(time.RFC3339Nano, table.Head().Cursor); parsed == nil {
				p.From = at
			}
		}
		streams = append(streams, p)
	}
	told, err := l.Told(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range j.Sources {
		for _, info := range s.Streams() {
			if name := s.Name() + "." + info.Name; info.Parent == "" && !j.reads(s.Name()) {
				streams = append(streams, PlannedStream{Name: name, From: told[name].GoodAt, Elsewhere: true})
			}
		}
	}
	return streams, targets, nil
}
