// Package files reads CSV, XLSX, JSON, JSON lines and Parquet files, from a folder or an object store. A file is read
// once, and again when its content changes; what cannot be read of it is rejected row by row or fails the stream with
// the file's name, never skipped.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
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
}

// Open makes a reader from a source's settings and streams. It looks at no file.
func Open(o extract.Opening) (*Reader, error) {
	r := &Reader{source: o.Source, dir: o.Dir, streams: map[string]options{}, log: o.Log}
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

// pass is the reading of one slice.
type pass struct {
	reader  *Reader
	slice   extract.Slice
	options options
	known   *state
	seen    map[print]bool // prints of the files that are there
	yield   func(extract.Page) error

	bytes int64
	count int64
	kind  warehouse.CountKind
	files int
	more  bool
}

// content is the records of one opened file.
type content interface {
	// Next returns the next page, or io.EOF behind the last.
	Next() (extract.Page, error)
	// Count is what the file itself says, or a second look at it, of how many records it has; asked after io.EOF.
	Count() (warehouse.CountKind, int64, error)
	Close() error
}

func (p *pass) file(ctx context.Context, o object) error {
	quick, settled := o.quick(p.slice.Now)
	if settled && p.known.known[quick] {
		p.seen[quick] = true
		return nil
	}
	c, err := o.fetch(ctx, "")
	if err != nil {
		return fmt.Errorf("file %s: %w", o.Path, err)
	}
	defer c.Close()
	whole := o.content(c.sha256)
	p.seen[whole] = true
	if p.known.known[whole] {
		return nil
	}
	if err := p.read(ctx, o, c); err != nil {
		if stop, ok := errors.AsType[*stopped](err); ok {
			return stop.err
		}
		return fmt.Errorf("file %s: %w", o.Path, err)
	}
	if !settled {
		quick = whole
	}
	p.known.add(quick, whole)
	p.seen[quick] = true
	p.bytes += o.Size
	p.files++
	return nil
}

// stopped is an error of yield on its way back, which is to arrive unchanged.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func (p *pass) read(ctx context.Context, o object, c *copied) (err error) {
	// The decoders of XLSX and Parquet are others' code over bytes of anybody's making.
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("the file is damaged: %v", broken)
		}
	}()
	records, err := p.open(ctx, o, c)
	if err != nil {
		return err
	}
	defer func() {
		if closed := records.Close(); err == nil {
			err = closed
		}
	}()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := records.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		page.Position = o.Path
		if err := p.yield(page); err != nil {
			return &stopped{err}
		}
	}
	kind, n, err := records.Count()
	if err != nil {
		return err
	}
	p.count += n
	p.kind = weaker(p.kind, kind)
	return nil
}

func (p *pass) open(ctx context.Context, o object, c *copied) (content, error) {
	format := p.options.Format
	if format == "" {
		format = formatOf(o.Path)
	}
	if strings.HasSuffix(strings.ToLower(o.Path), ".gz") {
		if err := c.inflate(); err != nil {
			return nil, err
		}
	}
	if format == "csv" || format == "json" || format == "jsonl" {
		if err := c.surveyed(ctx); err != nil {
			return nil, err
		}
	}
	switch format {
	case "csv":
		return openCSV(p.options, p.slice.Stream, c, p.reader.log.With("file", o.Path))
	case "json", "jsonl":
		return openJSON(p.options, p.slice.Stream, c, format)
	case "xlsx":
		return openXLSX(p.options, p.slice.Stream, c)
	case "parquet":
		return openParquet(p.slice.Stream, c)
	}
	return nil, fmt.Errorf("its name ends in %q, which tells no format: say format: %s", filepath.Ext(o.Path), strings.Join(formats, " | "))
}

func (p *pass) outcome() (extract.Outcome, error) {
	if p.files == 0 {
		return extract.Outcome{Empty: true, Cursor: p.slice.Cursor}, nil
	}
	after := p.known
	if !p.more {
		after = after.keep(p.seen)
	}
	cursor, err := after.text()
	if err != nil {
		return extract.Outcome{}, err
	}
	out := extract.Outcome{Kind: p.kind, Cursor: cursor, More: p.more}
	if p.kind != warehouse.CountNone {
		out.Count = &p.count
	}
	return out, nil
}

// weaker returns the kind of count that proves less.
func weaker(a, b warehouse.CountKind) warehouse.CountKind {
	for _, k := range []warehouse.CountKind{warehouse.CountNone, warehouse.CountPageSum, warehouse.CountControl} {
		if a == k || b == k {
			return k
		}
	}
	return warehouse.CountTotal
}
