package xtext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// forbidden are characters that X refuses in a post.
func forbidden(r rune) bool { return r == 0xFFFE || r == 0xFEFF || r == 0xFFFF }

// directional are the marks that set the writing direction.
func directional(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F ||
		r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// space is X's set of blanks; unlike unicode.IsSpace it holds U+180E.
func space(r rune) bool {
	return r >= 0x9 && r <= 0xD || r == 0x180E || unicode.Is(unicode.Zs, r) ||
		r == 0x85 || r == 0x2028 || r == 0x2029
}

// punctuation is the set that bounds domains and cashtags: ASCII without the
// quotation mark and the backtick.
func punctuation(r rune) bool {
	return r < 0x80 && strings.ContainsRune(`!'#%&()*+,\-./:;<=>?@[]^_{|}~$`, r)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func asciiAlnum(r rune) bool {
	return r >= '0' && r <= '9' || asciiLetter(r)
}

func asciiLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

var accentTable = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00C0, 0x00D6, 1}, {0x00D8, 0x00F6, 1}, {0x00F8, 0x024F, 1},
		{0x0253, 0x0254, 1}, {0x0256, 0x0257, 1}, {0x0259, 0x025B, 2},
		{0x0263, 0x0268, 5}, {0x026F, 0x0272, 3}, {0x0289, 0x028B, 2},
		{0x02BB, 0x02BB, 1}, {0x0300, 0x036F, 1}, {0x1E00, 0x1EFF, 1},
	},
	LatinOffset: 2,
}

// accented are the Latin letters with accents, and combining accents, that
// belong to names and paths.
func accented(r rune) bool { return unicode.Is(accentTable, r) }

func cyrillic(r rune) bool { return r >= 0x0400 && r <= 0x04FF }

func atSign(r rune) bool   { return r == '@' || r == '＠' }
func hashSign(r rune) bool { return r == '#' || r == '＃' }

// asciiSet is a set of characters of ASCII.
type asciiSet [utf8.RuneSelf]bool

// asciiSetOf is the ASCII letters and digits, and some signs.
func asciiSetOf(signs string) *asciiSet {
	var set asciiSet
	for r := range set {
		set[r] = in(rune(r), signs)
	}
	return &set
}

func (s *asciiSet) has(r rune) bool { return uint32(r) < utf8.RuneSelf && s[r] }

// in reports whether r is an ASCII letter or digit or stands in set.
func in(r rune, set string) bool {
	return asciiAlnum(r) || strings.ContainsRune(set, r)
}

// hasPrefix reports whether t begins with the lower-case ASCII word, in any case.
func hasPrefix(t []rune, word string) bool {
	if len(t) < len(word) {
		return false
	}
	for i := 0; i < len(word); i++ {
		r := t[i]
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		if r != rune(word[i]) {
			return false
		}
	}
	return true
}
