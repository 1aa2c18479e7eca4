package guards

import (
	"bytes"
	"encoding/binary"
	"math/bits"
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
var lexicon wordList

// wordList finds words by a hash, for less than a map does: it has room to spare.
type wordList struct {
	words []string // by their numbers, from 1
	knows []known
	slots [1 << 14]uint16 // a word's number stands at its hash, or at the next free slot behind
}

// hashOf is made of a word's ends and its length.
func (l *wordList) hashOf(word []byte) uint {
	var first, last uint64
	switch n := len(word); {
	case n >= 8:
		first, last = binary.LittleEndian.Uint64(word), binary.LittleEndian.Uint64(word[n-8:])
	case n >= 4:
		first, last = uint64(binary.LittleEndian.Uint32(word)), uint64(binary.LittleEndian.Uint32(word[n-4:]))
	case n > 0:
		first, last = uint64(word[0])<<8|uint64(word[n/2]), uint64(word[n-1])
	}
	return uint((first^bits.RotateLeft64(last, 29)^uint64(len(word)))*0x9E3779B97F4A7C15>>40) % uint(len(l.slots))
}

// find is a word's number, 0 for one that is not there, and the slot where it stands or would.
func (l *wordList) find(word []byte) (number uint16, slot uint) {
	for slot = l.hashOf(word); ; slot = (slot + 1) % uint(len(l.slots)) {
		number = l.slots[slot]
		if number == 0 || l.words[number-1] == string(word) {
			return number, slot
		}
	}
}

// lookUp finds a word in the lexicon.
func lookUp(word []byte) known {
	if n, _ := lexicon.find(word); n > 0 {
		return lexicon.knows[n-1]
	}
	return known{}
}

var tableCount int

// newTable gives a table its bit.
func newTable() tables {
	tableCount++
	return tables(1) << (tableCount - 1)
}

// numberOf is a word's in the lexicon.
func numberOf(word string) int32 {
	n, slot := lexicon.find([]byte(word))
	if n > 0 {
		return int32(n)
	}
	if 2*len(lexicon.words) >= len(lexicon.slots) {
		panic("guards: the lexicon has no room for its words: give it more slots")
	}
	number := len(lexicon.words) + 1
	lexicon.slots[slot] = uint16(number)
	lexicon.words, lexicon.knows = append(lexicon.words, word), append(lexicon.knows, known{number: int32(number)})
	return int32(number)
}

// begin enters the first word of one of a table's phrases.
func (t tables) begin(word string) { lexicon.knows[numberOf(word)-1].begins |= t }

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

// heldBy is the set of all phrases that a text holds, put behind held. The key is valid
// UTF-8, as folding makes it.
func (g *gluedTable) heldBy(key []byte, held []uint64) []uint64 {
	for range len(g.keys)/64 + 1 {
		held = append(held, 0)
	}
	for i := 0; i < len(key); {
		width, last := 1, int(key[i]) // last are the last twelve bits of a character
		if key[i] >= utf8.RuneSelf {
			if width = 2; key[i] >= 0xE0 {
				width += 1 + int(key[i]>>4&1)
			}
			last = int(key[i+width-2]&0x3F)<<6 | int(key[i+width-1]&0x3F)
		}
		if g.firsts[last%len(g.firsts)] {
			first, _ := utf8.DecodeRune(key[i:])
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
