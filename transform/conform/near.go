package conform

import (
	"maps"
	"slices"
	"strings"
)

// near names what the writer may have meant: "; is it seller_due_amount?", or all there is when nothing is alike.
func near(wrong string, there []string) string {
	best, shared := "", 0
	for _, name := range there {
		if n := commonWords(wrong, name); n > shared {
			best, shared = name, n
		}
	}
	if best == "" {
		return "; there are " + strings.Join(there, ", ")
	}
	return "; is it " + best + "?"
}

func commonWords(a, b string) int {
	n := 0
	for word := range strings.SplitSeq(a, "_") {
		if slices.Contains(strings.Split(b, "_"), word) {
			n += len(word)
		}
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
