package words

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed bio.toml
var bioFile string

// noBots is the rule by which a profile asks bots to keep away.
const noBots = "bio.nobots"

// bioTable is bio.toml, ready to compare: keys of folded words joined by blanks, those
// of CJK without blanks.
type bioTable struct {
	words    map[string]bool
	phrases  map[string]bool
	innocent map[string]bool
	inside   []string // phrases and, before them, innocent ones of CJK
	harmless []string
	longest  int // words of the longest phrase
}

var bios = mustReadBios(bioFile)

// BioMarker says whether a profile's own text asks bots to keep away, as "#nobots"
// does: the id of the rule that matched, "" for none. Names and links say nothing.
func BioMarker(bio string) string {
	tokens := slices.DeleteFunc(read(bio, true).tokens, func(t token) bool { return t.text == opaque })
	for start := 0; start < len(tokens); {
		end := start
		for end < len(tokens) && tokens[end].sentence == tokens[start].sentence {
			end++
		}
		if bios.asks(tokens[start:end]) {
			return noBots
		}
		start = end
	}
	return ""
}

// asks judges one sentence.
func (b bioTable) asks(tokens []token) bool {
	for i := 0; i < len(tokens); {
		if tokens[i].mention {
			i++
			continue
		}
		if n := b.longestAt(tokens, i, b.innocent); n > 0 {
			i += n
			continue
		}
		if b.words[tokens[i].text] || b.longestAt(tokens, i, b.phrases) > 0 {
			return true
		}
		i++
	}
	text := strings.Join(textsOf(slices.DeleteFunc(slices.Clone(tokens), func(t token) bool { return t.mention })), "")
	if !hasCJK(text) {
		return false
	}
	for _, p := range b.harmless {
		text = strings.ReplaceAll(text, p, "\x00")
	}
	return slices.ContainsFunc(b.inside, func(p string) bool { return strings.Contains(text, p) })
}

// longestAt is the number of words of the longest of some phrases that begins at i.
func (b bioTable) longestAt(tokens []token, i int, among map[string]bool) int {
	for n := min(b.longest, len(tokens)-i); n >= 1; n-- {
		named := slices.ContainsFunc(tokens[i:i+n], func(t token) bool { return t.mention })
		if !named && among[strings.Join(textsOf(tokens[i:i+n]), " ")] {
			return n
		}
	}
	return 0
}

func mustReadBios(file string) bioTable {
	b, err := readBios(file)
	if err != nil {
		panic("bio.toml: " + err.Error()) // embedded data: only a broken build gets here
	}
	return b
}

func readBios(file string) (bioTable, error) {
	var doc struct {
		Language []struct {
			Code                     string
			Words, Phrases, Innocent []string
		}
	}
	b := bioTable{words: map[string]bool{}, phrases: map[string]bool{}, innocent: map[string]bool{}}
	meta, err := toml.Decode(file, &doc)
	if err != nil {
		return b, err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return b, fmt.Errorf("unknown key %v", extra[0])
	}
	for _, l := range doc.Language {
		if err := b.add(l.Words, b.words, nil, 1); err != nil {
			return b, fmt.Errorf("%s: %w", l.Code, err)
		}
		if err := b.add(l.Phrases, b.phrases, &b.inside, maxPhraseWords); err != nil {
			return b, fmt.Errorf("%s: %w", l.Code, err)
		}
		if err := b.add(l.Innocent, b.innocent, &b.harmless, maxPhraseWords); err != nil {
			return b, fmt.Errorf("%s: %w", l.Code, err)
		}
	}
	return b, nil
}

// add enters texts by their keys, those of CJK into their own list.
func (b *bioTable) add(texts []string, spaced map[string]bool, joined *[]string, most int) error {
	for _, text := range texts {
		tokens := read(text, true).texts()
		if n := len(tokens); n == 0 || n > most {
			return fmt.Errorf("%q has %d words, want 1 to %d", text, n, most)
		}
		if key := join(tokens); joined != nil && hasCJK(key) {
			*joined = append(*joined, key)
			continue
		}
		b.longest = max(b.longest, len(tokens))
		spaced[strings.Join(tokens, " ")] = true
	}
	return nil
}
