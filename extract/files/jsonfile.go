package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/warehouse"
)

// linesPage is how many bytes of JSON lines are handed over at once.
const linesPage = 256 << 10

// sparePages is how many pages of a source may wait to be filled again: those on their way to two workers.
const sparePages = 6

func openJSON(o options, s *extract.Stream, c *copied, format string, spare chan []byte) (content, error) {
	enc, err := o.text(c.survey)
	if err != nil {
		return nil, err
	}
	open := func() (*bufio.Reader, error) {
		if _, err := c.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(enc.reader(bufio.NewReaderSize(c, 1<<16)), linesPage), nil
	}
	r, err := open()
	if err != nil {
		return nil, err
	}
	first, err := firstByte(r)
	if err == io.EOF {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if format == "jsonl" {
		dirty := enc.enc != nil || c.survey.utf8Invalid+int64(len(c.survey.pending))+c.survey.nulEven+c.survey.nulOdd > 0
		return &linesFile{r: r, dirty: dirty, line: 1, feeds: c.survey.feeds, narrow: enc.enc == nil, spare: spare}, nil
	}
	if first == '<' {
		return nil, errors.New("it is HTML or XML, not JSON")
	}
	return openDocument(s, open)
}

// firstByte looks at the first byte that is no white space; blank space before it is thrown away, line feeds are not.
func firstByte(r *bufio.Reader) (byte, error) {
	head, err := r.Peek(linesPage)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return 0, err
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return 0, io.EOF
	}
	return head[0], nil
}

// linesFile is a file with one JSON text a line. Lines are counted here by their ends, apart from the landing code
// that splits them.
type linesFile struct {
	r      *bufio.Reader
	dirty  bool // some line holds what cannot be stored as it is
	narrow bool
	feeds  int64 // line feeds of the whole file, by the survey
	line   int64
	blank  int64
	count  int64
	spare  chan []byte // memory of pages that are done with
}

func (f *linesFile) Next() (extract.Page, error) {
	page := extract.Page{First: f.line}
	var lines []byte
	select {
	case lines = <-f.spare:
	default:
		lines = make([]byte, 0, linesPage+linesPage/16)
	}
	for len(lines) < linesPage && len(page.Bad) < pageRows {
		line, err := f.readLine()
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil && err != io.EOF {
			return extract.Page{}, err
		}
		at := f.line
		f.line++
		if len(bytes.TrimSpace(line)) == 0 {
			f.blank++
			lines = append(lines, line...)
			continue
		}
		f.count++
		if f.dirty {
			if why := badText(string(line), !f.narrow); why != "" {
				page.Bad = append(page.Bad, extract.BadRecord{Record: rawRow(line), Reason: why, At: at})
				lines = append(lines, '\n') // keeps the numbers of the lines behind it
				continue
			}
		}
		lines = append(lines, line...)
	}
	if len(lines) == 0 && len(page.Bad) == 0 {
		return page, io.EOF
	}
	page.Lines = lines
	page.Done = func() {
		if cap(lines) > 2*linesPage {
			return
		}
		select {
		case f.spare <- lines[:0]:
		default:
		}
	}
	return page, nil
}

// readLine returns a line with its end; one longer than [maxRecord] is an error.
func (f *linesFile) readLine() ([]byte, error) {
	line, err := f.r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	whole := bytes.Clone(line)
	for err == bufio.ErrBufferFull {
		if len(whole) > maxRecord {
			return nil, fmt.Errorf("line %d is longer than %d MB", f.line, maxRecord>>20)
		}
		line, err = f.r.ReadSlice('\n')
		whole = append(whole, line...)
	}
	return whole, err
}

// Count is the control count: the lines that are not blank. The line feeds that the survey saw in the same bytes
// prove that no line was lost on the way.
func (f *linesFile) Count() (warehouse.CountKind, int64, error) {
	if read := f.line - 1; f.narrow && read != f.feeds && read != f.feeds+1 {
		return "", 0, fmt.Errorf("%d lines were read where the file has %d: it changed while it was read", read, f.feeds)
	}
	return warehouse.CountControl, f.count, nil
}

func (f *linesFile) Close() error { return nil }

