package pipelines

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// shelf remembers which version of each table a publication holds, so that the next one writes only what changed.
type shelf struct {
	session *duckdb.Session
	catalog string
	job     *Job
}

// shelved is what a publication holds.
type shelved struct {
	id       string
	versions map[string]int64 // step -> version of its tables
	targets  string           // how it was published to where
	shown    bool             // every target of now shows it, published in the same way
}

const shelfTable = "create table if not exists ops.publication_versions (publication_id varchar, versions varchar, targets varchar)"

// read gives the present versions, and what the last publication holds.
func (s shelf) read(ctx context.Context, targets []target) (now map[string]int64, base shelved, err error) {
	if err := s.session.Exec(ctx, shelfTable); err != nil {
		return nil, base, fmt.Errorf("make ops.publication_versions: %w", err)
	}
	states, err := readStates(ctx, s.session, s.catalog)
	if err != nil {
		return nil, base, err
	}
	now = map[string]int64{}
	for step, st := range states {
		now[step] = st.version
	}
	rows, err := s.session.Rows(ctx, "select publication_id, versions, targets from ops.publication_versions order by publication_id desc limit 1")
	if err != nil {
		return nil, base, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return now, base, rows.Err()
	}
	var versions string
	if err := rows.Scan(&base.id, &versions, &base.targets); err != nil {
		return nil, base, err
	}
	if err := json.Unmarshal([]byte(versions), &base.versions); err != nil {
		return nil, base, fmt.Errorf("read the versions of publication %s: %w", base.id, err)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, base, err
	}
	var shown int
	err = s.session.Row(ctx, "select count(*) from ops.publications where state = 'published' and publication_id = "+duckdb.Text(base.id), &shown)
	base.shown = shown >= len(targets) && base.targets == s.describe(targets)
	return now, base, err
}

// write keeps what a publication holds; it follows the switch, so that a kill between them costs one whole copy.
func (s shelf) write(ctx context.Context, id string, versions map[string]int64, targets []target) error {
	text, err := json.Marshal(versions)
	if err != nil {
		return err
	}
	return s.session.InTx(ctx, func(ctx context.Context) error {
		return errors.Join(s.session.Exec(ctx, "delete from ops.publication_versions"),
			s.session.Exec(ctx, "insert into ops.publication_versions values (?, ?, ?)", id, string(text), s.describe(targets)))
	})
}

// describe tells how the project publishes, without its secrets.
func (s shelf) describe(targets []target) string {
	parts := []string{s.job.Project.Language}
	for _, t := range targets {
		parts = append(parts, t.name)
	}
	for _, t := range s.job.Project.Publish {
		parts = append(parts, t.Schema, strings.Join(t.Tables, " "))
	}
	return strings.Join(parts, "\n")
}

// publication lists the star tables and marts that are built, with their titles and what differs from the base. Of what a
// cluster built it is those that targets take, which were brought from there.
func (j *Job) publication(ctx context.Context, s *duckdb.Session, catalog string, g *Graph, now map[string]int64, base shelved, report *Report) (publish.Publication, error) {
	p := publish.Publication{Base: base.id}
	list, err := j.targets()
	if err != nil {
		return p, err
	}
	var mistakes []error
	for _, step := range g.Steps() {
		m, ok := modelOf(step)
		if _, built := now[step.Name()]; !ok || !built || m.Schema != "star" && m.Schema != "mart" {
			continue
		}
		columns, err := s.Columns(ctx, qualified(catalog, m.Table()))
		if errors.Is(err, errNoTable) && j.Project.Warehouse.OnTrino() && !published(list, m.Table()) {
			continue // it stays on the cluster
		}
		if err != nil {
			return p, fmt.Errorf("columns of %s: %w", m.Table(), err)
		}
		t := publish.Table{Name: m.Table(), Title: models.Title(m.Header.Title), Description: models.Title(m.Header.Description), Order: m.Header.Grain}
		t.Changed = changed(m, now[m.Table()], base, report)
		for _, c := range columns {
			typ, ok := publishedType(c.Type)
			if !ok {
				mistakes = append(mistakes, fmt.Errorf("%s: column %s of %s is of the type %s, which is not published; cast it", m.File, c.Name, m.Table(), c.Type))
			}
			t.Columns = append(t.Columns, publish.Column{Name: c.Name, Type: typ, Title: m.ColumnTitle(j.Dictionary, c.Name)})
		}
		p.Tables = append(p.Tables, t)
	}
	return p, configuration(errors.Join(mistakes...))
}

// changed says what of a table differs from the base. A table that changed once since then, in this run, by days,
// differs in those days.
func changed(m sql.Model, version int64, base shelved, report *Report) publish.Change {
	was, known := base.versions[m.Table()]
	if known && was == version {
		return publish.Change{}
	}
	whole := publish.Change{Whole: true}
	days := report.days(m.Table(), was, version)
	if !known || len(days) == 0 || m.Header.Materialize.Kind != sql.Incremental {
		return whole
	}
	c := publish.Change{Column: m.Header.Materialize.Column}
	for _, text := range days {
		first, last, _ := strings.Cut(text, "…")
		from, err := time.Parse(time.DateOnly, first)
		to, err2 := time.Parse(time.DateOnly, cmp.Or(last, "9999-12-31")) // open: all days from there on
		if err != nil || err2 != nil {
			return whole
		}
		c.Days = append(c.Days, publish.Days{First: from, Last: to})
	}
	return c
}

// publishedType is the dictionary's type for what the engine computed; sums are wider than what they add up.
func publishedType(engineType string) (models.Type, bool) {
	switch {
	case engineType == "HUGEINT":
		return models.Integer, true
	case strings.HasPrefix(engineType, "DECIMAL(") && strings.HasSuffix(engineType, ",4)"):
		return models.Money, true
	}
	return duckdb.TypeOf(engineType)
}
