package lake

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/warehouse"
)

// compactedPrefix begins the folder of files that compaction wrote; the others' folder is their batch.
const compactedPrefix = "compacted-"

// Compaction says when small files are merged. They grow in two steps, so that a byte is written three or four times in
// all and not at every merge: small ones become one that is not small, and those become files of the target's size.
type Compaction struct {
	Small  int64 // files of fewer bytes are small; 0 is 16 MiB
	Files  int   // merge when there are at least so many small files; 0 is 32
	Target int64 // bytes of a large file; files below half of it are merged when they make two of its size; 0 is 256 MiB
}

func (c Compaction) withDefaults() Compaction {
	c.Small, c.Files, c.Target = cmp.Or(c.Small, 16<<20), cmp.Or(c.Files, 32), cmp.Or(c.Target, 256<<20)
	return c
}

// due picks from the files those to merge now: the small ones when they are many, else those of middle size when they
// make two large ones.
func (c Compaction) due(files []iceberg.DataFile) []iceberg.DataFile {
	var small, middle []iceberg.DataFile
	var bytes int64
	for _, f := range files {
		switch size := f.FileSizeBytes(); {
		case size < c.Small:
			small = append(small, f)
		case size < c.Target/2:
			middle = append(middle, f)
			bytes += size
		}
	}
	switch {
	case len(small) >= max(c.Files, 2):
		return small
	case bytes >= 2*c.Target:
		return middle
	}
	return nil
}

// Compacted tells what Compact did; the zero value is nothing.
type Compacted struct {
	Before, After int   // files
	Rows          int64 // in them
}

// Compact merges the table's small files into larger ones when there are enough of them, in one snapshot that changes
// no row: increments pass over it. The old files stay until Expire and Sweep. The SHA-256 of what it wrote is in the
// new files' names, as everywhere. Rows of batches whose parent is not committed are left alone.
func (t *Table) Compact(ctx context.Context, c Compaction) (Compacted, error) {
	c = c.withDefaults()
	if err := t.Refresh(ctx); err != nil {
		return Compacted{}, err
	}
	ctx = t.lake.with(ctx)
	dangling, err := t.dangling(ctx)
	if err != nil {
		return Compacted{}, err
	}
	tasks, err := t.tbl.Scan().PlanFiles(ctx)
	if err != nil {
		return Compacted{}, fmt.Errorf("compact %s: %w", t.name, err)
	}
	var whole []iceberg.DataFile
	for _, task := range tasks {
		if f := task.File; len(task.DeleteFiles) == 0 && !dangling[batchOf(f.FilePath())] {
			whole = append(whole, f)
		}
	}
	old := c.due(whole)
	if len(old) == 0 {
		return Compacted{}, nil
	}
	slices.SortFunc(old, func(a, b iceberg.DataFile) int { return cmp.Compare(a.FilePath(), b.FilePath()) })
	merged, err := t.merge(ctx, old, c.Target)
	if err != nil {
		return Compacted{}, fmt.Errorf("compact %s: %w", t.name, err)
	}
	out := Compacted{Before: len(old), After: len(merged)}
	for _, f := range merged {
		out.Rows += f.Rows
	}
	t.lake.crash(PointCompacted)
	return out, t.replace(ctx, old, merged)
}

// replace puts the merged files in the place of the old ones, on the loaded head only.
func (t *Table) replace(ctx context.Context, old []iceberg.DataFile, merged []warehouse.File) error {
	c := Commit{BatchID: "compaction", Files: merged}
	summary, err := t.summary(c)
	if err != nil {
		return err
	}
	delete(summary, propBatch)
	delete(summary, keyReceipt)
	added, err := t.dataFiles(merged)
	if err != nil {
		return err
	}
	txn := t.tbl.NewTransaction()
	if err := txn.AssertRefSnapshotID(table.MainBranch); err != nil {
		return err
	}
	rewrite := txn.NewRewrite(summary)
	for _, f := range old {
		rewrite = rewrite.DeleteFile(f)
	}
	for _, f := range added {
		rewrite = rewrite.AddDataFile(f)
	}
	if err := rewrite.Commit(ctx); err != nil {
		return fmt.Errorf("replace the small files of %s: %w", t.name, err)
	}
	next, err := txn.Commit(ctx)
	if err != nil {
		return fmt.Errorf("replace the small files of %s: %w", t.name, err)
	}
	t.adopt(next)
	return nil
}

