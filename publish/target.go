package publish

import (
	"cmp"
	"context"
	"fmt"

	"github.com/heliu-data/heliu/warehouse"
)

// Target is one place where tables go. What readers see there changes in Switch and nowhere else.
type Target interface {
	// Stage makes the publication beside the one that readers see: complete, checked against the source, durable,
	// and named by its id. Staging an id again begins anew. Leftovers of earlier attempts are cleaned up.
	Stage(ctx context.Context, source warehouse.Session, p Publication) (Staged, error)
	// Switch makes a staged publication, or the previous one, the one that readers see, atomically. It is nil when
	// readers see it already and ErrNotStaged when the target does not have it.
	Switch(ctx context.Context, id string) error
}

// Staged tells what Stage did.
type Staged struct {
	Tables   int
	Rows     int64  // in all tables
	Written  int64  // of those, rows that were written anew
	Previous string // the publication that readers see meanwhile, "" for none
}

// Config describes a target.
type Config struct {
	Kind     string   // "duckdb", "parquet", "csv", "xlsx", "postgres"
	Location string   // a file (duckdb), a folder, or a connection string (postgres)
	Tables   []string // patterns of table names; "mart.*" and "star.*" when empty
	Schema   string   // postgres, duckdb: the one schema for all tables; "" keeps their own
	Language string   // "zh" or "en": titles in Excel files
	Keep     int      // versions kept beside the current one; 0 is 3; PostgreSQL keeps one
	Crash    func(point string)

	bloatBytes int64 // size from which a half-empty DuckDB file is written anew; 0 is 1 MiB
	sheetRows  int   // rows on a sheet of Excel, the header included; 0 is Excel's limit
}

// tables are those of the publication that go to the target.
func (c Config) tables(p Publication) ([]Table, error) {
	list, err := p.matching(c.Tables)
	if err != nil || c.Schema == "" {
		return list, err
	}
	seen := map[string]string{}
	for _, t := range list {
		_, name := t.split()
		if other, ok := seen[name]; ok {
			return nil, fmt.Errorf("%s and %s would both be %s.%s: publish them without a common schema", other, t.Name, c.Schema, name)
		}
		seen[name] = t.Name
	}
	return list, nil
}

// Kinds are the kinds of targets.
func Kinds() []string { return []string{"duckdb", "parquet", "csv", "xlsx", "postgres"} }

// Open makes a target; nothing is touched yet.
func Open(c Config) (Target, error) {
	if c.Location == "" {
		return nil, fmt.Errorf("publishing target %q has no location", c.Kind)
	}
	if c.Keep <= 0 {
		c.Keep = 3
	}
	c.bloatBytes = cmp.Or(c.bloatBytes, 1<<20)
	if c.Crash == nil {
		c.Crash = func(string) {}
	}
	switch c.Kind {
	case "duckdb":
		return &duckFile{Config: c, versions: versions{link: c.Location}}, nil
	case "parquet":
		return &folder{Config: c, versions: versions{link: c.Location}, extension: ".parquet", write: writeParquet, prove: proveParquet}, nil
	case "csv":
		return &folder{Config: c, versions: versions{link: c.Location}, extension: ".csv", write: writeCSV, prove: proveCSV}, nil
	case "xlsx":
		return &folder{Config: c, versions: versions{link: c.Location}, extension: ".xlsx", write: writeXLSX, prove: proveXLSX}, nil
	case "postgres":
		return &postgres{Config: c}, nil
	}
	return nil, fmt.Errorf("publishing target %q: want one of %v", c.Kind, Kinds())
}

// Crash points: the places between two durable effects of a publication, in their order. A kill at any of them is
// finished or rolled back by Recover.
const (
	PointIntent   = "publish:1:intent"     // the publication is recorded as being staged
	PointPart     = "publish:2:part"       // a target's new version is written under a temporary name, not yet checked
	PointStaged   = "publish:3:staged"     // one target is staged
	PointDecided  = "publish:4:decided"    // all targets are staged, and that is recorded: from here on it is finished
	PointSwitched = "publish:5:switched"   // one target is switched, not yet recorded
	PointRecorded = "publish:6:recorded"   // one target's switch is recorded
	PointSwapping = "publish:7:swapping"   // within PostgreSQL's transaction, before its commit
	PointUndone   = "publish:8:rolledback" // a rolled-back publication's targets show the previous one, not yet recorded
)

// CrashPoints lists the crash points in their order.
func CrashPoints() []string {
	return []string{PointIntent, PointPart, PointStaged, PointDecided, PointSwitched, PointRecorded, PointSwapping, PointUndone}
}
