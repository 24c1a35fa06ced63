package publish

import (
	"context"
	"fmt"
	"time"

	"github.com/heliu-data/heliu/warehouse"
)

// States of a target in a publication.
const (
	stateStaging   = "staging"
	stateStaged    = "staged"      // the publication is decided: it will be finished
	statePublished = "published"   //
	stateUndone    = "rolled_back" // readers never saw it, or see the previous one again
	stateLeft      = "left"        // the target was taken out of the project before its switch
)

const recordsDDL = `create schema if not exists ops;
create table if not exists ops.publications (publication_id varchar, target varchar, state varchar, base_id varchar, previous_id varchar,
	tables bigint, row_count bigint, rows_written bigint, staged_at timestamp with time zone, switched_at timestamp with time zone)`

// records keeps ops.publications, one row a publication and target.
type records struct{ session warehouse.Session }

// recorded is a publication as ops.publications has it.
type recorded struct {
	id      string
	targets []recordedTarget
}

type recordedTarget struct{ name, state, previous string }

// decided reports whether all targets were staged: they are marked so in one transaction.
func (r recorded) decided() bool {
	for _, t := range r.targets {
		if t.state == stateStaging {
			return false
		}
	}
	return true
}

func (r records) create(ctx context.Context) error {
	if err := r.session.Exec(ctx, recordsDDL); err != nil {
		return fmt.Errorf("create ops.publications: %w", err)
	}
	return nil
}

func (r records) begin(ctx context.Context, pub Publication, targets []string, now time.Time) error {
	return r.tx(ctx, func(ctx context.Context) error {
		if err := r.session.Exec(ctx, "delete from ops.publications where publication_id = "+literal(pub.ID)); err != nil {
			return err
		}
		for _, t := range targets {
			err := r.session.Exec(ctx, fmt.Sprintf("insert into ops.publications (publication_id, target, state, base_id, staged_at) values (%s, %s, %s, %s, %s)",
				literal(pub.ID), literal(t), literal(stateStaging), literal(pub.Base), instant(now)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (r records) decided(ctx context.Context, id string, staged []Published) error {
	return r.tx(ctx, func(ctx context.Context) error {
		for _, s := range staged {
			err := r.session.Exec(ctx, fmt.Sprintf("update ops.publications set state = %s, previous_id = %s, tables = %d, row_count = %d, rows_written = %d where publication_id = %s and target = %s",
				literal(stateStaged), literal(s.Previous), s.Tables, s.Rows, s.Written, literal(id), literal(s.Target)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (r records) switched(ctx context.Context, id, target string, now time.Time) error {
	return r.exec(ctx, fmt.Sprintf("update ops.publications set state = %s, switched_at = %s where publication_id = %s and target = %s",
		literal(statePublished), instant(now), literal(id), literal(target)))
}

func (r records) undone(ctx context.Context, id string) error {
	return r.exec(ctx, fmt.Sprintf("update ops.publications set state = %s where publication_id = %s", literal(stateUndone), literal(id)))
}

func (r records) left(ctx context.Context, id, target string) error {
	return r.exec(ctx, fmt.Sprintf("update ops.publications set state = %s where publication_id = %s and target = %s", literal(stateLeft), literal(id), literal(target)))
}

// open are the publications that are neither finished nor rolled back, oldest first.
func (r records) open(ctx context.Context) ([]recorded, error) {
	rows, err := texts(ctx, r.session, fmt.Sprintf(`select publication_id, target, state, coalesce(previous_id, '') as previous_id from ops.publications
		where publication_id in (select publication_id from ops.publications where state in (%s, %s)) order by publication_id, target`, literal(stateStaging), literal(stateStaged)))
	if err != nil {
		return nil, fmt.Errorf("read ops.publications: %w", err)
	}
	var out []recorded
	for _, row := range rows {
		if len(out) == 0 || out[len(out)-1].id != row[0] {
			out = append(out, recorded{id: row[0]})
		}
		last := &out[len(out)-1]
		last.targets = append(last.targets, recordedTarget{row[1], row[2], row[3]})
	}
	return out, nil
}

func (r records) exec(ctx context.Context, statement string) error {
	if err := r.session.Exec(ctx, statement); err != nil {
		return fmt.Errorf("record the publication: %w", err)
	}
	return nil
}

func (r records) tx(ctx context.Context, f func(context.Context) error) error {
	if err := r.session.InTx(ctx, f); err != nil {
		return fmt.Errorf("record the publication: %w", err)
	}
	return nil
}

func instant(t time.Time) string {
	return "timestamp with time zone '" + t.UTC().Format("2006-01-02 15:04:05.000000") + " UTC'"
}
