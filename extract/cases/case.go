// Package cases runs a connector's cases: folders of data in which an analyst can read what was asked, what the system
// answered and which rows come of it.
//
//	now: 2026-01-01T01:00:00+08:00
//	read: orders
//	from: 2026-01-01T00:00:00+08:00
//	to: 2026-01-01T00:30:00+08:00
//	answers:
//	  - {file: page_1.json, ask: {page_no: '1'}}
//	  - page_2.json
//	expect:
//	  receipt: {source_count: 101, landed: 101, rejected: 0}
//	  rows: {orders: expected.csv}
//
// The order of asking is part of the case. A CSV holds only the columns that matter.
package cases

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
)

// Case is one case.yaml.
type Case struct {
	Now      time.Time      `yaml:"now"`
	Settings map[string]any `yaml:"settings"` // of the source; what is missing is filled with its own name
	Read     string         `yaml:"read"`     // the stream
	From     time.Time      `yaml:"from"`
	To       time.Time      `yaml:"to"`
	Answers  []Answer       `yaml:"answers"`
	Expect   Expect         `yaml:"expect"`
	Dir      string         `yaml:"-"`
}

// Answer is what the system says to one request: the file's content, or status and header.
type Answer struct {
	File   string            `yaml:"file"`
	Status int               `yaml:"status"` // 200 when missing
	Header map[string]string `yaml:"header"`
	Ask    map[string]string `yaml:"ask"` // parameters that the request must have
}

// UnmarshalYAML takes a file's name alone as well.
func (a *Answer) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		a.File = n.Value
		return nil
	}
	type plain Answer
	return n.Decode((*plain)(a))
}

// Expect is what must come of it.
type Expect struct {
	Receipt  map[string]any    `yaml:"receipt"`  // the sum of the receipts; only the keys that are given
	Rows     map[string]string `yaml:"rows"`     // stream: CSV file; rows in any order, only the columns given
	Rejected []map[string]any  `yaml:"rejected"` // field, reason, position of each rejected record
	Error    string            `yaml:"error"`    // part of the error's text
	Waits    []string          `yaml:"waits"`    // how long the reader waited, in order
}

// Load reads a case folder; unknown keys are errors.
func Load(dir string) (*Case, error) {
	file := filepath.Join(dir, "case.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	c := &Case{Dir: dir}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s is empty", file)
	}
	if err := extract.Problems(extract.DecodeStrict(file, doc.Content[0], c)).Err(); err != nil {
		return nil, err
	}
	if c.Now.IsZero() || c.Read == "" {
		return nil, fmt.Errorf("%s: now and read are needed", file)
	}
	return c, nil
}

// Folders lists the case folders of a connector folder.
func Folders(connector string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(connector, "cases", "*", "case.yaml"))
	for i, f := range files {
		files[i] = filepath.Dir(f)
	}
	return files, err
}
