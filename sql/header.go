package sql

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

func (p *parser) names(n *yaml.Node, where string) []string {
	if n.Kind != yaml.SequenceNode {
		p.add(n.Line, "%s must be a list: [a, b]", where)
		return nil
	}
	list := make([]string, 0, len(n.Content))
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode || c.Value == "" {
			p.add(c.Line, "%s must be a list of names", where)
			continue
		}
		list = append(list, c.Value)
	}
	if len(list) == 0 {
		p.add(n.Line, "%s is empty", where)
	}
	return list
}

func (p *parser) scalar(n *yaml.Node, where string) string {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		p.add(n.Line, "%s must be a text", where)
	}
	return n.Value
}

func (p *parser) text(n *yaml.Node, where string) Text {
	var t Text
	p.each(n, where, []string{"en", "zh"}, func(key string, v *yaml.Node) {
		if key == "en" {
			t.En = p.scalar(v, where+".en")
		} else {
			t.Zh = p.scalar(v, where+".zh")
		}
	})
	if t.En == "" || t.Zh == "" {
		p.add(n.Line, "%s needs both languages: {en: …, zh: …}", where)
	}
	return t
}

const materializeHelp = "materialize must be view, table, {incremental: <date column>, look_back: N days}, {keys: <key column>, partition_by: <date column>} or {append: <raw table>}"

func (p *parser) materialize(n *yaml.Node) Materialize {
	if n.Kind == yaml.ScalarNode {
		if n.Value != string(View) && n.Value != string(Table) {
			p.add(n.Line, "%s, not %q", materializeHelp, n.Value)
		}
		return Materialize{Kind: Kind(n.Value)}
	}
	var m Materialize
	p.each(n, "materialize", []string{"incremental", "look_back", "keys", "partition_by", "append"}, func(key string, v *yaml.Node) {
		if key == "look_back" {
			m.LookBack = p.days(v)
			return
		}
		if key == "partition_by" {
			m.Partition = p.scalar(v, "materialize.partition_by")
			return
		}
		if m.Kind != "" {
			p.add(v.Line, "materialize: %s and %s exclude each other", m.Kind, key)
		}
		m.Kind, m.Column = Kind(key), p.scalar(v, "materialize."+key)
	})
	switch {
	case m.Kind == "":
		p.add(n.Line, materializeHelp)
	case m.LookBack != 0 && m.Kind != Incremental:
		p.add(n.Line, "materialize: look_back belongs to incremental")
	case m.Partition != "" && m.Kind != Keys:
		p.add(n.Line, "materialize: partition_by belongs to keys; the files of an incremental model lie by its own column")
	case m.Partition != "" && !isName(m.Partition):
		p.add(n.Line, "materialize: %q is not a column name", m.Partition)
	case m.Kind != Append && !isName(m.Column):
		p.add(n.Line, "materialize: %q is not a column name", m.Column)
	}
	return m
}

// days reads "35 days", "1 day" or a bare number.
func (p *parser) days(n *yaml.Node) int {
	number, unit, _ := strings.Cut(strings.TrimSpace(n.Value), " ")
	days, err := strconv.Atoi(number)
	if err != nil || days < 0 || days > 3660 || (unit != "" && unit != "day" && unit != "days") {
		p.add(n.Line, "look_back must be a number of days from 0 to 3660, like 35 days, not %q", n.Value)
		return 0
	}
	return days
}

const inputHelp = "a column, {column: c, look_back: N days}, {from: column}, {match: {input column: own column}}, {match: [{…}, {…}]} or all"

