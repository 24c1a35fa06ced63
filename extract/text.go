package extract

import (
	"bytes"
	"fmt"

	sonicdecoder "github.com/bytedance/sonic/decoder"
	sonicutf8 "github.com/bytedance/sonic/utf8"
)

// checkText looks for what the parser lets pass: bytes that are no UTF-8, NUL characters, and
// halves of surrogate pairs, which would land as another character.
func checkText(b []byte) string {
	if !sonicutf8.Validate(b) {
		return "is no valid UTF-8"
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "contains a NUL byte"
	}
	if bytes.IndexByte(b, '\\') >= 0 {
		return checkEscapes(b)
	}
	return ""
}

// soundText says whether bytes are UTF-8 without NUL.
func soundText(b []byte) bool { return sonicutf8.Validate(b) && bytes.IndexByte(b, 0) < 0 }

func checkEscapes(b []byte) string {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		i++
		if b[i] != 'u' {
			continue
		}
		r, ok := hex4(b, i+1)
		if !ok {
			return "" // the parser says what is wrong
		}
		switch {
		case r == 0:
			return "contains a NUL character"
		case r >= 0xDC00 && r <= 0xDFFF:
			return "contains half a surrogate pair"
		case r >= 0xD800 && r <= 0xDBFF:
			if i+6 >= len(b) || b[i+5] != '\\' || b[i+6] != 'u' {
				return "contains half a surrogate pair"
			}
			if low, ok := hex4(b, i+7); !ok || low < 0xDC00 || low > 0xDFFF {
				return "contains half a surrogate pair"
			}
			i += 6
		}
		i += 4
	}
	return ""
}

func hex4(b []byte, at int) (r uint32, ok bool) {
	if at+4 > len(b) {
		return 0, false
	}
	for _, c := range b[at : at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | uint32(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

func syntaxOf(record []byte) string {
	start, at := sonicdecoder.Skip(record)
	if start == -1 || len(bytes.TrimSpace(record)) == 0 {
		return "it ends too early"
	}
	at = min(max(at-1, 0), len(record))
	return fmt.Sprintf("near byte %d of %d", at, len(record))
}
