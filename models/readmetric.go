package models

import "strconv"

func (l *loader) readMetric(root node) {
	m := l.fields(root, "metric", "title", "formula", "unit", "day", "window", "refunds", "additivity", "not_over", "note")
	p := &Passport{
		Name: l.name(root, m, "metric"), Title: l.title(m, "title"), Formula: l.text(m, "formula"), Unit: l.text(m, "unit"),
		Day: l.title(m, "day"), Window: l.title(m, "window"), Refunds: l.title(m, "refunds"),
		Additivity: Additivity(l.text(m, "additivity")), NotOver: l.list(m, "not_over"), Note: l.title(m, "note"), File: root.file, Line: root.Line,
	}
	for _, key := range []string{"title", "formula", "unit", "day", "refunds"} {
		if _, ok := m[key]; !ok {
			l.add(root, "metric %s: %s is missing", p.Name, key)
		}
	}
	switch p.Additivity {
	case Additive, NonAdditive:
		if len(p.NotOver) > 0 {
			l.add(m["not_over"], "metric %s: not_over is for semi_additive measures", p.Name)
		}
	case SemiAdditive:
		if len(p.NotOver) == 0 {
			l.add(m["additivity"], "metric %s: a semi_additive measure must say not_over: what it is not summed over", p.Name)
		}
	default:
		l.problems.Add(root.file, l.line(m, "additivity", root.Line), "metric %s: additivity %q is not one of %s, %s, %s", p.Name, p.Additivity, Additive, SemiAdditive, NonAdditive)
	}
	if _, dup := l.dict.Metric(p.Name); dup {
		l.add(root, "metric %q is defined twice", p.Name)
		return
	}
	l.dict.Metrics = append(l.dict.Metrics, p)
}

func (l *loader) readCodes(root node) {
	for _, p := range l.pairs(root) {
		m := l.fields(p.value, "title", "values")
		c := &CodeList{Name: p.key, Title: l.title(m, "title"), Line: p.keyAt.Line}
		if n, ok := m["values"]; ok {
			for _, v := range l.pairs(n) {
				c.Values = append(c.Values, Code{v.key, l.title(map[string]node{v.key: v.value}, v.key)})
			}
		}
		if len(c.Values) == 0 {
			l.add(p.keyAt, "code list %s has no values", p.key)
		}
		if _, dup := l.dict.CodeList(c.Name); dup {
			l.add(p.keyAt, "code list %q is defined twice", c.Name)
			continue
		}
		l.dict.Codes = append(l.dict.Codes, c)
	}
}

func (l *loader) readCurrencies(root node) {
	for _, p := range l.pairs(root) {
		minor, err := strconv.Atoi(p.value.Value)
		if len(p.key) != 3 || err != nil || minor < 0 || minor > 4 {
			l.add(p.keyAt, "a currency is three capital letters: decimals from 0 to 4")
			continue
		}
		l.dict.Currencies = append(l.dict.Currencies, Currency4217{p.key, minor})
	}
}
