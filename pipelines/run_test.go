package pipelines

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/internal/project"
	"github.com/heliu-data/heliu/publish"
	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/warehouse"
)

// fakeStep is a step with inputs and nothing to build.
type fakeStep struct {
	name   string
	inputs []string
}

func (f fakeStep) Name() string        { return f.name }
func (f fakeStep) Outputs() []string   { return []string{f.name} }
func (f fakeStep) Fingerprint() string { return f.name }
func (f fakeStep) Inputs() []Input {
	var list []Input
	for _, t := range f.inputs {
		list = append(list, Input{Table: t})
	}
	return list
}
func (f fakeStep) Build(context.Context, *Work) ([]Output, error) { return nil, nil }

// A stream that may be short keeps back what is downstream of it and nothing else (PITFALLS D1).
func TestAFailedStreamBlocksOnlyWhatNeedsIt(t *testing.T) {
	t.Parallel()
	g, err := NewGraph([]Step{
		fakeStep{"entity.order", []string{"raw.tmall__orders"}}, fakeStep{"entity.ad_spend", []string{"raw.ads__spend"}},
		fakeStep{"mart.sales", []string{"entity.order"}}, fakeStep{"mart.spend", []string{"entity.ad_spend"}},
		fakeStep{"mart.roi", []string{"mart.sales", "mart.spend"}},
	}, []string{"raw.tmall__orders", "raw.ads__spend"})
	if err != nil {
		t.Fatal(err)
	}
	left, blocked, err := g.without(Selection{}, map[string]error{"raw.ads__spend": errors.New("down")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"entity.order", "mart.sales"}, left.Models); diff != "" {
		t.Errorf("left: %s", diff)
	}
	if diff := cmp.Diff([]string{"entity.ad_spend", "mart.spend", "mart.roi"}, blocked); diff != "" {
		t.Errorf("blocked: %s", diff)
	}
	if same, _, err := g.without(Selection{Models: []string{"mart.sales"}}, nil); err != nil || len(same.Models) != 1 {
		t.Errorf("nothing failed: %v, %v", same, err)
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	short := &extract.ReceiptError{}
	for want, errs := range map[int][]error{
		0: {nil}, 1: {errors.New("x")}, 2: {ErrUsage, ErrConfiguration, project.Mistakes{{Text: "x"}}, &GraphError{}, configuration(errors.New("x")), sql.Problems{{}}},
		3: {ErrNotProved, short, errors.Join(errors.New("x"), short)}, 4: {ErrLocked, errors.Join(short, ErrLocked)},
	} {
		for _, err := range errs {
			if got := ExitCode(err); got != want {
				t.Errorf("ExitCode(%v) = %d, want %d", err, got, want)
			}
		}
	}
	if err := configuration(errors.New("as it is")); err.Error() != "as it is" {
		t.Errorf("the mark changes the text: %s", err)
	}
}

func TestTotalsShowTheWeakestProof(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	x := Extraction{Streams: []string{"a.x", "a.y", "a.z"}, Failed: map[string]error{"raw.a__z": errors.New("down")}, Receipts: []warehouse.Receipt{
		{Source: "a", Stream: "x", CountKind: warehouse.CountTotal, SourceCount: &ten, Read: 10, Landed: 9, Rejected: 1},
		{Source: "a", Stream: "x", CountKind: warehouse.CountNone, Read: 5, Landed: 5},
	}}
	want := []StreamTotal{
		{Source: "a", Stream: "x", Kind: warehouse.CountNone, Windows: 2, SourceCount: 10, Read: 15, Landed: 14, Rejected: 1},
		{Source: "a", Stream: "y", Proved: true},
		{Source: "a", Stream: "z", Proved: true, Failed: true},
	}
	if diff := cmp.Diff(want, x.Totals()); diff != "" {
		t.Error(diff)
	}
}

// A table is copied whole unless it changed once since the base, in this run, by days.
func TestWhatDiffersFromTheLastPublication(t *testing.T) {
	t.Parallel()
	m := sql.Model{Schema: "mart", Name: "m", Header: sql.Header{Materialize: sql.Materialize{Kind: sql.Incremental, Column: "day"}}}
	base := shelved{id: "p", versions: map[string]int64{"mart.m": 7}}
	report := func(mode string, ranges ...string) *Report {
		return &Report{Steps: []StepRecord{{Name: "mart.m", Status: Built, Was: 7, Became: 8, Mode: mode, Ranges: ranges}}}
	}
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	whole := publish.Change{Whole: true}
	for name, c := range map[string]struct {
		version int64
		base    shelved
		report  *Report
		want    publish.Change
	}{
		"unchanged":      {7, base, report("days"), publish.Change{}},
		"never there":    {7, shelved{}, report("days", "2026-06-01…2026-06-02"), whole},
		"days":           {8, base, report("days", "2026-06-01…2026-06-02", "2026-06-05…"), publish.Change{Column: "day", Days: []publish.Days{{First: day("2026-06-01"), Last: day("2026-06-02")}, {First: day("2026-06-05"), Last: day("9999-12-31")}}}},
		"two runs since": {8, shelved{id: "p", versions: map[string]int64{"mart.m": 6}}, report("days", "2026-06-01…2026-06-02"), whole},
		"another after":  {9, base, report("days", "2026-06-01…2026-06-02"), whole},
		"rebuilt":        {8, base, report("full"), whole},
		"no day":         {8, base, report("days", "no day"), whole},
		"built before":   {8, base, nil, whole},
	} {
		if diff := cmp.Diff(c.want, changed(m, c.version, c.base, c.report)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Two histories of one table that parted, as after a restored backup, do not come to the same version by as many changes.
func TestAVersionIsOfItsInstant(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 7, 9, 2, 0, 0, 0, time.UTC)
	lost, kept := state{version: 41}.after(night), state{version: 41}.after(night.Add(time.Millisecond))
	if lost == kept || lost <= 41 {
		t.Errorf("versions %d and %d of two nights", lost, kept)
	}
	if again := (state{version: kept}).after(night); again <= kept {
		t.Errorf("version %d after %d, by a clock that was set back", again, kept)
	}
}
