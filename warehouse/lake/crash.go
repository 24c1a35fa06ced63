package lake

// Crash points: the places between two durable effects, in the order in which a window passes them. A kill at any
// of them loses nothing and doubles nothing (invariant 1).
const (
	PointFileOpen     = "lake:1:file-open"       // a temporary data file exists, empty
	PointFileWritten  = "lake:2:file-written"    // all rows are in the temporary file, not yet synced
	PointFileSynced   = "lake:3:file-synced"     // synced, not yet under its final name
	PointFilePlaced   = "lake:4:file-placed"     // under its final name, in no snapshot
	PointChildDone    = "lake:5:child-committed" // a child table has the batch, its parent not yet
	PointBeforeSwap   = "lake:6:before-swap"     // manifests are written, the catalog not yet changed
	PointAfterSwap    = "lake:7:after-swap"      // the catalog has the new metadata, the writer does not know it yet
	PointCommitted    = "lake:8:committed"       // the writer knows
	PointCompacted    = "lake:9:compacted"       // merged files are placed, the replacing snapshot not yet committed
	PointLedger       = "lake:10:ledger-written" // receipts of expiring snapshots are in the ledger file, not yet referenced
	PointExpired      = "lake:11:expired"        // snapshots are gone from the metadata, their files still there
	PointUnreferenced = "lake:12:sweep-noted"    // unreferenced files are noted, none deleted
	PointSweeping     = "lake:13:sweeping"       // some unreferenced files are deleted
)

// CrashPoints lists the crash points in the order in which a process can meet them.
func CrashPoints() []string {
	return []string{PointFileOpen, PointFileWritten, PointFileSynced, PointFilePlaced, PointChildDone, PointBeforeSwap,
		PointAfterSwap, PointCommitted, PointCompacted, PointLedger, PointExpired, PointUnreferenced, PointSweeping}
}

func (l *Lake) crash(point string) {
	if l.cfg.Crash != nil {
		l.cfg.Crash(point)
	}
}
