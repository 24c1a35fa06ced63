package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/heliu-data/heliu/warehouse"
)

// stamp is by what a file that was verified once is known again.
type stamp struct {
	bytes    int64
	modified int64
	sha256   string
}

// Verify checks files before they are read: size and SHA-256 must be those that were landed, else ErrDamaged names
// the file. A file that was right once in this process is hashed again only when its size or time has changed. Files
// that another program wrote into the lake, and that carry no SHA-256, are checked by size alone.
func (l *Lake) Verify(ctx context.Context, files []warehouse.File) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for _, f := range files {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := l.verify(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (l *Lake) verify(ctx context.Context, f warehouse.File) error {
	fs, err := l.writeIO(ctx)
	if err != nil {
		return err
	}
	in, err := fs.Open(f.Path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer closeQuietly(in)
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if info.Size() != f.Bytes {
		return fmt.Errorf("%w: it has %d bytes, %d were landed; restore it from a backup or land its window again", ErrDamaged, info.Size(), f.Bytes)
	}
	now := stamp{info.Size(), info.ModTime().UnixNano(), f.SHA256}
	if was, ok := l.verified.Load(f.Path); f.SHA256 == "" || ok && was == now {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return fmt.Errorf("%w: its SHA-256 is %s, %s was landed; restore it from a backup or land its window again", ErrDamaged, got, f.SHA256)
	}
	l.verified.Store(f.Path, now)
	return nil
}

// Open opens a file of the lake for reading; nothing is checked.
func (l *Lake) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	fs, err := l.writeIO(ctx)
	if err != nil {
		return nil, err
	}
	f, err := fs.Open(address)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	return f, nil
}

// Fetch copies a file of the lake to a local path and checks its SHA-256 on the way; the path appears when all of it
// is there and right. It is for engines that read S3 through a local cache.
func (l *Lake) Fetch(ctx context.Context, f warehouse.File, to string) (err error) {
	fs, err := l.writeIO(ctx)
	if err != nil {
		return err
	}
	in, err := fs.Open(f.Path)
	if err != nil {
		return fmt.Errorf("fetch %s: %w: %w", f.Path, ErrDamaged, err)
	}
	defer closeQuietly(in)
	out, err := os.CreateTemp(filepath.Dir(to), ".heliu-fetch-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(out.Name())
		}
	}()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), in)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", f.Path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != f.Bytes || f.SHA256 != "" && got != f.SHA256 {
		return fmt.Errorf("fetch %s: %w: %d bytes with SHA-256 %s arrived, %d with %s were landed", f.Path, ErrDamaged, n, got, f.Bytes, f.SHA256)
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
