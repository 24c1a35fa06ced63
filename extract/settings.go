package extract

import (
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// builtin settings every source may have beside its connector's needs.
var builtin = []string{"start", "zone", "base_url"}

// resolve fills the settings: ${NAME} from the environment, defaults, what is missing and what is unknown.
func (o *opener) resolve() {
	known := map[string]Need{}
	var names []string
	for _, n := range o.con.Needs {
		known[n.Name] = n
		names = append(names, n.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(o.cfg.Settings)) {
		if _, ok := known[name]; !ok && !slices.Contains(builtin, name) {
			sort.Strings(names)
			allowed := append(slices.Clone(names), builtin...)
			o.at(o.lineOf(name), "unknown setting %q%s; the connector %s takes %s", name, models.MeantBy(name, allowed), o.con.Name, strings.Join(allowed, ", "))
		}
	}
	for _, n := range o.con.Needs {
		v, given := o.cfg.Settings[n.Name]
		if !given {
			if n.Default == "" {
				if !n.Optional && !o.cfg.Elsewhere {
					o.add("the setting %q is missing", n.Name)
				}
				continue
			}
			v = n.Default
		}
		if !o.hidden(n, v) {
			o.set(n, o.expand(n.Name, v))
		}
	}
	for _, name := range builtin {
		if v, ok := o.cfg.Settings[name]; ok && !o.hidden(Need{Name: name}, v) {
			o.set(Need{Name: name}, o.expand(name, v))
		}
	}
}

// lineOf is where a setting stands, as far as it is known.
func (o *opener) lineOf(name string) int {
	if line, known := o.cfg.Lines[name]; known {
		return line
	}
	return o.cfg.Line
}

func (o *opener) set(n Need, v any) {
	if list, ok := v.([]any); ok && !n.List {
		o.add("the setting %q takes one value, not a list of %d", n.Name, len(list))
	} else if !ok && n.List {
		v = []any{v}
	}
	if n.List {
		o.list(n.Name, v.([]any))
	}
	o.settings[n.Name] = v
	if table, ok := v.(map[string]any); ok {
		o.codes[n.Name] = map[string]string{}
		for code, value := range table {
			o.codes[n.Name][code] = settingText(value)
		}
		return
	}
	if n.Secret {
		o.secrets = append(o.secrets, texts(v)...)
	} else if t := settingText(v); t != "" {
		o.params[n.Name] = t
	}
}

// list refuses a list that names nothing, or something twice: a stream that is read once for each would be read as empty,
// or doubled, and its receipts agree.
func (o *opener) list(name string, values []any) {
	if len(values) == 0 {
		o.at(o.lineOf(name), "the setting %q is an empty list; name at least one, or leave the setting out if it is optional", name)
	}
	seen := map[string]bool{}
	for i, v := range values {
		text := strings.TrimSpace(settingText(v))
		switch {
		case text == "":
			o.at(o.lineOf(name), "the setting %q has no value in place %d", name, i+1)
		case seen[text]:
			o.at(o.lineOf(name), "the setting %q names the value in place %d twice", name, i+1)
		}
		seen[text] = true
	}
}

func texts(v any) []string {
	if list, ok := v.([]any); ok {
		var out []string
		for _, x := range list {
			out = append(out, texts(x)...)
		}
		return out
	}
	return []string{settingText(v)}
}

var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expand replaces ${NAME}; ${source} is the source's own name.
func (o *opener) expand(name string, v any) any {
	switch v := v.(type) {
	case string:
		return reference.ReplaceAllStringFunc(v, func(ref string) string {
			key := ref[2 : len(ref)-1]
			if key == "source" {
				return o.cfg.Name
			}
			value, ok := o.deps.Env(key)
			if !ok {
				o.add("the setting %q refers to %s, which is not set in the environment", name, ref)
			}
			return value
		})
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = o.expand(name, x)
		}
		return out
	}
	return v
}
