package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/iceberg-go"
	iceio "github.com/apache/iceberg-go/io"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/warehouse"
)

const (
	groupRows       = 122880    // rows in a row group: the unit in which DuckDB shares out a scan
	groupBytes      = 64 << 20  // uncompressed, whichever comes first
	fileBytes       = 128 << 20 // compressed; a file is closed after the row group that passes it
	dictionaryBytes = 1 << 20   // a column's dictionary; past it the column's pages are plain
)

// dataFile is a Parquet file that grows under a temporary name while its SHA-256 is computed.
type dataFile struct {
	lake    *Lake
	file    *os.File
	sum     hash.Hash
	bytes   int64
	rows    int64
	group   int64 // rows in the open row group
	raw     int64 // uncompressed bytes in the open row group
	writer  *parquet.Writer
	columns []*parquet.ColumnWriter // by the index of the batch's columns
}

func (l *Lake) newDataFile(location string, columns []column, dictionary []bool) (*dataFile, error) {
	group := parquet.Group{}
	for i, c := range columns {
		node, err := parquetNode(c.id, c.ice, dictionary[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		group[c.Name] = node
	}
	dir := l.cfg.TempDir
	if !l.remote() {
		dir = location + "/data"
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	file, err := os.CreateTemp(dir, ".heliu-part-*")
	if err != nil {
		return nil, err
	}
	l.crash(PointFileOpen)
	d := &dataFile{lake: l, file: file, sum: sha256.New()}
	schema := parquet.NewSchema("table", group)
	options := []parquet.WriterOption{schema, parquet.Compression(&l.zstd), parquet.DictionaryMaxBytes(dictionaryBytes),
		parquet.CreatedBy("heliu", "1", ""), parquet.WriteBufferSize(256 << 10)}
	for _, c := range columns {
		if _, text := c.ice.(iceberg.StringType); text {
			options = append(options, parquet.SkipPageBounds(c.Name)) // ids and titles prune nothing
		}
	}
	d.writer = parquet.NewWriter(d, options...)
	// a parquet.Group orders its columns by name
	writers := d.writer.ColumnWriters()
	d.columns = make([]*parquet.ColumnWriter, len(columns))
	for i, c := range columns {
		leaf, ok := schema.Lookup(c.Name)
		if !ok {
			return nil, errors.Join(fmt.Errorf("column %s is not in the Parquet schema", c.Name), d.abort())
		}
		d.columns[i] = writers[leaf.ColumnIndex]
	}
	return d, nil
}

// Write takes the Parquet bytes on their way to the file.
func (d *dataFile) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	d.sum.Write(p[:n])
	d.bytes += int64(n)
	return n, err
}

func (d *dataFile) write(values [][]parquet.Value, rows, text int) error {
	for i, c := range d.columns {
		if n, err := c.WriteRowValues(values[i][:rows]); err != nil {
			return err
		} else if n != rows {
			return fmt.Errorf("Parquet column took %d of %d rows", n, rows)
		}
	}
	return d.wrote(int64(rows), int64(text+8*rows*len(values)))
}

// wrote counts rows and closes the row group when it is large enough.
func (d *dataFile) wrote(rows, raw int64) error {
	d.rows, d.group, d.raw = d.rows+rows, d.group+rows, d.raw+raw
	if d.group < groupRows && d.raw < groupBytes {
		return nil
	}
	d.group, d.raw = 0, 0
	return d.writer.Flush()
}

func (d *dataFile) full() bool { return d.bytes >= fileBytes }

// finish makes the file durable under folder/<number>-<sha256>.parquet.
func (d *dataFile) finish(ctx context.Context, folder string, number int) (warehouse.File, error) {
	if err := d.writer.Close(); err != nil {
		return warehouse.File{}, errors.Join(err, d.abort())
	}
	d.lake.crash(PointFileWritten)
	if err := d.file.Sync(); err != nil {
		return warehouse.File{}, errors.Join(err, d.abort())
	}
	d.lake.crash(PointFileSynced)
	out := warehouse.File{SHA256: hex.EncodeToString(d.sum.Sum(nil)), Bytes: d.bytes, Rows: d.rows}
	out.Path = fmt.Sprintf("%s/%04d-%s.parquet", folder, number, out.SHA256)
	place := d.rename
	if d.lake.remote() {
		place = d.upload
	}
	if err := place(ctx, out.Path); err != nil {
		return warehouse.File{}, errors.Join(err, d.abort())
	}
	d.lake.crash(PointFilePlaced)
	return out, nil
}

func (d *dataFile) rename(_ context.Context, path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(d.file.Name(), 0o644); err != nil {
		return err
	}
	if err := errors.Join(d.file.Close(), os.Rename(d.file.Name(), path)); err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

func (d *dataFile) upload(ctx context.Context, path string) error {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := d.lake.upload(ctx, path, d.file); err != nil {
		return fmt.Errorf("upload %s: %w", path, err)
	}
	return d.abort()
}

// abort closes and removes the temporary file; after rename it finds nothing to do.
func (d *dataFile) abort() error {
	err := d.file.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if gone := os.Remove(d.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// upload writes r to an s3:// path; the object appears when all of it is there.
func (l *Lake) upload(ctx context.Context, path string, r io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fs, err := l.writeIO(ctx)
	if err != nil {
		return err
	}
	w, err := fs.Create(path)
	if err != nil {
		return err
	}
	if _, err := w.ReadFrom(r); err != nil {
		cancel() // Close would otherwise keep the part that was sent
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

// writeIO reaches the lake's files for writing, small ones at least.
func (l *Lake) writeIO(ctx context.Context) (iceio.WriteFileIO, error) {
	props := map[string]string{}
	if l.remote() {
		props = l.cfg.S3.properties()
	}
	fs, err := iceio.LoadFS(l.with(ctx), props, l.root)
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", l.root, err)
	}
	w, ok := fs.(iceio.WriteFileIO)
	if !ok {
		return nil, fmt.Errorf("%s cannot be written", l.root)
	}
	return w, nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// shaOf takes the SHA-256 from a data file's name; "" for a file that Heliu did not write.
func shaOf(path string) string {
	name := strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".parquet")
	_, sha, ok := strings.Cut(name, "-")
	if !ok || len(sha) != 64 || strings.Trim(sha, "0123456789abcdef") != "" {
		return ""
	}
	return sha
}

// write puts a small file in its place, durable and whole or not at all.
func (l *Lake) write(ctx context.Context, path string, content []byte) error {
	if l.remote() {
		return l.upload(ctx, path, bytes.NewReader(content))
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".heliu-part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}
