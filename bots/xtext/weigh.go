package xtext

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Weight is how X counts a text.
type Weight struct {
	Length  int  // weighted length of the whole text
	Max     int  // greatest weighted length allowed
	Valid   bool // not empty, not over Max, valid UTF-8, no forbidden character
	Fits    int  // code points of the text, from its start, that are within Max and before any forbidden character
	Invalid int  // position of the first forbidden character, or -1
}

// Over is how much the text exceeds the limit, 0 when it does not.
func (w Weight) Over() int { return max(0, w.Length-w.Max) }

// Weigh counts the text by the rules in force: the text in NFC, a link as 23,
// an emoji as 2, characters of the light ranges as 1, all others as 2.
// Forbidden are U+FFFE, U+FFFF and U+FEFF; directional marks are allowed.
func Weigh(text string) Weight { return weigh(text, &current) }

func weigh(text string, c *config) Weight {
	runes, ends := normalize(text)
	urls := findURLs(runes)
	w := Weight{Max: c.max, Invalid: -1}
	sum, open := 0, true
	for i := 0; i < len(runes); {
		n, weight := 1, 0
		switch {
		case len(urls) > 0 && urls[0].Start == i:
			n, weight = urls[0].End-i, c.urlLength*c.scale
			urls = urls[1:]
		default:
			weight = c.weight(runes[i])
			if c.emoji {
				if e := emojiLen(runes[i:]); e > 0 {
					n, weight = e, c.defaultWeight
				}
			}
		}
		sum += weight
		if forbidden(runes[i]) {
			if w.Invalid < 0 {
				w.Invalid = startOf(ends, i)
			}
			open = false
		}
		if open = open && sum <= c.max*c.scale; open {
			w.Fits = ends[i+n-1]
		}
		i += n
	}
	w.Length = sum / c.scale
	w.Valid = len(runes) > 0 && w.Length <= c.max && w.Invalid < 0 && utf8.ValidString(text)
	return w
}

// startOf is where the normalised code point i begins in the text as given.
func startOf(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// normalize returns the text in NFC and, for each of its code points, where in
// the text as given (in code points) the piece it came from ends. A piece that
// normalisation changed is whole or absent: only its last code point ends it.
func normalize(text string) (runes []rune, ends []int) {
	runes = make([]rune, 0, len(text))
	ends = make([]int, 0, len(text))
	var it norm.Iter
	it.InitString(norm.NFC, text)
	at, from := 0, 0
	for !it.Done() {
		piece := it.Next()
		given := text[from:it.Pos()]
		from = it.Pos()
		count, same := utf8.RuneCountInString(given), string(piece) == given
		whole, first := at+count, len(runes)
		for _, r := range string(piece) {
			runes = append(runes, r)
			switch {
			case same:
				at++
				ends = append(ends, at)
			default:
				ends = append(ends, at)
			}
		}
		if len(runes) > first {
			ends[len(ends)-1] = whole
		}
		at = whole
	}
	return runes, ends
}
