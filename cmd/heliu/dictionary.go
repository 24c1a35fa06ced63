package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/internal/terminal"
	"github.com/heliu-data/heliu/models"
)

func (a *app) dictionary() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "dictionary [NAME…]",
		Short: a.say("Print what tables, fields and figures mean", "输出数据字典:表、字段与指标口径"),
		Long: a.say("Without a name it lists entities, star tables and metrics; with names it prints each whole.",
			"不带名称时列出实体、星型表与指标;带名称时输出其全部字段。"),
		Example: "  heliu dictionary\n  heliu dictionary order_line fct_order roas --lang zh\n  heliu dictionary --format markdown > dictionary.md",
		RunE: func(_ *cobra.Command, args []string) error {
			dict, err := models.LoadFS(a.ownModels())
			if err != nil {
				return err
			}
			pages, err := a.pages(dict, args)
			if err != nil {
				return err
			}
			switch format {
			case "table":
				return a.dictionaryTable(pages, len(args) > 0)
			case "markdown":
				return a.dictionaryMarkdown(pages)
			case "json":
				out := json.NewEncoder(a.out)
				out.SetEscapeHTML(false)
				out.SetIndent("", "  ")
				return out.Encode(pages)
			}
			return usage("--format %s is not known; allowed: table, markdown, json", format)
		},
	}
	c.Flags().StringVar(&format, "format", "table", a.say("table, markdown or json", "格式:table、markdown 或 json"))
	return c
}

// ownModels is the project's models folder, nil where there is none or no project.
func (a *app) ownModels() fs.FS {
	if _, err := os.Stat(filepath.Join(a.dir, project.FileName)); err != nil {
		return nil
	}
	dir := filepath.Join(a.dir, "models")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil
	}
	return os.DirFS(dir)
}

// page is one entity, star table or metric.
type page struct {
	Kind   string  `json:"kind"` // entity, star, metric
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Grain  string  `json:"grain,omitempty"`
	Fields []entry `json:"fields,omitempty"`
	Notes  []entry `json:"notes,omitempty"` // of a metric: formula, unit, day, window, refunds
}

type entry struct {
	Name     string   `json:"name"`
	Type     string   `json:"type,omitempty"`
	Required bool     `json:"required,omitempty"`
	Title    string   `json:"title"`
	Allowed  []string `json:"allowed,omitempty"`
	Personal string   `json:"personal,omitempty"`
	Note     string   `json:"note,omitempty"`
}

// pages are those of the dictionary that are asked for, all when none is.
func (a *app) pages(dict *models.Dictionary, names []string) ([]page, error) {
	var all []page
	for _, e := range dict.Entities {
		all = append(all, page{Kind: "entity", Name: e.Name, Title: a.title(e.Title), Grain: e.Grain, Fields: a.fields(e.Fields)})
	}
	for _, t := range dict.Star {
		all = append(all, page{Kind: "star", Name: t.Name, Title: a.title(t.Title), Grain: strings.Join(t.Grain, ", "), Fields: a.fields(t.Columns)})
	}
	for _, m := range dict.Metrics {
		all = append(all, page{Kind: "metric", Name: m.Name, Title: a.title(m.Title), Notes: []entry{
			{Name: a.say("formula", "公式"), Title: m.Formula}, {Name: a.say("unit", "单位"), Title: m.Unit},
			{Name: a.say("day", "归属日"), Title: a.title(m.Day)}, {Name: a.say("window", "窗口"), Title: a.title(m.Window)},
			{Name: a.say("refunds", "退款"), Title: a.title(m.Refunds)}, {Name: a.say("additivity", "可加性"), Title: string(m.Additivity)},
			{Name: a.say("note", "注意"), Title: a.title(m.Note)}}})
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []page
	for _, name := range names {
		found := false
		for _, p := range all {
			if short := name[strings.Index(name, ".")+1:]; p.Name == name || p.Name == short {
				chosen, found = append(chosen, p), true
			}
		}
		if !found {
			return nil, usage("the dictionary has nothing called %q; heliu dictionary lists all names", name)
		}
	}
	return chosen, nil
}

func (a *app) title(t models.Title) string { return t.In(string(a.lang)) }

func (a *app) fields(list []models.Field) []entry {
	entries := make([]entry, len(list))
	for i, f := range list {
		entries[i] = entry{Name: f.Name, Type: string(f.Type), Required: f.Required, Title: a.title(f.Title), Allowed: f.Allowed, Personal: f.Personal, Note: f.Note}
	}
	return entries
}

func (a *app) dictionaryTable(pages []page, whole bool) error {
	if !whole {
		t := terminal.Table{Header: []string{a.say("kind", "类别"), a.say("name", "名称"), a.say("title", "标题"), a.say("one row is", "粒度")}}
		for _, p := range pages {
			t.Add(p.Kind, p.Name, p.Title, p.Grain)
		}
		return t.Write(a.out)
	}
	for _, p := range pages {
		t := terminal.Table{Title: fmt.Sprintf("%s — %s (%s)", p.Name, p.Title, p.Grain)}
		if p.Kind == "metric" {
			t.Title, t.Header = p.Name+" — "+p.Title, []string{"", ""}
			for _, n := range p.Notes {
				t.Add(n.Name, n.Title)
			}
		} else {
			t.Header = []string{a.say("field", "字段"), a.say("type", "类型"), a.say("title", "标题"), a.say("note", "说明")}
			for _, f := range p.Fields {
				t.Add(f.Name, f.typed(), f.Title, f.remark())
			}
		}
		if err := t.Write(a.out); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) dictionaryMarkdown(pages []page) error {
	var text strings.Builder
	for _, p := range pages {
		fmt.Fprintf(&text, "## %s — %s\n\n", p.Name, p.Title)
		if p.Grain != "" {
			fmt.Fprintf(&text, "%s: %s\n\n", a.say("One row is", "粒度"), p.Grain)
		}
		if p.Kind == "metric" {
			for _, n := range p.Notes {
				fmt.Fprintf(&text, "- %s: %s\n", n.Name, n.Title)
			}
			text.WriteString("\n")
			continue
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n|---|---|---|---|\n", a.say("field", "字段"), a.say("type", "类型"), a.say("title", "标题"), a.say("note", "说明"))
		for _, f := range p.Fields {
			fmt.Fprintf(&text, "| `%s` | %s | %s | %s |\n", f.Name, f.typed(), piped(f.Title), piped(f.remark()))
		}
		text.WriteString("\n")
	}
	_, err := a.out.Write([]byte(text.String()))
	return err
}

func (e entry) typed() string {
	if e.Required {
		return e.Type + " !"
	}
	return e.Type
}

func (e entry) remark() string {
	parts := []string{}
	if len(e.Allowed) > 0 {
		parts = append(parts, strings.Join(e.Allowed, " | "))
	}
	if e.Personal != "" && e.Personal != "none" {
		parts = append(parts, "personal: "+e.Personal)
	}
	if e.Note != "" {
		parts = append(parts, e.Note)
	}
	return strings.Join(parts, "; ")
}

func piped(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