// documentFile is one JSON document with a list of records in it.
type documentFile struct {
	decoder *json.Decoder
	limit   *recordLimit
	record  int64
	again   func() (*bufio.Reader, error)
	start   int64 // offset of the list's bracket
}

func openDocument(s *extract.Stream, open func() (*bufio.Reader, error)) (content, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	limit := &recordLimit{r: r, left: maxRecord}
	d := &documentFile{decoder: json.NewDecoder(limit), limit: limit, again: open}
	if err := d.descend(s.Records); err != nil {
		return nil, err
	}
	return d, nil
}

// descend goes down to the list of records: path is the names of objects, parted by dots; "" is the document itself.
func (d *documentFile) descend(path string) error {
	for _, name := range strings.Split(path, ".") {
		if path == "" {
			break
		}
		if err := d.enter(name); err != nil {
			return fmt.Errorf("records: %s: %w", path, err)
		}
	}
	t, err := d.decoder.Token()
	switch {
	case err != nil:
		return fmt.Errorf("the JSON cannot be read at byte %d: %w", d.decoder.InputOffset(), err)
	case t == json.Delim('['):
		d.start = d.decoder.InputOffset() - 1
		return nil
	case t == json.Delim('{') && path == "":
		return errors.New("the document is an object: say with records under which name its list stands, or format: jsonl")
	}
	return fmt.Errorf("a list of records is expected, found a %T", t)
}

// enter reads on to the value of a name of the object that begins here.
func (d *documentFile) enter(name string) error {
	t, err := d.decoder.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("an object is expected before %q, found a %T", name, t)
	}
	for d.decoder.More() {
		key, err := d.decoder.Token()
		if err != nil {
			return err
		}
		if key == name {
			return nil
		}
		d.limit.left = maxRecord
		var skipped json.RawMessage
		if err := d.decoder.Decode(&skipped); err != nil {
			return err
		}
	}
	return fmt.Errorf("there is no %q", name)
}

func (d *documentFile) Next() (extract.Page, error) {
	page := extract.Page{First: d.record + 1}
	for len(page.JSON)+len(page.Bad) < pageRows && d.decoder.More() {
		d.limit.left = maxRecord
		var raw json.RawMessage
		if err := d.decoder.Decode(&raw); err != nil {
			return extract.Page{}, fmt.Errorf("record %d cannot be read (byte %d): %w", d.record+1, d.decoder.InputOffset(), err)
		}
		d.record++
		if !utf8.Valid(raw) {
			page.Bad = append(page.Bad, extract.BadRecord{Record: strings.ToValidUTF8(string(raw), "\uFFFD"), Reason: "bytes that are not UTF-8", At: d.record})
			continue
		}
		page.JSON = append(page.JSON, raw)
	}
	if len(page.JSON)+len(page.Bad) > 0 {
		return page, nil
	}
	if _, err := d.decoder.Token(); err != nil {
		return extract.Page{}, fmt.Errorf("the list of records is not closed, the file is cut off behind record %d: %w", d.record, err)
	}
	return extract.Page{}, io.EOF
}

// Count looks at the file a second time and counts the values of the list by its brackets and commas alone.
func (d *documentFile) Count() (warehouse.CountKind, int64, error) {
	r, err := d.again()
	if err != nil {
		return "", 0, err
	}
	if _, err := io.CopyN(io.Discard, r, d.start); err != nil {
		return "", 0, err
	}
	n, err := countList(r)
	return warehouse.CountControl, n, err
}

func (d *documentFile) Close() error { return nil }

// countList counts the values of the JSON list that begins at r.
func countList(r *bufio.Reader) (int64, error) {
	var n int64
	depth, text, escaped, any := 0, false, false, false
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, fmt.Errorf("counting the records: %w", err)
		}
		switch {
		case escaped:
			escaped = false
		case text:
			escaped, text = b == '\\', b != '"'
		case b == '"':
			text, any = true, true
		case b == '[' || b == '{':
			any = any || depth > 0
			depth++
		case b == ']' || b == '}':
			if depth--; depth == 0 {
				if any {
					n++
				}
				return n, nil
			}
		case b == ',' && depth == 1:
			n++
		case b != ' ' && b != '\n' && b != '\r' && b != '\t':
			any = true
		}
	}
}
