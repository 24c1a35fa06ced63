package main

import (
	"strings"
)

// kindColumn is the kind of a page that stands for one field of a table, where one was looked for by its title.
const kindColumn = "column"

// choice is what was asked for: pages to print whole, and pages to list.
type choice struct{ whole, listed []page }

// all are the pages of a choice in the order in which they are shown.
func (c choice) all() []page { return append(append([]page{}, c.whole...), c.listed...) }

// choose gives the pages that are asked for by name ("order", "star.fct_order", "mart.campaign_roi"), by kind ("marts")
// or by title in either language; all of them, listed, when none is.
func (a *app) choose(all []page, names []string) (choice, error) {
	if len(names) == 0 {
		return choice{listed: all}, nil
	}
	kinds := map[string]string{"entities": kindEntity, "star": kindStar, "marts": kindMart, "metrics": kindMetric}
	var chosen choice
	for _, name := range names {
		var found choice
		kind, group := kinds[name]
		for _, p := range all {
			switch {
			case group && p.Kind == kind:
				found.listed = append(found.listed, p)
			case !group && (p.Name == name || p.fullName() == name || p.Name == kindMart+"."+name):
				found.whole = append(found.whole, p)
			}
		}
		if !group && len(found.whole) == 0 {
			found = titled(all, name)
		}
		if len(found.whole)+len(found.listed) == 0 {
			return choice{}, usage(a.say("the dictionary has nothing called %q, by name or by title; heliu dictionary lists all names",
				"数据字典中没有名称或标题为 %q 的内容;heliu dictionary 可列出全部名称"), name)
		}
		chosen.whole = append(chosen.whole, found.whole...)
		chosen.listed = append(chosen.listed, found.listed...)
	}
	return chosen, nil
}

// titled gives whole the pages that bear the title text, and lists the columns that do (or are called so), then the
// pages and columns with the text in their title.
func titled(all []page, text string) choice {
	text = strings.ToLower(strings.TrimSpace(text))
	var found choice
	var same, parts []page
	if text == "" {
		return found
	}
	for _, p := range all {
		switch is, has := p.title.match(text); {
		case is:
			found.whole = append(found.whole, p)
		case has:
			parts = append(parts, p)
		}
	}
	for _, p := range all {
		for _, f := range p.Fields {
			c := page{Kind: kindColumn, Name: p.fullName() + "." + f.Name, Title: f.Title}
			switch is, has := f.title.match(text); {
			case is || f.Name == text:
				same = append(same, c)
			case has:
				parts = append(parts, c)
			}
		}
	}
	found.listed = append(same, parts...)
	return found
}

// match says whether one of the titles is text, and whether one holds it; text is in lower case.
func (t bilingual) match(text string) (is, has bool) {
	en, zh := strings.ToLower(t.En), strings.ToLower(t.Zh)
	return en == text || zh == text, strings.Contains(en, text) || strings.Contains(zh, text)
}

// fullName is the page's name with its schema or kind: "mart.sales_daily", "star.fct_order", "entity.order".
func (p page) fullName() string {
	if p.Kind == kindMart {
		return p.Name
	}
	return p.Kind + "." + p.Name
}
