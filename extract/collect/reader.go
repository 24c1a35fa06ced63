// Package collect takes events that a storefront pushes: it validates them, lands them in batches and answers only
// when they are durable, that is when their batch is a commit of the lake. What is answered with 2xx is never lost, and
// an event that is sent twice counts once, by its event_id.
package collect

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// Kind is the way in called collect, for sources that are only looked at or pulled: there is nothing to pull, events
// land when they are pushed. A [Collector] has a Kind of its own.
func Kind() extract.Kind { return kind(&inbox{}) }

func kind(box *inbox) extract.Kind {
	return extract.Kind{
		Name: "collect",
		Check: func(c *extract.Connector) []extract.Problem {
			var own struct{}
			problems := c.Options.Decode(&own)
			for _, s := range c.Streams {
				problems = append(problems, s.Options.Decode(&own)...)
				if s.Window != nil {
					problems = append(problems, extract.Problem{File: c.File, Line: s.Line, Text: s.Name + ": pushed events have no window"})
				}
			}
			return problems
		},
		Open: func(extract.Opening) (extract.Reader, error) { return &reader{box}, nil },
	}
}

// inbox hands a batch from the collector to the reader; both run in the collector's one landing goroutine.
type inbox struct {
	events   [][]byte
	received time.Time
}

type reader struct{ box *inbox }

// Read yields the batch that the collector put into the inbox. The cursor is the number of events landed so far.
func (r *reader) Read(_ context.Context, slice extract.Slice, yield func(extract.Page) error) (extract.Outcome, error) {
	n := int64(len(r.box.events))
	if n == 0 {
		return extract.Outcome{Empty: true, Cursor: slice.Cursor}, nil
	}
	before := int64(0)
	if slice.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(slice.Cursor, 10, 64); err != nil {
			return extract.Outcome{}, fmt.Errorf("the cursor %.40q is no number of events", slice.Cursor)
		}
	}
	records := make([][]byte, n)
	copy(records, r.box.events) // a slice may be read again
	page := extract.Page{Position: "collect", First: before + 1, JSON: records, With: map[string]string{"received_at": r.box.received.UTC().Format(time.RFC3339Nano)}}
	if err := yield(page); err != nil {
		return extract.Outcome{}, err
	}
	out := extract.Counted(warehouse.CountControl, n)
	out.Cursor = strconv.FormatInt(before+n, 10)
	return out, nil
}
