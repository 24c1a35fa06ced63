package project

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// Whatever the loader takes the schema takes, and what it refuses for its keys the schema refuses.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	t.Parallel()
	text, err := Schema(Connector{Name: "taobao", Settings: []Setting{{Name: "app_secret", Secret: true, Required: true}, {Name: "shop"}}})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("heliu.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("heliu.json")
	if err != nil {
		t.Fatal(err)
	}
	// What the schema knows of a connector's settings the loader leaves to the connector.
	for text, want := range map[string]bool{
		"{connector: taobao, app_secret: '${S}'}": true, "{connector: taobao, app_secret: plain}": false, "{connector: taobao}": false,
		"{connector: taobao, app_secret: '${S}', shp: x}": false, "{connector: own, anything: x}": true,
	} {
		node, err := document([]byte("name: a\nsources: {s: " + text + "}"))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(plain(t, node)); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	whole := strings.ReplaceAll(whole, "connector: taobao", "connector: own")
	for _, text := range []string{
		whole, "name: a", "name: a\nlake: ./x", "name: a\nnam: b", "currency: CNY", "name: a\ncurrency: rmb",
		"name: a\npublish: [{duckdb: x, csv: y}]", "name: a\nattribution: {coverage_threshold: 2}",
		"name: a\nsources: {x: {connector: files, path: x}}", "name: a\nsources: {x: {path: x}}",
		"name: a\npublish: [{postgres: 'postgres://me:pw@host/bi'}]", "name: a\npublish: [{postgres: 'postgres://me@host/bi'}]", "name: a\nlake: {catalog: 'sqlite:./c.db'}",
		"name: a\nmemory: lots", "name: a\nattribution: {model: magic}", "name: a\nthreads: 2", "name: a\nsources: {x: {connector: files, streams: {a: {key: [b]}}}}",
	} {
		_, loadErr := Parse("heliu.yaml", []byte(text))
		node, err := document([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		schemaErr := schema.Validate(plain(t, node))
		if (loadErr == nil) != (schemaErr == nil) {
			t.Errorf("%q\nloader: %v\nschema: %v", text, loadErr, schemaErr)
		}
	}
}

func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	var v any
	// Days are quoted, as an editor's YAML 1.2 reads them as text.
	var quote func(*yaml.Node)
	quote = func(n *yaml.Node) {
		if n.Tag == "!!timestamp" {
			n.Tag = "!!str"
		}
		for _, c := range n.Content {
			quote(c)
		}
	}
	quote(n)
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Every key says in both languages what it means.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Map, reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			for _, k := range keysOf(typ) {
				if k.En == "" || k.Zh == "" {
					t.Errorf("%s.%s is not explained", typ.Name(), k.Name)
				}
				if typ.Field(k.field).Type.Kind() != reflect.Pointer && !isValue(reflect.New(typ.Field(k.field).Type).Elem()) {
					walk(typ.Field(k.field).Type)
				}
			}
		}
	}
	walk(reflect.TypeFor[Project]())
}
