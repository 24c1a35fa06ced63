package extract

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/extract/connectors"
	"github.com/heliu-data/heliu/models"
)

// Embedded is the folder of the connectors that come with Heliu.
func Embedded() fs.FS { return connectors.FS }

// ConnectorNames lists the connectors in the folders, sorted.
func ConnectorNames(folders ...fs.FS) ([]string, error) {
	var names []string
	for _, f := range folders {
		found, err := fs.Glob(f, "*/connector.yaml")
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			if name := path.Dir(file); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// LoadConnector reads and checks a connector by name; the last folder that has it wins. The error lists every mistake.
func LoadConnector(name string, kinds []Kind, folders ...fs.FS) (*Connector, error) {
	file := path.Join(name, "connector.yaml")
	for _, folder := range slices.Backward(folders) {
		text, err := fs.ReadFile(folder, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", name, err)
		}
		c, err := ParseConnector(path.Join("connectors", file), text)
		if err != nil {
			return nil, err
		}
		if c.Name != name {
			return nil, Problems{{File: c.File, Line: 1, Text: fmt.Sprintf("connector: %q stands in the folder %q", c.Name, name)}}
		}
		return c, CheckConnector(c, kinds)
	}
	names, err := ConnectorNames(folders...)
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("there is no connector %q%s; there are %s", name, models.MeantBy(name, names), strings.Join(names, ", "))
}

// CheckConnector has the connector's Kind check the keys that are its own.
func CheckConnector(c *Connector, kinds []Kind) error {
	for _, k := range kinds {
		if k.Name == c.Via {
			return sortedProblems(k.Check(c)).Err()
		}
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return Problems{{File: c.File, Line: 1, Text: fmt.Sprintf("via: %q%s; allowed are %s", c.Via, models.MeantBy(c.Via, names), strings.Join(names, ", "))}}
}
