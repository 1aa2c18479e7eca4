package words

import (
	"strings"
	"unicode"
)

const (
	maxVisible = 1_000  // visible characters of a message that are looked at
	maxRunes   = 10_000 // characters in all, the invisible ones included
)

// opaque stands for a link: a word that matches nothing.
const opaque = "\x00"

// token is one word of a message.
type token struct {
	text     string
	sentence int
	glued    bool // a hyphen joins it to the word before
	mention  bool // @name
}

// message is a text as the rules see it.
type message struct {
	tokens []token
	cut    bool // longer than what was looked at
	sign   bool // a stop sign stands in it
	runs   bool // it held a run of three equal letters
}

func (m message) texts() []string { return textsOf(m.tokens) }

func textsOf(tokens []token) []string {
	texts := make([]string, len(tokens))
	for i, t := range tokens {
		texts[i] = t.text
	}
	return texts
}

// read cuts, folds and splits a text. one says what becomes of three or more
// equal letters: one of them, or two.
func read(text string, one bool) message {
	runes, cut := visible(text)
	m := message{cut: cut}
	for _, r := range runes {
		m.sign = m.sign || r == '🛑' || r == '⛔' || r == '🚫' || r == '🔕'
	}
	sentence := 0
	for line := range strings.SplitSeq(fold(runes), "\n") {
		short, long := shorten(line, 1), shorten(line, 2)
		m.runs = m.runs || short != long
		if !one {
			short = long
		}
		for field := range strings.FieldsSeq(short) {
			sentence = m.split(field, sentence)
		}
		sentence++
	}
	return m
}

// visible is the text without invisible characters and quoted lines, bounded.
func visible(text string) (kept []rune, cut bool) {
	start, seen, quoted := true, 0, false
	for _, r := range text {
		if seen++; seen > maxRunes || len(kept) >= maxVisible {
			return kept, true
		}
		switch {
		case invisible(r):
		case newline(r):
			kept = append(kept, '\n')
			start, quoted = true, false
		case start && unicode.IsSpace(r):
		default:
			quoted = quoted || start && (r == '>' || r == '＞')
			start = false
			if !quoted {
				kept = append(kept, r)
			}
		}
	}
	return kept, false
}

func newline(r rune) bool {
	return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029 || r == '\v' || r == '\f'
}

// split takes the words out of a field (text between blanks) and returns the
// number of the sentence it ends in.
func (m *message) split(field string, sentence int) int {
	if strings.Contains(field, "://") || strings.HasPrefix(field, "www.") {
		m.tokens = append(m.tokens, token{text: opaque, sentence: sentence})
		return sentence
	}
	runes := []rune(field)
	glued := false
	for i := 0; i < len(runes); {
		r := runes[i]
		switch {
		case r == '@' && i+1 < len(runes) && handleRune(runes[i+1]) && (i == 0 || !wordRune(runes[i-1])):
			end := i + 1
			for end < len(runes) && handleRune(runes[end]) {
				end++
			}
			m.tokens = append(m.tokens, token{text: string(runes[i:end]), sentence: sentence, mention: true})
			i, glued = end, false
		case wordRune(r):
			text, end := word(runes, i)
			m.tokens = append(m.tokens, token{text: text, sentence: sentence, glued: glued})
			i = end
			glued = i+1 < len(runes) && hyphen(runes[i]) && wordRune(runes[i+1])
		default:
			if sentenceEnd(r) && len(m.tokens) > 0 && m.tokens[len(m.tokens)-1].sentence == sentence {
				sentence++
			}
			i++
		}
	}
	return sentence
}

// word reads letters, marks and digits from i; apostrophes inside are dropped.
func word(runes []rune, i int) (text string, end int) {
	var b strings.Builder
	for ; i < len(runes); i++ {
		r := runes[i]
		if apostrophe(r) && i+1 < len(runes) && unicode.IsLetter(runes[i+1]) && b.Len() > 0 {
			continue
		}
		if !wordRune(r) {
			break
		}
		b.WriteRune(r)
	}
	return b.String(), i
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

func handleRune(r rune) bool {
	return r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
}

func apostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == 'ʼ' || r == '`' || r == '´'
}
func hyphen(r rune) bool { return r == '-' || r == '‐' || r == '‑' || r == '–' }

func sentenceEnd(r rune) bool { return strings.ContainsRune(".!?;。؟۔।॥…‼⁇⁈⁉", r) }

// join makes a key of words: without blanks if there is CJK among them.
func join(texts []string) string {
	key := strings.Join(texts, " ")
	if hasCJK(key) {
		return strings.Join(texts, "")
	}
	return key
}

func keyOf(text string) string { return join(read(text, true).texts()) }
