package guards

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// prose is a text reduced to words that can be compared: lower case, compatibility
// forms and accents folded, invisible characters and apostrophes gone. It is a key
// for comparing, never for showing. Hangul and kana are left decomposed, so that
// text compares only with what was reduced too.
type prose struct {
	text   string // " word word ": a space before, between and after
	words  []string
	named  []bool // the word is part of a @handle or a link
	joined bool   // has a script that writes without spaces, or with endings glued on
}

func (p prose) has(phrase prose) bool {
	if len(phrase.words) == 0 {
		return false
	}
	if phrase.joined {
		return strings.Contains(p.text, phrase.text[1:len(phrase.text)-1])
	}
	return strings.Contains(p.text, phrase.text)
}

// asciiWord maps the bytes of words to lower case, all others to 0.
var asciiWord = func() (table [utf8.RuneSelf]byte) {
	for b := range table {
		if handleByte(byte(b)) {
			table[b] = byte(unicode.ToLower(rune(b)))
		}
	}
	return table
}()

// reading keeps the last text reduced in one judgement: many guards read the same one.
// It ends with the judgement, since a message's words are kept nowhere.
type reading struct {
	text string
	key  prose
}

// prose is a text of the intent, reduced.
func (f Facts) prose(text string) prose {
	if f.reading == nil || text == "" {
		return reduce(text)
	}
	if f.reading.text != text {
		f.reading.text, f.reading.key = text, reduce(text)
	}
	return f.reading.key
}

// reduce makes the key. It takes time linear in the text.
func reduce(s string) prose {
	var p prose
	if !ascii(s) {
		s = fold(s, &p.joined)
	}
	key := make([]byte, 1, len(s)+2)
	key[0] = ' '
	starts := make([]int, 0, len(s)/4+1)
	p.named = make([]bool, 0, len(s)/4+1)
	var before byte // the last byte that is no part of a word
	open, link, until := false, false, 0
	for i := 0; i < len(s); {
		if i >= until {
			until = i + 1 + chunk(s[i+1:])
			link = isLink(s[i:until])
		}
		c, width := s[i], 1
		word := c < utf8.RuneSelf && asciiWord[c] != 0
		if c >= utf8.RuneSelf {
			var r rune
			r, width = utf8.DecodeRuneInString(s[i:])
			word = unicode.In(r, unicode.L, unicode.M, unicode.N)
		}
		switch {
		case c == '\'':
		case word:
			if !open {
				starts = append(starts, len(key))
				p.named = append(p.named, link || before == '@')
				open = true
			}
			if width > 1 {
				key = append(key, s[i:i+width]...)
			} else {
				key = append(key, asciiWord[c])
			}
		case open:
			key = append(key, ' ')
			open = false
		}
		if !word {
			before = c
		}
		i += width
	}
	if open {
		key = append(key, ' ')
	}
	p.text = string(key)
	p.words = make([]string, len(starts))
	for i, at := range starts {
		end := len(p.text)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		p.words[i] = p.text[at : end-1]
	}
	return p
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// chunk is how far s goes without a blank.
func chunk(s string) int {
	for i := range len(s) {
		if s[i] == ' ' || s[i] == '\n' {
			return i
		}
	}
	return len(s)
}

// isLink says whether a stretch without blanks is, or may be, a link or a domain.
func isLink(s string) bool {
	if len(s) > 3 && strings.Contains(s, "://") {
		return true
	}
	dot := strings.LastIndexByte(s, '.')
	return dot > 0 && (strings.IndexByte(s, '/') > dot || dot+1 < len(s) && handleByte(s[dot+1]) && handleByte(s[dot-1]))
}

// fold maps the characters of a text that is not plain ASCII.
func fold(s string, joined *bool) string {
	var b strings.Builder
	b.Grow(len(s))
	dropMarks := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Cf, r), r == 0xFE0F, r == 0x034F, r == 0x0640: // invisible, or a mere stretch
			continue
		case unicode.Is(unicode.Mn, r):
			if dropMarks {
				continue
			}
		case unicode.IsSpace(r):
			r = ' '
		case r == '’' || r == 'ʼ' || r == '‘':
			r = '\''
		case unicode.IsLetter(r):
			// Marks carry meaning in Indic scripts, kana and others: they stay there.
			dropMarks = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic)
			*joined = *joined || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
			r = foldLetter(unicode.ToLower(r))
		}
		b.WriteRune(r)
	}
	return b.String()
}

func foldLetter(r rune) rune {
	switch r {
	case 'ı': // Turkish: the dotted and the dotless i meet
		return 'i'
	case 'ى':
		return 'ي'
	case 'ة':
		return 'ه'
	}
	return r
}
