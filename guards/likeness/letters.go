package likeness

import (
	"strings"
	"sync"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// letterTable maps a code point to what it stands for in a comparison key.
// Pages keep it small: most code points stand for themselves.
type letterTable struct {
	pages [tablePages]*[256]uint16
	forms []string // forms[0] is unused: 0 means "itself"
}

// tablePages covers the planes 0 and 1; nothing above folds to anything else
// once NFKC has been applied.
const tablePages = 0x200

// letters is built at first use, from the Unicode tables of the modules we
// link, so that it never disagrees with them.
var letters = sync.OnceValue(buildLetters)

func (t *letterTable) form(r rune) (string, bool) {
	if r < 0 || r >= tablePages<<8 {
		return "", false
	}
	page := t.pages[r>>8]
	if page == nil || page[r&0xff] == 0 {
		return "", false
	}
	return t.forms[page[r&0xff]], true
}

func buildLetters() *letterTable {
	t := &letterTable{forms: []string{""}}
	index := map[string]uint16{}
	for r := rune(0x80); r < tablePages<<8; r++ {
		if isSelf(r) {
			continue
		}
		form := settle(r)
		if form == string(r) {
			continue
		}
		n, ok := index[form]
		if !ok {
			n = uint16(len(t.forms))
			index[form] = n
			t.forms = append(t.forms, form)
		}
		if t.pages[r>>8] == nil {
			t.pages[r>>8] = new([256]uint16)
		}
		t.pages[r>>8][r&0xff] = n
	}
	return t
}

// isSelf skips the large blocks in which nothing folds, to keep the first use quick.
func isSelf(r rune) bool {
	return r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r < 0xf900 || r >= 0x17000 && r < 0x1bc00
}

// settle folds a code point until folding changes nothing more, which is what
// makes the whole fold idempotent.
func settle(r rune) string {
	form := string(r)
	for range 4 {
		var b strings.Builder
		for _, c := range norm.NFKD.String(form) {
			if !isLooseMark(c) {
				b.WriteString(foldLetter(c))
			}
		}
		next := norm.NFC.String(b.String())
		if next == form {
			break
		}
		form = next
	}
	return form
}

// isLooseMark tells marks that change no word when they are left out. Indic
// and Thai vowel signs and the Japanese voicing marks do change words.
func isLooseMark(r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036f, r >= 0x0483 && r <= 0x0489, r >= 0x0591 && r <= 0x05c7,
		r >= 0x0610 && r <= 0x061a, r >= 0x064b && r <= 0x065f, r == 0x0640, r == 0x0670,
		r >= 0x06d6 && r <= 0x06ed, r >= 0x08d3 && r <= 0x08ff, r >= 0x1ab0 && r <= 0x1aff,
		r >= 0x1dc0 && r <= 0x1dff, r >= 0x20d0 && r <= 0x20ff, r >= 0xfe20 && r <= 0xfe2f:
		return r == 0x0640 || unicode.Is(unicode.M, r)
	}
	return false
}

// foldLetter folds one decomposed code point: digits of all scripts, our own
// extras, the UTS 39 prototype where that is ASCII letters, lower case. The
// capital's prototype stands in where the small letter has none, so that both
// cases of a letter end as the same key.
func foldLetter(c rune) string {
	if c < 0x80 {
		return string(unicode.ToLower(c))
	}
	if unicode.Is(unicode.Nd, c) {
		return string('0' + digitValue(c))
	}
	low := unicode.ToLower(c)
	if s, ok := extraLetters[low]; ok {
		return s
	}
	if n := squaredLetter(c); n != 0 {
		return string(n)
	}
	if !unicode.IsLetter(c) {
		return string(low)
	}
	for _, v := range []rune{low, unicode.ToUpper(c), c} {
		if s := asciiPrototype(v); s != "" {
			return s
		}
	}
	return string(low)
}

// asciiPrototype returns the UTS 39 prototype in lower case, or nothing unless
// it is made of ASCII letters only.
func asciiPrototype(r rune) string {
	if r < 0x80 {
		return string(unicode.ToLower(r))
	}
	proto := confusable.GetReplacement(r)
	if proto == "rn" { // The prototype of every m: our key keeps the m.
		return "m"
	}
	var b strings.Builder
	for _, c := range norm.NFKD.String(proto) {
		switch {
		case isLooseMark(c):
		case c < 0x80 && unicode.IsLetter(c):
			b.WriteRune(unicode.ToLower(c))
		default:
			return ""
		}
	}
	return b.String()
}

// digitValue relies on Unicode's rule that decimal digits come in runs of ten
// that begin with zero.
func digitValue(r rune) rune {
	for _, x := range unicode.Nd.R16 {
		if r <= rune(x.Hi) {
			return (r - rune(x.Lo)) % 10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if r <= rune(x.Hi) {
			return (r - rune(x.Lo)) % 10
		}
	}
	return 0
}

// squaredLetter reads the circled and squared capitals that have no
// decomposition of their own.
func squaredLetter(r rune) rune {
	switch {
	case r >= 0x1f150 && r <= 0x1f169:
		return 'a' + r - 0x1f150
	case r >= 0x1f170 && r <= 0x1f189:
		return 'a' + r - 0x1f170
	}
	return 0
}

// extraLetters holds look-alikes that UTS 39 leaves out or gives no ASCII
// prototype: small capitals, small Cyrillic letters that look like Latin
// capitals, and Latin letters with a bar or a tie.
var extraLetters = map[rune]string{
	'ø': "o", 'ł': "i", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i",
	'ħ': "h", 'ŋ': "n", 'ſ': "s", 'ŧ': "t", 'ƒ': "f", 'ɓ': "b", 'ɗ': "d", 'ɠ': "g", 'ƙ': "k",
	'ᴀ': "a", 'ʙ': "b", 'ᴄ': "c", 'ᴅ': "d", 'ᴇ': "e", 'ꜰ': "f", 'ɢ': "g", 'ʜ': "h", 'ɪ': "i",
	'ᴊ': "j", 'ᴋ': "k", 'ʟ': "i", 'ᴍ': "m", 'ɴ': "n", 'ᴏ': "o", 'ᴘ': "p", 'ꞯ': "q", 'ʀ': "r",
	'ꜱ': "s", 'ᴛ': "t", 'ᴜ': "u", 'ᴠ': "v", 'ᴡ': "w", 'ʏ': "y", 'ᴢ': "z", 'ǝ': "e", 'ɐ': "a",
	'т': "t", 'к': "k", 'м': "m", 'н': "h", 'в': "b", 'п': "n", 'г': "r", 'ё': "e", 'ѵ': "v",
	'ӏ': "i", 'ԁ': "d", 'ԛ': "q", 'ԝ': "w", 'ⲟ': "o", 'κ': "k", 'τ': "t", 'μ': "m", 'µ': "m",
	'η': "n", 'ν': "v", 'υ': "u", 'ι': "i", 'α': "a", 'ε': "e", 'χ': "x", 'β': "b", 'ς': "σ",
	'™': " ", '℠': " ", '−': "-",
}
