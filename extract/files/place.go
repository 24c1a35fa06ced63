package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// object is a file that may be read: where it is and what is known of it without reading it.
type object struct {
	Path    string // as it is named in messages and in the state
	Size    int64
	Changed time.Time
	Tag     string // the store's own word for the content (ETag); "" for local files
	open    func(ctx context.Context) (io.ReadCloser, error)
	// local is the path of a local file, "" for one in an object store.
	local string
}

// listLocal finds the files of a glob; folder is where relative patterns begin. `**` is not offered. A pattern
// without * ? [ names one file, which must be there.
func listLocal(folder, pattern string) ([]object, error) {
	full := pattern
	if !filepath.IsAbs(full) {
		full = filepath.Join(folder, full)
	}
	names, err := filepath.Glob(full)
	if err != nil {
		return nil, fmt.Errorf("path %s: %w", pattern, err)
	}
	if len(names) == 0 && !strings.ContainsAny(pattern, "*?[") {
		return nil, fmt.Errorf("path %s: there is no such file in %s", pattern, filepath.Dir(full))
	}
	var out []object
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("path %s: %w", pattern, err)
		}
		if info.IsDir() || strings.HasSuffix(name, checkSum) {
			continue
		}
		shown := name
		if !filepath.IsAbs(pattern) {
			if rel, err := filepath.Rel(folder, name); err == nil {
				shown = filepath.ToSlash(rel)
			}
		}
		out = append(out, object{Path: shown, Size: info.Size(), Changed: info.ModTime(), local: name,
			open: func(context.Context) (io.ReadCloser, error) { return os.Open(name) }})
	}
	return out, nil
}

// checkSum ends the name of a file that states the SHA-256 of the file beside it, as sha256sum writes it.
const checkSum = ".sha256"

// agrees compares the file's SHA-256 with the one stated beside it, if there is one.
func (o object) agrees(sha string) error {
	if o.local == "" {
		return nil
	}
	text, err := os.ReadFile(o.local + checkSum)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stated, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !strings.EqualFold(stated, sha) {
		return fmt.Errorf("its SHA-256 is %s, and %s states %s: the file is damaged or not whole yet", sha, o.Path+checkSum, stated)
	}
	return nil
}

// copied is a file brought to where it can be read at random, with the SHA-256 of its bytes and, for text, its survey.
type copied struct {
	*os.File
	sha256 string
	survey *survey
	remove bool
}

// Close closes the file and removes it if it was a copy.
func (c *copied) Close() error {
	err := c.File.Close()
	if c.remove {
		if gone := os.Remove(c.Name()); err == nil {
			err = gone
		}
	}
	return err
}

// fetch reads a file once from end to end: local files in place, those of an object store into a temporary file.
// Its size must be what the listing said: a file that is still being written is an error, not a short read.
func (o object) fetch(ctx context.Context, temp string) (*copied, error) {
	in, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	look := &survey{quick: true}
	c := &copied{survey: look}
	var read int64
	if f, ok := in.(*os.File); ok {
		c.File = f
		read, err = io.CopyBuffer(io.MultiWriter(sum, look), withContext{ctx, f}, make([]byte, copyBytes))
	} else {
		c.remove = true
		if c.File, err = os.CreateTemp(temp, "heliu-*.part"); err == nil {
			read, err = io.Copy(io.MultiWriter(sum, look, c.File), withContext{ctx, in})
		}
		if closed := in.Close(); err == nil {
			err = closed
		}
	}
	if err == nil && read != o.Size {
		err = fmt.Errorf("it has %d bytes where %d were listed: it is still being written", read, o.Size)
	}
	if err == nil {
		c.sha256 = hex.EncodeToString(sum.Sum(nil))
		err = o.agrees(c.sha256)
	}
	if err == nil {
		_, err = c.Seek(0, io.SeekStart)
	}
	if err != nil {
		if c.File != nil {
			_ = c.Close() // the first error is the one to tell
		}
		return nil, err
	}
	return c, nil
}

// copyBytes is how much of a file is read at once.
const copyBytes = 256 << 10

// surveyed makes the survey of a text file thorough where a quick look found more than UTF-8.
func (c *copied) surveyed(ctx context.Context) error {
	if !c.survey.unsure() {
		return nil
	}
	c.survey = new(survey)
	if _, err := c.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.CopyBuffer(c.survey, withContext{ctx, c.File}, make([]byte, copyBytes)); err != nil {
		return err
	}
	_, err := c.Seek(0, io.SeekStart)
	return err
}

// withContext ends a long copy when its context does.
type withContext struct {
	ctx context.Context
	r   io.Reader
}

func (w withContext) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// sorted orders files by path and drops those that two patterns found.
func sorted(list []object) []object {
	slices.SortFunc(list, func(a, b object) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(list, func(a, b object) bool { return a.Path == b.Path })
}
