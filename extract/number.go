package extract

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	noNumber = "is no number"
	tooFine  = "has more decimals than are kept"
	tooLarge = "is too large"
)

// parseDecimal reads an exact decimal ("-12.30", "1e3", "+5") as a whole number of 10^-shift, so that shift 4 makes
// 12.30 to 123000. A value that is not a whole number of that unit, or does not fit 18 digits, is refused with a reason:
// nothing is rounded.
func parseDecimal(s string, shift int) (int64, string) {
	i, neg := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	var v uint64
	digits, significant, exp := 0, 0, shift
	point := false
	zeros := 0 // zeros held back: they count only when another digit follows
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if point {
			exp--
		}
		if c == '0' {
			if v != 0 {
				zeros++
			}
			continue
		}
		for ; zeros > 0; zeros-- {
			v *= 10
			significant++
		}
		if significant++; significant > 18 {
			return 0, tooLarge
		}
		v = v*10 + uint64(c-'0')
	}
	exp += zeros
	if v == 0 {
		exp = 0
	}
	if digits == 0 {
		return 0, noNumber
	}
	if i < len(s) {
		if s[i] != 'e' && s[i] != 'E' {
			return 0, noNumber
		}
		e, err := strconv.ParseInt(s[i+1:], 10, 16)
		if err != nil {
			return 0, noNumber
		}
		if v != 0 {
			exp += int(e)
		}
	}
	if exp < 0 {
		return 0, tooFine
	}
	for ; exp > 0; exp-- {
		if v *= 10; v >= 1_000_000_000_000_000_000 {
			return 0, tooLarge
		}
	}
	if neg {
		return -int64(v), ""
	}
	return int64(v), ""
}

// plainNumber takes the declared separator of thousands, a currency sign and full-width digits off a number as people
// write it: with ",", "¥1,234.50" and "１，２３４．５０" are 1234.50. Every group but the first must have three digits, so that a
// European "1,5" or "1.234,50" is refused with a reason and never read as another amount.
func plainNumber(s, thousands string) (string, string) {
	if thousands == "" {
		return s, ""
	}
	narrow := strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // the full-width forms stand in the order of ASCII
			return r - '！' + '!'
		case r == '￥':
			return '¥'
		case r == '\u3000' || r == '\u00a0' || r == '\u202f':
			return ' '
		}
		return r
	}, s)
	narrow = strings.TrimSpace(narrow)
	sign := ""
	if rest, ok := strings.CutPrefix(narrow, "-"); ok {
		sign, narrow = "-", rest
	}
	for _, mark := range []string{"¥", "$", "€", "£", "CNY", "RMB"} {
		if rest, ok := strings.CutPrefix(narrow, mark); ok {
			narrow = strings.TrimSpace(rest)
			break
		}
	}
	if rest, ok := strings.CutPrefix(narrow, "-"); ok && sign == "" {
		sign, narrow = "-", rest
	}
	whole, fraction, point := strings.Cut(narrow, ".")
	groups := strings.Split(whole, thousands)
	if strings.Contains(fraction, thousands) {
		return "", fmt.Sprintf("has %q behind the decimal point: is it written with a decimal comma", thousands)
	}
	for i, g := range groups {
		if len(groups) > 1 && (len(g) != 3 && i > 0 || len(g) < 1 || len(g) > 3) {
			return "", fmt.Sprintf("has %q where it parts no thousands: is it a decimal comma", thousands)
		}
	}
	if whole = strings.Join(groups, ""); point {
		whole += "." + fraction
	}
	return sign + whole, ""
}

// appendDecimal writes a whole number of 10^-scale in full: 123000 at scale 4 is 12.3000.
func appendDecimal(b []byte, v int64, scale int) []byte {
	u := uint64(v)
	if v < 0 {
		b = append(b, '-')
		u = -u
	}
	digits := strconv.FormatUint(u, 10)
	for len(digits) <= scale {
		digits = "0" + digits
	}
	b = append(b, digits[:len(digits)-scale]...)
	b = append(b, '.')
	return append(b, digits[len(digits)-scale:]...)
}
