package simulate

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"
)

// Write puts the truth into a folder: truth.json with everything, and one CSV
// for each of its lists, whose columns are the JSON names. It gives the file
// names.
func (t *Truth) Write(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write the truth: %w", err)
	}
	text, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the truth: %w", err)
	}
	names := []string{"truth.json"}
	if err := os.WriteFile(filepath.Join(dir, names[0]), append(text, '\n'), 0o644); err != nil {
		return nil, fmt.Errorf("write the truth: %w", err)
	}
	all := reflect.ValueOf(*t)
	for i := range all.NumField() {
		list := all.Field(i)
		if list.Kind() != reflect.Slice {
			continue
		}
		s := listSheet(all.Type().Field(i).Tag.Get("json"), list)
		content, err := s.csv()
		if err != nil {
			return nil, err
		}
		names = append(names, s.name+".csv")
		if err := os.WriteFile(filepath.Join(dir, s.name+".csv"), content, 0o644); err != nil {
			return nil, fmt.Errorf("write the truth: %w", err)
		}
	}
	return names, nil
}

// listSheet lays a list of flat structs out as a sheet.
func listSheet(name string, list reflect.Value) *sheet {
	s := &sheet{name: name}
	row := list.Type().Elem()
	for i := range row.NumField() {
		s.columns = append(s.columns, row.Field(i).Tag.Get("json"))
	}
	for i := range list.Len() {
		cells := make([]string, row.NumField())
		for j := range cells {
			switch value := list.Index(i).Field(j).Interface().(type) {
			case time.Time:
				if !value.IsZero() {
					cells[j] = value.Format(time.RFC3339)
				}
			default:
				cells[j] = fmt.Sprint(value)
			}
		}
		s.add(cells...)
	}
	return s
}

// WriteTruth writes Truth(asOf) into a folder.
func (c *Company) WriteTruth(dir string, asOf time.Time) ([]string, error) {
	return c.Truth(asOf).Write(dir)
}
