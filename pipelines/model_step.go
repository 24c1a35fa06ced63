package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// ModelStep is a SQL model as a step: stored whole, by days, by keys or by new raw rows, as its header says.
type ModelStep struct {
	Model  sql.Model
	inputs []Input
	reads  []string                       // the stored tables it reads, those beneath views among them
	drives map[string]drive               // by input table; only those that drive the model
	whole  map[string]bool                // inputs of which any change rebuilds the model
	match  map[string][]map[string]string // inputs whose changes touch the model's rows that agree with them
}

// drive is how changes of one input reach the model.
type drive struct {
	column   string
	onward   bool
	lookBack int // days that a change reaches on
}

// viewStep is a model that is not stored.
type viewStep struct{ *ModelStep }

// ViewSQL is the model's SELECT.
func (v viewStep) ViewSQL() string { return v.Model.SQL }

// ModelSteps makes steps of SQL models. A session parses them; days gives the DATE column that drives incremental
// readers of a table that is not one of the models ("" if it has none). The error lists all that is wrong, with file
// and line.
func ModelSteps(ctx context.Context, s *duckdb.Session, models []sql.Model, days func(table string) string) ([]Step, error) {
	var problems sql.Problems
	steps := make([]*ModelStep, 0, len(models))
	own := map[string]*ModelStep{}
	for _, m := range models {
		refs, err := s.Tables(ctx, m.SQL)
		var pe *duckdb.ParseError
		if errors.As(err, &pe) {
			problems = append(problems, sql.Problem{File: m.File, Line: m.LineOf(pe.Offset), Message: pe.Message})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", m.File, err)
		}
		step := &ModelStep{Model: m, drives: map[string]drive{}, whole: map[string]bool{}, match: map[string][]map[string]string{}}
		for _, ref := range refs {
			line := m.LineOf(ref.Offset)
			if ref.Schema == "" {
				problems = append(problems, sql.Problem{File: m.File, Line: line, Message: fmt.Sprintf("table %s is named without its schema: write star.%[1]s, mart.%[1]s or entity.%[1]s", ref.Name)})
				continue
			}
			step.inputs = append(step.inputs, Input{Table: ref.Table(), File: m.File, Line: line})
		}
		steps = append(steps, step)
		own[m.Table()] = step
	}
	list := make([]Step, len(steps))
	for i, step := range steps {
		problems = append(problems, step.resolve(own, days)...)
		list[i] = step
		if step.Model.Header.Materialize.Kind == sql.View {
			list[i] = viewStep{step}
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return list, nil
}

// resolve settles what drives the model.
func (m *ModelStep) resolve(own map[string]*ModelStep, days func(string) string) sql.Problems {
	var problems sql.Problems
	reads := map[string]bool{}
	m.stored(own, reads, map[string]bool{})
	m.reads = sortedKeys(reads)
	kind := m.Model.Header.Materialize.Kind
	for table, in := range m.Model.Header.Inputs {
		if !reads[table] {
			problems = append(problems, sql.Problem{File: m.Model.File, Line: in.Line, Message: "inputs: the model does not read " + table})
		}
		if in.Whole {
			m.whole[table] = true
			continue
		}
		if len(in.Match) > 0 {
			m.match[table] = in.Match
			continue
		}
		lookBack := in.LookBack
		if lookBack < 0 {
			lookBack = m.Model.Header.Materialize.LookBack
		}
		m.drives[table] = drive{in.Column, in.Onward, lookBack}
	}
	if kind != sql.Incremental {
		return problems
	}
	for _, table := range m.reads {
		if _, said := m.Model.Header.Inputs[table]; said {
			continue
		}
		column := ""
		if other, isModel := own[table]; isModel && other.Model.Header.Materialize.Kind == sql.Incremental {
			column = other.Model.Header.Materialize.Column
		} else if days != nil {
			column = days(table)
		}
		if column != "" {
			m.drives[table] = drive{column: column, lookBack: m.Model.Header.Materialize.LookBack}
		}
	}
	return problems
}

// stored collects the stored tables that the model reads, those beneath its views among them.
func (m *ModelStep) stored(own map[string]*ModelStep, tables, views map[string]bool) {
	for _, in := range m.inputs {
		other, isModel := own[in.Table]
		switch {
		case !isModel || other.Model.Header.Materialize.Kind != sql.View:
			tables[in.Table] = true
		case !views[in.Table]:
			views[in.Table] = true
			other.stored(own, tables, views)
		}
	}
}

// Name is the model's table.
func (m *ModelStep) Name() string { return m.Model.Table() }

// Outputs is the model's table alone.
func (m *ModelStep) Outputs() []string { return []string{m.Name()} }

// Inputs are the tables of its FROM clauses.
func (m *ModelStep) Inputs() []Input { return m.inputs }

// Fingerprint is the SQL and how it is kept.
func (m *ModelStep) Fingerprint() string {
	h := m.Model.Header
	text := fmt.Sprintf("1\x1f%s\x1f{Kind:%s Column:%s LookBack:%d}", m.Model.SQL, h.Materialize.Kind, h.Materialize.Column, h.Materialize.LookBack)
	if h.Materialize.Partition != "" {
		text += "\x1fby " + h.Materialize.Partition
	}
	for _, table := range sortedKeys(h.Inputs) {
		in := h.Inputs[table]
		text += fmt.Sprintf("\x1f%s %s %t %t %d %v", table, in.Column, in.Onward, in.Whole, in.LookBack, in.Match)
	}
	return digest(text)
}

// TrackedColumns are the columns that say which days and keys changed.
func (m *ModelStep) TrackedColumns() map[string][]string {
	tracked := map[string][]string{}
	mat := m.Model.Header.Materialize
	for table, d := range m.drives {
		tracked[table] = append(tracked[table], d.column)
	}
	for table, matches := range m.match {
		for _, match := range matches {
			tracked[table] = append(tracked[table], sortedKeys(match)...)
		}
	}
	if mat.Kind == sql.Keys {
		for _, table := range m.reads {
			if _, said := m.drives[table]; !said {
				tracked[table] = append(tracked[table], mat.Column)
			}
		}
	}
	return tracked
}

// Build computes the rows to write.
func (m *ModelStep) Build(ctx context.Context, w *Work) ([]Output, error) {
	switch kind := m.Model.Header.Materialize.Kind; {
	case w.Full || kind == sql.Table:
		return m.all(w, "")
	case kind == sql.Incremental:
		return m.buildDays(ctx, w)
	case kind == sql.Keys:
		return m.buildKeys(ctx, w)
	case kind == sql.Append:
		return m.buildAppend(ctx, w)
	default:
		return nil, fmt.Errorf("unknown kind %q", kind)
	}
}

// all computes the whole table; why, if not empty, is why an increment was not enough.
func (m *ModelStep) all(w *Work, why string, args ...any) ([]Output, error) {
	w.Mode("full")
	if why != "" {
		w.Note("whole table: "+why, args...)
	}
	rows := m.Model.SQL
	if mat := m.Model.Header.Materialize; mat.Kind == sql.Incremental {
		// Rows of a day lie together, so that finding and replacing a day touches few of the table's blocks.
		rows = "select * from (" + rows + "\n) order by " + duckdb.Ident(mat.Column)
	}
	return []Output{{Table: m.Name(), Rows: rows}}, nil
}

func (m *ModelStep) buildAppend(ctx context.Context, w *Work) ([]Output, error) {
	raw := m.Model.Header.Materialize.Column
	for table, c := range w.Changes {
		if table != raw || c.Whole {
			return m.all(w, "%s changed", table)
		}
	}
	w.Mode("append")
	some, err := w.BindNew(ctx, raw)
	if err != nil || !some {
		return nil, err
	}
	return []Output{{Table: m.Name(), Rows: m.Model.SQL, Append: true}}, nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
