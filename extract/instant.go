package extract

import (
	"strconv"
	"strings"
	"time"
)

const noTime = "is no time that is understood"

// zoned turns local times into instants. It remembers the zone's offset around the last one, because records come in
// order of time and looking a zone up costs more than parsing.
type zoned struct {
	loc       *time.Location
	from, to  int64 // the offset holds for instants in [from, to), seconds
	offset    int64
	hasOffset bool
}

// instant gives the seconds since 1970 UTC of a wall clock reading given as seconds since 1970 local. A reading that
// the zone repeats when daylight saving ends is taken as the first of the two; one that the zone skips when it begins is
// no time: ok is false.
func (z *zoned) instant(wall int64) (t int64, ok bool) {
	if z.hasOffset {
		if t := wall - z.offset; t >= z.from && t < z.to {
			return t, true
		}
	}
	const day = 86400
	_, before := time.Unix(wall-day, 0).In(z.loc).Zone() // no zone is a day from UTC, and none changes twice in two days
	_, after := time.Unix(wall+day, 0).In(z.loc).Zone()
	for _, offset := range []int{max(before, after), min(before, after)} { // the larger one gives the earlier instant
		at := time.Unix(wall-int64(offset), 0).In(z.loc)
		if _, is := at.Zone(); is != offset {
			continue
		}
		start, end := at.ZoneBounds()
		z.from, z.to = -1<<60, 1<<60
		if !start.IsZero() {
			z.from = start.Unix() + day // near a change the slow way decides
		}
		if !end.IsZero() {
			z.to = end.Unix() - day
		}
		z.offset, z.hasOffset = int64(offset), true
		return at.Unix(), true
	}
	return 0, false
}

// local makes a cell of a wall clock reading.
func (d *decoder) local(wall, micros int64) (cell, string) {
	t, ok := d.time.instant(wall)
	if !ok {
		return cell{}, "is a local time that " + d.time.loc.String() + " skips (daylight saving begins)"
	}
	return cell{kind: cellTime, i: t*1e6 + micros}, ""
}

func (d *decoder) timestamp(tok token, text string) (cell, string) {
	if d.field.Epoch != "" {
		return epochCell(text, d.field.Epoch)
	}
	if tok == tokNumber {
		return cell{}, noTime + ": a number since 1970 is declared as timestamp epoch_s or epoch_ms"
	}
	if d.field.Layout != "" {
		t, err := time.Parse(d.field.Layout, text)
		if err != nil {
			return cell{}, noTime + ": expected " + d.field.Layout
		}
		if strings.Contains(d.field.Layout, "07") || strings.Contains(d.field.Layout, "MST") {
			return cell{kind: cellTime, i: t.UnixMicro()}, ""
		}
		return d.local(t.Unix(), int64(t.Nanosecond()/1000))
	}
	wall, micros, offset, zonedText, ok := parseTime(text)
	if !ok {
		return cell{}, noTime
	}
	if zonedText {
		return cell{kind: cellTime, i: (wall-offset)*1e6 + micros}, ""
	}
	return d.local(wall, micros)
}

func (d *decoder) date(tok token, text string) (cell, string) {
	if d.field.Epoch != "" {
		c, reason := epochCell(text, d.field.Epoch)
		if reason != "" {
			return c, reason
		}
		t := time.UnixMicro(c.i).In(d.time.loc)
		return cell{kind: cellDate, i: days(t.Year(), int(t.Month()), t.Day())}, ""
	}
	if d.field.Layout != "" {
		t, err := time.Parse(d.field.Layout, text)
		if err != nil {
			return cell{}, noTime + ": expected " + d.field.Layout
		}
		return cell{kind: cellDate, i: days(t.Year(), int(t.Month()), t.Day())}, ""
	}
	if tok == tokNumber && len(text) != 8 {
		return cell{}, noTime
	}
	wall, micros, _, zonedText, ok := parseTime(text)
	if !ok || zonedText || micros != 0 || wall%86400 != 0 {
		return cell{}, "is no calendar day"
	}
	return cell{kind: cellDate, i: floorDiv(wall, 86400)}, ""
}

