package xtext

import (
	"strings"
	"unicode"
)

// Hashtag is a #word in a text.
type Hashtag struct {
	Span
	Text string // without the sign, as written
}

// Hashtags finds the hashtags of a text, not those inside its links.
func Hashtags(text string) []Hashtag {
	t := []rune(text)
	return findHashtags(t, findURLs(t))
}

func findHashtags(t []rune, urls []URL) []Hashtag {
	var found []Hashtag
	for i := 0; i < len(t); i++ {
		if !hashSign(t[i]) || i > 0 && tagStops(t[i-1]) {
			continue
		}
		end, letter := i+1, false
		for end < len(t) && tagChar(t[end]) {
			letter = letter || unicode.IsLetter(t[end]) || unicode.IsMark(t[end])
			end++
		}
		// A sign with a style mark or in a keycap is an emoji.
		if !letter || t[i+1] == emojiStyle || t[i+1] == keycap {
			continue
		}
		rest := t[end:]
		tag := Hashtag{Span{i, end}, string(t[i+1 : end])}
		for len(urls) > 0 && urls[0].End <= i {
			urls = urls[1:]
		}
		inURL := len(urls) > 0 && urls[0].overlaps(tag.Span)
		if !inURL && !(len(rest) > 0 && hashSign(rest[0])) && !hasPrefix(rest, "://") {
			found = append(found, tag)
		}
		i = end - 1
	}
	return found
}

// tagStops is what a hashtag cannot follow: the inside of a word, or an
// ampersand (an HTML entity). Style marks end an emoji, so a tag may follow.
func tagStops(r rune) bool {
	return r != textStyle && r != emojiStyle && (r == '&' || tagChar(r))
}

func tagChar(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd) || strings.ContainsRune(tagSpecials, r)
}

// tagSpecials are the marks that words of some languages hold: joiners, Hebrew
// and Japanese punctuation, the Tibetan tsheg, the Catalan dot.
const tagSpecials = "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
