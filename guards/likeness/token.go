package likeness

import "unicode"

// token is a folded word, a number, or a run of a script that is written
// without spaces.
type token struct {
	text  string
	tag   bool // stood in a hashtag
	place bool // stood after a lone "@" near the end, as check-ins name their place
}

func (t token) number() bool {
	c := t.text[0]
	return c >= '0' && c <= '9' || c == '-'
}

// tokens cuts plain characters into tokens. Links, mentions, entities, emoji
// and punctuation leave none.
func tokens(plain []rune) []token {
	c := cutter{in: plain, out: make([]token, 0, len(plain)/5+1)}
	for c.at < len(c.in) {
		c.step()
	}
	return joinLetters(markPlace(c.out, c.placeAt))
}

type cutter struct {
	in      []rune
	at      int
	tag     bool
	out     []token
	placeAt int // tokens before the last lone "@"
	run     []rune
}

// maxPlace is the longest place, in tokens: what is longer is a sentence.
const maxPlace = 8

// markPlace marks the tokens of the place that a post ends with. A post that
// is nothing but its place is left alone.
func markPlace(toks []token, from int) []token {
	if from > 0 && len(toks)-from <= maxPlace {
		for i := from; i < len(toks); i++ {
			toks[i].place = true
		}
	}
	return toks
}

func (c *cutter) peek(i int) rune {
	if i < 0 || i >= len(c.in) {
		return ' '
	}
	return c.in[i]
}

func (c *cutter) step() {
	r, next := c.in[c.at], c.peek(c.at+1)
	if n := linkLen(c.in, c.at); n > 0 {
		c.at += n
		c.tag = false
		return
	}
	switch {
	case r == '@' && mentionRune(next) && !wordRune(c.peek(c.at-1)):
		c.at++
		for mentionRune(c.peek(c.at)) {
			c.at++
		}
	case r == '@' && next == ' ' && c.peek(c.at-1) == ' ':
		c.placeAt = len(c.out)
		c.at++
	case r == '&' && entityLen(c.in[c.at:]) > 0:
		c.at += entityLen(c.in[c.at:])
	case r == '#':
		c.tag = true
		c.at++
		return
	case r == '_': // A tag goes on over it, as in #Windows_Phone.
		c.at++
		return
	case wordRune(r), r == '-' && isDigit(next) && !wordRune(c.peek(c.at-1)):
		c.word()
	default:
		c.at++
	}
	if c.peek(c.at) != '_' {
		c.tag = false
	}
}

// word takes one run of word characters, with those signs that do not end a
// word where they stand.
func (c *cutter) word() {
	start := c.at
	c.at++
	for {
		r := c.peek(c.at)
		if !wordRune(r) && !inner(r, c.peek(c.at-1), c.peek(c.at+1)) || r == 'h' && schemeLen(c.in[c.at:]) > 0 {
			break
		}
		c.at++
	}
	run := c.run[:0]
	for _, r := range c.in[start:c.at] {
		switch {
		case apostrophe(r):
		case r == '$' || r == '@':
			run = append(run, leet(r))
		default:
			run = append(run, r)
		}
	}
	unleet(run)
	for i, r := range run {
		if r == 'l' {
			run[i] = 'i'
		}
	}
	c.run = run
	c.split(run)
}

// split cuts a run where numbers meet letters, and where a script without
// spaces meets another.
func (c *cutter) split(run []rune) {
	for len(run) > 0 {
		n, class := 1, classOf(run[0])
		for n < len(run) && (classOf(run[n]) == class || unicode.Is(unicode.M, run[n])) {
			n++
		}
		text := string(run[:n])
		if class == classNumber {
			text = number(text)
		}
		if text != "" && !noise(text) {
			c.out = append(c.out, token{text: text, tag: c.tag})
		}
		run = run[n:]
	}
}

type class uint8

const (
	classWord class = iota
	classNumber
	classDense // scripts written without spaces
)

func classOf(r rune) class {
	switch {
	case r < 0x80:
		if asciiLetter(r) {
			return classWord
		}
		return classNumber
	case dense(r):
		return classDense
	}
	return classWord
}

// dense tells scripts in which spaces do not part words, or in which words
// grow so many endings that pairs of characters compare better: Han, kana,
// Hangul, Thai, Lao, Khmer, Myanmar.
func dense(r rune) bool {
	switch {
	case r >= 0x0e00 && r <= 0x0eff, r >= 0x1000 && r <= 0x109f, r >= 0x1780 && r <= 0x17ff,
		r >= 0x1100 && r <= 0x11ff, r >= 0x2e80 && r <= 0xa4cf, r >= 0xa960 && r <= 0xa97f,
		r >= 0xac00 && r <= 0xd7ff, r >= 0xf900 && r <= 0xfaff, r >= 0x20000 && r <= 0x3ffff:
		return true
	}
	return false
}

func wordRune(r rune) bool {
	if r < 0x80 {
		return asciiLetter(r) || isDigit(r)
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.M, r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == '`' || r == 'ʼ' }

// inner tells the signs that belong to the word they stand in: an apostrophe,
// a separator inside a number, and two signs that are written for letters.
func inner(r, before, after rune) bool {
	switch {
	case apostrophe(r):
		return wordRune(before) && wordRune(after)
	case r == '.' || r == ',':
		return isDigit(before) && isDigit(after)
	case r == '$' || r == '@':
		return (asciiLetter(before) || before == r) && (asciiLetter(after) || after == r)
	}
	return false
}

// mentionRune tells the characters of a handle, and the letters that may
// stand in for them.
func mentionRune(r rune) bool {
	return r == '_' || wordRune(r) && !dense(r)
}

// noise are tokens that say how a post came about, not what it says.
func noise(s string) bool { return s == "rt" || s == "http" || s == "https" }

// joinLetters joins three or more single letters in a row: "f r e e" hides a
// word.
func joinLetters(in []token) []token {
	out := in[:0]
	for i := 0; i < len(in); {
		n := i
		for n < len(in) && singleLetter(in[n].text) {
			n++
		}
		if n-i < 3 {
			out = append(out, in[i])
			i++
			continue
		}
		joined := token{text: squeeze(in[i:n]), tag: true, place: true}
		for _, t := range in[i:n] {
			joined.tag = joined.tag && t.tag
			joined.place = joined.place && t.place
		}
		if !noise(joined.text) {
			out = append(out, joined)
		}
		i = n
	}
	return out
}

// singleLetter knows no mark: joined marks would have to be put in their order again.
func singleLetter(s string) bool {
	for i, r := range s {
		if i > 0 || classOf(r) != classWord || unicode.Is(unicode.M, r) {
			return false
		}
	}
	return true
}
