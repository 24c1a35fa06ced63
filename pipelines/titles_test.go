package pipelines_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/pipelines"
)

// Every column that is published has a title in both languages, and no two columns of a table have the same one: they
// are the heads of a sheet. Where the tables of the star call a column by several titles, a table that says none takes
// its title from models/columns.yaml, not from the one that happens to come first.
func TestEveryPublishedColumnHasATitleOfItsOwnInBothLanguages(t *testing.T) {
	t.Parallel()
	dict, err := models.Load()
	check(t, err)
	list, err := pipelines.Models("")
	check(t, err)
	if len(list) < 60 {
		t.Fatalf("%d models", len(list))
	}
	chance := byChance(t, dict)
	chinese := regexp.MustCompile(`\p{Han}`)
	for _, m := range list {
		columns := m.Columns()
		if len(columns) < 2 {
			t.Errorf("%s: columns %v", m.File, columns)
		}
		heads := map[string]string{}
		for _, name := range columns {
			title := m.ColumnTitle(dict, name)
			if title.En == "" || title.En == name || !chinese.MatchString(title.Zh) || title.En == title.Zh {
				t.Errorf("%s: %s has no title in both languages: %+v", m.Table(), name, title)
				continue
			}
			if got := m.ColumnTitle(chance, name); got != title {
				t.Errorf("%s: %s is called %q by chance: other tables call it otherwise; give it a title in models/columns.yaml or in the header", m.Table(), name, title.Zh)
			}
			for _, head := range []string{"en " + title.En, "zh " + title.Zh} {
				if other, taken := heads[head]; taken {
					t.Errorf("%s: %s and %s are both headed %q", m.Table(), other, name, head)
				}
				heads[head] = name
			}
		}
	}
}

// byChance is the dictionary with one more star table, before all others, that has the columns which others call by
// several titles.
func byChance(t *testing.T, dict *models.Dictionary) *models.Dictionary {
	t.Helper()
	called := map[string]models.Title{}
	several := map[string]bool{}
	for _, table := range dict.Star {
		for _, c := range table.Columns {
			if other, known := called[c.Name]; known && other != c.Title {
				several[c.Name] = true
			}
			called[c.Name] = c.Title
		}
	}
	var text strings.Builder
	text.WriteString("star: aaa\ntitle: {en: A, zh: 甲}\ngrain: [a_key]\ncolumns:\n  a_key: {type: key, required: true}\n")
	for name := range several {
		fmt.Fprintf(&text, "  %s: {type: string, title: {en: By chance, zh: 随机}}\n", name)
	}
	d, err := models.LoadFS(fstest.MapFS{"star/aaa.yaml": {Data: []byte(text.String())}})
	check(t, err)
	if d.Star[0].Name != "aaa" || len(several) < 5 {
		t.Fatalf("%s first, %d titles differ", d.Star[0].Name, len(several))
	}
	return d
}
