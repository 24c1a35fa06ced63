package trino

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"sync/atomic"
	"testing"
	"time"
)

// TestSkimmer cuts responses into pieces everywhere: what is kept is the response without its rows.
func TestSkimmer(t *testing.T) {
	t.Parallel()
	for _, response := range []string{
		`{"id":"q","columns":[{"name":"data","type":"x"}],"data":[["a","\"}]\\",{"data":[1]},null],[1.5e3]],"stats":{"state":"RUNNING"},"warnings":[]}`,
		" \n{\"data\" : [[\"}\"]] , \"id\" : \"data\" }\n",
		`{"id":"data","data":[]}`,
		`{"id":"a","data":null,"more":{"data":[1]}}`,
		`{"data":{"segments":[{"x":"y"}]},"database":[1],"dat":[2],"":3,"stats":{"data":1}}`,
		`{"\"data":[1],"x":"\\"}`,
		`{}`,
	} {
		var want, got map[string]any
		if err := json.Unmarshal([]byte(response), &want); err != nil {
			t.Fatal(err)
		}
		if _, has := want["data"]; has {
			want["data"] = nil
		}
		for range 200 {
			var s skimmer
			for rest := []byte(response); len(rest) > 0; {
				n := 1 + rand.IntN(len(rest))
				s.write(rest[:n])
				rest = rest[n:]
			}
			got = nil
			if err := json.Unmarshal(s.kept, &got); err != nil || !s.whole || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s became %s: %v", response, s.kept, err)
			}
		}
	}
}

// TestProgress tells of a statement that takes long, by the clock that is handed in, and counts it once.
func TestProgress(t *testing.T) {
	t.Parallel()
	var seconds atomic.Int64
	f := coordinator(t, func(_, n int) answer { seconds.Add(1); return answer{more: n < 10} })
	var told []Stats
	e := f.open(func(c *Config) {
		c.Every = 3 * time.Second
		c.Now = func() time.Time { return time.Unix(seconds.Load(), 0) }
		c.Progress = func(s Stats) { told = append(told, s) }
	})
	told = nil
	var m Meter
	ctx := WithMeter(context.Background(), &m)
	for range 2 {
		if _, err := e.exec(ctx, write); err != nil {
			t.Fatal(err)
		}
	}
	// Eleven responses, one a second: the third, the sixth and the ninth, of each statement.
	if len(told) != 6 || told[0].QueryID != "q0" || told[0].Rows != 30 || told[2].Rows != 90 || told[3].QueryID != "q1" {
		t.Errorf("told %+v", told)
	}
	if total := m.Total(); total.Rows != 220 || total.CPU != 2*time.Millisecond || total.Waited != 22*time.Second || m.Last().QueryID != "q1" || m.Count() != 2 {
		t.Errorf("%d statements, %+v", m.Count(), total)
	}
}
