package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// Two collectors, each in a folder of its own, land into one lake at the same state of it: neither takes the batch of the other for its own,
// so that every event that was answered is there, once.
func TestTwoCollectorsOneLake(t *testing.T) {
	t.Parallel()
	ctx, location := context.Background(), t.TempDir()
	collector := func(crash func(string)) *bench {
		l, err := lake.Open(ctx, lake.Config{Location: location})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
		b := newBench(t, Config{BatchSize: 1})
		s, err := extract.Open(extract.Config{Name: "site", Connector: "events", Settings: map[string]any{"token": "tok"}},
			extract.Deps{Lake: l, Kinds: []extract.Kind{b.Kind()}, Now: func() time.Time { return now }, PersonalKey: []byte("key"), Crash: crash})
		if err != nil {
			t.Fatal(err)
		}
		b.run(t, s)
		return b
	}
	post := func(b *bench, id string) {
		t.Helper()
		if status, body, _ := b.post(one(id), "tok"); status != 200 {
			t.Errorf("event %s: %d %s", id, status, body)
		}
	}
	var want []string
	var other *bench
	round, answered := 0, false
	// whenever the first is about to commit, the other one, which saw the same lake, commits before it
	first := collector(func(at string) {
		if at == "extract:1:slice-read" && !answered {
			answered = true
			post(other, fmt.Sprintf("other-%d", round))
		}
	})
	other = collector(nil)
	for round = range 3 {
		answered = false
		post(first, fmt.Sprintf("first-%d", round))
		want = append(want, fmt.Sprintf("first-%d", round), fmt.Sprintf("other-%d", round))
	}
	slices.Sort(want)
	if d := cmp.Diff(want, events(t, location)); d != "" {
		t.Errorf("events in the lake (-answered +there):\n%s", d)
	}
}

// events are the ids of the events in a lake.
func events(t *testing.T, location string) []string {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Config{Location: location})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	table, err := l.Table(t.Context(), "raw.site__events")
	if err != nil {
		t.Fatal(err)
	}
	all, err := table.FilesSince(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range all.Files {
		rows, err := parquet.ReadFile[struct {
			ID string `parquet:"event_id,optional"`
		}](strings.TrimPrefix(f.Path, "file://"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
