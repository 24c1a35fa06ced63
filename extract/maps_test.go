package extract_test

import (
	"testing"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/kinds"
	"github.com/heliu-data/heliu/models"
)

// TestMappingsFitTheDictionary holds the mappings of all connectors to the dictionary: entities and fields that there
// are, required fields given, code tables into the values that are allowed.
func TestMappingsFitTheDictionary(t *testing.T) {
	t.Parallel()
	dictionary, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	names, err := extract.ConnectorNames(extract.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		con, err := extract.LoadConnector(name, kinds.All(), extract.Embedded())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		con.Walk(func(s *extract.Stream) {
			for _, m := range s.Maps {
				entity, ok := dictionary.Entity(m.Entity)
				if !ok {
					t.Errorf("%s:%d: there is no entity %q", m.File, m.Line, m.Entity)
					continue
				}
				checkMapping(t, m, entity)
			}
		})
	}
}

func checkMapping(t *testing.T, m models.Mapping, entity *models.Entity) {
	t.Helper()
	given := map[string]bool{}
	for _, f := range m.Fields {
		given[f.Name] = true
		field, ok := entity.Field(f.Name)
		if !ok {
			t.Errorf("%s:%d: %s has no field %q", m.File, f.Line, m.Entity, f.Name)
			continue
		}
		for code, value := range f.Codes {
			if code[0] != 0 && len(field.Allowed) > 0 && !contains(field.Allowed, value) {
				t.Errorf("%s:%d: %s.%s: code %s: %q is not allowed", m.File, f.Line, m.Entity, f.Name, code, value)
			}
		}
	}
	for _, f := range entity.Fields {
		if f.Required && !f.HasDefault && !given[f.Name] {
			t.Errorf("%s:%d: %s.%s is required and not given", m.File, m.Line, m.Entity, f.Name)
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
