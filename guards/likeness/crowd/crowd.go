// Package crowd makes posts in any number, plants edited copies among them and measures
// an index of likeness with them: its times, its memory, and what it finds. It is for
// benches and tests; no guard links it.
package crowd

import (
	"fmt"
	"math/rand/v2"
)

// Posts makes posts of about 75 bytes, the same ones each time when asked for 0, 1, 2
// and so on: one in seven from a bot's family of three templates, the others random words
// of a vocabulary in which few words are common.
func Posts() func(i int) string {
	rng := rand.New(rand.NewPCG(7, 8))
	words := make([]string, 40_000)
	for i := range words {
		b := make([]byte, 3+rng.IntN(7))
		for j := range b {
			b[j] = 'a' + byte(rng.IntN(26))
		}
		words[i] = string(b)
	}
	zipf := rand.NewZipf(rng, 1.05, 8, uint64(len(words)-1))
	return func(i int) string {
		if i%7 == 0 {
			return fmt.Sprintf("Station %d: %d.%d metres, wind %d knots, pressure %d. Safe journey! #harbour%d", rng.IntN(900), rng.IntN(9), rng.IntN(99), rng.IntN(60), 970+rng.IntN(60), i%3)
		}
		b := make([]byte, 0, 100)
		for len(b) < 50+rng.IntN(50) {
			b = append(append(b, words[zipf.Uint64()]...), ' ')
		}
		return string(b)
	}
}

// Long is the longest post that X takes, of the words of a crowd: 25,000 characters.
func Long(text func(i int) string) string {
	b := make([]byte, 0, 25_100)
	for i := 1; len(b) < 25_000; i++ {
		if i%7 != 0 {
			b = append(b, text(i)...)
		}
	}
	return string(b[:25_000])
}
