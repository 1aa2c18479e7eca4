package likeness

import (
	_ "embed"
	"encoding/binary"
	"sync"
	"unicode/utf8"
)

// unit is what two texts are compared by: a word, a number, or a pair of
// neighbouring characters of a script without spaces.
type unit struct {
	hash   uint32
	weight float32
	kind   unitKind
	tag    bool
	token  uint16 // the token it comes from
}

type unitKind uint8

const (
	unitWord unitKind = iota
	unitNumber
	unitPair
)

const (
	numberWeight = 0.7
	pairWeight   = 0.3
	// Hashtags and a place at the end of a post say where it belongs; they are
	// not its message, and many other posts end with the same.
	trailingWeight = 0.4
	// maxUnits bounds the work on one text; 25,000 characters are 5,000 words.
	maxUnits = 30_000
)

// appendUnits appends the units of the tokens, and says where the trailing run
// of hashtags begins (len(units) when there are fewer than two).
func appendUnits(dst []unit, toks []token) []unit {
	trail := len(toks)
	for trail > 0 && toks[trail-1].tag {
		trail--
	}
	if len(toks)-trail < 2 || trail == 0 {
		trail = len(toks)
	}
	for i, t := range toks {
		if len(dst) >= maxUnits {
			break
		}
		first, _ := utf8.DecodeRuneInString(t.text)
		from := len(dst)
		switch {
		case t.number():
			dst = append(dst, unit{hash: hash32(t.text), weight: numberWeight, kind: unitNumber})
		case dense(first):
			dst = appendPairs(dst, t.text)
		default:
			dst = append(dst, unit{hash: hash32(t.text), weight: wordWeight(hash32(t.text)), kind: unitWord})
		}
		for j := from; j < len(dst); j++ {
			dst[j].token, dst[j].tag = uint16(i), t.tag
			if i >= trail || t.place {
				dst[j].weight *= trailingWeight
			}
		}
	}
	return dst
}

// appendPairs appends every pair of neighbouring characters of a run.
func appendPairs(dst []unit, run string) []unit {
	_, n := utf8.DecodeRuneInString(run)
	if n == len(run) {
		return append(dst, unit{hash: hash32(run), weight: pairWeight, kind: unitPair})
	}
	from := 0
	for n < len(run) {
		_, m := utf8.DecodeRuneInString(run[n:])
		dst = append(dst, unit{hash: hash32(run[from : n+m]), weight: pairWeight, kind: unitPair})
		from, n = n, n+m
	}
	return dst
}

//go:generate go run generate_weights.go ../../../shared/data/word-frequencies.tsv weights.bin

// weightsFile holds, for each common word, the hash of its fold (4 bytes,
// ascending) and after these one byte a word: its weight in 255ths.
//
//go:embed weights.bin
var weightsFile string

type weightTable struct {
	hashes  []uint32
	weights string
	first   [4097]uint16 // where the hashes with the same top 12 bits begin
}

var weights = sync.OnceValue(func() *weightTable {
	n := len(weightsFile) / 5
	t := &weightTable{hashes: make([]uint32, n), weights: weightsFile[4*n:]}
	for i := range n {
		t.hashes[i] = binary.LittleEndian.Uint32([]byte(weightsFile[4*i : 4*i+4]))
		t.first[t.hashes[i]>>20+1] = uint16(i + 1)
	}
	for i := 1; i < len(t.first); i++ {
		t.first[i] = max(t.first[i], t.first[i-1])
	}
	return t
})

// wordWeight says how much a word tells: near 0 for "the", 1 for a word that
// is rare or unknown.
func wordWeight(hash uint32) float32 {
	t := weights()
	for i := t.first[hash>>20]; i < t.first[hash>>20+1]; i++ {
		if t.hashes[i] == hash {
			return float32(t.weights[i]) / 255
		}
	}
	return 1
}

// hash32 is FNV-1a with a final mix: stable over restarts and machines, since
// sketches are kept.
func hash32(s string) uint32 {
	return uint32(hash64(s) >> 32)
}

func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// WordHash is the hash under which the table of weights knows a folded word.
func WordHash(folded string) uint32 { return hash32(folded) }
