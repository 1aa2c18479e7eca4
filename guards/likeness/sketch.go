package likeness

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sketch is what is kept of a text for comparing. It is made once per text,
// never changes, and may be shared. The zero Sketch resembles nothing, not
// even itself: make one with New or NewDeclared.
type Sketch struct {
	form     string // tokens with a space between, "#" before those of hashtags, "@" before those of a place
	template uint64 // hash of the declared template's name, 0 without one that counts
	facts    uint64 // hash of the declared facts that count
	body     *expanded
}

// New makes the sketch of a text.
func New(text string) Sketch {
	chars := plain(text)
	toks := tokens(chars)
	form := cutForm(writeForm(toks))
	if form == "" {
		form = bareForm(chars)
	}
	return fromForm(form, len(toks))
}

func fromForm(form string, toks int) Sketch {
	e := expand(form, &expanded{
		toks:  make([]token, 0, toks+1),
		units: make([]unit, 0, toks+8),
		grams: make([]uint32, 0, len(form)+1),
	})
	e.keys = appendKeys(make([]uint32, 0, min(3*len(e.units), maxFeatures)), e.units)
	return Sketch{form: form, body: e}
}

// NewDeclared makes the sketch of a text that a bot says it made from a
// template with these facts. The declaration settles comparisons with other
// texts of the same template, so it counts only as far as the text bears it
// out: a fact counts when its value, folded, occurs in the folded text, and
// when it tells something (links, mentions, hashtags, greetings, and serial
// numbers do not). Without one fact that counts the template is ignored.
func NewDeclared(text, template string, facts map[string]string) Sketch {
	s := New(text)
	if template == "" || len(facts) == 0 {
		return s
	}
	if key := factsKey(s.body.toks, facts); key != 0 {
		s.template, s.facts = hash64(template)|1, key
	}
	return s
}

// Exact returns a key that is equal for texts that fold equal, for comparing
// without an index. Texts that fold to nothing are told apart by their links
// and emoji.
func (s Sketch) Exact() [16]byte {
	sum := sha256.Sum256([]byte(marks.Replace(s.form)))
	return [16]byte(sum[:16])
}

// marks are the signs in a form that are no part of the folded text.
var marks = strings.NewReplacer("#", "", "@", "")

// Empty tells that the text holds nothing to compare: no words, no links, no emoji.
func (s Sketch) Empty() bool { return s.form == "" || s.form == emptyForm }

func writeForm(toks []token) string {
	size := 0
	for _, t := range toks {
		size += len(t.text) + 3
	}
	var b strings.Builder
	b.Grow(size)
	for i, t := range toks {
		if i > 0 {
			b.WriteByte(' ')
		}
		if t.place {
			b.WriteByte('@')
		}
		if t.tag {
			b.WriteByte('#')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// maxForm bounds what is kept of a text, in bytes.
const maxForm = 48_000

// cutForm cuts a form that is too long, and puts a hash in the place of the
// rest: texts that differ there still differ.
func cutForm(form string) string {
	if len(form) <= maxForm {
		return form
	}
	end := strings.LastIndexByte(form[:maxForm], ' ')
	if end < 0 {
		end = strings.IndexByte(form, ' ')
	}
	if end < 0 || end > maxForm {
		end = maxForm
		for !utf8.RuneStart(form[end]) {
			end--
		}
	}
	sum := sha256.Sum256([]byte(marks.Replace(form[end:])))
	return form[:end] + " " + barePrefix + hex.EncodeToString(sum[:12])
}

// barePrefix cannot begin a token, so that no text can pretend to be bare.
const (
	barePrefix = "!"
	emptyForm  = barePrefix
)

// bareForm stands in for a text without words: its links decide what it says,
// and without links its signs and emoji.
func bareForm(chars []rune) string {
	var links []string
	var signs strings.Builder
	for i := 0; i < len(chars); {
		if n := linkLen(chars, i); n > 0 {
			links = append(links, linkKey(chars[i:i+n]))
			i += n
			continue
		}
		if chars[i] == '@' {
			for i++; i < len(chars) && mentionRune(chars[i]); i++ {
			}
			continue
		}
		if !unicode.IsSpace(chars[i]) {
			signs.WriteRune(chars[i])
		}
		i++
	}
	slices.Sort(links)
	what := strings.Join(links, " ")
	if what == "" {
		what = signs.String()
	}
	if what == "" {
		return emptyForm
	}
	sum := sha256.Sum256([]byte(what))
	return barePrefix + hex.EncodeToString(sum[:12])
}

// expanded is a form made ready for a comparison. It follows from the form
// alone, so that a stored form compares as the sketch did that was added.
type expanded struct {
	toks   []token
	units  []unit
	grams  []uint32 // every run of four characters, spaces left out
	keys   []uint32 // of the features; a text that is only compared has none
	body   int      // units before the hashtags at the end
	weight float32  // of all units
}

func expand(form string, e *expanded) *expanded {
	e.toks, e.units, e.grams, e.weight = e.toks[:0], e.units[:0], e.grams[:0], 0
	for rest := form; rest != ""; {
		word, after, _ := strings.Cut(rest, " ")
		t := token{text: word}
		t.text, t.place = strings.CutPrefix(t.text, "@")
		t.text, t.tag = strings.CutPrefix(t.text, "#")
		rest = after
		if t.text != "" {
			e.toks = append(e.toks, t)
		}
	}
	e.units = appendUnits(e.units, e.toks)
	e.body = len(e.units)
	for e.body > 0 && e.units[e.body-1].tag {
		e.body--
	}
	for _, u := range e.units {
		e.weight += u.weight
	}
	e.grams = appendGrams(e.grams, e.toks)
	return e
}

// appendGrams hashes every run of four characters. Spaces are left out, so
// that parting or joining words changes little.
func appendGrams(dst []uint32, toks []token) []uint32 {
	var a, b, c uint64
	n := 0
	for _, t := range toks {
		for _, r := range t.text {
			d := uint64(r)
			if n++; n >= 4 {
				dst = append(dst, uint32(mix(a<<48^b<<32^c<<16^d)>>32))
			}
			a, b, c = b, c, d
		}
	}
	if n > 0 && n < 4 {
		dst = append(dst, uint32(mix(a<<48^b<<32^c<<16)>>32))
	}
	return dst
}

// bare tells the form of a text without words.
func (e *expanded) bare() bool {
	return len(e.toks) == 1 && strings.HasPrefix(e.toks[0].text, barePrefix)
}

// firstRune is used where a token's script decides.
func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
