package files

import "fmt"

// delimiters are the ones looked for, the likeliest first.
const delimiters = ",\t;|"

// delimiterOf finds the delimiter of a CSV text from its head: the character that stands, outside of quotes, in the
// first record and as often in most of the records after it. A head without any gives a comma: one column.
func delimiterOf(head []byte) rune {
	best, bestScore := rune(delimiters[0]), 0
	for _, d := range delimiters {
		counts := countsPerRecord(head, byte(d), 50)
		if len(counts) == 0 || counts[0] == 0 {
			continue
		}
		same := 0
		for _, n := range counts {
			if n == counts[0] {
				same++
			}
		}
		score := same*1000/len(counts)*10 + min(counts[0], 9)
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// countsPerRecord counts the delimiter outside of quotes in each of the first complete records, blank ones left out.
func countsPerRecord(head []byte, delimiter byte, most int) []int {
	var counts []int
	n, quoted, empty := 0, false, true
	for _, b := range head {
		switch {
		case b == '"':
			quoted, empty = !quoted, false
		case quoted:
		case b == '\n':
			if !empty {
				counts = append(counts, n)
			}
			if len(counts) == most {
				return counts
			}
			n, empty = 0, true
		case b == delimiter:
			n, empty = n+1, false
		case b != '\r':
			empty = false
		}
	}
	if !empty && len(counts) == 0 {
		counts = append(counts, n)
	}
	return counts
}

// delimiterNamed reads the setting: one character, or "tab".
func delimiterNamed(s string) (rune, error) {
	r := []rune(s)
	switch {
	case s == "tab" || s == `\t`:
		return '\t', nil
	case len(r) == 1 && r[0] != '"' && r[0] != '\n' && r[0] != '\r':
		return r[0], nil
	}
	return 0, fmt.Errorf("delimiter %q must be one character, or tab", s)
}
