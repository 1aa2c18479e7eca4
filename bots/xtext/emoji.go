package xtext

import "unicode"

const (
	zwj         = 0x200D
	textStyle   = 0xFE0E
	emojiStyle  = 0xFE0F
	keycap      = 0x20E3
	blackFlag   = 0x1F3F4
	endOfTag    = 0xE007F
	maxElements = 4 // the longest sequences in use join four pictures
)

// emojiLen is the number of code points of the emoji at the start of t, 0 when
// none stands there: a keycap, a flag, or pictures joined by zero-width joiners.
func emojiLen(t []rune) int {
	switch r := t[0]; {
	case r == '#' || r == '*' || r >= '0' && r <= '9':
		return keycapLen(t)
	case regional(r):
		if len(t) > 1 && regional(t[1]) {
			return 2
		}
		return 1
	}
	n := pictureLen(t)
	if n == 0 {
		return 0
	}
	for range maxElements - 1 {
		if n+1 >= len(t) || t[n] != zwj || !unicode.Is(joinTable, t[n+1]) {
			break
		}
		more := pictureLen(t[n+1:])
		if more == 0 {
			break
		}
		n += 1 + more
	}
	return n
}

func keycapLen(t []rune) int {
	if len(t) > 1 && t[1] == keycap {
		return 2
	}
	if len(t) > 2 && t[1] == emojiStyle && t[2] == keycap {
		return 3
	}
	return 0
}

// pictureLen is one picture with its style mark, skin tone or region tags.
// The copyright and registered signs are pictures only when marked as such.
func pictureLen(t []rune) int {
	r := t[0]
	if !unicode.Is(pictureTable, r) && !skinTone(r) {
		return 0
	}
	if len(t) > 1 {
		switch next := t[1]; {
		case next == textStyle:
			return 0
		case skinTone(next) && unicode.Is(toneTable, r):
			if len(t) > 2 && t[2] == emojiStyle {
				return 3
			}
			return 2
		case next == emojiStyle:
			return 2
		case r == blackFlag:
			return 1 + tagLen(t[1:])
		}
	}
	if r == 0xA9 || r == 0xAE {
		return 0
	}
	return 1
}

// tagLen is the length of a closed run of region tags, as in the flag of Wales.
func tagLen(t []rune) int {
	for i := 0; i < len(t) && i <= 6; i++ {
		switch {
		case t[i] == endOfTag && i > 0:
			return i + 1
		case t[i] < 0xE0020 || t[i] > 0xE007E:
			return 0
		}
	}
	return 0
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
func skinTone(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF }
