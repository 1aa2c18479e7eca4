package xtext

import (
	"sync/atomic"
	"unicode"
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

// Length is the weighted length that Weigh gives, for less. links are those that URLs
// finds in the text.
func Length(text string, links []URL) int {
	if n, plain := asciiLength(text, links); plain {
		return n
	}
	sum, place, until := 0, 0, 0 // until is the place where the link ends in which the text is read
	rest := links
	for at := 0; at < len(text); place++ {
		r, width := rune(text[at]), 1
		weight := current.scale
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRuneInString(text[at:])
			if weight = int(plainWeight(r)); weight == 0 {
				return lengthOfAny(text, links)
			}
		}
		if len(rest) > 0 && rest[0].Start == place {
			sum += current.urlLength * current.scale
			until, rest = rest[0].End, rest[1:]
		}
		if place >= until {
			sum += weight
		}
		at += width
	}
	return sum / current.scale
}

// lengthOfAny is Length of a text with emoji, or with characters that NFC may change.
func lengthOfAny(text string, links []URL) int {
	if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) {
		return Weigh(text).Length
	}
	var room [400]rune
	t := room[:0]
	for _, r := range text {
		t = append(t, r)
	}
	sum := 0
	for i := 0; i < len(t); {
		if len(links) > 0 && links[0].Start == i {
			sum += current.urlLength * current.scale
			i = links[0].End
			links = links[1:]
			continue
		}
		if t[i] < utf8.RuneSelf || plainWeight(t[i]) == 0 {
			if n := emojiLen(t[i:]); n > 0 {
				sum += current.defaultWeight
				i += n
				continue
			}
		}
		sum += current.weight(t[i])
		i++
	}
	return sum / current.scale
}

// plainWeights are worked out when a character of their page of 256 is first met.
var plainWeights [unicode.MaxRune>>8 + 1]atomic.Pointer[[256]uint8]

// plainWeight is what a character beyond ASCII counts, whatever stands beside it: 0 for
// one of which only the whole text tells, as emoji and marks are.
func plainWeight(r rune) uint8 {
	page := plainWeights[r>>8].Load()
	if page == nil {
		page = new([256]uint8)
		for i := range page {
			if c := r&^0xFF + rune(i); standsAlone(c) {
				page[i] = uint8(current.weight(c))
			}
		}
		plainWeights[r>>8].Store(page)
	}
	return page[r&0xFF]
}

// standsAlone says whether a character is in NFC, and no emoji begins with it nor makes one
// of an ASCII character, whatever stands beside it.
func standsAlone(r rune) bool {
	s := string(r)
	switch {
	case r == utf8.RuneError, r == emojiStyle, r == keycap, emojiLen([]rune{r}) > 0, emojiLen([]rune{r, emojiStyle}) > 0:
		return false
	}
	return norm.NFC.IsNormalString(s) && norm.NFC.PropertiesString(s).BoundaryBefore()
}

// asciiLength is the length of a text of ASCII alone, where a character counts 1.
func asciiLength(text string, links []URL) (n int, plain bool) {
	if !ascii(text) {
		return 0, false
	}
	n = len(text)
	for _, u := range links {
		n += URLLength - (u.End - u.Start)
	}
	return n, true
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