func epochCell(text, unit string) (cell, string) {
	shift := map[string]int{"s": 6, "ms": 3, "us": 0}[unit]
	v, reason := parseDecimal(text, shift)
	if reason == tooFine {
		v, reason = 0, "is finer than a microsecond"
	}
	if reason == tooLarge || reason == "" && (v > 253402300799_000000 || v < -62135596800_000000) {
		reason = "is a time outside the years 1 to 9999; check its unit"
	}
	return cell{kind: cellTime, i: v}, reason
}

// parseTime reads 2006-01-02, 2006/01/02 or 20060102, then perhaps a space or T and 15:04[:05[.999999999]], then
// perhaps Z, +08, +0800 or +08:00. wall is the reading of the clock on the wall in seconds since 1970; digits beyond
// microseconds are left off.
func parseTime(s string) (wall, micros, offset int64, hasZone, ok bool) {
	var y, m, d int
	rest := ""
	switch {
	case len(s) >= 10 && (s[4] == '-' && s[7] == '-' || s[4] == '/' && s[7] == '/'):
		y, m, d, rest = number(s[0:4]), number(s[5:7]), number(s[8:10]), s[10:]
	case len(s) == 8:
		y, m, d = number(s[0:4]), number(s[4:6]), number(s[6:8])
	default:
		return
	}
	if y < 1 || m < 1 || m > 12 || d < 1 || d > monthDays(y, m) {
		return
	}
	wall = days(y, m, d) * 86400
	if rest == "" {
		return wall, 0, 0, false, true
	}
	if rest[0] != ' ' && rest[0] != 'T' && rest[0] != 't' || len(rest) < 6 || rest[3] != ':' {
		return 0, 0, 0, false, false
	}
	hh, mm, ss := number(rest[1:3]), number(rest[4:6]), 0
	rest = rest[6:]
	if len(rest) >= 3 && rest[0] == ':' {
		ss, rest = number(rest[1:3]), rest[3:]
	}
	if hh < 0 || hh > 23 || mm < 0 || mm > 59 || ss < 0 || ss > 59 {
		return 0, 0, 0, false, false
	}
	wall += int64(hh*3600 + mm*60 + ss)
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
		n := 1
		scale := int64(100000)
		for ; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
			micros += int64(rest[n]-'0') * scale
			scale /= 10
		}
		if n == 1 {
			return 0, 0, 0, false, false
		}
		rest = rest[n:]
	}
	offset, hasZone, ok = parseOffset(strings.TrimPrefix(rest, " "))
	return wall, micros, offset, hasZone, ok
}

func parseOffset(s string) (seconds int64, present, ok bool) {
	if s == "" {
		return 0, false, true
	}
	if s == "Z" || s == "z" || s == "UTC" {
		return 0, true, true
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, false, false
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	if len(digits) == 2 {
		digits += "00"
	}
	if len(digits) != 4 {
		return 0, false, false
	}
	h, m := number(digits[:2]), number(digits[2:])
	if h < 0 || h > 15 || m < 0 || m > 59 {
		return 0, false, false
	}
	seconds = int64(h*3600 + m*60)
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true, true
}

// number reads digits only; anything else is -1.
func number(s string) int {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

func monthDays(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// days counts the days from 1970-01-01 to a date of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible
// low-level date algorithms", days_from_civil).
func days(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(int64(y), 400)
	yoe := int64(y) - era*400
	doy := int64((153*((m+9)%12)+2)/5 + d - 1)
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// appendDay appends a day since 1970-01-01, of the years 1 to 9999, as 2006-01-02.
func appendDay(b []byte, day int64) []byte {
	y, m, d := time.Unix(day*86400, 0).UTC().Date()
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-', byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func settingText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}