func (p *parser) inputs(n *yaml.Node) map[string]Input {
	inputs := map[string]Input{}
	p.each(n, "inputs", nil, func(table string, v *yaml.Node) {
		in := Input{Line: v.Line, LookBack: -1}
		if schema, name, ok := strings.Cut(table, "."); !ok || !isName(schema) || !isName(name) {
			p.add(v.Line, "inputs: %q is not schema.table", table)
		}
		if v.Kind == yaml.ScalarNode {
			in.Whole = v.Value == "all"
			in.Column = v.Value
		} else {
			p.each(v, "inputs."+table, []string{"from", "column", "look_back", "match"}, func(key string, c *yaml.Node) {
				switch key {
				case "look_back":
					in.LookBack = p.days(c)
				case "match":
					in.Match = p.matches(c)
				default:
					in.Onward, in.Column = key == "from", c.Value
				}
			})
		}
		p.input(table, in)
		inputs[table] = in
	})
	return inputs
}

// matches reads one map of columns or a list of them.
func (p *parser) matches(n *yaml.Node) []map[string]string {
	maps := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		maps = n.Content
	}
	list := make([]map[string]string, len(maps))
	for i, m := range maps {
		list[i] = map[string]string{}
		p.each(m, "match", nil, func(theirs string, ours *yaml.Node) { list[i][theirs] = ours.Value })
		if len(list[i]) == 0 {
			p.add(m.Line, "inputs: match names no columns: {input column: own column}")
		}
	}
	return list
}

// input checks that an input says one thing, in column names.
func (p *parser) input(table string, in Input) {
	if len(in.Match) > 0 && in.Column == "" && in.LookBack < 0 {
		for _, match := range in.Match {
			for theirs, ours := range match {
				if !isName(theirs) || !isName(ours) {
					p.add(in.Line, "inputs.%s: match needs column names, not %q: %q", table, theirs, ours)
				}
			}
		}
		return
	}
	if !in.Whole && (!isName(in.Column) || len(in.Match) > 0 || in.Onward && in.LookBack >= 0) {
		p.add(in.Line, "inputs.%s: %s", table, inputHelp)
	}
}

func (p *parser) columns(n *yaml.Node) map[string]Column {
	columns := map[string]Column{}
	p.each(n, "columns", nil, func(name string, v *yaml.Node) {
		c := Column{Line: v.Line}
		p.each(v, "columns."+name, []string{"en", "zh", "passport"}, func(key string, t *yaml.Node) {
			value := p.scalar(t, "columns."+name+"."+key)
			switch key {
			case "en":
				c.En = value
			case "zh":
				c.Zh = value
			case "passport":
				c.Passport = value
			}
		})
		if c.En == "" || c.Zh == "" {
			p.add(v.Line, "columns.%s needs both languages: {en: …, zh: …}", name)
		}
		columns[name] = c
	})
	return columns
}

func (p *parser) audits(n *yaml.Node) []Audit {
	if n.Kind != yaml.SequenceNode {
		p.add(n.Line, "audits must be a list: - {unique: [a]}")
		return nil
	}
	var audits []Audit
	for _, item := range n.Content {
		a := Audit{Line: item.Line}
		seen := p.each(item, "audit", []string{"unique", "not_null", "accepted", "conserves", "with", "sql"}, func(key string, v *yaml.Node) {
			switch key {
			case "unique":
				a.Unique = p.names(v, "unique")
			case "not_null":
				a.NotNull = p.names(v, "not_null")
			case "accepted":
				a.Accepted = map[string][]string{}
				p.each(v, "accepted", nil, func(column string, values *yaml.Node) { a.Accepted[column] = p.names(values, "accepted."+column) })
			case "conserves":
				a.Conserves = p.scalar(v, "conserves")
			case "with":
				a.With = p.scalar(v, "with")
			case "sql":
				a.SQL = strings.TrimSuffix(strings.TrimSpace(p.scalar(v, "sql")), ";")
			}
		})
		kinds := len(seen)
		if seen["with"] {
			kinds--
			if !seen["conserves"] {
				p.add(item.Line, "audit: with belongs to conserves")
			}
		}
		if kinds != 1 {
			p.add(item.Line, "an audit is one of unique, not_null, accepted, conserves + with, sql")
		}
		if a.Conserves != "" && strings.Count(a.With, ".") < 2 {
			p.add(item.Line, "audit: conserves needs with: schema.table.expression, not %q", a.With)
		}
		audits = append(audits, a)
	}
	return audits
}
