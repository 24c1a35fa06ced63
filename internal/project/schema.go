package project

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
)

// Schema returns the JSON schema of heliu.yaml (draft 2020-12), indented, made from the declaration that the loader
// reads by; the connectors say what a source of each takes.
func Schema(connectors ...Connector) ([]byte, error) {
	root := objectSchema(reflect.TypeFor[Project]())
	sources := root["properties"].(map[string]any)["sources"].(map[string]any)
	sourceSchema(sources["additionalProperties"].(map[string]any), connectors)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "heliu.yaml"
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JSON schema: %w", err)
	}
	return append(text, '\n'), nil
}

func objectSchema(t reflect.Type) map[string]any {
	properties, required, kinds := map[string]any{}, []string{}, []any{}
	keys := keysOf(t)
	_, open := restOf(keys)
	for _, k := range keys {
		if k.Name == "" {
			continue
		}
		properties[k.Name] = keySchema(t.Field(k.field).Type, k)
		if k.has("required") {
			required = append(required, k.Name)
		}
		if k.has("kind") {
			kinds = append(kinds, map[string]any{"required": []string{k.Name}})
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": open}
	if len(required) > 0 {
		s["required"] = required
	}
	if len(kinds) > 0 {
		s["oneOf"] = kinds
	}
	return s
}

func keySchema(t reflect.Type, k key) map[string]any {
	s := typeSchema(t)
	if k.En != "" {
		s["description"] = k.En + "\n" + k.Zh
	}
	if items, list := s["items"].(map[string]any); list && len(k.Allowed) > 0 {
		items["enum"], s["minItems"], s["uniqueItems"] = k.Allowed, 1, true
	} else if len(k.Allowed) > 0 {
		s["enum"] = k.Allowed
	}
	if k.Example != "" {
		s["examples"] = []string{k.Example}
	}
	if k.Default != "" {
		s["default"] = plainDefault(t, k.Default)
	}
	return s
}

func typeSchema(t reflect.Type) map[string]any {
	if v, ok := reflect.New(t).Interface().(value); ok {
		pattern, example := v.says()
		s := map[string]any{"type": "string", "examples": []string{example}}
		if t.Kind() == reflect.Float64 {
			return map[string]any{"type": "number", "minimum": 0, "maximum": 1}
		}
		if pattern != "" {
			s["pattern"] = pattern
		}
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return map[string]any{"type": "object"}
	case reflect.Struct:
		s := objectSchema(t)
		if short, ok := shortOf(keysOf(t)); ok {
			return map[string]any{"anyOf": []any{map[string]any{"type": "string", "description": short.En}, s}}
		}
		return s
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": typeSchema(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": typeSchema(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer", "minimum": 0}
	}
	return map[string]any{"type": "string"}
}

var number = regexp.MustCompile(`^[0-9.]+$`)

func plainDefault(t reflect.Type, text string) any {
	switch {
	case t.Kind() == reflect.Bool:
		return text == "true"
	case (t.Kind() == reflect.Int || t.Kind() == reflect.Float64) && number.MatchString(text):
		return json.Number(text)
	}
	return text
}
