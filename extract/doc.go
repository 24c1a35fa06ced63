// Package extract gets records from a system into the lake.
//
// A connector is data: a folder with a connector.yaml that says how to ask, how answers are paged, what the fields are and
// which entities of the dictionary they are ([Connector], [Stream], [Field]). A [Kind] is a way in (HTTP, SQL, files) and
// opens a [Reader], which only asks and pages. Everything else is done once, here: typing without rounding, rejecting with
// a reason, hashing what is personal, splitting child lists off, counting, resuming, and one commit for each slice
// (invariants 1, 2, 3, 8). [Open] makes a configured [Source] ready; [Source.Read] reads what is new.
//
//	source, err := extract.Open(cfg, extract.Deps{Lake: lake, Kinds: kinds.All(), …})
//	receipts, err := source.Read(ctx, "orders", extract.Options{})
//
// Errors: [*ReceiptError] when what arrived disagrees with what the source says it has (nothing of that window landed),
// [ErrAuth] when the credentials are refused, [Problems] for mistakes in files that people wrote.
package extract
