package pipelines

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/heliu-data/heliu/warehouse/trino"
)

// trinoState is a step's state as it is written down.
type trinoState struct {
	Fingerprint string                `json:"fingerprint"`
	Inputs      map[string]string     `json:"inputs"`
	Version     int64                 `json:"version"`
	BuiltAt     time.Time             `json:"built_at"`
	Tables      map[string]trinoTable `json:"tables,omitempty"` // the step's tables
	View        string                `json:"view,omitempty"`   // the SELECT of a step that is a view
}

// trinoTable is what is known of a table without asking for it.
type trinoTable struct {
	Columns []column `json:"columns"`
	Rows    int64    `json:"rows"`             // what merges added and took away is not counted
	Merged  bool     `json:"merged,omitempty"` // so that only the table itself knows its rows
	Whole   int64    `json:"whole"`            // the version of its step at which all of it last changed
	Changed int64    `json:"changed"`          // the version at which some of it last did
	By      string   `json:"by,omitempty"`     // the column by which its files lie
	Logged  []column `json:"logged,omitempty"` // the columns of its change log, none when there is no log
}

// put makes a step's state part of a commit, on the condition that it still is what it was.
func put(c *trino.Commit, step, old string, now trinoState) (trinoState, string, error) {
	text, err := json.Marshal(now)
	if err != nil {
		return now, "", fmt.Errorf("write the state of %s: %w", step, err)
	}
	c.Put(step, old, string(text))
	return now, string(text), nil
}
