package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// invisible characters are dropped before anything else: format characters,
// variation selectors, the grapheme joiner, the Arabic tatweel, fillers that
// are letters by class only, and the blank Braille pattern.
func invisible(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case unicode.Is(unicode.Cf, r), r == 0x034F, r == 0x0640,
		r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF,
		r >= 0x180B && r <= 0x180F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800:
		return true
	}
	return false
}

// plain undoes letter pictures that compatibility forms do not map.
func plain(r rune) rune {
	switch {
	case r >= 0x249C && r <= 0x24B5: // parenthesised
		return 'a' + r - 0x249C
	case r >= 0x1F110 && r <= 0x1F129: // parenthesised capitals
		return 'a' + r - 0x1F110
	case r >= 0x1F150 && r <= 0x1F169: // negative circled
		return 'a' + r - 0x1F150
	case r >= 0x1F170 && r <= 0x1F189: // negative squared
		return 'a' + r - 0x1F170
	}
	return r
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// spellFlags turns regional indicators into letters. A run of exactly two is a
// flag, not a word, and goes.
func spellFlags(runes []rune) []rune {
	out := make([]rune, 0, len(runes))
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && regional(runes[end]) {
			end++
		}
		switch end - i {
		case 0:
			out = append(out, plain(runes[i]))
			i++
			continue
		case 2:
			out = append(out, ' ')
		default:
			for _, r := range runes[i:end] {
				out = append(out, 'a'+r-0x1F1E6)
			}
		}
		i = end
	}
	return out
}

// fold makes texts comparable: compatibility forms, one case, no accents on
// Latin, Greek and Cyrillic letters, no Arabic vowel marks, one form of the
// Arabic letters that people mix, ASCII digits. Marks of other scripts carry
// meaning and stay.
func fold(runes []rune) string {
	text := norm.NFKC.String(string(spellFlags(runes)))
	var lowered strings.Builder
	for _, r := range text {
		if s, ok := spelled[r]; ok {
			lowered.WriteString(s)
			continue
		}
		lowered.WriteRune(lower(r))
	}
	var b strings.Builder
	bare := false // the last base letter sheds its marks
	for _, r := range norm.NFD.String(lowered.String()) {
		switch {
		case unicode.Is(unicode.M, r):
			if bare || r >= 0x064B && r <= 0x065F || r == 0x0670 {
				continue
			}
		default:
			bare = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
		}
		if s, ok := spelled[r]; ok { // a letter that came apart may be one of these
			b.WriteString(s)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// spelled are letters that no decomposition takes apart, and Arabic letters
// that keyboards of several languages mix.
var spelled = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe",
	'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d",
	'İ': "i", 'ı': "i",
	'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ک': "ك", 'ة': "ه", 'ۀ': "ه", 'ہ': "ه",
}

func lower(r rune) rune {
	if unicode.Is(unicode.Nd, r) && r > '9' {
		return '0' + digitValue(r)
	}
	return unicode.ToLower(r)
}

// digitValue relies on Unicode keeping decimal digits in ascending blocks of ten.
func digitValue(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// shorten reduces runs of three or more of one letter to n of it.
func shorten(s string, n int) string {
	runes, out := []rune(s), make([]rune, 0, len(s))
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && runes[end] == runes[i] {
			end++
		}
		count := end - i
		if count >= 3 && unicode.IsLetter(runes[i]) {
			count = n
		}
		out = append(out, runes[i:i+count]...)
		i = end
	}
	return string(out)
}

// hasCJK reports whether the text is written, at least partly, without spaces
// between words as Chinese and Japanese are, or with loose ones as Korean is.
func hasCJK(s string) bool {
	for _, r := range s {
		if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return true
		}
	}
	return false
}
