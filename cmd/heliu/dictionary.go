package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heliu-data/heliu/internal/terminal"
)

func (a *app) dictionary() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "dictionary [NAME…]",
		Short: a.say("Print what tables, fields and figures mean", "输出数据字典:表、字段与指标口径"),
		Long: a.say("Without a name it lists entities, star tables, marts and metrics; entities, star, marts or metrics lists those of one kind. With names it prints each whole: a mart with the metric of each column, a metric with its formula, unit, day, window, what refunds do to it, and the mart columns that show it. A title in either language, or a part of one, finds what bears it.",
			"不带名称时列出实体、星型表、集市与指标;entities、star、marts、metrics 只列出其中一类。带名称时输出全部内容:集市给出每列对应的指标,指标给出公式、单位、归属日、窗口、退款规则及展示它的集市列。也可用中英文标题或其中一部分查找。"),
		Example: "  heliu dictionary\n  heliu dictionary marts\n  heliu dictionary mart.campaign_roi roas fct_order --lang zh\n  heliu dictionary 复购率\n  heliu dictionary --format markdown > dictionary.md",
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := a.pages()
			if err != nil {
				return err
			}
			chosen, err := a.choose(all, args)
			if err != nil {
				return err
			}
			switch format {
			case "table":
				return a.dictionaryTable(chosen)
			case "markdown":
				return a.dictionaryMarkdown(chosen.all())
			case "json":
				out := json.NewEncoder(a.out)
				out.SetEscapeHTML(false)
				out.SetIndent("", "  ")
				return out.Encode(chosen.all())
			}
			return usage("--format %s is not known; allowed: table, markdown, json", format)
		},
	}
	c.Flags().StringVar(&format, "format", "table", a.say("table, markdown or json", "格式:table、markdown 或 json"))
	return c
}

func (a *app) dictionaryTable(chosen choice) error {
	for i, p := range chosen.whole {
		title := p.Name + " — " + p.Title
		if p.Grain != "" {
			title += " (" + p.Grain + ")"
		}
		if i > 0 {
			title = "\n" + title
		}
		t := terminal.Table{Title: title, Header: a.columnHeads(p)}
		if p.Text != "" {
			t.Title += "\n" + p.Text
		}
		for _, n := range p.Notes {
			t.Add(n.Name, n.Title)
		}
		for _, f := range p.Fields {
			t.Add(f.cells(p)...)
		}
		if err := t.Write(a.out); err != nil {
			return err
		}
	}
	if len(chosen.listed) == 0 {
		return nil
	}
	t := terminal.Table{Header: []string{a.say("kind", "类别"), a.say("name", "名称"), a.say("title", "标题"), a.say("one row is", "粒度")}}
	if len(chosen.whole) > 0 {
		t.Title = "\n" + a.say("Also:", "另见:")
	}
	for _, p := range chosen.listed {
		t.Add(p.Kind, p.Name, p.Title, p.Grain)
	}
	return t.Write(a.out)
}

func (a *app) dictionaryMarkdown(pages []page) error {
	var text strings.Builder
	for _, p := range pages {
		fmt.Fprintf(&text, "## %s — %s\n\n", p.Name, p.Title)
		if p.Grain != "" {
			fmt.Fprintf(&text, "%s: %s\n\n", a.say("One row is", "粒度"), p.Grain)
		}
		if p.Text != "" {
			text.WriteString(p.Text + "\n\n")
		}
		for _, n := range p.Notes {
			fmt.Fprintf(&text, "- %s: %s\n", n.Name, n.Title)
		}
		if len(p.Fields) > 0 {
			heads := a.columnHeads(p)
			fmt.Fprintf(&text, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
		}
		for _, f := range p.Fields {
			cells := f.cells(p)
			for i, c := range cells {
				cells[i] = piped(fmt.Sprint(c))
			}
			cells[0] = "`" + f.Name + "`"
			fmt.Fprintf(&text, "|"+strings.Repeat(" %s |", len(cells))+"\n", cells...)
		}
		text.WriteString("\n")
	}
	_, err := a.out.Write([]byte(text.String()))
	return err
}

// columnHeads are the headings of a page's table.
func (a *app) columnHeads(p page) []string {
	switch p.Kind {
	case kindMetric:
		return []string{"", ""}
	case kindMart:
		return []string{a.say("column", "列"), a.say("metric", "指标"), a.say("title", "标题")}
	}
	if p.Kind == kindStar && len(p.Fields) > 0 && p.Fields[0].Type == "" { // only its model tells of it
		return []string{a.say("column", "列"), a.say("title", "标题")}
	}
	return []string{a.say("field", "字段"), a.say("type", "类型"), a.say("title", "标题"), a.say("note", "说明")}
}

// cells are a field's row in the table of its page.
func (e entry) cells(p page) []any {
	if p.Kind == kindMart {
		return []any{e.Name, e.Metric, e.Title}
	}
	if p.Kind == kindStar && e.Type == "" {
		return []any{e.Name, e.Title}
	}
	return []any{e.Name, e.typed(), e.Title, e.remark()}
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
