package guards

import (
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold adds to out the characters of a text that is not plain ASCII, as they are
// compared: each by what foldOf knows of it. joined says whether the text has a script
// that writes without spaces, or with endings glued on; bound is as in a reading.
func fold(out []byte, s string) (folded []byte, joined, bound bool) {
	start := len(out)
	sheds, mark := false, false // the last letter sheds its marks; the last character was a mark
	for _, r := range s {
		c := foldOf(r)
		if mark && c.beginsWithMark { // marks in a row have an order, which a whole text alone gives
			out, _, joined = foldDecomposed(out[:start], norm.NFKD.String(s), false)
			return out, joined, true
		}
		mark = c.endsWithMark
		form := &c.kept
		if sheds {
			form = &c.shed
		}
		out = append(out, form.text...)
		sheds = form.sheds
		joined, bound = joined || c.joined, bound || c.binds
	}
	return out, joined, bound
}

// foldDecomposed adds a text that is decomposed already. sheds says whether marks at its
// beginning go.
func foldDecomposed(out []byte, s string, sheds bool) (folded []byte, shedsAfter, joined bool) {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Cf, r), r == 0xFE0F, r == 0x034F, r == 0x0640: // invisible, or a mere stretch
			continue
		case unicode.Is(unicode.Mn, r):
			if sheds {
				continue
			}
		case unicode.IsSpace(r):
			r = ' '
		case r == '’' || r == 'ʼ' || r == '‘':
			r = '\''
		case unicode.IsLetter(r):
			// Marks carry meaning in Indic scripts, kana and others: they stay there.
			sheds = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic)
			joined = joined || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
			r = foldLetter(unicode.ToLower(r))
		}
		out = utf8.AppendRune(out, r)
	}
	return out, sheds, joined
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

// character is what is known of one character of Unicode.
type character struct {
	kept, shed     form // its fold behind a letter that keeps its marks, and behind one that sheds them
	beginsWithMark bool // decomposed, it begins with a mark that has a place among other marks
	endsWithMark   bool
	joined         bool // is of a script that writes without spaces, or with endings glued on
	word           bool // letter, mark or number: a part of a word
	told           bool // letter, number or picture: something is said
	binds          bool // is no part of a word, and yet its fold ends none
	solid          bool // plainDigits makes no sign of ASCII of it, and does not drop it
	digits         byte // what plainDigits may make of it, see compatible
}

type form struct {
	text  string
	sheds bool // marks behind it go
}

// characters are worked out when one of their page of 256 is first met: few pages ever are.
var characters [(unicode.MaxRune >> 8) + 1]atomic.Pointer[[256]character]

// foldOf finds a character.
func foldOf(r rune) *character {
	page := characters[r>>8].Load()
	if page == nil {
		page = newPage(r &^ 0xFF)
		characters[r>>8].Store(page)
	}
	return &page[r&0xFF]
}

func newPage(first rune) *[256]character {
	page := new([256]character)
	for i := range page {
		r := first + rune(i)
		c := &page[i]
		apart := norm.NFKD.String(string(r))
		kept, keptSheds, joined := foldDecomposed(nil, apart, false)
		shed, shedSheds, _ := foldDecomposed(nil, apart, true)
		c.kept, c.shed, c.joined = form{string(kept), keptSheds}, form{string(shed), shedSheds}, joined
		c.beginsWithMark = norm.NFKD.PropertiesString(apart).CCC() != 0
		last, _ := utf8.DecodeLastRuneInString(apart)
		c.endsWithMark = norm.NFKD.PropertiesString(string(last)).CCC() != 0
		c.word = isWordRune(r)
		c.told = unicode.In(r, unicode.L, unicode.N, unicode.So)
		c.binds = !c.word && (len(kept) == 0 || kept[0] == '\'' || strings.ContainsFunc(string(kept), isWordRune))
		c.digits = compatible(r)
		c.solid = isSolid(r)
	}
	return page
}

func isWordRune(r rune) bool { return r == '_' || unicode.In(r, unicode.L, unicode.M, unicode.N) }

func isSolid(r rune) bool {
	plain := plainDigits(string(r))
	return plain != "" && !strings.ContainsFunc(plain, func(r rune) bool { return r < utf8.RuneSelf })
}

// compatible is how many digits of ASCII plainDigits may make of a character; many when
// it may make a sign that an address is known by.
func compatible(r rune) byte {
	digits := byte(0)
	for _, c := range plainDigits(string(r)) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '@' || c == ')' || c == ']':
			return minPhone
		}
	}
	return digits
}
