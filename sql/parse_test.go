package sql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/sql"
)

const roi = `/* sql/marts/campaign_roi.sql
grain: [spend_date, campaign_key]
title: {en: Campaign ROI, zh: 投放ROI}
description:
  en: What each campaign cost.
  zh: 每个投放计划的花费。
materialize: {incremental: spend_date, look_back: 35 days}
inputs:
  star.fct_order: paid_date
  star.fct_touch: {column: touch_date, look_back: 7 days}
  star.price: {from: valid_from_date}
  star.exchange_rate_daily: {match: {rate_date: spend_date}}
  ops.project: all
columns:
  roas: {en: Credited net sales per unit of spend, zh: 投产比, passport: roas}
audits:
  - {unique: [spend_date, campaign_key]}
  - {conserves: credited_net_amount, with: mart.attribution.credited_net_amount}
  - accepted: {platform: [tmall, jd]}
  - {sql: select * from mart.campaign_roi where roas < 0}
*/

with spend as (select 1 as a)
select * from spend;
`

func TestParseReadsTheWholeHeader(t *testing.T) {
	m, err := sql.Parse("sql/marts/campaign_roi.sql", []byte(roi))
	if err != nil {
		t.Fatal(err)
	}
	want := sql.Model{
		Schema: "mart", Name: "campaign_roi", File: "sql/marts/campaign_roi.sql", Line: 23,
		SQL: "with spend as (select 1 as a)\nselect * from spend",
		Header: sql.Header{
			Lines:       map[string]int{"title": 3, "grain": 2, "description": 5, "materialize": 7, "inputs": 9, "columns": 15, "audits": 17},
			Grain:       []string{"spend_date", "campaign_key"},
			Title:       sql.Text{En: "Campaign ROI", Zh: "投放ROI"},
			Description: sql.Text{En: "What each campaign cost.", Zh: "每个投放计划的花费。"},
			Materialize: sql.Materialize{Kind: sql.Incremental, Column: "spend_date", LookBack: 35},
			Inputs: map[string]sql.Input{
				"star.fct_order":           {Column: "paid_date", LookBack: -1, Line: 9},
				"star.fct_touch":           {Column: "touch_date", LookBack: 7, Line: 10},
				"star.price":               {Column: "valid_from_date", Onward: true, LookBack: -1, Line: 11},
				"star.exchange_rate_daily": {Match: []map[string]string{{"rate_date": "spend_date"}}, LookBack: -1, Line: 12},
				"ops.project":              {Column: "all", Whole: true, LookBack: -1, Line: 13},
			},
			Columns: map[string]sql.Column{"roas": {Text: sql.Text{En: "Credited net sales per unit of spend", Zh: "投产比"}, Passport: "roas", Line: 15}},
			Audits: []sql.Audit{
				{Unique: []string{"spend_date", "campaign_key"}, Line: 17},
				{Conserves: "credited_net_amount", With: "mart.attribution.credited_net_amount", Line: 18},
				{Accepted: map[string][]string{"platform": {"tmall", "jd"}}, Line: 19},
				{SQL: "select * from mart.campaign_roi where roas < 0", Line: 20},
			},
		},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if line := m.LineOf(strings.Index(m.SQL, "select * from")); line != 24 {
		t.Errorf("the second line of the SELECT is line %d of the file, want 24", line)
	}
}

func TestTheFolderDecidesTheSchema(t *testing.T) {
	for file, want := range map[string]string{"transform/star/sql/dim_shop.sql": "star.dim_shop", "sql/marts/a.sql": "mart.a", "sql/own.sql": "mart.own"} {
		m, err := sql.Parse(file, []byte("/*\ngrain: [a]\ntitle: {en: A, zh: 甲}\nmaterialize: table\n*/ select 1 as a"))
		if err != nil || m.Table() != want {
			t.Errorf("%s is %s (%v), want %s", file, m.Table(), err, want)
		}
	}
}

func TestEveryMistakeIsReportedAtOnceWithItsLine(t *testing.T) {
	text := `/*
grain: spend_date
title: {en: Campaign ROI}
materialise: table
materialize: {incremental: spend_date, keys: order_key, look_back: soon}
inputs: {fct_order: paid_date, star.x: {from: "No Name"}, star.y: {match: {a: b}, column: c}}
columns:
  roas: {en: R, zh: 投, unit: CNY}
audits:
  - {unique: [a], not_null: [b]}
  - {conserves: a}
  - {unique: []}
optional: [order]
optional: [refund]
*/
`
	_, err := sql.Parse("sql/Campaign-ROI.sql", []byte(text))
	var problems sql.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %v", err)
	}
	want := []string{
		`sql/Campaign-ROI.sql:1: the file's name is the table's`,
		`sql/Campaign-ROI.sql:2: grain must be a list`,
		`sql/Campaign-ROI.sql:3: title needs both languages`,
		`sql/Campaign-ROI.sql:4: header: unknown key materialise (is it materialize?); allowed: grain, title`,
		`sql/Campaign-ROI.sql:5: materialize: incremental and keys exclude each other`,
		`sql/Campaign-ROI.sql:5: look_back must be a number of days`,
		`sql/Campaign-ROI.sql:6: inputs: "fct_order" is not schema.table`,
		`sql/Campaign-ROI.sql:6: inputs.star.x: a column`,
		`sql/Campaign-ROI.sql:6: inputs.star.y: a column`,
		`sql/Campaign-ROI.sql:8: columns.roas: unknown key unit`,
		`sql/Campaign-ROI.sql:10: an audit is one of`,
		`sql/Campaign-ROI.sql:11: audit: conserves needs with`,
		`sql/Campaign-ROI.sql:12: unique is empty`,
		`sql/Campaign-ROI.sql:14: header: optional is said twice`,
		`sql/Campaign-ROI.sql:16: no SELECT after the leading comment`,
	}
	for _, w := range want {
		if !strings.Contains(problems.Error(), w) {
			t.Errorf("not reported: %s", w)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d mistakes, want %d:\n%v", len(problems), len(want), problems)
	}
}

func TestWhatFilesLieBy(t *testing.T) {
	for materialize, want := range map[string]string{
		"table":                                 "",
		"{incremental: day}":                    "day",
		"{keys: order_key}":                     "",
		"{keys: order_key, partition_by: day}":  "day",
		"{keys: order_key, partition_by: 1st}":  `"1st" is not a column name`,
		"{incremental: day, partition_by: day}": "partition_by belongs to keys",
		"{partition_by: day}":                   "materialize must be view, table",
	} {
		m, err := sql.Parse("sql/m.sql", []byte("/*\ngrain: [a]\ntitle: {en: A, zh: 甲}\ndescription: {en: A, zh: 甲}\nmaterialize: "+materialize+"\n*/ select 1 as a"))
		got := m.Header.Materialize.PartitionedBy()
		if err != nil {
			got = err.Error()
		}
		if (err != nil) != strings.Contains(want, " ") || !strings.Contains(got, want) || err == nil && got != want {
			t.Errorf("%s: %s, want %s", materialize, got, want)
		}
	}
}

func TestATextWithoutHeaderOrWithBrokenYAML(t *testing.T) {
	for text, want := range map[string]string{
		"select 1":                      "m.sql:1: a model begins with a comment",
		"/* grain: [a]\nselect 1":       "m.sql:1: the leading comment is not closed",
		"/*\ntitle: {en: A\n*/select 1": "the comment is not YAML",
		"/* just words */ select 1":     "m.sql:1: the comment must be YAML keys",
	} {
		if _, err := sql.Parse("m.sql", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(roi)
	f.Add("/*\n- a\n*/")
	f.Add("/*/0")
	f.Fuzz(func(_ *testing.T, text string) {
		if m, err := sql.Parse("sql/m.sql", []byte(text)); err == nil && m.SQL == "" {
			panic("a model without a SELECT was taken")
		}
	})
}
