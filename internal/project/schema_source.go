package project

import "reflect"

// Connector is what the schema says about one kind of system: the settings that a source of it takes.
type Connector struct {
	Name     string
	Settings []Setting
}

// Setting is a key of a source that its connector declares.
type Setting struct {
	Name, En, Zh     string
	Secret, Required bool
}

// sourceSchema adds to the schema of a source what each connector takes: an editor then completes its settings, and
// marks those that are unknown, missing, or secrets that are written out.
func sourceSchema(source map[string]any, connectors []Connector) {
	var cases []any
	for _, c := range connectors {
		properties, required, known := map[string]any{}, []string{}, []string{}
		for _, k := range keysOf(reflect.TypeFor[Source]()) {
			if k.Name != "" {
				known = append(known, k.Name)
			}
		}
		for _, s := range c.Settings {
			p := map[string]any{}
			if s.En != "" {
				p["description"] = s.En + "\n" + s.Zh
			}
			if s.Secret {
				p["pattern"] = addressForm
				p["examples"] = []string{"${NAME}", "${file:PATH}"}
			}
			properties[s.Name] = p
			known = append(known, s.Name)
			if s.Required {
				required = append(required, s.Name)
			}
		}
		cases = append(cases, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"connector": map[string]any{"const": c.Name}}, "required": []string{"connector"}},
			"then": map[string]any{"properties": properties, "required": required, "propertyNames": map[string]any{"enum": known}},
		})
	}
	if len(cases) > 0 {
		source["allOf"] = cases
	}
}
