// Package personal normalises phone numbers and e-mail addresses and hashes them with the project's key, the same
// wherever it is done: at landing and in the joining of customers. Values that do not name one person (masked,
// ciphered, virtual) are refused before they are hashed, because their hashes would join strangers. No I/O.
package personal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// Kinds of value, the first argument of Hash. Equal texts of different kinds have different hashes.
const (
	KindPseudonym = "pseudonym" // an id within its own space, hashed as it is
	KindPhone     = "phone"     // a number that Phone accepted
	KindEmail     = "email"     // an address that Email accepted
)

// Hash returns the keyed hash of a value: HMAC-SHA256 over kind, U+001F, value, in lower-case hex, 64 characters.
func Hash(key []byte, kind, value string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(kind + "\x1f" + value))
	return hex.EncodeToString(mac.Sum(nil))
}

// Phone brings a number to E.164 ("+8613800138000"; a number without country code is Chinese) and reports whether it
// can name a person. Refused are masked numbers (138****1234), numbers with an extension (privacy numbers), the
// Chinese virtual ranges 162, 165, 167, 170 and 171, numbers of one digit repeated, ciphertext, and anything too short
// or too long.
func Phone(s string) (normal string, ok bool) {
	s = strings.TrimSpace(s)
	plus := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "＋")
	var digits []byte
	for _, r := range strings.TrimLeft(s, "+＋") {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r >= '０' && r <= '９':
			digits = append(digits, byte(r-'０'+'0'))
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '.' || r == '\u00a0' || r == '　':
		default: // a mask, an extension, a letter: not a number that can be called
			return "", false
		}
	}
	d := string(digits)
	if rest, cut := strings.CutPrefix(d, "00"); cut && !plus {
		d, plus = rest, true
	}
	if len(d) == 13 && strings.HasPrefix(d, "86") {
		d, plus = d[2:], false
	} else if plus && strings.HasPrefix(d, "86") {
		d, plus = d[2:], false
	}
	if plus {
		return "+" + d, len(d) >= 8 && len(d) <= 15 && !oneDigit(d)
	}
	if len(d) != 11 || d[0] != '1' || d[1] < '3' || virtual(d) || oneDigit(d[1:]) {
		return "", false
	}
	return "+86" + d, true
}

// virtual says whether an 11-digit Chinese number is of a range sold to virtual operators, which platforms use for
// privacy numbers.
func virtual(d string) bool {
	switch d[:3] {
	case "162", "165", "167", "170", "171":
		return true
	}
	return false
}

func oneDigit(d string) bool { return strings.Count(d, d[:1]) == len(d) }

// Email lower-cases an address, trims it and reports whether it can name a person. Refused are masked addresses
// (a***@x.com), addresses without a local part or a domain with a dot, and platforms' relay addresses.
func Email(s string) (normal string, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	local, domain, found := strings.Cut(s, "@")
	if !found || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(s, "*•…<>,;\" ") || strings.Contains(domain, "@") ||
		strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.IndexFunc(s, unicode.IsSpace) >= 0 {
		return "", false
	}
	for _, relay := range []string{"marketplace.amazon.com", "privaterelay.appleid.com", "members.ebay.com"} {
		if domain == relay || strings.HasSuffix(domain, "."+relay) {
			return "", false
		}
	}
	return s, true
}
