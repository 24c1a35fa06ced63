package conform

import (
	"maps"
	"slices"
	"strings"

	"github.com/heliu-data/heliu/models"
)

// near names what the writer may have meant: "; is it seller_due_amount?", by its letters, else by the words that it is
// made of; all there is stands behind it.
func near(wrong string, there []string) string {
	if meant := models.Near(wrong, there); meant != "" {
		return "; is it " + meant + "? There are " + strings.Join(there, ", ")
	}
	best, shared := "", 0
	for _, name := range there {
		if n := commonWords(wrong, name); n > shared {
			best, shared = name, n
		}
	}
	if best == "" {
		return "; there are " + strings.Join(there, ", ")
	}
	return "; is it " + best + "? There are " + strings.Join(there, ", ")
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
