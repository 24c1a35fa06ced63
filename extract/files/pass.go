package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

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
	files []string // that were read
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
	p.files = append(p.files, o.Path)
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
		return openJSON(p.options, p.slice.Stream, c, format, p.reader.spare)
	case "xlsx":
		return openXLSX(p.options, p.slice.Stream, c)
	case "parquet":
		return openParquet(p.slice.Stream, c)
	}
	return nil, fmt.Errorf("its name ends in %q, which tells no format: say format: %s", filepath.Ext(o.Path), strings.Join(formats, " | "))
}

func (p *pass) outcome() (extract.Outcome, error) {
	if len(p.files) == 0 {
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
	out := extract.Outcome{Kind: p.kind, Cursor: cursor, More: p.more, Files: p.files}
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
