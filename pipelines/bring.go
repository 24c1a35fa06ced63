package pipelines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
	"github.com/heliu-data/heliu/warehouse/trino"
)

// Bring copies the tables that are wanted, and what was kept out of them, from the cluster to the program's own file, where
// they are published and looked at: of a table that changed by days, in the build reported, these days; of any other that
// changed the whole. The steps' states are copied in the same transaction, so that the file says what it holds. It gives
// the number of rows; without a cluster there is nothing to bring.
func (b Builder) Bring(ctx context.Context, wanted func(table string) bool, report *Report) (rows int64, err error) {
	run, err := b.prepare(ctx, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, run.store.close()) }()
	cluster, ok := run.store.(*trinoStore)
	if !ok {
		return 0, nil
	}
	from, err := cluster.reader(ctx, b.Graph)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := b.Engine.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := to.Exec(ctx, schemaStatements(b.Graph, "")); err != nil {
		return 0, err
	}
	there, err := cluster.desk.prepare(ctx, b.Graph, true)
	if err != nil {
		return 0, err
	}
	other, err := fromAnother(ctx, to, cluster.id)
	if err != nil {
		return 0, err
	}
	if other {
		there.states = map[string]state{}
	}
	var changed error // of tables that somebody else wrote to, which stay there
	for _, step := range b.Graph.steps {
		now, built := run.states[step.Name()]
		if !built {
			continue
		}
		c := carrier{from: from, to: to, catalog: b.Engine.Catalog(), there: there, changed: cluster.disturbed(step.Outputs())}
		n, err := c.step(ctx, step, now, wanted, report, b)
		rows += n
		switch {
		case errors.Is(err, trino.ErrChanged):
			changed = errors.Join(changed, fmt.Errorf("bring %s from the cluster: %w", step.Name(), err))
		case err != nil:
			return rows, errors.Join(changed, fmt.Errorf("bring %s from the cluster: %w", step.Name(), err))
		}
	}
	return rows, changed
}

func (b Builder) crashed(point string) {
	if b.Crash != nil {
		b.Crash(point)
	}
}

// fromAnother says whether what the file holds was brought from another catalog than the one of this name. The states are
// forgotten then, and which of them were published: another catalog's versions say nothing of this one's.
func fromAnother(ctx context.Context, s *duckdb.Session, id string) (other bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		if err := s.Row(ctx, "select count(*) > 0 from ops.brought_from where catalog_id <> "+duckdb.Text(id), &other); err != nil {
			return err
		}
		if other {
			if err := s.Exec(ctx, shelfTable+"; delete from ops.publication_versions; delete from ops.model_state"); err != nil {
				return err
			}
		}
		return s.Exec(ctx, "delete from ops.brought_from; insert into ops.brought_from values ("+duckdb.Text(id)+")")
	})
	return other, err
}

// carrier copies the tables of one step.
type carrier struct {
	from    Session
	to      *duckdb.Session
	catalog string
	there   stored
	changed string // a table of the step that somebody else wrote to
}

func (c carrier) step(ctx context.Context, step Step, now state, wanted func(string) bool, report *Report, b Builder) (rows int64, err error) {
	old, known := c.there.states[step.Name()]
	var tables, unwanted []string
	for _, table := range step.Outputs() {
		if !wanted(table) && !strings.HasPrefix(table, "quarantine.") {
			if _, stored := c.there.tables[table]; stored { // it would be taken for current later
				unwanted = append(unwanted, table)
			}
			continue
		}
		if _, stored := c.there.tables[table]; !stored || old.version != now.version {
			tables = append(tables, table)
		}
	}
	if len(tables)+len(unwanted) == 0 && known && old.version == now.version && old.fingerprint == now.fingerprint && maps.Equal(old.inputs, now.inputs) {
		return 0, nil
	}
	if len(tables) > 0 && c.changed != "" {
		return 0, fmt.Errorf("%s: %w since the last build; build it anew: heliu build --full %s", c.changed, trino.ErrChanged, step.Name())
	}
	err = c.to.InTx(ctx, func(ctx context.Context) error {
		for _, table := range unwanted {
			if err := c.to.Exec(ctx, "drop table "+qualified(c.catalog, table)); err != nil {
				return err
			}
		}
		for _, table := range tables {
			_, stored := c.there.tables[table]
			where := ""
			if stored && known {
				where = touchedDays(step, old.version, now.version, report)
			}
			n, err := c.table(ctx, table, where)
			if err != nil {
				return err
			}
			rows += n
			b.crashed("build.brought")
		}
		return now.write(ctx, c.to, c.catalog, step.Name(), b.Now)
	})
	return rows, err
}

// table replaces the rows of a table for which the condition holds, or all of it when there is none.
func (c carrier) table(ctx context.Context, table, where string) (int64, error) {
	query := "select * from " + quoted(table)
	if where != "" {
		query += " where " + where
	}
	reader, err := c.from.Query(ctx, query)
	if err != nil {
		return 0, err
	}
	defer reader.Release()
	counted := &countedReader{RecordReader: reader}
	if err := c.to.Fill(ctx, "heliu_brought", counted); err != nil {
		return 0, err
	}
	if err := reader.Err(); err != nil { // an answer that ended early is no table
		return 0, err
	}
	to := qualified(c.catalog, table)
	text := "create or replace table " + to + " as from temp.heliu_brought"
	if where != "" {
		text = "delete from " + to + " where " + where + "; insert into " + to + " from temp.heliu_brought"
	}
	return counted.rows, c.to.Exec(ctx, text+"; drop table temp.heliu_brought")
}

// countedReader counts the rows that pass.
type countedReader struct {
	array.RecordReader
	rows int64
}

func (r *countedReader) Next() bool {
	if !r.RecordReader.Next() {
		return false
	}
	r.rows += r.RecordReader.RecordBatch().NumRows()
	return true
}

// touchedDays is the condition that a row is of the days in which two versions of a table differ; "" when they are not known:
// the build did not change it by days, or not from the one to the other.
func touchedDays(step Step, from, to int64, report *Report) string {
	m, ok := step.(*ModelStep)
	if !ok || m.Model.Header.Materialize.Kind != sql.Incremental {
		return ""
	}
	days := report.days(step.Name(), from, to)
	if len(days) == 0 {
		return ""
	}
	column := duckdb.Ident(m.Model.Header.Materialize.Column)
	var conditions []string
	for _, text := range days {
		if text == noDay {
			conditions = append(conditions, column+" is null")
			continue
		}
		first, last, _ := strings.Cut(text, "…")
		conditions = append(conditions, fmt.Sprintf("%s between date '%s' and date '%s'", column, first, cmp.Or(last, "9999-12-31")))
	}
	return "(" + strings.Join(conditions, " or ") + ")"
}
