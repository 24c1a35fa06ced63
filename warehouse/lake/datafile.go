package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	iceio "github.com/apache/iceberg-go/io"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/heliu-data/heliu/warehouse"
)

const fileBytes = 128 << 20 // compressed; a file is closed after the row group that passes it

// dataFile is a Parquet file that grows under a temporary name while its SHA-256 is computed.
type dataFile struct {
	lake   *Lake
	file   *os.File
	sum    hash.Hash
	bytes  int64
	footer format.FileMetaData
}

// newDataFile begins a file for row groups of the given footer's columns.
func (l *Lake) newDataFile(location string, footer *format.FileMetaData) (*dataFile, error) {
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
	d := &dataFile{lake: l, file: file, sum: sha256.New(), footer: *footer}
	if _, err := d.Write([]byte(magic)); err != nil {
		return nil, errors.Join(err, d.abort())
	}
	return d, nil
}

// magic stands at both ends of a Parquet file.
const magic = "PAR1"

// Write takes the Parquet bytes on their way to the file.
func (d *dataFile) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	d.sum.Write(p[:n])
	d.bytes += int64(n)
	return n, err
}

// write writes the row group and empties it.
func (d *dataFile) write(g *group) error {
	if g.rows == 0 {
		return nil
	}
	s, err := d.lake.takeScratch()
	if err != nil {
		return err
	}
	defer d.lake.giveScratch(s)
	out := format.RowGroup{NumRows: g.rows, FileOffset: d.bytes, Ordinal: int16(len(d.footer.RowGroups))}
	for _, c := range g.order {
		chunk, err := c.writeTo(d, d.bytes, s)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
		out.Columns = append(out.Columns, chunk)
		out.TotalByteSize += chunk.MetaData.TotalUncompressedSize
		out.TotalCompressedSize += chunk.MetaData.TotalCompressedSize
	}
	d.footer.RowGroups = append(d.footer.RowGroups, out)
	d.footer.NumRows += g.rows
	g.reset()
	return nil
}

// end writes the footer.
func (d *dataFile) end() error {
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &d.footer)
	if err != nil {
		return err
	}
	footer = append(binary.LittleEndian.AppendUint32(footer, uint32(len(footer))), magic...)
	_, err = d.Write(footer)
	return err
}

func (d *dataFile) full() bool { return d.bytes >= fileBytes }

// finish makes the file durable under folder/<number>-<sha256>.parquet.
func (d *dataFile) finish(ctx context.Context, folder string, number int) (warehouse.File, error) {
	if err := d.end(); err != nil {
		return warehouse.File{}, errors.Join(err, d.abort())
	}
	d.lake.crash(PointFileWritten)
	if err := d.file.Sync(); err != nil {
		return warehouse.File{}, errors.Join(err, d.abort())
	}
	d.lake.crash(PointFileSynced)
	out := warehouse.File{SHA256: hex.EncodeToString(d.sum.Sum(nil)), Bytes: d.bytes, Rows: d.footer.NumRows}
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
