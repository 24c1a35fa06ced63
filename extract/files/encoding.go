package files

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	sonicutf8 "github.com/bytedance/sonic/utf8"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// survey looks at every byte of a text file once and says how the text is encoded. A look at the first bytes only
// would take a file for ASCII whose first Chinese name stands in its last line.
//
// A first look is quick: it only sees whether all is UTF-8 without NUL. If not, [survey.unsure] says so and the file is
// to be looked at again by a survey that is thorough from the start.
type survey struct {
	quick bool // set before the first byte
	odd   bool // a quick look that saw something else than UTF-8

	head    [4]byte
	size    int64
	nulEven int64 // NUL bytes at even offsets; UTF-16BE text has many
	nulOdd  int64
	returns int64 // carriage returns
	feeds   int64 // line feeds

	utf8Runes   int64 // complete multi-byte UTF-8 sequences
	utf8Invalid int64 // bytes that belong to none
	pending     []byte

	gbLead   byte // lead byte that waits for its trail, 0 for none
	gbFour   int  // position inside a four-byte sequence, 0 for none
	gbCommon int64
	gbRare   int64
	gbWrong  int64
}

// Write takes the next bytes of the file; it never fails.
func (s *survey) Write(p []byte) (int, error) {
	if s.quick {
		s.glance(p)
		return len(p), nil
	}
	for i, b := range p {
		at := s.size + int64(i)
		if at < int64(len(s.head)) {
			s.head[at] = b
		}
		switch {
		case b == 0 && at%2 == 0:
			s.nulEven++
		case b == 0:
			s.nulOdd++
		case b == '\r':
			s.returns++
		case b == '\n':
			s.feeds++
		}
		if b > 0x7F || s.gbLead != 0 {
			s.gb18030(b)
		}
	}
	s.utf8(p)
	s.size += int64(len(p))
	return len(p), nil
}

// glance is Write for a quick look.
func (s *survey) glance(p []byte) {
	if s.size < int64(len(s.head)) {
		copy(s.head[s.size:], p)
	}
	s.size += int64(len(p))
	s.returns += int64(bytes.Count(p, []byte{'\r'}))
	s.feeds += int64(bytes.Count(p, []byte{'\n'}))
	s.odd = s.odd || bytes.IndexByte(p, 0) >= 0
	if len(s.pending) > 0 { // the rest of a character that the last bytes cut
		n := 0
		for n < len(p) && !utf8.FullRune(s.pending) {
			s.pending = append(s.pending, p[n])
			n++
		}
		if !utf8.FullRune(s.pending) {
			return
		}
		s.odd = s.odd || !utf8.Valid(s.pending)
		p, s.pending = p[n:], nil
	}
	end := len(p)
	for back := 1; back < utf8.UTFMax && back <= len(p); back++ {
		if utf8.RuneStart(p[len(p)-back]) {
			if !utf8.FullRune(p[len(p)-back:]) {
				end = len(p) - back
			}
			break
		}
	}
	s.pending = append(s.pending, p[end:]...)
	s.odd = s.odd || !sonicutf8.Validate(p[:end])
}

// unsure says that a quick look found what needs a thorough one.
func (s *survey) unsure() bool { return s.quick && (s.odd || len(s.pending) > 0) }

func (s *survey) utf8(p []byte) {
	if len(s.pending) > 0 {
		p = append(s.pending, p...)
		s.pending = nil
	}
	for len(p) > 0 {
		i := bytes.IndexFunc(p, func(r rune) bool { return r > 0x7F })
		if i < 0 {
			return
		}
		p = p[i:]
		if !utf8.FullRune(p) {
			s.pending = bytes.Clone(p)
			return
		}
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 {
			s.utf8Invalid++
		} else {
			s.utf8Runes++
		}
		p = p[n:]
	}
}

// gb18030 follows the two- and four-byte sequences of GB18030. The area of GB 2312 (lead A1–F7, trail A1–FE) holds
// what Chinese texts are made of; Latin text that happens to be valid lies mostly outside of it.
func (s *survey) gb18030(b byte) {
	lead := s.gbLead
	switch {
	case lead == 0:
		if b == 0x80 || b == 0xFF {
			s.gbWrong++
			return
		}
		s.gbLead = b
	case s.gbFour == 1:
		s.gbFour = 2
		if b < 0x81 || b == 0xFF {
			s.gbWrong++
			s.gbLead, s.gbFour = 0, 0
		}
	case s.gbFour == 2:
		if b < 0x30 || b > 0x39 {
			s.gbWrong++
		} else {
			s.gbRare++
		}
		s.gbLead, s.gbFour = 0, 0
	case b >= 0x30 && b <= 0x39:
		s.gbFour = 1
	case b >= 0x40 && b != 0x7F && b != 0xFF:
		if lead >= 0xA1 && lead <= 0xF7 && b >= 0xA1 {
			s.gbCommon++
		} else {
			s.gbRare++
		}
		s.gbLead = 0
	default:
		s.gbWrong++
		s.gbLead = 0
	}
}

