package guards

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// tables is a set of word tables, one bit each.
type tables uint32

// known is what the tables know of a word.
type known struct {
	number int32  // from 1; 0: no table has the word
	begins tables // those of which a phrase begins with it
}

// lexicon numbers the words of all tables, so that a text's words are looked up once
// for all of them. It is filled while the program starts, and only read after.
var lexicon = map[string]known{}

// shapes says of which shapes the lexicon has words: most words of a text have others.
var shapes [1 << 13]bool

// shapeOf is made of a word's ends and its length.
func shapeOf[text string | []byte](word text) int {
	return (int(word[0])<<7 ^ int(word[len(word)-1])<<2 ^ len(word)<<5) % len(shapes)
}

// lookUp finds a word in the lexicon.
func lookUp(word []byte) known {
	if !shapes[shapeOf(word)] {
		return known{}
	}
	return lexicon[string(word)]
}

var tableCount int

// newTable gives a table its bit.
func newTable() tables {
	tableCount++
	return tables(1) << (tableCount - 1)
}

// numberOf is a word's in the lexicon.
func numberOf(word string) int32 {
	e, met := lexicon[word]
	if !met {
		e.number = int32(len(lexicon) + 1)
		shapes[shapeOf(word)] = true
		lexicon[word] = e
	}
	return e.number
}

// begin enters the first word of one of a table's phrases.
func (t tables) begin(word string) {
	numberOf(word)
	e := lexicon[word]
	e.begins |= t
	lexicon[word] = e
}

func numbersOf(words []string) []int32 {
	all := make([]int32, len(words))
	for i, w := range words {
		all[i] = numberOf(w)
	}
	return all
}

// gluedTable holds the phrases of scripts that join words: they may stand inside one.
type gluedTable struct {
	keys    [][]byte
	byFirst map[rune][]int // by their first character
	firsts  [1 << 12]bool  // whether any may begin with a character, by its last bits
}

var glued = gluedTable{byFirst: map[rune][]int{}}

// add gives a phrase its place in the sets that heldBy makes.
func (g *gluedTable) add(key prose) int {
	text := []byte(key.text[1 : len(key.text)-1])
	if i := slices.IndexFunc(g.keys, func(k []byte) bool { return bytes.Equal(k, text) }); i >= 0 {
		return i
	}
	first, _ := utf8.DecodeRune(text)
	g.firsts[int(first)%len(g.firsts)] = true
	g.byFirst[first] = append(g.byFirst[first], len(g.keys))
	g.keys = append(g.keys, text)
	return len(g.keys) - 1
}

// heldBy is the set of all phrases that a text holds, put behind held.
func (g *gluedTable) heldBy(key []byte, held []uint64) []uint64 {
	for range len(g.keys)/64 + 1 {
		held = append(held, 0)
	}
	for i := 0; i < len(key); {
		first, width := utf8.DecodeRune(key[i:])
		if g.firsts[int(first)%len(g.firsts)] {
			for _, n := range g.byFirst[first] {
				if bytes.HasPrefix(key[i:], g.keys[n]) {
					held[n/64] |= 1 << (n % 64)
				}
			}
		}
		i += width
	}
	return held
}

// holds says whether the text has a glued phrase, by its place in the set.
func (t *reading) holds(n int) bool { return t.joined && t.held[n/64]>>(n%64)&1 != 0 }
