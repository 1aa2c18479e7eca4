package crowd

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// edits are ways in which a post comes again.
var edits = []struct {
	kind string
	do   func(words []string, rng *rand.Rand) []string
}{
	{"prefix", func(w []string, _ *rand.Rand) []string { return append([]string{"breaking", "news:"}, w...) }},
	{"suffix", func(w []string, _ *rand.Rand) []string { return append(w, "via", "newsdesk", "https://t.co/x") }},
	{"hashtags", func(w []string, _ *rand.Rand) []string { return append(w, "#follow", "#win", "#now") }},
	{"one word replaced", replaced(1)},
	{"two words replaced", replaced(2)},
	{"three words replaced", replaced(3)},
	{"a quarter replaced", func(w []string, rng *rand.Rand) []string { return replaced(len(w)/4)(w, rng) }},
	{"a word left out", func(w []string, rng *rand.Rand) []string {
		i := rng.IntN(len(w))
		return append(w[:i], w[i+1:]...)
	}},
	{"a third left out", func(w []string, _ *rand.Rand) []string { return w[:len(w)-len(w)/3] }},
	{"two words typed wrong", func(w []string, rng *rand.Rand) []string {
		for range 2 {
			i := rng.IntN(len(w))
			if b := []byte(w[i]); len(b) > 3 {
				b[1], b[2] = b[2], b[1]
				w[i] = string(b)
			}
		}
		return w
	}},
	{"parts swapped", func(w []string, rng *rand.Rand) []string {
		cut := 1 + rng.IntN(len(w)-1)
		return append(append([]string{}, w[cut:]...), w[:cut]...)
	}},
	{"a number put in", func(w []string, rng *rand.Rand) []string {
		i := rng.IntN(len(w))
		return append(append(append([]string{}, w[:i]...), strconv.Itoa(rng.IntN(5000))), w[i:]...)
	}},
	{"a sentence more", func(w []string, _ *rand.Rand) []string {
		return append(w, "I", "really", "could", "not", "believe", "it", "when", "my", "neighbour", "told", "me")
	}},
	{"words split and joined", func(w []string, rng *rand.Rand) []string {
		i := rng.IntN(len(w) - 1)
		return append(append(append([]string{}, w[:i]...), w[i]+w[i+1]), w[i+2:]...)
	}},
}

func replaced(n int) func([]string, *rand.Rand) []string {
	return func(w []string, rng *rand.Rand) []string {
		for range n {
			w[rng.IntN(len(w))] = "changed" + strconv.Itoa(rng.IntN(1000))
		}
		return w
	}
}

// Found plants edited copies of stored posts and tells what share of them is found, in
// all and by kind of edit. Only what same calls a copy counts: an index is measured
// against comparing with every text, not against a person.
func Found(stored []string, same func(post, copied string) bool, find func(copied string) bool) (share float64, byKind string) {
	rng := rand.New(rand.NewPCG(11, 12))
	var all, found int
	var told strings.Builder
	for _, e := range edits {
		of, hit := 0, 0
		for _, post := range stored {
			words := strings.Fields(post)
			if len(words) < 5 {
				continue
			}
			copied := strings.Join(e.do(words, rng), " ")
			if !same(post, copied) {
				continue
			}
			of++
			if find(copied) {
				hit++
			}
		}
		all, found = all+of, found+hit
		fmt.Fprintf(&told, "  %-24s n %4d  found %.4f\n", e.kind, of, float64(hit)/float64(max(of, 1)))
	}
	return float64(found) / float64(max(all, 1)), told.String()
}