// text is the encoding of a file: its name for messages and its decoder, nil for UTF-8.
type text struct {
	name string
	enc  encoding.Encoding
}

// encodingOf names the encoding that the survey found, or says why none is certain. A file of UTF-8 with a few
// broken bytes stays UTF-8, its broken rows are rejected one by one; it is never read as GBK, which would turn every
// name in it into another.
func (s *survey) encodingOf() (text, error) {
	h := s.head
	wide := s.size / 5 // one byte in five a NUL of one parity: no eight-bit text looks like that
	switch {
	case s.returns > 0 && s.feeds == 0:
		return text{}, fmt.Errorf("the lines end with CR alone, as on old Macintoshes: save the file with LF or CR LF")
	case h[0] == 0xEF && h[1] == 0xBB && h[2] == 0xBF:
		return text{name: "utf-8"}, nil
	case h[0] == 0xFF && h[1] == 0xFE && h[2] == 0 && h[3] == 0 && s.size >= 4:
		return text{}, fmt.Errorf("the file is UTF-32, which is not read: save it as UTF-8")
	case h[0] == 0xFF && h[1] == 0xFE:
		return text{name: "utf-16le", enc: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, nil
	case h[0] == 0xFE && h[1] == 0xFF:
		return text{name: "utf-16be", enc: unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, nil
	case s.nulOdd > wide && s.nulEven <= s.nulOdd/10:
		return text{name: "utf-16le", enc: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}, nil
	case s.nulEven > wide && s.nulOdd <= s.nulEven/10:
		return text{name: "utf-16be", enc: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}, nil
	}
	invalid := s.utf8Invalid + int64(len(s.pending))
	gbWrong := s.gbWrong
	if s.gbLead != 0 {
		gbWrong++
	}
	switch {
	case invalid == 0, s.utf8Runes > invalid:
		return text{name: "utf-8"}, nil
	case gbWrong == 0 && s.gbCommon >= s.gbRare:
		return text{name: "gb18030", enc: simplifiedchinese.GB18030}, nil
	case gbWrong*100 < s.gbCommon && s.gbCommon >= s.gbRare:
		return text{name: "gb18030", enc: simplifiedchinese.GB18030}, nil
	}
	return text{}, fmt.Errorf("the encoding is neither UTF-8, UTF-16 nor GB18030/GBK: say which with encoding, for example {encoding: windows-1252}")
}

// encodingNamed returns the encoding of a WHATWG label: "gbk", "big5", "windows-1252", "utf-16le".
func encodingNamed(label string) (text, error) {
	enc, err := htmlindex.Get(label)
	if err != nil {
		return text{}, fmt.Errorf("encoding %q is not known: use a name such as utf-8, gbk, gb18030, utf-16le, big5, windows-1252", label)
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "utf-8" {
		return text{name: "utf-8"}, nil
	}
	return text{name: name, enc: enc}, nil
}

// reader returns UTF-8 of the raw bytes without a byte order mark. Bytes that the encoding does not know come out as
// U+FFFD, or, in UTF-8, as they are; [badText] finds both.
func (t text) reader(raw io.Reader) io.Reader {
	if t.enc != nil {
		raw = t.enc.NewDecoder().Reader(raw)
	}
	return &withoutMark{r: raw}
}

// withoutMark drops U+FEFF from the head of a UTF-8 stream.
type withoutMark struct {
	r       io.Reader
	started bool
}

func (w *withoutMark) Read(p []byte) (int, error) {
	if w.started || len(p) == 0 {
		return w.r.Read(p)
	}
	w.started = true
	head := make([]byte, 3)
	n, err := io.ReadFull(w.r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return 0, err
	}
	head = bytes.TrimPrefix(head[:n], []byte("\uFEFF"))
	w.r = io.MultiReader(bytes.NewReader(head), w.r)
	return w.r.Read(p)
}

// badText says what keeps a piece of text from being stored as it is, or "".
func badText(s string, decoded bool) string {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			return "NUL byte"
		}
	}
	if !utf8.ValidString(s) {
		return "bytes that are not UTF-8"
	}
	if decoded && bytes.ContainsRune([]byte(s), utf8.RuneError) {
		return "bytes that the file's encoding does not know"
	}
	return ""
}
