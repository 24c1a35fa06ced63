package extract

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/heliu-data/heliu/models"
)

type cellKind uint8

const (
	cellNull    cellKind = iota
	cellString           // s
	cellJSON             // s
	cellInt              // i
	cellBool             // i is 0 or 1
	cellDecimal          // i in units of 0.0001
	cellRate             // i in units of 0.00000001
	cellFloat            // i holds the bits
	cellDate             // i in days since 1970-01-01
	cellTime             // i in microseconds since 1970-01-01T00:00:00Z
)

// cell is one typed value on its way from a record to a column. Its text may point into the page.
type cell struct {
	s    string
	i    int64
	kind cellKind
}

// token is what a scalar looked like in the record.
type token uint8

const (
	tokString token = iota
	tokNumber
	tokBool
	tokNull
)

// decoder turns the scalars of one field into cells. It is used by one goroutine.
type decoder struct {
	field Field
	time  zoned
	hash  *hasher
}

// decode makes a cell of a scalar; a reason says why it cannot, and nothing is ever rounded or cut to fit.
func (d *decoder) decode(tok token, text string) (c cell, reason string) {
	if tok == tokNull {
		return cell{}, ""
	}
	for _, e := range d.field.Empty {
		if text == e {
			return cell{}, ""
		}
	}
	if d.field.Personal != "" {
		return d.hash.cell(d.field, text), ""
	}
	if d.field.Type == models.String {
		return cell{kind: cellString, s: text}, ""
	}
	if tok == tokString {
		if text = strings.TrimSpace(text); text == "" {
			return cell{}, ""
		}
	}
	if tok == tokString && d.field.Thousands != "" {
		plain, reason := plainNumber(text, d.field.Thousands)
		if reason != "" {
			return cell{}, reason
		}
		text = plain
	}
	switch d.field.Type {
	case models.Money, models.Decimal:
		return decimalCell(text, 4+moneyShift(d.field.Unit), cellDecimal, d.field.Unit)
	case models.Rate:
		return decimalCell(text, 8, cellRate, "")
	case models.Integer:
		return integerCell(text)
	case models.Timestamp:
		return d.timestamp(tok, text)
	case models.Date:
		return d.date(tok, text)
	case models.Boolean:
		return booleanCell(text)
	case models.Double:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return cell{}, "is no finite number"
		}
		return cell{kind: cellFloat, i: int64(math.Float64bits(f))}, ""
	case models.Currency:
		if len(text) != 3 || !letters(text) {
			return cell{}, "is no currency of three letters"
		}
		return cell{kind: cellString, s: strings.ToUpper(text)}, ""
	case models.JSON:
		if tok == tokString {
			return cell{kind: cellJSON, s: string(appendQuoted(nil, text))}, ""
		}
		return cell{kind: cellJSON, s: text}, ""
	}
	return cell{}, "has the type " + string(d.field.Type) + ", which cannot be landed"
}

func moneyShift(unit string) int {
	switch unit {
	case "fen":
		return -2
	case "micros":
		return -6
	}
	return 0
}

func decimalCell(text string, shift int, kind cellKind, unit string) (cell, string) {
	v, reason := parseDecimal(text, shift)
	if reason == tooFine && unit == "micros" {
		reason = "is finer than 0.0001 of the currency"
	}
	return cell{kind: kind, i: v}, reason
}

func integerCell(text string) (cell, string) {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '+' {
		return cell{kind: cellInt, i: v}, ""
	}
	v, reason := parseDecimal(text, 0)
	if reason == tooFine {
		reason = "is no whole number"
	}
	return cell{kind: cellInt, i: v}, reason
}

func booleanCell(text string) (cell, string) {
	switch text {
	case "true", "1", "TRUE", "True":
		return cell{kind: cellBool, i: 1}, ""
	case "false", "0", "FALSE", "False":
		return cell{kind: cellBool}, ""
	}
	return cell{}, "is neither true nor false"
}

func letters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// appendText appends the cell as it counts for a key: the text that the lake's value has on every engine.
func (c *cell) appendText(b []byte) []byte {
	switch c.kind {
	case cellString, cellJSON:
		return append(b, c.s...)
	case cellInt:
		return strconv.AppendInt(b, c.i, 10)
	case cellBool:
		return strconv.AppendBool(b, c.i == 1)
	case cellDecimal:
		return appendDecimal(b, c.i, 4)
	case cellRate:
		return appendDecimal(b, c.i, 8)
	case cellFloat:
		return strconv.AppendFloat(b, math.Float64frombits(uint64(c.i)), 'g', -1, 64)
	case cellDate:
		return appendDay(b, c.i)
	case cellTime:
		return time.UnixMicro(c.i).UTC().AppendFormat(b, "2006-01-02T15:04:05.999999Z07:00")
	}
	return b
}
