package main

import (
	"strings"
	"testing"
)

// Who asks for a table of the star or a mart that is built and not published is told how to see it; of other tables nothing.
func TestATableThatIsNotPublishedYet(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	dir := s.project(strings.Replace(mapped, "STATUS", "state", 1))
	write(t, dir, map[string]string{"orders.csv": "id,state,made,total\n1,paid,2026-06-18 20:00:00,1.00\n"})
	if code, _, err := s.do("run", "--project", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	write(t, dir, map[string]string{"sql/paid.sql": "/*\ngrain: [order_id]\ntitle: {en: Paid, zh: 已付}\nmaterialize: table\n*/\nselect order_id from entity.order\n"})
	if code, _, err := s.do("build", "--project", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, err)
	}
	defer func() { // at last it is published, and shown what came of it
		code, out, err := s.do("publish", "--project", dir)
		if code != 0 || !lineWith(out, "mart.paid", "1") || !strings.Contains(out, "Next: heliu query --project "+dir+" \"select * from mart.campaign_roi limit 10\"") {
			t.Errorf("publish: exit code %d: %s%s", code, out, err)
		}
	}()
	hint := "is seen with heliu query --building --project " + dir + " …, and without --building after heliu publish --project " + dir
	for _, c := range []struct {
		args []string
		want string // "" for no hint
	}{
		{[]string{"select * from mart.paid"}, hint},
		{[]string{`select 1 from "MART" . "paid" where true`}, hint},
		{[]string{"select 1 from star.fct_nope", "--lang", "zh"}, "已构建但尚未发布的表可用 heliu query --building"},
		{[]string{"select 1 from main.paid, mart.sales_daily"}, ""},
		{[]string{"select paid from mart.sales_daily"}, ""},
		{[]string{"select * from mart.nope", "--building"}, ""},
	} {
		code, out, err := s.do(append(append([]string{"query"}, c.args...), "--project", dir)...)
		hinted := strings.Contains(err, "--building")
		if code != 1 || !strings.Contains(err, c.want) || hinted != (c.want != "") {
			t.Errorf("%v: exit code %d: %s%s", c.args, code, out, err)
		}
	}
}
