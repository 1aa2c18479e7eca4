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
	met := traits(0)
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf { // folds as foldDecomposed has it, and for less
			out = append(out, asciiFold[b])
			sheds, mark = sheds || letter(b), false
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		i += width
		c := foldOf(r)
		if mark && c.is&beginsWithMark != 0 { // marks in a row have an order, which a whole text alone gives
			out, _, joined = foldDecomposed(out[:start], norm.NFKD.String(s), false)
			return out, joined, true
		}
		mark, met = c.is&endsWithMark != 0, met|c.is
		if c.is&long != 0 {
			form := longForm(r, sheds)
			out, sheds = append(out, form.text...), form.sheds
			continue
		}
		out = append(out, c.text[:]...)[:len(out)+int(c.width)]
		if sheds {
			sheds = c.is&shedSheds != 0
		} else {
			sheds = c.is&keptSheds != 0
		}
	}
	return out, met&joinsWords != 0, met&binds != 0
}

// gap stands in a folded text for what is neither ASCII nor a part of a word.
const gap = 0x01

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
		if r >= utf8.RuneSelf && !isWordRune(r) {
			r = gap
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

// asciiFold is foldDecomposed's answer for ASCII.
var asciiFold = func() (table [utf8.RuneSelf]byte) {
	for b := range table {
		folded, _, _ := foldDecomposed(nil, string(rune(b)), false)
		table[b] = folded[0]
	}
	return table
}()

// traits is a set of what a character is.
type traits uint16

const (
	beginsWithMark traits = 1 << iota // decomposed, it begins with a mark that has a place among other marks
	endsWithMark
	joinsWords // is of a script that writes without spaces, or with endings glued on
	told       // letter, number or picture: something is said
	binds      // is no part of a word, and yet its fold ends none
	solid      // plainDigits makes no sign of ASCII of it, and does not drop it
	keptSheds  // marks behind it go, where it stands behind a letter that keeps its own
	shedSheds  // marks behind it go, where it stands behind a letter that sheds its own
	long       // its fold is in longForms
)

// character is what is known of one character of Unicode.
type character struct {
	is     traits
	digits byte    // what plainDigits may make of it, see compatible
	width  byte    // of its fold
	text   [9]byte // its fold
}

// form is a fold that does not fit into a character, or depends on what stands before.
type form struct {
	text  string
	sheds bool // marks behind it go
}

// page is what is known of 256 characters.
type page struct {
	characters [256]character
	kept, shed map[rune]form // the long forms: behind a letter that keeps its marks, and behind one that sheds them
}

// pages are worked out when one of their characters is first met: few ever are.
var pages [(unicode.MaxRune >> 8) + 1]atomic.Pointer[page]

// foldOf finds a character.
func foldOf(r rune) *character {
	p := pages[r>>8].Load()
	if p == nil {
		p = newPage(r &^ 0xFF)
		pages[r>>8].Store(p)
	}
	return &p.characters[r&0xFF]
}

// longForm is the fold of a character that is long.
func longForm(r rune, sheds bool) form {
	p := pages[r>>8].Load()
	if sheds {
		return p.shed[r]
	}
	return p.kept[r]
}

func newPage(first rune) *page {
	p := &page{kept: map[rune]form{}, shed: map[rune]form{}}
	for i := range p.characters {
		r := first + rune(i)
		c := &p.characters[i]
		apart := norm.NFKD.String(string(r))
		last, _ := utf8.DecodeLastRuneInString(apart)
		kept, keepsShedding, joined := foldDecomposed(nil, apart, false)
		shed, goesOnShedding, _ := foldDecomposed(nil, apart, true)
		is := func(t traits, holds bool) {
			if holds {
				c.is |= t
			}
		}
		is(beginsWithMark, norm.NFKD.PropertiesString(apart).CCC() != 0)
		is(endsWithMark, norm.NFKD.PropertiesString(string(last)).CCC() != 0)
		is(joinsWords, joined)
		is(told, unicode.In(r, unicode.L, unicode.N, unicode.So))
		is(binds, !isWordRune(r) && (len(kept) == 0 || kept[0] == '\'' || strings.ContainsFunc(string(kept), isWordRune)))
		is(solid, isSolid(r))
		is(keptSheds, keepsShedding)
		is(shedSheds, goesOnShedding)
		is(long, len(kept) > len(c.text) || string(kept) != string(shed))
		if c.is&long != 0 {
			p.kept[r], p.shed[r] = form{string(kept), keepsShedding}, form{string(shed), goesOnShedding}
		} else {
			c.width = byte(copy(c.text[:], kept))
		}
		c.digits = compatible(r)
	}
	return p
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
