package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxEvent = 64 << 10             // bytes of one event
	maxID    = 128                  // bytes of an event_id
	maxAge   = 400 * 24 * time.Hour // an event older than that is a clock that is wrong
	maxAhead = 15 * time.Minute     // a client's clock may be so far ahead
)

// kinds are the values that an event's kind may have.
var kinds = []string{"visit", "ad_click", "live_view", "video_view", "add_to_cart", "checkout"}

// event is one valid event: its text is landed as it came.
type event struct {
	id   string
	text []byte
}

// refusal says why an event of a request was not taken.
type refusal struct {
	Index  int    `json:"index"` // from 0
	ID     string `json:"event_id,omitempty"`
	Reason string `json:"reason"`
}

// split takes a request's body apart: one object, an array of objects, or an object a line.
func split(body []byte) ([]json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, errors.New("the body is empty")
	}
	if body[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, fmt.Errorf("the body is no JSON array: %w", err)
		}
		return list, nil
	}
	if json.Valid(body) {
		return []json.RawMessage{body}, nil
	}
	var list []json.RawMessage
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			list = append(list, line)
		}
	}
	return list, nil
}

// check validates one event. Keys are compared exactly: "Event_ID" is another key.
func check(text json.RawMessage, now time.Time) (event, string) {
	if len(text) > maxEvent {
		return event{}, fmt.Sprintf("the event is larger than %d KB", maxEvent>>10)
	}
	if !utf8.Valid(text) {
		return event{}, "the event is not UTF-8"
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return event{}, "the event is no JSON object: " + err.Error()
	}
	textOf := func(name string) string {
		var s string
		if json.Unmarshal(fields[name], &s) != nil {
			return ""
		}
		return s
	}
	e := event{id: textOf("event_id"), text: text}
	switch {
	case e.id == "":
		return e, "event_id is missing: a text that no other event has"
	case len(e.id) > maxID:
		return event{}, fmt.Sprintf("event_id is longer than %d bytes", maxID)
	case !slices.Contains(kinds, textOf("kind")):
		return e, fmt.Sprintf("kind is %s; allowed are %s", shown(fields["kind"]), strings.Join(kinds, ", "))
	case textOf("visitor_id") == "" && textOf("customer_id") == "":
		return e, "visitor_id or customer_id is missing"
	}
	at, err := time.Parse(time.RFC3339Nano, textOf("at"))
	switch {
	case err != nil:
		return e, fmt.Sprintf("at is %s; write an instant with its zone, 2026-01-31T08:00:00+08:00", shown(fields["at"]))
	case at.After(now.Add(maxAhead)):
		return e, "at is in the future"
	case at.Before(now.Add(-maxAge)):
		return e, "at is more than 400 days ago"
	}
	return e, ""
}

func shown(raw json.RawMessage) string {
	if raw == nil {
		return "missing"
	}
	return string(raw[:min(len(raw), 60)])
}
