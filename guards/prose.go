package guards

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// prose is a text reduced to words that can be compared: lower case, compatibility
// forms and accents folded, invisible characters and apostrophes gone. It is a key
// for comparing, never for showing. Hangul and kana are left decomposed, so that
// text compares only with what was reduced too.
type prose struct {
	text   string // " word word ": a space before, between and after
	words  []string
	named  []bool // the word is part of a @handle or a link
	joined bool   // has a script that writes without spaces, or with endings glued on
}

// reduce makes the key of a word or phrase of a table or of the settings.
func reduce(s string) prose {
	var r reading
	r.read(s)
	p := prose{text: string(r.key), joined: r.joined, words: make([]string, len(r.words)), named: make([]bool, len(r.words))}
	for i, w := range r.words {
		p.words[i], p.named[i] = p.text[w.from:w.to], w.named
	}
	return p
}

// reading is prose for one judgement: the same key, with the words of the tables known
// by their numbers. Its memory is used again, and what it gives is good until the next
// text is read.
type reading struct {
	text    string // what was read
	plain   bool   // it is ASCII
	key     []byte // as prose.text
	words   []word
	joined  bool
	bound   bool     // has characters that leave a word whole though they are no part of it
	begins  tables   // those of which the first word of a phrase is among the words
	held    []uint64 // the set of glued phrases that it holds
	holding bool     // it holds any of them
	folded  []byte
}

// word is one of a reading's.
type word struct {
	from, to int32 // in the key
	known
	named bool
}

// wordByte maps the bytes of words to lower case, all others to 0. Beyond ASCII a folded
// text has nothing but words: see gap.
var wordByte = func() (table [256]byte) {
	for b := range table {
		switch c := byte(b); {
		case c >= utf8.RuneSelf:
			table[b] = c
		case handleByte(c):
			table[b] = asciiFold[c]
		}
	}
	return table
}()

// read takes time linear in the text.
func (t *reading) read(text string) {
	t.text, t.plain, t.joined, t.bound, t.holding, t.begins = text, ascii(text), false, false, false, 0
	t.key, t.words = append(t.key[:0], ' '), t.words[:0]
	if t.plain {
		t.folded = append(t.folded[:0], text...)
	} else {
		t.folded, t.joined, t.bound = fold(t.folded[:0], text)
	}
	t.cut()
	for i := range t.words {
		w := &t.words[i]
		w.known = lookUp(t.key[w.from:w.to])
		t.begins |= w.begins
	}
	if t.joined {
		t.held = glued.heldBy(t.key, t.held[:0])
		t.holding = slices.ContainsFunc(t.held, func(some uint64) bool { return some != 0 })
	}
}

// cut makes the key and its words of the folded text.
func (t *reading) cut() {
	s := t.folded
	key := slices.Grow(t.key, len(s)+1)
	var before byte // the last byte that is no part of a word
	open, link, until := false, false, 0
	for i := 0; i < len(s); {
		if i >= until {
			until, link = stretch(s, i)
		}
		c := s[i]
		if wordByte[c] == 0 {
			if open && c != '\'' {
				t.words[len(t.words)-1].to = int32(len(key))
				key = append(key, ' ')
				open = false
			}
			before = c
			i++
			continue
		}
		if !open {
			t.words = append(t.words, word{from: int32(len(key)), named: link || before == '@'})
			open = true
		}
		for ; i < until && wordByte[s[i]] != 0; i++ {
			key = append(key, wordByte[s[i]])
		}
	}
	if open {
		t.words[len(t.words)-1].to = int32(len(key))
		key = append(key, ' ')
	}
	t.key = key
}

// stretch is where a blank behind i stands, and whether what stands before it is, or may
// be, a link or a domain. What has no sign of one is passed over at once.
func stretch(s []byte, i int) (end int, link bool) {
	start := i
	for i++; i < len(s) && !linkSign[s[i]]; i++ {
	}
	if i >= len(s) {
		return len(s), false
	}
	for blank := i; blank > start; blank-- {
		if s[blank] == ' ' || s[blank] == '\n' {
			return blank, false
		}
	}
	for i++; i < len(s) && s[i] != ' ' && s[i] != '\n'; i++ {
	}
	return i, isLink(s[start:i])
}

// linkSign are the bytes of which each link has one.
var linkSign = func() (table [256]bool) {
	table['.'], table[':'] = true, true
	return table
}()

// isLink says whether a stretch without blanks is, or may be, a link or a domain.
func isLink(s []byte) bool {
	if bytes.Contains(s, []byte("://")) {
		return true
	}
	dot := bytes.LastIndexByte(s, '.')
	return dot > 0 && (bytes.IndexByte(s, '/') > dot || dot+1 < len(s) && handleByte(s[dot+1]) && handleByte(s[dot-1]))
}

// has says whether the text has a phrase, anywhere.
func (t *reading) has(phrase prose) bool {
	if len(phrase.words) == 0 {
		return false
	}
	key := phrase.text
	if phrase.joined {
		key = key[1 : len(key)-1]
	}
	return bytes.Contains(t.key, []byte(key))
}

// forget leaves nothing of a text in memory that will be used again: a message's words
// are kept nowhere.
func (t *reading) forget() {
	const most = 1 << 14 // a longer text's memory is not kept
	if cap(t.key)+cap(t.folded) > most {
		*t = reading{}
		return
	}
	clear(t.key[:cap(t.key)])
	clear(t.folded[:cap(t.folded)])
	clear(t.words[:cap(t.words)])
	clear(t.held[:cap(t.held)])
	*t = reading{key: t.key[:0], folded: t.folded[:0], words: t.words[:0], held: t.held[:0]}
}

// ascii looks at eight bytes at a time, where it can.
func ascii(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&utf8.RuneSelf != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// chunk is how far s goes without a blank.
func chunk(s string) int {
	for i := range len(s) {
		if s[i] == ' ' || s[i] == '\n' {
			return i
		}
	}
	return len(s)
}
