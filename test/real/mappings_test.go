//go:build real

package real

import (
	"context"
	"testing"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/transform/conform"
	"github.com/heliu-data/heliu/warehouse"
)

// TestMappingsBind types every expression of the mappings of the real systems' connectors against their raw tables.
func TestMappingsBind(t *testing.T) {
	ctx, b := context.Background(), newBench(t)
	dictionary, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	with := func(name, value string) map[string]any {
		return map[string]any{"base_url": "http://127.0.0.1:1", "password": "x", name: value}
	}
	sources := []*extract.Source{
		b.open(t, extract.Config{Name: "web", Connector: "medusa", Settings: with("email", "a@b.c")}),
		b.open(t, extract.Config{Name: "web2", Connector: "vendure", Settings: with("user", "u")}),
		b.open(t, extract.Config{Name: "erp", Connector: "tryton", Settings: with("user", "u")}),
		b.open(t, extract.Config{Name: "erp_sql", Connector: "tryton_sql", Settings: map[string]any{"dsn": "postgres://127.0.0.1:1/x"}}),
		b.open(t, extract.Config{Name: "site", Connector: "events", Settings: map[string]any{"token": "x"}}),
	}
	var mappings []models.Mapping
	columns, params := map[string][]warehouse.Column{}, map[string]map[string]string{}
	for _, s := range sources {
		mappings = append(mappings, s.Mappings()...)
		params[s.Name()] = s.Params()
		for _, stream := range s.Streams() {
			columns[stream.Table] = stream.Columns
		}
	}
	plans, err := conform.Compile(dictionary, mappings, params)
	if err != nil {
		t.Fatal(err)
	}
	session, err := b.engine.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, p := range plans {
		if !p.Mapped() {
			continue
		}
		for _, problem := range p.Check(ctx, session, columns) {
			t.Error(problem)
		}
	}
}
