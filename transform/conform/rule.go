package conform

import (
	"strings"

	"github.com/heliu-data/heliu/models"
)

// rule is one way in which a row can be bad.
type rule struct {
	bad  string // SQL condition; null is not bad
	text string // "quantity: less than 1"
	key  bool   // holds for rows that say their record was deleted as well
	said string // SQL text of what stood there instead; "" when the text says it all
}

type rules []rule

// rules are all the ways in which a row of the branch can be bad, in the order in which they are told.
func (p *Plan) rules(b branch) rules {
	var out rules
	e := p.Entity
	isKey := func(f models.Field) bool {
		for _, k := range e.Key {
			if k == f.Name {
				return true
			}
		}
		return f.Version || f.Name == Deleted
	}
	for _, f := range p.mapped(b) {
		r, t := ident("r_"+f.Name), ident("t_"+f.Name)
		_, coded := b.codes[f.Name]
		switch {
		case coded:
			out = append(out, rule{r + " is not null and " + t + " is null", f.Name + ": a code that the code table does not have", isKey(f), r})
		case f.Type == models.String || f.Type == models.Currency || f.Type == models.JSON:
		case f.Type == models.Integer:
			out = append(out, rule{r + " is not null and (" + t + " is null or heliu_double(" + r + ") <> cast(" + t + " as double))", f.Name + ": not an integer", isKey(f), ""})
		default:
			out = append(out, rule{r + " is not null and " + t + " is null", f.Name + ": not a " + string(f.Type), isKey(f), ""})
		}
	}
	for _, f := range e.Fields {
		name := ident(f.Name)
		if f.Required && !f.HasDefault {
			bad := name + " is null"
			_, coded := b.codes[f.Name]
			if coded || f.Type != models.String && f.Type != models.Currency {
				bad = ident("r_"+f.Name) + " is null"
			}
			out = append(out, rule{bad, f.Name + ": missing", isKey(f), ""})
		}
		if f.Min != "" {
			out = append(out, rule{name + " < " + f.Min, f.Name + ": less than " + f.Min, isKey(f), ""})
		}
		if _, coded := b.codes[f.Name]; len(f.Allowed) > 0 && !coded {
			out = append(out, rule{name + " not in (" + literals(f.Allowed) + ")", f.Name + ": not an allowed value", isKey(f), name})
		}
		if f.Type == models.Currency {
			out = append(out, rule{name + " not in (" + literals(p.currencies()) + ")", f.Name + ": unknown currency", isKey(f), name})
		}
	}
	for _, c := range e.Checks {
		out = append(out, rule{"not (" + c + ")", "check: " + c, false, ""})
	}
	return out
}

func (p *Plan) currencies() []string {
	out := make([]string, len(p.dict.Currencies))
	for i, c := range p.dict.Currencies {
		out[i] = c.Code
	}
	return out
}

func literals(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = literal(v)
	}
	return strings.Join(out, ", ")
}

func (r rule) condition() string {
	if r.key {
		return "(" + r.bad + ")"
	}
	return `(not "_deleted" and (` + r.bad + "))"
}

// any is true when a rule is broken, false or null otherwise.
func (rs rules) any() string {
	conditions := make([]string, len(rs))
	for i, r := range rs {
		conditions[i] = r.condition()
	}
	return "(" + strings.Join(conditions, "\n  or ") + ")"
}

// reason is the text of all broken rules, "; " between them.
func (rs rules) reason() string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		text := literal("; " + r.text)
		if r.said != "" {
			text += " || ': ' || substr(cast(" + r.said + " as varchar), 1, 60)"
		}
		parts[i] = "case when " + r.condition() + " then " + text + " else '' end"
	}
	return "substr(" + strings.Join(parts, "\n  || ") + ", 3)"
}
