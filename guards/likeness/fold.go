package likeness

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxText is the number of bytes of a text that are looked at. X's longest
// post has 25,000 characters, at most 100,000 bytes. What lies beyond is
// ignored, so that two texts that differ only there count as the same.
const MaxText = 100_000

// Fold returns the comparison key of a text: its words and numbers in lower
// case with one space between them, without links, mentions, emoji,
// punctuation, invisible characters, accents and look-alike letters. Texts
// that a reader would call the same have the same key. It is for comparing
// only, never to be shown or posted: its words are distorted ("hello" is
// "heiio"). Folding a key changes nothing.
func Fold(text string) string {
	var b strings.Builder
	for i, t := range tokens(plain(text)) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// plain replaces every character by what it stands for, one level below
// words: invisible characters go first, since they may sit inside a link or a
// mention, then compatibility forms, then letters and digits.
func plain(text string) []rune {
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	ascii := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	out := make([]rune, 0, len(text))
	if ascii {
		for i := range len(text) {
			if r := visible(rune(text[i])); r >= 0 {
				out = append(out, lowerASCII(r))
			}
		}
		return out
	}
	table := letters()
	text = norm.NFKC.String(strings.Map(visible, text))
	composes := false
	for i, r := range text {
		if len(out) >= MaxText { // One sign can stand for eighteen letters.
			break
		}
		switch form, ok := table.form(r); {
		case r < utf8.RuneSelf:
			out = append(out, lowerASCII(r))
		case isLooseMark(r):
		case greekCapital(r) != 0 && latinWord(text, i):
			out = append(out, greekCapital(r))
		case ok:
			for _, c := range form {
				out = append(out, c)
			}
		default:
			out = append(out, r)
			composes = composes || r >= 0x0900 && (unicode.Is(unicode.M, r) || r >= 0x1100 && r <= 0x11ff)
		}
	}
	if composes { // What stood between two parts may have gone.
		return []rune(norm.NFC.String(string(out)))
	}
	return out
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// visible drops what has no shape of its own: default ignorables, bidi
// controls, tags, variation selectors, control characters and broken bytes.
func visible(r rune) rune {
	switch {
	case r < ' ' || r == 0x85 || r == 0x2028 || r == 0x2029:
		if unicode.IsSpace(r) {
			return ' '
		}
		return -1
	case r < 0x7f:
		return r
	case unicode.Is(unicode.Cf, r), unicode.IsControl(r), r == utf8.RuneError,
		r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0,
		r >= 0x180b && r <= 0x180f, r >= 0x2060 && r <= 0x206f, r >= 0xfe00 && r <= 0xfe0f,
		r >= 0xfff0 && r <= 0xfff8, r >= 0xe0000 && r <= 0xe0fff:
		return -1
	}
	return r
}

// greekCapital gives the Latin look of the three Greek capitals whose small
// letters look like other Latin letters. It holds only in a word with a Latin
// letter: a Greek word must keep one key in both cases.
func greekCapital(r rune) rune {
	switch r {
	case 'Ν':
		return 'n'
	case 'Η':
		return 'h'
	case 'Υ':
		return 'y'
	}
	return 0
}

// latinWord tells whether the word around a place has an ASCII letter. A few
// dozen letters are looked at on either side.
func latinWord(text string, at int) bool {
	const far = 32
	for rest := text[max(0, at-far):at]; rest != ""; {
		r, n := utf8.DecodeLastRuneInString(rest)
		if asciiLetter(r) {
			return true
		}
		if !unicode.IsLetter(r) {
			break
		}
		rest = rest[:len(rest)-n]
	}
	for _, r := range text[at:min(len(text), at+far)] {
		if asciiLetter(r) {
			return true
		}
		if !unicode.IsLetter(r) {
			break
		}
	}
	return false
}

func asciiLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
