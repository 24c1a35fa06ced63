package files

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/heliu-data/heliu/extract"
)

// options are the keys of a stream that reads files; those of the source stand for all its streams.
type options struct {
	Path      []string  `yaml:"path"`      // files, globs, s3://bucket/prefix/*.csv
	Format    string    `yaml:"format"`    // csv, xlsx, json, jsonl, parquet; "": by the name's ending
	Encoding  string    `yaml:"encoding"`  // of text: a WHATWG label; "": found out
	Delimiter string    `yaml:"delimiter"` // of CSV: one character or tab; "": found out
	Header    []string  `yaml:"header"`    // names of the columns where the file has no header
	Skip      int       `yaml:"skip"`      // lines (CSV) or rows (XLSX) above the header
	Sheet     string    `yaml:"sheet"`     // of XLSX; "": the first
	ExcelIDs  string    `yaml:"excel_ids"` // refuse (default), keep: ids that Excel has rounded, 1.23457E+17
	InPlace   bool      `yaml:"in_place"`  // parquet: not read at all, see checkStream
	S3        s3Options `yaml:"s3"`
}

// s3Options says where the object store of s3:// paths is; its keys are settings of the source.
type s3Options struct {
	Endpoint    string `yaml:"endpoint"`
	Region      string `yaml:"region"`
	VirtualHost bool   `yaml:"virtual_host"`
}

var formats = []string{"csv", "xlsx", "json", "jsonl", "parquet"}

// endings tell the format of a file by its name; .gz behind one of them is taken off first.
func formatOf(name string) string {
	switch ext := strings.ToLower(path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))); ext {
	case ".csv", ".tsv", ".txt":
		return "csv"
	case ".xlsx", ".xlsm":
		return "xlsx"
	case ".json":
		return "json"
	case ".jsonl", ".ndjson":
		return "jsonl"
	case ".parquet", ".pq":
		return "parquet"
	}
	return ""
}

// optionsOf decodes a stream's keys; what it does not say itself is the source's.
func optionsOf(s *extract.Stream) (options, []extract.Problem) {
	var o options
	problems := s.Options.Decode(&o)
	add := func(key, format string, args ...any) {
		line := s.Line
		if n := s.Options.Get(key); n != nil {
			line = n.Line
		}
		problems = append(problems, extract.Problem{File: s.Options.File, Line: line, Text: s.Name + ": " + fmt.Sprintf(format, args...)})
	}
	if o.Format != "" && !slices.Contains(formats, o.Format) {
		add("format", "format %q; allowed are %s", o.Format, strings.Join(formats, ", "))
	}
	if o.Encoding != "" {
		if _, err := encodingNamed(o.Encoding); err != nil {
			add("encoding", "%v", err)
		}
	}
	if o.Delimiter != "" {
		if _, err := delimiterNamed(o.Delimiter); err != nil {
			add("delimiter", "%v", err)
		}
	}
	if o.ExcelIDs != "" && o.ExcelIDs != "refuse" && o.ExcelIDs != "keep" {
		add("excel_ids", "excel_ids %q; allowed are refuse, keep", o.ExcelIDs)
	}
	if o.Skip < 0 {
		add("skip", "skip must be 0 or more")
	}
	if o.Header != nil {
		if _, err := columnNames(o.Header); err != nil {
			add("header", "%v", err)
		}
	}
	if o.InPlace {
		add("in_place", "in_place is not offered: the lake takes only files it has written itself; leave the key out")
	}
	if s.Window != nil {
		add("window", "files have no window: each file is read once, and again when it changes")
	}
	return o, problems
}

// Check finds every mistake in the keys of a connector that reads files.
func Check(c *extract.Connector) []extract.Problem {
	var own struct{}
	problems := c.Options.Decode(&own)
	c.Walk(func(s *extract.Stream) {
		if s.Parent != nil {
			return
		}
		_, more := optionsOf(s)
		problems = append(problems, more...)
	})
	return problems
}

// paths reads the setting `path` of a source: one text or a list of them.
func paths(setting any) []string {
	switch v := setting.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		return out
	case *yaml.Node:
		var list []string
		if v.Decode(&list) == nil {
			return list
		}
	}
	return nil
}
