package likeness

import (
	"slices"
	"strings"
	"unicode"
)

// sharedWords lists the folded words that made two texts alike, the most telling first.
func (m *matcher) sharedWords() []string {
	type word struct {
		text   string
		weight float32
	}
	var room [64]word
	words := room[:0]
	for j, i := range m.partner {
		if i < 0 {
			continue
		}
		u := m.b.units[j]
		text := m.b.toks[u.token].text
		if len(text) > maxShared {
			text = strings.ToValidUTF8(text[:maxShared], "")
		}
		if !slices.ContainsFunc(words, func(w word) bool { return w.text == text }) && len(words) < len(room) {
			words = append(words, word{text, u.weight})
		}
	}
	slices.SortStableFunc(words, func(v, w word) int {
		switch {
		case v.weight > w.weight:
			return -1
		case v.weight < w.weight:
			return 1
		}
		return 0
	})
	if len(words) == 0 {
		return nil
	}
	out := make([]string, min(len(words), sharedWords))
	for i := range out {
		out[i] = words[i].text
	}
	return out
}

const (
	sharedWords = 8
	maxShared   = 60 // bytes
)

// Spelled gives folded words as the text itself spells them, in their order. What the
// text does not hold is left out: the fold is a key, and is never shown.
func Spelled(text string, folded []string) []string {
	found := make([]string, len(folded))
	for word := range strings.FieldsSeq(text) {
		parts := strings.Fields(Fold(word))
		for i, f := range folded {
			if found[i] == "" && slices.Contains(parts, f) {
				found[i] = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			}
		}
	}
	var out []string
	for _, w := range found {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
