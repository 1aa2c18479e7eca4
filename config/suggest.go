package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxSuggest bounds the words that are compared; a longer one is no typing mistake.
const maxSuggest = 64

// Nearest is the name that a mistyped word most likely meant, "" when none is near:
// within two typing mistakes, or a third of the word if that is more.
func Nearest(word string, names []string) string {
	if len(word) > maxSuggest {
		return ""
	}
	best, nearest := max(2, len(word)/3)+1, ""
	for _, n := range slices.Sorted(slices.Values(names)) {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(n))
		if d < best && d < len(n) { // d == len(n): nothing of the name is in the word
			best, nearest = d, n
		}
	}
	return nearest
}

// DidYouMean is a hint about a word that should have been one of names: the one that was
// most likely meant, else all of them.
func DidYouMean(word string, names []string) string {
	if n := Nearest(word, names); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if len(names) == 0 {
		return ""
	}
	return "known: " + strings.Join(slices.Sorted(slices.Values(names)), ", ")
}
