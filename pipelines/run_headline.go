package pipelines

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse/duckdb"
)

// Headline is a mart in one line: its rows, and the totals of its first measures that may be summed.
type Headline struct {
	Table   string
	Rows    int64
	Figures []Figure

	models bool // a row for each attribution model: only the chosen one is added up
}

// Figure is the total of one measure.
type Figure struct {
	Column string
	Title  models.Title
	Value  string
}

const headlineFigures = 4

// headlines reads a line for every mart that is there.
func (r *run) headlines(ctx context.Context, g *Graph) (list []Headline, err error) {
	session, err := r.engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for _, step := range g.Steps() {
		m, ok := modelOf(step)
		if !ok || m.Schema != "mart" {
			continue
		}
		columns, err := session.Columns(ctx, qualified(r.engine.Catalog(), m.Table()))
		if errors.Is(err, errNoTable) {
			continue
		}
		if err != nil {
			return nil, err
		}
		h := Headline{Table: m.Table(), models: slices.ContainsFunc(columns, named("model"))}
		for _, c := range columns {
			passport, ok := r.job.Dictionary.Metric(m.Header.Columns[c.Name].Passport)
			if ok && passport.Additivity == models.Additive && len(h.Figures) < headlineFigures {
				f := Figure{Column: c.Name, Title: passport.Title}
				base := strings.TrimSuffix(c.Name, "_amount") + "_base_amount"
				switch {
				case slices.ContainsFunc(columns, named(base)):
					f.Column = base // several currencies are no sum
				case strings.HasSuffix(c.Name, "_amount") && slices.ContainsFunc(columns, named("currency")):
					continue
				}
				h.Figures = append(h.Figures, f)
			}
		}
		if err := h.read(ctx, session, r.engine.Catalog()); err != nil {
			return nil, fmt.Errorf("headline of %s: %w", h.Table, err)
		}
		list = append(list, h)
	}
	return list, nil
}

func (h *Headline) read(ctx context.Context, s *duckdb.Session, catalog string) error {
	var query []string
	for _, f := range h.Figures {
		query = append(query, "cast(coalesce(sum("+duckdb.Ident(f.Column)+"), 0) as decimal(38, 2))::varchar")
	}
	values := make([]sql.NullString, len(h.Figures))
	var into []any
	for i := range values {
		into = append(into, &values[i])
	}
	from := qualified(catalog, h.Table)
	if err := s.Row(ctx, "select count(*) from "+from, &h.Rows); err != nil || len(query) == 0 {
		return err
	}
	if h.models { // each model credits the same sales
		from += " where model in (select model from " + qualified(catalog, "ops.chosen_attribution_model") + ")"
	}
	if err := s.Row(ctx, "select "+strings.Join(query, ", ")+" from "+from, into...); err != nil {
		return err
	}
	for i, v := range values {
		h.Figures[i].Value = terminal.Thousands(strings.TrimSuffix(v.String, ".00"))
	}
	return nil
}

func named(name string) func(column) bool { return func(c column) bool { return c.Name == name } }
