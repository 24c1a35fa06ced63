package pipelines

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// What another program has not delivered counts as one that could not be read: with the exit code that its failure has there.
func TestWhatAnotherProgramHasNotDelivered(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 18, 12, 0, 0, 0, time.UTC)
	said := int64(7)
	short := &warehouse.Receipt{Source: "e", Stream: "costs", CountKind: warehouse.CountTotal, SourceCount: &said, Read: 6, Landed: 6}
	kind := extract.Kind{Name: "none", Check: func(*extract.Connector) []extract.Problem { return nil }}
	source, err := extract.Open(extract.Config{Name: "e", Connector: "erp", Elsewhere: true}, extract.Deps{Kinds: []extract.Kind{kind}, Connectors: []fs.FS{fstest.MapFS{"erp/connector.yaml": {
		Data: []byte("connector: erp\nvia: none\ntitle: {en: E, zh: E}\nkind: erp\nneeds: {password: {secret: true}}\nstreams:\n  costs: {title: {en: C, zh: C}, key: [id], fields: {id: string}}\n")}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Read(t.Context(), "costs", extract.Options{}); err == nil || !strings.Contains(err.Error(), "read by another program") {
		t.Errorf("a source of another program is read: %v", err)
	}
	r := &run{job: &Job{Project: &project.Project{Expect: project.Span(12 * time.Hour)}, deps: Deps{Now: func() time.Time { return now }}}}
	s := stream{source, source.Streams()[0]}
	for name, c := range map[string]struct {
		reading lake.Reading
		code    int
		says    string
	}{
		"good":                     {lake.Reading{Good: true, FinishedAt: now.Add(-11 * time.Hour), GoodAt: now.Add(-11 * time.Hour)}, 0, ""},
		"too old":                  {lake.Reading{Good: true, FinishedAt: now.Add(-13 * time.Hour), GoodAt: now.Add(-13 * time.Hour)}, 1, "2026-06-17 23:00 UTC, 13h0m0s ago, and expected within 12h0m0s"},
		"never":                    {lake.Reading{}, 1, "no program has read it"},
		"failed":                   {lake.Reading{Note: "no route", FinishedAt: now, GoodAt: now.Add(-time.Hour)}, 1, "no route"},
		"failed, and never good":   {lake.Reading{Note: "no route", FinishedAt: now}, 1, "no route"},
		"failed with a short slip": {lake.Reading{Note: "6 of 7", Receipt: short, FinishedAt: now, GoodAt: now.Add(-time.Hour)}, 3, "6 of 7"},
	} {
		failure := r.overdue(s, c.reading)
		if code := ExitCode(failure); code != c.code || failure != nil && !strings.Contains(failure.Error(), c.says) {
			t.Errorf("%s: exit code %d, want %d and %q: %v", name, code, c.code, c.says, failure)
		}
	}
}

// One program lands while another one reads increments and keeps the table small, also between the other's steps: every row is
// read once, and neither has to begin anew.
func TestUpkeepBesideAnotherProgram(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	extractor := openKept(t, lake.Config{Location: folder})
	names, passes := batchNames(60), 0
	left := names
	land := func(n int) {
		n = min(n, len(left))
		landRows(t, extractor, left[:n]...)
		left = left[n:]
	}
	builder := openKept(t, lake.Config{Location: folder, Crash: func(string) {
		if passes++; passes%3 == 0 { // so that two steps of upkeep come through for one that gives way
			land(1)
		}
	}})
	seen := map[string]int{}
	position, did := int64(0), Upkept{}
	for len(left) > 0 || len(seen) < len(names) {
		land(3)
		table, err := builder.Table(t.Context(), keptTable)
		if err != nil {
			t.Fatal(err)
		}
		increment, err := table.FilesSince(t.Context(), position)
		if err != nil || increment.Reset {
			t.Fatalf("the builder's position is lost: %+v, %v", increment, err)
		}
		rows, err := table.Rows(t.Context(), increment.Files)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			seen[row["id"].(string)]++
		}
		position = increment.Snapshot
		k := &keeper{lake: builder, positions: map[string][]int64{keptTable: {position}}, grace: time.Hour, many: 4, compact: lake.Compaction{Files: 4}, expire: lake.Expiry{Keep: 1}}
		done, err := k.keep(t.Context(), []string{keptTable})
		if err != nil {
			t.Fatal(err)
		}
		did.Merged, did.Forgotten = did.Merged+done.Merged, did.Forgotten+done.Forgotten
	}
	for _, name := range names {
		if seen[name] != 1 {
			t.Errorf("row %s was read %d times", name, seen[name])
		}
	}
	if did.Merged == 0 || did.Forgotten == 0 {
		t.Errorf("%v: nothing was tested", did)
	}
}
