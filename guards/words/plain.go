package words

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// People say stop in more ways than a table of phrases holds. A sentence that has both
// a word of refusing and a word of contact ("please delete my number") may be a stop,
// and a person must look. It is never an opt-out by itself.

const (
	plainWords = 16 // of a sentence; a longer one tells a story
	plainRunes = 40 // of one in Chinese, Japanese or Korean
)

// plainTable is the two lists of every language.
type plainTable struct {
	exact  map[string][]plainPhrase // by their first word
	prefix map[string][]plainPhrase // of one word that may go on
	joined []plainJoined
}

// plainPhrase is an entry of a spaced script.
type plainPhrase struct {
	lang   string
	words  []string
	open   bool // the last word may go on: "messag*"
	refuse bool
}

// plainJoined are the entries of a script without spaces.
type plainJoined struct {
	lang            string
	refuse, contact []string
}

// addPlain enters a language's lists.
func (ix *index) addPlain(l languageEntry) {
	j := plainJoined{lang: l.Code}
	for _, list := range []struct {
		texts  []string
		refuse bool
		cjk    *[]string
	}{{l.Refuse, true, &j.refuse}, {l.Contact, false, &j.contact}} {
		for _, text := range list.texts {
			tokens := read(text, true).texts()
			if key := join(tokens); hasCJK(key) {
				*list.cjk = append(*list.cjk, key)
				continue
			}
			p := plainPhrase{lang: l.Code, words: tokens, open: strings.HasSuffix(text, "*"), refuse: list.refuse}
			if first := tokens[0]; p.open && len(tokens) == 1 {
				ix.plain.prefix[first] = append(ix.plain.prefix[first], p)
			} else {
				ix.plain.exact[first] = append(ix.plain.exact[first], p)
			}
		}
	}
	if len(j.refuse) > 0 {
		ix.plain.joined = append(ix.plain.joined, j)
	}
}

// plain judges the sentences of a message by their words.
func (m *Matcher) plain(tokens []token) Hit {
	for start := 0; start < len(tokens); {
		end := start
		for end < len(tokens) && tokens[end].sentence == tokens[start].sentence {
			end++
		}
		if lang := table.plain.refuses(tokens[start:end]); lang != "" {
			return Hit{Outcome: Hold, Rule: lang + ".plain", Lang: lang, Tier: "community"}
		}
		start = end
	}
	return Hit{}
}

// span is a phrase's place among the words of a sentence.
type span struct {
	lang   string
	refuse bool
	from   int
	to     int
}

// refuses names the language in which a sentence has both kinds of words, "" for none.
func (pt *plainTable) refuses(tokens []token) string {
	if text := strings.Join(textsOf(tokens), ""); hasCJK(text) {
		return pt.refusesJoined(text)
	}
	if len(tokens) < 2 || len(tokens) > plainWords {
		return ""
	}
	var spans []span
	for i := 0; i < len(tokens); i++ {
		if n := innocentAt(tokens, i); n > 0 {
			i += n - 1
			continue
		}
		if !tokens[i].mention {
			spans = pt.at(spans, tokens, i)
		}
	}
	for _, a := range spans {
		for _, b := range spans {
			if a.refuse && !b.refuse && a.lang == b.lang && (a.to <= b.from || b.to <= a.from) {
				return a.lang
			}
		}
	}
	return ""
}

// at appends the phrases that begin at i.
func (pt *plainTable) at(spans []span, tokens []token, i int) []span {
	word := tokens[i].text
	for _, p := range pt.exact[word] {
		if p.fits(tokens[i:]) {
			spans = append(spans, span{p.lang, p.refuse, i, i + len(p.words)})
		}
	}
	for at := range word {
		if at == 0 || at > 32 {
			continue
		}
		for _, p := range pt.prefix[word[:at]] {
			spans = append(spans, span{p.lang, p.refuse, i, i + 1})
		}
	}
	for _, p := range pt.prefix[word] {
		spans = append(spans, span{p.lang, p.refuse, i, i + 1})
	}
	return spans
}

func (p plainPhrase) fits(tokens []token) bool {
	if len(tokens) < len(p.words) {
		return false
	}
	for i, w := range p.words {
		last := i == len(p.words)-1
		if tokens[i].text != w && !(last && p.open && strings.HasPrefix(tokens[i].text, w)) {
			return false
		}
	}
	return true
}

func (pt *plainTable) refusesJoined(text string) string {
	if utf8.RuneCountInString(text) > plainRunes {
		return ""
	}
	for _, l := range pt.joined {
		for _, r := range l.refuse {
			if !strings.Contains(text, r) {
				continue
			}
			rest := strings.Replace(text, r, "\x00", 1)
			if slices.ContainsFunc(l.contact, func(c string) bool { return strings.Contains(rest, c) }) {
				return l.lang
			}
		}
	}
	return ""
}