// merge copies files one after another, column by column, into files of the target's size, of which one row group at a
// time is held in memory.
func (t *Table) merge(ctx context.Context, old []iceberg.DataFile, target int64) ([]warehouse.File, error) {
	columns := t.allColumns()
	if len(columns) != len(t.tbl.Schema().Fields()) {
		return nil, fmt.Errorf("the table has columns of types that Heliu does not write")
	}
	var nonce [8]byte // names no row, only a folder
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, err
	}
	folder := t.Location() + "/data/" + compactedPrefix + hex.EncodeToString(nonce[:])
	rows, err := t.lake.newGroup(columns)
	if err != nil {
		return nil, err
	}
	var (
		out  []warehouse.File
		open *dataFile
	)
	finish := func() error {
		if err := open.write(rows); err != nil {
			return err
		}
		f, err := open.finish(ctx, folder, len(out))
		open = nil
		out = append(out, f)
		return err
	}
	for _, f := range old {
		source := warehouse.File{Path: f.FilePath(), SHA256: shaOf(f.FilePath()), Bytes: f.FileSizeBytes(), Rows: f.Count()}
		if err := t.lake.Verify(ctx, []warehouse.File{source}); err != nil {
			return nil, err
		}
		err := t.lake.parquet(ctx, source, func(p *parquet.File) error {
			for _, group := range p.RowGroups() {
				if open == nil {
					var err error
					if open, err = t.lake.newDataFile(t.Location(), rows.footer); err != nil {
						return err
					}
				}
				if err := rows.copyGroup(p, group, columns); err != nil {
					return err
				}
				if rows.full() {
					if err := open.write(rows); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err == nil && open != nil && open.bytes+rows.held >= target {
			err = finish()
		}
		if err != nil {
			if open != nil {
				return nil, fmt.Errorf("%s: %w", source.Path, orAbort(err, open))
			}
			return nil, fmt.Errorf("%s: %w", source.Path, err)
		}
	}
	if open != nil {
		if err := finish(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func orAbort(err error, d *dataFile) error {
	if failed := d.abort(); failed != nil {
		return fmt.Errorf("%w (and %w)", err, failed)
	}
	return err
}

// copyGroup appends a row group of another file, read by field id.
func (g *group) copyGroup(p *parquet.File, source parquet.RowGroup, columns []column) error {
	sources := map[int]parquet.ColumnChunk{}
	for i, node := range p.Root().Columns() {
		sources[node.ID()] = source.ColumnChunks()[i]
	}
	s, err := g.lake.takeScratch()
	if err != nil {
		return err
	}
	defer g.lake.giveScratch(s)
	var raw int64
	for i, c := range columns {
		to := g.chunks[i]
		before := to.meta.rows
		put := func(v parquet.Value) error {
			to.value(v)
			if len(to.levels) >= pageRows || to.size >= pageBytes {
				return to.endPage(s)
			}
			return nil
		}
		var err error
		if chunk, ok := sources[c.id]; ok {
			err = eachValues(chunk, func(values []parquet.Value) error {
				for _, v := range values {
					v = widen(v, c.ice)
					if v.Kind() == parquet.ByteArray {
						raw += int64(len(v.ByteArray()))
					}
					if err := put(v); err != nil {
						return err
					}
				}
				return nil
			})
		} else {
			for left := source.NumRows(); left > 0 && err == nil; left-- {
				err = put(parquet.NullValue())
			}
		}
		if err != nil {
			return err
		}
		if copied := to.meta.rows + int64(len(to.levels)) - before; copied != source.NumRows() {
			return fmt.Errorf("%w: column %s has %d values for %d rows: %w", ErrDamaged, c.Name, copied, source.NumRows(), io.ErrUnexpectedEOF)
		}
	}
	return g.endPages(source.NumRows(), raw+8*source.NumRows()*int64(len(columns)))
}

// widen gives a value of an older file the column's present width.
func widen(v parquet.Value, to iceberg.Type) parquet.Value {
	if v.IsNull() {
		return v
	}
	switch to := to.(type) {
	case iceberg.Int64Type:
		if v.Kind() == parquet.Int32 {
			return parquet.Int64Value(int64(v.Int32())).Level(0, 1, v.Column())
		}
	case iceberg.Float64Type:
		if v.Kind() == parquet.Float {
			return parquet.DoubleValue(float64(v.Float())).Level(0, 1, v.Column())
		}
	case iceberg.DecimalType:
		if v.Kind() == parquet.Int32 && to.Precision() > 9 {
			v = parquet.Int64Value(int64(v.Int32())).Level(0, 1, v.Column())
		}
		if v.Kind() == parquet.Int64 && to.Precision() > 18 {
			be, n := make([]byte, 16), v.Int64()
			for i := range 8 {
				be[i], be[8+i] = byte(n>>63), byte(n>>(56-8*i))
			}
			return parquet.FixedLenByteArrayValue(be).Level(0, 1, v.Column())
		}
	}
	return v
}
