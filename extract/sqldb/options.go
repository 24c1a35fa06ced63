package sqldb

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/models"
)

// options are the keys of a stream that reads a database.
type options struct {
	Table    string `yaml:"table"`     // table or schema.table
	Query    string `yaml:"query"`     // or a SELECT that gives the rows, with a name for every column
	Where    string `yaml:"where"`     // a condition on the rows
	Rest     bool   `yaml:"rest"`      // read the columns that are not declared too, into _extra
	Page     int    `yaml:"page"`      // rows of one statement, 10,000 when not given
	Batch    int    `yaml:"batch"`     // rows of one commit for streams read by a cursor, 200,000 when not given
	LookBack *int64 `yaml:"look_back"` // for a cursor that is a number: rows so far before the last are read again when they changed, 1,000 when not given
	IsUTC    bool   `yaml:"is_utc"`    // the times of the cursor have no zone and are UTC, whatever the source's zone is
}

// connectorKeys are the keys of a connector that reads databases; dsn and driver are settings of the source.
type connectorKeys struct {
	DSN    string `yaml:"dsn"`
	Driver string `yaml:"driver"`
}

var selects = regexp.MustCompile(`(?is)^\s*(select|with)\b`)

func optionsOf(s *extract.Stream) (options, []extract.Problem) {
	o := options{Page: 10_000, Batch: 200_000}
	problems := s.Options.Decode(&o)
	add := func(key, format string, args ...any) {
		line := s.Line
		if n := s.Options.Get(key); n != nil {
			line = n.Line
		}
		problems = append(problems, extract.Problem{File: s.Options.File, Line: line, Text: s.Name + ": " + fmt.Sprintf(format, args...)})
	}
	if (o.Table == "") == (o.Query == "") {
		add("query", "say either table or query")
	}
	if o.Query != "" && (!selects.MatchString(o.Query) || strings.Contains(strings.TrimRight(o.Query, "; \n\t"), ";")) {
		add("query", "a query is one SELECT")
	}
	if o.Page < 1 || o.Batch < o.Page {
		add("page", "page must be 1 or more, and batch no less than page")
	}
	if s.Window != nil && s.Cursor == "" {
		add("window", "a window needs a cursor: the column that says when a row last changed")
	}
	if cursor := field(s, s.Cursor); s.Window == nil && cursor != nil && (cursor.Type == models.Timestamp || cursor.Type == models.Date) {
		add("cursor", "%s is a time, and rows may be committed later than the time they bear: give the stream a window, for example {lag: 1m, look_back: 1h}", s.Cursor)
	}
	if why := checkLookBack(s, o); why != "" {
		add("look_back", "%s", why)
	}
	if len(s.Children) > 0 {
		add("children", "a table has no child lists: make a stream of the other table")
	}
	return o, problems
}

// field is the declared field of that name, or nil.
func field(s *extract.Stream, name string) *extract.Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// Check finds every mistake in the keys of a connector that reads databases.
func Check(c *extract.Connector) []extract.Problem {
	var own connectorKeys
	problems := c.Options.Decode(&own)
	for _, s := range c.Streams {
		_, more := optionsOf(s)
		problems = append(problems, more...)
	}
	return problems
}
