package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// Publisher publishes to several targets as one (invariant 6): all are staged and checked, then each is switched. What
// is intended stands in ops.publications of the warehouse, so that the next run can finish or undo it.
type Publisher struct {
	Session warehouse.Session // of the private warehouse: tables are read from it, ops.publications is kept in it
	Targets map[string]Target // by a name that stays and holds no secret, "duckdb:./marts.duckdb"
	Now     func() time.Time
	Crash   func(point string) // nil is none
}

// Published tells what became of one target.
type Published struct {
	Target string
	ID     string
	Staged
}

// Publish makes the publication what readers of every target see. When a target cannot be staged nothing is switched
// anywhere. When a target cannot be switched the others are, the error says so, and Recover finishes it later.
func (p *Publisher) Publish(ctx context.Context, pub Publication) ([]Published, error) {
	if err := pub.check(); err != nil {
		return nil, err
	}
	if err := p.Recover(ctx); err != nil {
		return nil, fmt.Errorf("finish an earlier publication: %w", err)
	}
	rec := records{p.Session}
	names := p.names()
	if err := rec.begin(ctx, pub, names, p.Now()); err != nil {
		return nil, err
	}
	p.crash(PointIntent)
	out := make([]Published, 0, len(names))
	for _, name := range names {
		staged, err := p.Targets[name].Stage(ctx, p.Session, pub)
		if err != nil {
			err = fmt.Errorf("stage %s: %w; nothing was published", name, err)
			return nil, errors.Join(err, rec.undone(context.WithoutCancel(ctx), pub.ID))
		}
		out = append(out, Published{name, pub.ID, staged})
		p.crash(PointStaged)
	}
	if err := rec.decided(ctx, pub.ID, out); err != nil {
		return nil, err
	}
	p.crash(PointDecided)
	var failed error
	for _, name := range names {
		failed = errors.Join(failed, p.flip(ctx, rec, name, pub.ID))
	}
	return out, failed
}

func (p *Publisher) flip(ctx context.Context, rec records, name, id string) error {
	if err := p.Targets[name].Switch(ctx, id); err != nil {
		return fmt.Errorf("switch %s to publication %s: %w", name, id, err)
	}
	p.crash(PointSwitched)
	if err := rec.switched(ctx, id, name, p.Now()); err != nil {
		return err
	}
	p.crash(PointRecorded)
	return nil
}

// Recover ends what a run that died, or a target that was away, left open. A publication of which all targets were
// staged is finished; one that was still being staged is rolled back: no reader has seen it. Where a staged target was
// lost meanwhile, those already switched go back to what they showed before.
func (p *Publisher) Recover(ctx context.Context) error {
	rec := records{p.Session}
	if err := rec.create(ctx); err != nil {
		return err
	}
	open, err := rec.open(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, pub := range open {
		if !pub.decided() {
			failed = errors.Join(failed, rec.undone(ctx, pub.id))
			continue
		}
		err := p.finish(ctx, rec, pub)
		if errors.Is(err, ErrNotStaged) {
			err = p.undo(ctx, rec, pub)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func (p *Publisher) finish(ctx context.Context, rec records, pub recorded) error {
	var failed error
	for _, t := range pub.targets {
		if t.state != stateStaged {
			continue
		}
		if _, ok := p.Targets[t.name]; !ok { // no longer a target of the project
			failed = errors.Join(failed, rec.left(ctx, pub.id, t.name))
			continue
		}
		failed = errors.Join(failed, p.flip(ctx, rec, t.name, pub.id))
	}
	return failed
}

func (p *Publisher) undo(ctx context.Context, rec records, pub recorded) error {
	for _, t := range pub.targets {
		target, ok := p.Targets[t.name]
		if !ok || t.previous == "" {
			continue // a first publication that is whole stays: it is better than none
		}
		if err := target.Switch(ctx, t.previous); err != nil && !errors.Is(err, ErrNotStaged) {
			return fmt.Errorf("switch %s back to publication %s: %w", t.name, t.previous, err)
		}
	}
	p.crash(PointUndone)
	return rec.undone(ctx, pub.id)
}

func (p *Publisher) names() []string {
	out := make([]string, 0, len(p.Targets))
	for name := range p.Targets {
		out = append(out, name)
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

func (p *Publisher) crash(point string) {
	if p.Crash != nil {
		p.Crash(point)
	}
}
