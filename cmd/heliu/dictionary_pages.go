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

// page is one entity, star table, mart or metric, or a column that was looked for by its title.
type page struct {
	Kind   string   `json:"kind"` // entity, star, mart, metric, column
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Grain  string   `json:"grain,omitempty"`
	Text   string   `json:"description,omitempty"` // of a star table or mart
	Fields []entry  `json:"fields,omitempty"`
	Notes  []entry  `json:"notes,omitempty"` // of a metric: formula, unit, day, window, refunds, where
	Where  []string `json:"where,omitzero"`  // of a metric: the mart columns that show it; none when no mart does yet
	title  bilingual
}

// bilingual is a title in both languages, to look for; what is printed is in one.
type bilingual models.Title

type entry struct {
	Name     string   `json:"name"`
	Type     string   `json:"type,omitempty"`
	Metric   string   `json:"metric,omitempty"` // of a mart's column: its passport
	Required bool     `json:"required,omitempty"`
	Title    string   `json:"title"`
	Allowed  []string `json:"allowed,omitempty"`
	Personal string   `json:"personal,omitempty"`
	Note     string   `json:"note,omitempty"`
	title    bilingual
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

// pages are all that there are, from the dictionary and the models.
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
		all = append(all, page{Kind: kindEntity, Name: e.Name, Title: a.title(e.Title), Grain: e.Grain, Fields: a.fields(e.Fields), title: bilingual(e.Title)})
	}
	all = append(all, a.starPages(dict, list)...)
	where := map[string][]string{}
	for _, m := range list {
		if m.Schema == kindMart {
			all = append(all, a.modelPage(dict, m))
			for _, name := range shownColumns(m) {
				if c := m.Header.Columns[name]; c.Passport != "" {
					where[c.Passport] = append(where[c.Passport], m.Table()+"."+name)
				}
			}
		}
	}
	for _, m := range dict.Metrics {
		all = append(all, a.metricPage(m, where[m.Name]))
	}
	return all, nil
}

// starPages are the star tables by name: those that the dictionary declares and those that only models make.
func (a *app) starPages(dict *models.Dictionary, list []sql.Model) []page {
	var all []page
	for _, t := range dict.Star {
		all = append(all, page{Kind: kindStar, Name: t.Name, Title: a.title(t.Title), Grain: strings.Join(t.Grain, ", "), Text: a.title(t.Description), Fields: a.fields(t.Columns), title: bilingual(t.Title)})
	}
	for _, m := range list {
		if _, declared := dict.StarTable(m.Name); m.Schema == kindStar && !declared {
			all = append(all, a.modelPage(dict, m))
		}
	}
	slices.SortFunc(all, func(x, y page) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// modelPage is the page of a mart, or of a star table that only its model tells of.
func (a *app) modelPage(dict *models.Dictionary, m sql.Model) page {
	title := models.Title(m.Header.Title)
	p := page{Kind: m.Schema, Name: m.Name, Title: a.title(title), Grain: strings.Join(m.Header.Grain, ", "), Text: a.title(models.Title(m.Header.Description)), title: bilingual(title)}
	if m.Schema == kindMart {
		p.Name = m.Table()
	}
	for _, name := range shownColumns(m) {
		title := m.ColumnTitle(dict, name)
		p.Fields = append(p.Fields, entry{Name: name, Metric: m.Header.Columns[name].Passport, Title: a.title(title), title: bilingual(title)})
	}
	return p
}

// shownColumns are a model's columns: those that its header tells of, as it writes them, then the others of its result.
func shownColumns(m sql.Model) []string {
	names := make([]string, 0, len(m.Header.Columns))
	for name := range m.Header.Columns {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(m.Header.Columns[x].Line, m.Header.Columns[y].Line), cmp.Compare(x, y))
	})
	for _, name := range m.Columns() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (a *app) metricPage(m *models.Passport, where []string) page {
	shown := strings.Join(where, ", ")
	if len(where) == 0 {
		where, shown = []string{}, a.say("no mart shows it yet", "尚无集市展示")
	}
	p := page{Kind: kindMetric, Name: m.Name, Title: a.title(m.Title), Where: where, title: bilingual(m.Title)}
	for _, n := range []entry{
		{Name: a.say("formula", "公式"), Title: m.Formula}, {Name: a.say("unit", "单位"), Title: a.unit(m.Unit)},
		{Name: a.say("day", "归属日"), Title: a.title(m.Day)}, {Name: a.say("window", "窗口"), Title: a.title(m.Window)},
		{Name: a.say("refunds", "退款"), Title: a.title(m.Refunds)}, {Name: a.say("additivity", "可加性"), Title: a.additivity(m)},
		{Name: a.say("note", "注意"), Title: a.title(m.Note)}, {Name: a.say("where", "所在列"), Title: shown},
	} {
		if n.Title != "" {
			p.Notes = append(p.Notes, n)
		}
	}
	return p
}

func (a *app) title(t models.Title) string { return t.In(string(a.lang)) }

func (a *app) fields(list []models.Field) []entry {
	entries := make([]entry, len(list))
	for i, f := range list {
		entries[i] = entry{Name: f.Name, Type: string(f.Type), Required: f.Required, Title: a.title(f.Title), Allowed: f.Allowed, Personal: f.Personal, Note: f.Note, title: bilingual(f.Title)}
	}
	return entries
}
