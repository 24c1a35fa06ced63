package models

import "strings"

// Near names what the writer of a misspelt word may have meant, "" when nothing is near: the word that is fewest letters
// away, where a letter that is missing, too many, another, or swapped with its neighbour counts as one. Up to a third of
// the letters may be off. Of several equally near the first one is taken.
func Near(wrong string, there []string) string {
	if wrong == "" {
		return ""
	}
	best, fewest := "", max(1, len([]rune(wrong))/3)+1
	for _, word := range there {
		if n := letters([]rune(strings.ToLower(wrong)), []rune(strings.ToLower(word))); n < fewest {
			best, fewest = word, n
		}
	}
	return best
}

// MeantBy is Near as it stands in a message: " (is it fields?)", or nothing.
func MeantBy(wrong string, there []string) string {
	if near := Near(wrong, there); near != "" {
		return " (is it " + near + "?)"
	}
	return ""
}

// letters is the optimal string alignment distance of two words: Damerau, "A technique for computer detection and
// correction of spelling errors", 1964.
func letters(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
