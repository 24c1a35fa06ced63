// Package files reads CSV, XLSX, JSON, JSON lines and Parquet files, from a folder or an object store. A file is read
// once, and again when its content changes; what cannot be read of it is rejected row by row or fails the stream with
// the file's name, never skipped.
package files

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// sliceBytes is how many bytes of files one slice reads before it is committed; a larger file is a slice of its own.
const sliceBytes = 64 << 20

// Kind is the way in called files.
func Kind() extract.Kind {
	return extract.Kind{Name: "files", Check: Check, Open: func(o extract.Opening) (extract.Reader, error) { return Open(o) }}
}

// Reader reads the files of one source.
type Reader struct {
	source  string
	dir     string
	streams map[string]options
	store   *store
	log     *slog.Logger
	spare   chan []byte // memory of pages that are done with
}

// Open makes a reader from a source's settings and streams. It looks at no file.
func Open(o extract.Opening) (*Reader, error) {
	r := &Reader{source: o.Source, dir: o.Dir, streams: map[string]options{}, log: o.Log, spare: make(chan []byte, sparePages)}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	var problems extract.Problems
	for _, s := range o.Connector.Streams {
		own, more := optionsOf(s)
		problems = append(problems, more...)
		r.streams[s.Name] = own.withSource(o)
		if len(r.streams[s.Name].Path) == 0 {
			problems = append(problems, extract.Problem{File: s.Options.File, Line: s.Line, Text: s.Name + ": path is missing: say which files to read, for example ./exports/*.csv"})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	r.store = newStore(o)
	return r, nil
}

// withSource fills what a stream does not say from the source's settings.
func (o options) withSource(opening extract.Opening) options {
	fill := func(to *string, name string) {
		if *to == "" {
			*to = opening.Text(name)
		}
	}
	if len(o.Path) == 0 {
		o.Path = paths(opening.Settings["path"])
	}
	fill(&o.Format, "format")
	fill(&o.Encoding, "encoding")
	fill(&o.Delimiter, "delimiter")
	fill(&o.Sheet, "sheet")
	fill(&o.S3.Endpoint, "endpoint")
	fill(&o.S3.Region, "region")
	o.S3.VirtualHost = o.S3.VirtualHost || opening.Text("virtual_host") == "true"
	return o
}

// Read reads the files that are new or changed since the cursor, in the order of their paths, up to 64 MB of them.
func (r *Reader) Read(ctx context.Context, slice extract.Slice, yield func(extract.Page) error) (extract.Outcome, error) {
	o, ok := r.streams[slice.Stream.Name]
	if !ok {
		return extract.Outcome{}, fmt.Errorf("the source %s has no stream %q of files", r.source, slice.Stream.Name)
	}
	all, err := r.list(ctx, o)
	if err != nil {
		return extract.Outcome{}, err
	}
	known, err := readState(slice.Cursor)
	if err != nil {
		return extract.Outcome{}, err
	}
	if len(all) == 0 && slice.Cursor == "" { // files that were read may be put away; a path that never led to one is wrong
		return extract.Outcome{}, noFile(slice.Stream.Name, o)
	}
	p := &pass{reader: r, slice: slice, options: o, known: known, seen: map[print]bool{}, yield: yield, kind: warehouse.CountTotal}
	for _, file := range all {
		if p.bytes >= sliceBytes {
			p.more = true
			break
		}
		if err := p.file(ctx, file); err != nil {
			return extract.Outcome{}, err
		}
	}
	return p.outcome()
}

func (r *Reader) list(ctx context.Context, o options) ([]object, error) {
	var all []object
	for _, pattern := range o.Path {
		var found []object
		var err error
		if strings.HasPrefix(pattern, "s3://") {
			found, err = r.store.list(ctx, pattern, o.S3)
		} else {
			found, err = listLocal(r.dir, pattern)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return sorted(all), nil
}

// Test lists the files of every stream and opens none.
func (r *Reader) Test(ctx context.Context) error {
	for name, o := range r.streams {
		found, err := r.list(ctx, o)
		if err != nil {
			return fmt.Errorf("stream %s: %w", name, err)
		}
		if len(found) == 0 {
			return noFile(name, o)
		}
	}
	return nil
}

func noFile(stream string, o options) error {
	return fmt.Errorf("stream %s: no file is found at %s: mend the path, or put the first file there", stream, strings.Join(o.Path, ", "))
}
