package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
	"github.com/heliu-data/heliu/sql"
)

// The kinds of page.
const (
	kindEntity = "entity"
	kindStar   = "star"
	kindMart   = "mart"
	kindMetric = "metric"
)

// page is one entity, star table, mart or metric.
type page struct {
	Kind   string   `json:"kind"` // entity, star, mart, metric
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Grain  string   `json:"grain,omitempty"`
	Text   string   `json:"description,omitempty"` // of a mart
	Fields []entry  `json:"fields,omitempty"`
	Notes  []entry  `json:"notes,omitempty"` // of a metric: formula, unit, day, window, refunds, where
	Where  []string `json:"where,omitzero"`  // of a metric: the mart columns that show it; none when no mart does yet
}

type entry struct {
	Name     string   `json:"name"`
	Type     string   `json:"type,omitempty"`
	Metric   string   `json:"metric,omitempty"` // of a mart's column: its passport
	Required bool     `json:"required,omitempty"`
	Title    string   `json:"title"`
	Allowed  []string `json:"allowed,omitempty"`
	Personal string   `json:"personal,omitempty"`
	Note     string   `json:"note,omitempty"`
}

// projectDir is the project's folder, "" where there is none: the dictionary is there without a project too.
func (a *app) projectDir() string {
	if _, err := os.Stat(filepath.Join(a.dir, project.FileName)); err != nil {
		return ""
	}
	return a.dir
}

// ownModels is the project's models folder, nil where there is none or no project.
func (a *app) ownModels() fs.FS {
	dir := filepath.Join(a.projectDir(), "models")
	if info, err := os.Stat(dir); a.projectDir() == "" || err != nil || !info.IsDir() {
		return nil
	}
	return os.DirFS(dir)
}

// pages are all that there are, from the dictionary and the headers of the marts.
func (a *app) pages() ([]page, error) {
	dict, err := models.LoadFS(a.ownModels())
	if err != nil {
		return nil, err
	}
	list, err := pipelines.Models(a.projectDir())
	if err != nil {
		return nil, err
	}
	var all []page
	for _, e := range dict.Entities {
		all = append(all, page{Kind: kindEntity, Name: e.Name, Title: a.title(e.Title), Grain: e.Grain, Fields: a.fields(e.Fields)})
	}
	for _, t := range dict.Star {
		all = append(all, page{Kind: kindStar, Name: t.Name, Title: a.title(t.Title), Grain: strings.Join(t.Grain, ", "), Fields: a.fields(t.Columns)})
	}
	where := map[string][]string{}
	for _, m := range list {
		if m.Schema == "mart" {
			all = append(all, a.martPage(m, where))
		}
	}
	for _, m := range dict.Metrics {
		all = append(all, a.metricPage(m, where[m.Name]))
	}
	return all, nil
}

// martPage is the page of a mart; where takes the columns that show a metric.
func (a *app) martPage(m sql.Model, where map[string][]string) page {
	text := func(t sql.Text) string { return a.title(models.Title{En: t.En, Zh: t.Zh}) }
	p := page{Kind: kindMart, Name: m.Table(), Title: text(m.Header.Title), Grain: strings.Join(m.Header.Grain, ", "), Text: text(m.Header.Description)}
	names := make([]string, 0, len(m.Header.Columns))
	for name := range m.Header.Columns {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { // as they are written
		return cmp.Or(cmp.Compare(m.Header.Columns[x].Line, m.Header.Columns[y].Line), cmp.Compare(x, y))
	})
	for _, name := range names {
		c := m.Header.Columns[name]
		p.Fields = append(p.Fields, entry{Name: name, Metric: c.Passport, Title: text(c.Text)})
		if c.Passport != "" {
			where[c.Passport] = append(where[c.Passport], m.Table()+"."+name)
		}
	}
	return p
}

func (a *app) metricPage(m *models.Passport, where []string) page {
	shown := strings.Join(where, ", ")
	if len(where) == 0 {
		where, shown = []string{}, a.say("no mart shows it yet", "尚无集市展示")
	}
	p := page{Kind: kindMetric, Name: m.Name, Title: a.title(m.Title), Where: where}
	for _, n := range []entry{
		{Name: a.say("formula", "公式"), Title: m.Formula}, {Name: a.say("unit", "单位"), Title: m.Unit},
		{Name: a.say("day", "归属日"), Title: a.title(m.Day)}, {Name: a.say("window", "窗口"), Title: a.title(m.Window)},
		{Name: a.say("refunds", "退款"), Title: a.title(m.Refunds)}, {Name: a.say("additivity", "可加性"), Title: string(m.Additivity)},
		{Name: a.say("note", "注意"), Title: a.title(m.Note)}, {Name: a.say("where", "所在列"), Title: shown},
	} {
		if n.Title != "" {
			p.Notes = append(p.Notes, n)
		}
	}
	return p
}

// chosenPages are those that are asked for by name ("order", "star.fct_order", "mart.campaign_roi") or by kind
// ("marts"), all when none is; whole says that one is asked for by name.
func chosenPages(all []page, names []string) (chosen []page, whole bool, err error) {
	if len(names) == 0 {
		return all, false, nil
	}
	kinds := map[string]string{"entities": kindEntity, "star": kindStar, "marts": kindMart, "metrics": kindMetric}
	for _, name := range names {
		before := len(chosen)
		kind, group := kinds[name]
		for _, p := range all {
			if group && p.Kind == kind || !group && (p.Name == name || p.Kind+"."+p.Name == name || p.Name == kindMart+"."+name) {
				chosen = append(chosen, p)
			}
		}
		if len(chosen) == before {
			return nil, false, usage("the dictionary has nothing called %q; heliu dictionary lists all names", name)
		}
		whole = whole || !group
	}
	return chosen, whole, nil
}

func (a *app) title(t models.Title) string { return t.In(string(a.lang)) }

func (a *app) fields(list []models.Field) []entry {
	entries := make([]entry, len(list))
	for i, f := range list {
		entries[i] = entry{Name: f.Name, Type: string(f.Type), Required: f.Required, Title: a.title(f.Title), Allowed: f.Allowed, Personal: f.Personal, Note: f.Note}
	}
	return entries
}
